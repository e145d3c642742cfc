"""Writes pickles opcode by opcode, so that a case shows exactly the bytes it is about."""

import hashlib
import struct
from dataclasses import dataclass, field

MARKER = "fired.marker"
COMMAND = f"touch {MARKER}"
CODE = f"open({MARKER!r}, 'w').close()"


@dataclass
class Case:
    """A file, what it is, and how to prove that it does what it is said to do."""

    name: str
    data: bytes
    kind: str  # malicious, near_miss, malformed or honest
    loader: str = "pickle"  # how it is loaded to prove it; "" where nothing here can load it
    file: str = ""
    files: dict = field(default_factory=dict)  # further files of the same folder

    @property
    def split(self):
        """Half of the names are held out; the name alone decides."""
        return "held" if hashlib.sha256(self.name.encode()).digest()[0] & 1 else "build"


MARK, STOP, REDUCE, TUPLE, POP, BUILD = b"(", b".", b"R", b"t", b"0", b"b"
NONE, EMPTY_DICT, EMPTY_LIST, EMPTY_TUPLE = b"N", b"}", b"]", b")"
STACK_GLOBAL, MEMOIZE, NEWOBJ, NEWOBJ_EX = b"\x93", b"\x94", b"\x81", b"\x92"
SETITEM, APPEND, APPENDS, OBJ, INST = b"s", b"a", b"e", b"o", b"i"


def proto(version):
    return bytes([0x80, version])


def text(value):
    raw = value.encode("utf-8", "surrogatepass")
    return b"\x8c" + bytes([len(raw)]) + raw if len(raw) < 256 else b"X" + struct.pack("<I", len(raw)) + raw


def blob(value):
    return b"C" + bytes([len(value)]) + value if len(value) < 256 else b"B" + struct.pack("<I", len(value)) + value


def integer(value):
    return b"J" + struct.pack("<i", value)


def find(module, name):
    """GLOBAL: module and name as lines."""
    return b"c" + module.encode() + b"\n" + name.encode() + b"\n"


def find_on_stack(module, name):
    return text(module) + text(name) + STACK_GLOBAL


def value(item):
    """A constant of the simple kinds; bytes subclasses of Raw are taken as opcodes."""
    if isinstance(item, Raw):
        return bytes(item)
    if item is None:
        return NONE
    if item is True or item is False:
        return b"\x88" if item else b"\x89"
    if isinstance(item, int):
        return integer(item)
    if isinstance(item, float):
        return b"G" + struct.pack(">d", item)
    if isinstance(item, str):
        return text(item)
    if isinstance(item, bytes):
        return blob(item)
    if isinstance(item, tuple):
        return MARK + b"".join(map(value, item)) + TUPLE
    if isinstance(item, list):
        return EMPTY_LIST + MARK + b"".join(map(value, item)) + APPENDS
    if isinstance(item, dict):
        return EMPTY_DICT + MARK + b"".join(value(k) + value(v) for k, v in item.items()) + b"u"
    raise TypeError(type(item))


class Raw(bytes):
    """Opcodes that leave one value on the stack."""


def name(path, attribute):
    """A dotted import; protocol 4 resolves dots in the attribute."""
    return Raw(find_on_stack(path, attribute))


def call(callee, *arguments):
    return Raw(bytes(callee) + value(tuple(arguments)) + REDUCE)


def pickle4(*parts):
    return proto(4) + b"".join(parts) + STOP


SYSTEM = name("os", "system")
FIRE = call(SYSTEM, COMMAND)


def attr(owner, *names):
    """getattr, once for each name."""
    for attribute in names:
        owner = call(name("builtins", "getattr"), Raw(owner), attribute)
    return owner
