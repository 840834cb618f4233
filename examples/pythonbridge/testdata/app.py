"""An ordinary Python program. Its records go to a slogkit server: HOST PORT."""

import logging
import logging.handlers
import sys

log = logging.getLogger("shop.orders")
log.setLevel(logging.INFO)
log.addHandler(logging.handlers.SocketHandler(sys.argv[1], int(sys.argv[2])))

for order in range(50):
    log.info("order %d accepted", order, extra={"amount": 19.99 + order, "customer": {"id": order % 7, "tags": ["new", None]}})
    if order % 10 == 9:
        log.warning("stock is low: %s", "tea", extra={"left": 50 - order})
    if order % 25 == 24:
        try:
            {}["address"]
        except KeyError:
            log.exception("order %d cannot be shipped", order)

logging.shutdown()
