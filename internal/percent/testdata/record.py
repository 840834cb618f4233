#!/usr/bin/env python3
"""Records Python's own answers: python3 record.py > percent.jsonl

Each line is [format, args, result] or [format, args, null, error]. In args, {"t": [...]} is a tuple, {"d": {...}} a
dict, {"f": "nan"} a float that JSON has no number for, {"b": "..."} bytes in Latin-1, all else as JSON has it.
"""

import itertools
import json
import random
import sys

INTS = [0, 1, -1, 42, -255, 4096, 2**63, -(2**100), True]
FLOATS = [0.0, -0.0, 1.0, -1.5, 2.5, 0.1, 123456.789, 999999.5, 1e-5, 1e16, -1e100, 5e-324, 1.7e308,
          float("inf"), float("-inf"), float("nan")]
TEXTS = ["", "a", "héllo wörld", "日本語", "it's", 'say "hi"', """it's "both" """, "tab\tnl\ncr\r\\ \x00\x1f\x7f",
         "\x80\xa0\xad\u200b\u2028\ue000\U0001f600\U0010ffff", None, True, False, 7, -2**70, 1.0, 1e16, 1e22, 1e15,
         9999999999999998.0, 1e-4, 1e-5, 1.5e-7, 123456789.123, -0.0, float("nan"), float("inf"), float("-inf"),
         [], [1, "a"], [1, [2, [None]]], {}, {"k": 1}, {"a": [1.0, {"b": "c'"}], "z": None}, b"", b"it's",
         b"\x00\t\n\r\\\"'\x7f\x80\xff", b"abc"]
FLAGS = ["".join(f) for n in range(6) for f in itertools.combinations("-+ #0", n)]
SIZES = ["", "1", "12", ".0", ".3", "12.4", "3.", ".12"]

