"""Prints pickles of many values at all protocols: a line for each, of the protocol, the pickle in base64, whether it
needs code to be read, and the value as JSON with types, as testdata/oracle/pickle.json has it."""

import base64
import json
import pickle
import pickletools

CODE = {"GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "NEXT_BUFFER", "READONLY_BUFFER"}

loop = ["a"]
loop.append({"loop": loop})
loop_tuple = ([],)
loop_tuple[0].append(loop_tuple)
shared = ["shared"]

VALUES = [
    None, True, False, 0, 1, -1, 127, 128, 255, 256, 65535, 65536, -129, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1,
    2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64 - 1, 2**64, 10**50, -(10**50), 10**4299, -(2**2039), 255 << 2032,
    0.0, -0.0, 1.5, -1e308, 5e-324, 0.1, 1e16, float("inf"), float("-inf"), float("nan"),
    "", "a", "it's", 'say "no"', "back\\slash \\u0041 \\\\u0042 \\U", "\n\r\t\0\x7f\x80\xff", "café", "漢字", "😀", "\u2028",
    "\udc80\udcff", "\ud83d", "\ud83d!", "\U0010ffff", "x" * 255, "x" * 256, "é" * 33000,
    b"", b"a", bytes(range(256)), b"x" * 70000, bytearray(b""), bytearray(b"ab\xff"),
    (), (1,), (1, "b"), (1, "b", None), (1, 2, 3, 4), ((), ((1,),)),
    [], [1], ["a", [], [None, [2.5]]], list(range(1001)), [shared, shared, (shared,)],
    {}, {"a": 1}, {"z": 1, "a": {"y": [], "b": {}}}, {1: "a", None: "b", True: "c", 2.5: "d", "e": "f"},
    {(1, "a"): 1, (): 2, ("x",): 3, b"k": 4, 10**30: 5}, {str(i): i for i in range(1001)},
    set(), {1}, frozenset(), frozenset(["a"]), {frozenset([7]): 1}, {"s": {"only"}},
    loop, loop_tuple, [[[[[[]]]]]],
]


def typed(v, inside=()):
    if any(v is c for c in inside):
        return {"t": "recursive", "v": "{...}" if isinstance(v, dict) else "[...]"}
    inside += (v,) if isinstance(v, (list, tuple, dict)) else ()
    if v is None:
        return {"t": "none"}
    if isinstance(v, bool):
        return {"t": "bool", "v": v}
    if isinstance(v, int):
        return {"t": "int", "v": hex(v)}
    if isinstance(v, float):
        return {"t": "float", "v": v.hex()}
    if isinstance(v, str):
        # What is no byte of surrogateescape has no place in UTF-8.
        text = "".join("\ufffd" if "\ud800" <= c <= "\udc7f" or "\udd00" <= c <= "\udfff" else c for c in v)
        return {"t": "str_bytes", "b64": base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()}
    if isinstance(v, (bytes, bytearray)):
        return {"t": "bytes", "b64": base64.b64encode(v).decode()}
    if isinstance(v, (list, tuple, set, frozenset)):
        return {"t": "list", "v": [typed(x, inside) for x in v]}
    return {"t": "dict", "v": [[typed(key(k)), typed(x, inside)] for k, x in v.items()]}


def key(k):
    small = isinstance(k, int) and -(2**63) <= k < 2**63
    return k if k is None or small or isinstance(k, (float, str)) else repr(k)


for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    for value in VALUES:
        data = pickle.dumps({"k": value}, protocol)
        code = any(op.name in CODE for op, _, _ in pickletools.genops(data))
        print(json.dumps([protocol, base64.b64encode(data).decode(), code, typed(value)]))
