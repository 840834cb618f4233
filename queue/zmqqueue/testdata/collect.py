"""The cookbook's ZeroMQSocketListener: prints each record, as JSON on a line, and "bound" before.

collect.py PULL|SUB bind|connect ENDPOINT [TOPIC]
"""

import json
import logging
import logging.handlers
import sys

import zmq


class ZeroMQSocketListener(logging.handlers.QueueListener):
    def dequeue(self, block):
        msg = self.queue.recv_json() if self.topic is None else json.loads(self.queue.recv_multipart()[1])
        return logging.makeLogRecord(msg)


class Printer(logging.Handler):
    def emit(self, record):
        d = dict(record.__dict__)
        d["asked"] = [record.getMessage(), type(record.levelno).__name__, type(record.created).__name__]
        sys.stdout.write(json.dumps(d) + "\n")
        sys.stdout.flush()


kind, how, endpoint, *topic = sys.argv[1:]
socket = zmq.Context().socket(getattr(zmq, kind))
if kind == "SUB":
    socket.setsockopt_string(zmq.SUBSCRIBE, "".join(topic))
getattr(socket, how)(endpoint)
print("bound", flush=True)
listener = ZeroMQSocketListener(socket, Printer())
listener.topic = topic[0] if topic else None
listener._monitor()
