"""Receives records as the logging cookbook does (LogRecordStreamHandler), and prints each as JSON. The port comes first."""

import json
import logging
import pickle
import socketserver
import struct
import sys


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        while len(head := self.rfile.read(4)) == 4:
            (length,) = struct.unpack(">L", head)
            record = logging.makeLogRecord(pickle.loads(self.rfile.read(length)))
            print(json.dumps({**record.__dict__, "getMessage()": record.getMessage()}), flush=True)


with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
    print(server.server_address[1], flush=True)
    server.handle_request()
