"""Logs records and writes each as the cookbook's ZeroMQSocketHandler does, then what Go should make of it."""

import json
import logging


class Handler(logging.Handler):
    def emit(self, record):
        expected = {
            "message": record.getMessage(),
            "micros": round(record.created * 1e6),
            "kinds": {k: type(v).__name__ for k, v in vars(record).items()},
        }
        if record.exc_info:  # no JSON; QueueHandler.prepare does the same
            record.exc_text = logging.Formatter().formatException(record.exc_info)
            record.exc_info = None
        print(json.dumps(record.__dict__))
        print(json.dumps(expected))


log = logging.getLogger("app.db")
log.setLevel(1)
log.propagate = False
log.addHandler(Handler())

log.info("plain")
log.debug("100%")
log.warning("%s took %.1f ms, %r", "query", 12.34, [1, None, "x"])
log.error("%(what)s %(n)05d", {"what": "map", "n": 7})
log.critical("caf\u00e9 \U0001f600 \u2028")
log.log(25, "a level of one's own")
log.info(12345)
log.info("undecodable: %s", "bad\udcff")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("failed", stack_info=True)
log.info("extra", extra={
    "z": 1, "a": 2.0, "text": "x", "none": None, "yes": True, "big": 2**63, "huge": -(10**30), "tiny": 5e-324,
    "nan": float("nan"), "inf": float("inf"), "minus": float("-inf"), "zero": -0.0,
    "list": [1, 2.5, "x", None, [True], {"k": 2**70}], "dict": {"b": 1, "a": {"c": [1.5]}}, "empty": {}, "": "empty key",
    "unicode \u00e9": "\u2028\x00\x7f",
})
log.handle(log.makeRecord("other", 40, "/srv/x.py", 7, "made", (), None, func="f"))
