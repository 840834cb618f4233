"""Writes numbered records with one of CPython's rotating handlers: sharing.py size|second PATH WRITER COUNT MAXBYTES"""

import logging
import logging.handlers
import sys

kind, path, writer, count, max_bytes = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
if kind == "size":
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=max_bytes, backupCount=1000)
else:
    handler = logging.handlers.TimedRotatingFileHandler(path, when="S", utc=True)
logging.raiseExceptions = False  # what is lost is counted by who started this
logger = logging.getLogger("sharing")
logger.setLevel(logging.INFO)
logger.addHandler(handler)
sys.stdin.read()  # until all are here
for n in range(count):
    logger.info("%d %d %s$", writer, n, "x" * (n % 8))
