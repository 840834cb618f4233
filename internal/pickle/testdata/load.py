"""Reads pickles in base64, a line for each, and prints what they are as JSON."""

import base64
import json
import logging
import pickle
import pickletools
import sys

for line in sys.stdin:
    data = base64.b64decode(line)
    assert max(op.proto for op, _, _ in pickletools.genops(data)) == 1, "another protocol than makePickle's"
    fields = pickle.loads(data)
    record = logging.makeLogRecord(fields)
    fields["getMessage()"] = record.getMessage()
    fields["types"] = {k: type(v).__name__ for k, v in fields.items()}
    print(json.dumps(fields, ensure_ascii=False))
