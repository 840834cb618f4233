"""Reads records as the cookbook's ZeroMQSocketListener does and says, in JSON, what logging sees of each."""

import json
import logging
import sys

own = list(vars(logging.makeLogRecord({})))
formatter = logging.Formatter(
    "%(name)s %(levelname)s %(levelno)d %(pathname)s %(filename)s %(module)s %(lineno)d %(funcName)s %(created)f %(msecs)d "
    "%(thread)s %(threadName)s %(processName)s %(process)d %(message)s"
)
for line in sys.stdin.buffer:
    text = line.decode()
    d = json.loads(text)
    record = logging.makeLogRecord(d)
    seen = dict(vars(record))
    formatter.formatTime(record)
    print(json.dumps({
        "seen": seen,
        "own": own,
        "ours": list(d)[: len(own)],
        "formatted": formatter.format(record),
        # As Python would write the same dict.
        "written": json.dumps(d, separators=(",", ":"), ensure_ascii=False),
    }))
