"""Logs records with CPython's own SocketHandler or DatagramHandler, and prints each as JSON.

send.py HOST PORT COUNT socket|datagram; PORT 0 makes of HOST the path of a unix socket. After every 20 datagrams it
waits for a line, lest the receiver's buffer overflow.
"""

import json
import logging
import logging.handlers
import sys

host, port, count, kind = sys.argv[1], int(sys.argv[2]) or None, int(sys.argv[3]), sys.argv[4]
cls = logging.handlers.SocketHandler if kind == "socket" else logging.handlers.DatagramHandler
sent = []


class Recording(cls):
    if kind == "socket":

        def makeSocket(self, timeout=60):  # its own second is short where a machine is busy, and costs a record
            return super().makeSocket(timeout)

    def emit(self, record):
        super().emit(record)
        fields = dict(record.__dict__, msg=record.getMessage(), args=None, exc_info=None)
        fields.pop("message", None)
        sent.append(json.dumps(fields))

    def handleError(self, record):
        raise


handler = Recording(host, port)
log = logging.getLogger("python.app")
log.addHandler(handler)
log.setLevel(1)
for i in range(count):
    match i % 6:
        case 0:
            log.info("plain %d", i)
        case 1:
            log.warning("extra %s of %r", i, "é", extra={"user": {"id": i, "tags": ["a", None, 2.5]}, "ok": True, "n": 2**40 + i})
        case 2:
            log.debug("100%", stack_info=True)
        case 3:
            try:
                1 / 0
            except ZeroDivisionError:
                log.exception("failed %d", i)
        case 4:
            log.log(25, "between\nlevels \0 %(k)s", {"k": "漢字 😀"})
        case 5:
            log.critical("x" * (i % 3000), extra={"big": 10**30, "inf": float("inf"), "neg": -i, "f": 0.1 * i})
    if kind == "datagram" and i % 20 == 19:
        print("sent", i + 1, flush=True)
        sys.stdin.readline()
handler.close()
print("done", flush=True)
for line in sent:
    print(line)
