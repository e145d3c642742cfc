"""Techniques that hide a plain call of os.system from a reader of opcodes."""

import struct

from .assembler import (
    APPEND, BUILD, COMMAND, EMPTY_TUPLE, FIRE, MARK, MEMOIZE, NEWOBJ, NONE, OBJ, POP, REDUCE, SETITEM, STACK_GLOBAL, STOP,
    SYSTEM, Case, Raw, attr, call, find, name, pickle4, proto, text, value,
)

NAMESPACE = Raw(name("types", "SimpleNamespace") + EMPTY_TUPLE + NEWOBJ)
CLEAN_NAMESPACE = pickle4(NAMESPACE, value({"append": "a", "extend": [1]}), BUILD)
ORDERED = pickle4(call(name("collections", "OrderedDict")), text("a"), value(1), SETITEM)


def planted(attribute):
    """A plain object whose attribute is os.system: opcodes that look the attribute up will call it."""
    return Raw(bytes(NAMESPACE) + value({attribute: SYSTEM}) + BUILD)


def hidden_name(module, attribute):
    """STACK_GLOBAL over operands that are computed."""
    return pickle4(module, attribute, STACK_GLOBAL, value((COMMAND,)), REDUCE)


def item(owner, key):
    return call(name("operator", "getitem"), owner, key)


def positives():
    os_system = find("os", "system")
    line = COMMAND.encode()
    yield "reduce-global-protocol-0", b"cos\nsystem\n(S'" + line + b"'\ntR."
    yield "reduce-protocol-2", proto(2) + os_system + b"X" + struct.pack("<I", len(line)) + line + b"\x85R."
    yield "stack-global", pickle4(FIRE)
    yield "stack-global-through-memo", pickle4(
        text("os"), MEMOIZE, POP, text("system"), MEMOIZE, POP, b"h\x00h\x01", STACK_GLOBAL, value((COMMAND,)), REDUCE)
    yield "stack-global-memo-overwritten", pickle4(
        text("json"), b"q\x05", POP, text("os"), b"q\x05", POP, text("system"), b"q\x06", POP,
        b"h\x05h\x06", STACK_GLOBAL, value((COMMAND,)), REDUCE)
    yield "stack-global-memo-far-slot", pickle4(
        text("os"), b"r\xf0\xff\x0f\x00", POP, b"j\xf0\xff\x0f\x00", text("system"), STACK_GLOBAL, value((COMMAND,)), REDUCE)
    yield "stack-global-dup", pickle4(text("posix"), b"2", POP, text("system"), STACK_GLOBAL, value((COMMAND,)), REDUCE)
    yield "inst", b"(S'" + line + b"'\nios\nsystem\n."
    yield "obj", b"(cos\nsystem\nS'" + line + b"'\no."
    yield "obj-binary", pickle4(MARK, SYSTEM, text(COMMAND), OBJ)
    yield "missing-proto", bytes(FIRE) + STOP
    yield "proto-in-the-middle", proto(0) + NONE + POP + proto(4) + bytes(FIRE) + STOP
    yield "int-hexadecimal", b"I0x10\n0L0x12\n0" + bytes(FIRE) + STOP
    yield "int-padded", b"I 7 \n0" + bytes(FIRE) + STOP
    yield "get-padded-index", text("os") + b"p 7 \n0" + b"g 7\n" + text("system") + STACK_GLOBAL + value((COMMAND,)) + REDUCE + STOP
    body = bytes(FIRE) + STOP
    yield "frame-exact", proto(4) + b"\x95" + struct.pack("<Q", len(body)) + body
    yield "frame-longer-than-file-zero", proto(4) + b"\x95" + struct.pack("<Q", 0) + body
    yield "two-frames-split", proto(4) + b"\x95" + struct.pack("<Q", len(SYSTEM)) + bytes(SYSTEM) + b"\x95" + struct.pack(
        "<Q", len(body) - len(SYSTEM)) + body[len(SYSTEM):]
    yield "result-popped", pickle4(FIRE, POP, NONE)
    yield "result-popped-with-mark", pickle4(MARK, FIRE, b"1", NONE)
    yield "inside-dict-value", pickle4(value({"weights": [1.0, {"a": (FIRE,)}]}))
    yield "a-million-opcodes-first", pickle4(b"N0" * 600_000, FIRE)
    yield "broken-after-the-call", proto(4) + bytes(FIRE) + b"\xff\xfe"
    yield "truncated-after-the-call", proto(4) + bytes(FIRE) + b"X\xff\xff"
    yield "build-setstate-planted", pickle4(planted("__setstate__"), text(COMMAND), BUILD)
    yield "append-planted", pickle4(planted("append"), text(COMMAND), APPEND)
    yield "appends-planted-append", pickle4(planted("append"), MARK, text(COMMAND), b"e")
    yield "additems-planted", pickle4(planted("add"), MARK, text(COMMAND), b"\x90")
    yield "extension-registry", pickle4(
        call(name("copyreg", "add_extension"), "os", "system", 240), POP, b"\x82\xf0", value((COMMAND,)), REDUCE)
    yield "extension-registry-two-bytes", pickle4(
        call(name("copyreg", "add_extension"), "os", "system", 4000), POP, b"\x83" + struct.pack("<H", 4000), value((COMMAND,)), REDUCE)
    yield "sys-modules-alias", pickle4(
        name("sys", "modules"), text("harmless"), name("pathlib", "os"), SETITEM, POP, call(name("harmless", "system"), COMMAND))
    yield "python-2-builtin", proto(2) + b"c__builtin__\neval\n" + text("__import__('os').system(%r)" % COMMAND) + b"\x85R."
    yield "python-2-commands", proto(2) + b"ccommands\ngetoutput\n" + text(COMMAND) + b"\x85R."
    yield "unicode-escapes", b"V\\u006fs\nVsyst\\u0065m\n\x93(V" + line + b"\ntR."
    yield "string-escapes", b"S'\\x6fs'\nS'syst\\x65m'\n\x93(V" + line + b"\ntR."
    yield "name-in-binunicode8", proto(4) + b"\x8d" + struct.pack("<Q", 2) + b"os" + b"\x8d" + struct.pack(
        "<Q", 6) + b"system" + b"\x93" + value((COMMAND,)) + REDUCE + STOP
    yield "name-in-binstring", b"T\x02\0\0\0osU\x06system\x93" + value((COMMAND,)) + REDUCE + STOP
    yield "dotted-reexport-pathlib", pickle4(call(name("pathlib", "os.system"), COMMAND))
    yield "dotted-reexport-logging", pickle4(call(name("logging", "os.system"), COMMAND))
    yield "dotted-reexport-joblib-memory", pickle4(call(name("joblib.memory", "os.system"), COMMAND))
    yield "dotted-reexport-numpy", pickle4(call(name("numpy.lib._npyio_impl", "os.system"), COMMAND))
    yield "dotted-through-globals", pickle4(call(attr(item(attr(
        item(name("json", "JSONDecoder.__init__.__globals__"), "re"), "enum", "sys", "modules"), "os"), "system"), COMMAND))
    yield "getattr-chain-globals", pickle4(call(
        attr(item(attr(name("logging", "Handler"), "__init__", "__globals__"), "os"), "system"), COMMAND))
    yield "getattr-module", pickle4(call(attr(name("pathlib", "os"), "system"), COMMAND))
    yield "getattr-module-alias", pickle4(call(attr(name("random", "_os"), "system"), COMMAND))
    yield "getattr-name-joined", pickle4(
        call(call(name("builtins", "getattr"), name("pathlib", "os"), call(name("operator", "concat"), "sys", "tem")), COMMAND))
    yield "computed-join", hidden_name(call(attr(Raw(text("")), "join"), ["o", "s"]), text("system"))
    yield "computed-concat", hidden_name(call(name("operator", "concat"), "o", "s"), text("system"))
    yield "computed-lower", hidden_name(call(name("builtins", "str.lower"), "OS"), text("system"))
    yield "computed-rot13", hidden_name(call(name("codecs", "decode"), "bf", "rot13"), text("system"))
    yield "computed-base64", hidden_name(
        call(name("builtins", "str"), call(name("base64", "b64decode"), "b3M="), "ascii"), text("system"))
    yield "computed-bytes-decode", hidden_name(call(name("builtins", "bytes.decode"), b"os"), text("system"))
    yield "computed-format", hidden_name(call(name("builtins", "str.format"), "{}s", "o"), text("system"))
    yield "computed-replace", hidden_name(call(name("builtins", "str.replace"), "xs", "x", "o"), text("system"))
    yield "computed-getitem", hidden_name(
        call(name("operator", "getitem"), "so", call(name("builtins", "slice"), None, None, -1)), text("system"))
    yield "computed-chr", hidden_name(
        call(name("operator", "add"), call(name("builtins", "chr"), 111), call(name("builtins", "chr"), 115)), text("system"))


