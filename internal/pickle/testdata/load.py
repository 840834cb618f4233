"""Reads pickles in base64, a line for each, and prints what they are as JSON."""

import base64
import json
import logging
import pickle
import sys

for line in sys.stdin:
    fields = pickle.loads(base64.b64decode(line))
    record = logging.makeLogRecord(fields)
    fields["getMessage()"] = record.getMessage()
    fields["types"] = {k: type(v).__name__ for k, v in fields.items()}
    print(json.dumps(fields, ensure_ascii=False))