CASES = [
    # literals and tuples
    ("", ()), ("plain", ()), ("100%%", ()), ("%%%s%%", (1,)), ("%s and %s", ("a", "b")), ("%s", ("a", "b")),
    ("%s %s", ("a",)), ("", (1,)), ("plain", (1,)), ("%s", ()), ("%%", (1,)), ("%5%|%-5%", ()), ("é%sé", ("ü",)),
    # one argument that is no tuple
    ("%s", "x"), ("%d", 5), ("%s", None), ("%s %s", "x"), ("plain", "x"), ("plain", 1), ("plain", None),
    ("plain", b"x"), ("%s", b"x"), ("%(a)s", b"x"), ("%.1f", 2.25), ("%c", "x"), ("plain", True),
    # mappings
    ("%(a)s", {"a": 1}), ("%(a)s %(b)d", {"a": "x", "b": 2}), ("plain", {"a": 1}), ("%s", {"a": 1}),
    ("%s %s", {"a": 1}), ("%(b)s", {"a": 1}), ("%(it's)s", {"a": 1}), ("%()s", {"": 1}), ("%(a(b)c)s", {"a(b)c": 1}),
    ("%(a)%", {"a": 1}), ("%(a)s %s", {"a": 1}), ("%(a)5.1f|%(a)-8d|", {"a": 3.75}), ("%(a)*d", {"a": 3}),
    ("%(a)s", {}), ("%(a)s", ({"a": 1},)), ("%(a)s", (1,)), ("%(a)s", 1), ("%(a)s", "x"), ("%(a", {"a": 1}),
    ("%(a)", {"a": 1}), ("%(a(b)s", {"a": 1}), ("%(", {"a": 1}), ("%(a)s%(a)r", {"a": "x"}), ("%(a)(b)s", {"a": 1}),
    ("%(ü)s", {"ü": "ö"}), ("%(a)s", {"a": [1, {"b": 2}]}), ("%s %(a)s", {"a": 1}), ("%(a)s", None),
    ("%(a)s %(b)s", {"a": 1}), ("%(a) d", {"a": 1}), ("%(a)d", {"a": "x"}), ("%(b)%", {"a": 1}),
    # stars
    ("%*d", (5, 42)), ("%-*d|", (5, 42)), ("%*d|", (-5, 42)), ("%.*f", (2, 3.14159)), ("%*.*f", (8, 2, 3.14159)),
    ("%.*s", (-1, "abc")), ("%*d", (True, 4)), ("%*d", ("x", 4)), ("%.*d", (1.0, 4)), ("%*d", (5,)), ("%*", (5,)),
    ("%.*", (5,)), ("%*d", ()), ("%0*d", (6, -42)), ("%.*d", (4, 7)), ("%.*f", (None, 1.0)), ("%*s", (4, "ü")),
    # length modifiers, broken formats
    ("%ld %hd %Ld", (1, 2, 3)), ("%lld", (1,)), ("%l", (1,)), ("%", ()), ("%", (1,)), ("abc%", (1,)), ("%5", (1,)),
    ("%.", (1,)), ("%.5", (1,)), ("%-", (1,)), ("%y", (1,)), ("é %y", (1,)), ("%é", (1,)), ("%\n", (1,)),
    ("%\x7f", (1,)), ("%\x1f", (1,)), ("%日", (1,)), ("%y", ()), ("% ", (1,)), ("%s %b", (1, 2)), ("%D", (1,)),
    ("%5.3.2f", (1.0,)), ("%d-5", (1,)), ("%i%%", (50,)), ("%\x00", (1,)), ("%n", (1,)), ("%p", (1,)), ("%A", (1,)),
    # wrong types
    *((f"%{c}", (v,)) for c in "diuoxX" for v in ("x", None, [1], {"a": 1}, b"1", 1.5, float("nan"), float("inf"))),
    *((f"%{c}", (v,)) for c in "eEfFgG" for v in ("1", None, [1], b"1", 2**1023, 10**309, True, 7)),
    *((f"%{c}", (v,)) for c in "c" for v in ("", "ab", "é", "日", 65, 0, 233, 0x1F600, 0x10FFFF, 0x110000, -1, 2**70,
                                             True, 65.0, None, b"a", [1], False)),
    ("%d", (3.99,)), ("%d", (-3.99,)), ("%i", (1e22,)), ("%u", (-5.5,)), ("%d", (1.7e308,)), ("%x", (255.0,)),
    # rounding and the two forms of %g
    *((f"%.{p}{c}", (v,)) for p in (0, 1, 2, 17, 40) for c in "efg" for v in (0.5, 1.5, 2.675, 1e21, 0.0001, 99.95)),
    *((f"%#.{p}g", (v,)) for p in (0, 1, 3, 10) for v in (0.0, 1.0, 100.0, 1e5, 1e-5, 123456.0, 0.00012345)),
    *((f"%{c}", (v,)) for c in "gG" for v in (1e5, 1e6, 123456.0, 1234567.0, 1e-4, 1e-5, 1e100, 5e-324, 100000)),
]


def product():
    rnd = random.Random(1)
    for verbs, values, count in (("diuoxX", INTS, 350), ("diu", FLOATS[:-3], 40), ("eEfFgG", FLOATS + INTS, 500),
                                 ("sra", TEXTS, 350), ("c", ["x", "é", 65, True], 40)):
        every = [(f"%{flags}{size}{verb}", (v,))
                 for flags in FLAGS for size in SIZES for verb in verbs for v in values]
        yield from rnd.sample(every, count)
    for verb in "sra":
        yield from ((f"%{verb}", (v,)) for v in TEXTS)


def encode(v):
    if isinstance(v, tuple):
        return {"t": [encode(e) for e in v]}
    if isinstance(v, list):
        return [encode(e) for e in v]
    if isinstance(v, dict):
        return {"d": {k: encode(e) for k, e in sorted(v.items())}}
    if isinstance(v, bytes):
        return {"b": v.decode("latin-1")}
    if isinstance(v, float) and (v != v or v in (float("inf"), float("-inf"))):
        return {"f": str(v)}
    return v


def record(fmt, args):
    try:
        return [fmt, encode(args), fmt % args]
    except KeyError as e:
        return [fmt, encode(args), None, f"KeyError: {e}"]
    except (TypeError, ValueError, OverflowError) as e:
        return [fmt, encode(args), None, str(e)]


seen = set()
for case in itertools.chain(CASES, product()):
    line = json.dumps(record(*case))
    if line not in seen:
        seen.add(line)
        sys.stdout.write(line + "\n")