NEAR = {
    "reduce-global-protocol-0": b"ccollections\nOrderedDict\n(tR.",
    "stack-global-through-memo": pickle4(text("collections"), MEMOIZE, POP, text("OrderedDict"), MEMOIZE, POP, b"h\x00h\x01",
                                         STACK_GLOBAL, EMPTY_TUPLE, REDUCE),
    "inst": b"(idatetime\ntimedelta\n.",
    "obj": b"(ccollections\nOrderedDict\no.",
    "int-hexadecimal": b"](I16\nL18L\ne.",
    "build-setstate-planted": pickle4(NAMESPACE, value({"state": "touch it"}), BUILD),
    "append-planted": CLEAN_NAMESPACE,
    "result-popped": pickle4(call(name("collections", "OrderedDict")), POP, NONE),
    "a-million-opcodes-first": pickle4(b"N0" * 600_000, NONE),
    "inside-dict-value": pickle4(value({"notes": ["never call os.system", "subprocess.Popen('x')", "eval(", "cos\nsystem\n"]})),
    "python-2-builtin": proto(2) + b"c__builtin__\nset\n](K\x01K\x02e\x85R.",
    "extension-registry": ORDERED,
    "dotted-reexport-pathlib": pickle4(call(name("pathlib", "PurePosixPath"), "os.system")),
    "getattr-module": pickle4(call(name("builtins", "getattr"), name("datetime", "datetime"), "fromisoformat")),
    "computed-join": pickle4(value(["o", "s", "system", "".join(["os", ".system"])])),
    "unicode-escapes": b"V\\u006fs.system\n.",
    "missing-proto": b"(lp0\nVweights\np1\na.",
    "frame-exact": proto(4) + b"\x95" + struct.pack("<Q", 3) + b"]K\x01" + b"a.",
    "sys-modules-alias": pickle4(value({"sys.modules": "harmless", "os": "system"})),
    "broken-after-the-call": pickle4(value([1.5] * 40)),
}


def cases():
    for label, data in positives():
        yield Case(f"opcode.{label}", data, "malicious")
    for label, data in NEAR.items():
        yield Case(f"opcode.{label}.near", data, "near_miss")
