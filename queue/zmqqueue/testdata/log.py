"""The cookbook's ZeroMQSocketHandler: logs records number FROM to TO, prints "sent", and waits for the end of its input.

log.py PUSH|PUB bind|connect ENDPOINT FROM TO [TOPIC]
"""

import json
import logging
import logging.handlers
import sys
import time

import zmq


class ZeroMQSocketHandler(logging.handlers.QueueHandler):
    def enqueue(self, record):
        if self.topic is None:
            self.queue.send_json(record.__dict__)
        else:
            self.queue.send_multipart([self.topic.encode(), json.dumps(record.__dict__).encode()])


kind, how, endpoint, first, last, *topic = sys.argv[1:]
socket = zmq.Context().socket(getattr(zmq, {"PUB": "XPUB"}.get(kind, kind)))  # XPUB is PUB that hears of subscriptions
socket.setsockopt(zmq.SNDHWM, 0)
socket.setsockopt(zmq.HEARTBEAT_IVL, 100)
socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, 30_000)  # PING waits behind all records that were sent before
getattr(socket, how)(endpoint)
if kind == "PUB":
    socket.recv()
handler = ZeroMQSocketHandler(socket)
handler.topic = topic[0] if topic else None
logger = logging.getLogger("py.app")
logger.setLevel(logging.DEBUG)
logger.addHandler(handler)
levels = [logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL]
for n in range(int(first), int(last)):
    extra = {"n": n, "ratio": n / 8, "odd": n % 2 == 1, "nested": {"id": n, "list": [1, "x", None], "deep": {"é": "ü"}}}
    logger.log(levels[n % 5], "record %d of %s", n, "Python", extra=extra)
print("sent", flush=True)
sys.stdin.read()
socket.close(linger=5000)
