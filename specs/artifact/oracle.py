#!/usr/bin/env python3
"""Compares what CPython's own unpickler resolves with what `syndic artifact explain` says it resolves.

    python specs/artifact/oracle.py SYNDIC OUT build
    python specs/artifact/oracle.py SYNDIC fuzz SECONDS [SEED]

`build` (or `held`) compares the cases of that half; `fuzz` makes pickles of random opcodes until the time is up and
asks CPython's unpickler in C as well as the one in Python. The unpickler here imports nothing: each name it is asked for becomes an inert object that can be called, built, appended
to and asked for attributes. Every name it was asked for must stand in the trace; what is missing is printed.
"""

import io
import json
import pathlib
import pickle
import random
import resource
import struct
import subprocess
import sys
import tempfile
import time


class Inert:
    """Stands for whatever a pickle names or makes."""

    def __new__(cls, *arguments, **named):
        return object.__new__(cls)

    def __init__(self, *arguments, **named):
        pass

    def __call__(self, *arguments, **named):
        return Inert()

    def __setstate__(self, state):
        pass

    def __setitem__(self, key, value):
        pass

    def __hash__(self):
        return 1

    def append(self, item):
        pass

    extend = add = update = append


class Tracing(pickle._Unpickler):
    """CPython's unpickler in Python; it records names instead of importing them."""

    def __init__(self, data):
        super().__init__(io.BytesIO(data))
        self.asked = []

    def find_class(self, module, name):
        if self.proto < 3:
            from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING

            module, name = NAME_MAPPING.get((module, name), (IMPORT_MAPPING.get(module, module), name))
        self.asked.append(f"{module}.{name}")
        return Inert

    def persistent_load(self, pid):
        return Inert()

    def get_extension(self, code):
        self.append(Inert)


class TracingInC(pickle.Unpickler):
    """CPython's unpickler in C; it maps the names of Python 2 before it asks."""

    def __init__(self, data):
        super().__init__(io.BytesIO(data))
        self.asked = []

    def find_class(self, module, name):
        self.asked.append(f"{module}.{name}")
        return Inert

    def persistent_load(self, pid):
        return Inert()


ACROSS = "<across frames>"
NAMES = ["os", "system", "builtins", "eval", "collections", "OrderedDict", "posix", "acme.models", "Net", "__main__", "x"]


def constant(draw):
    """One opcode that pushes a value, names above all."""
    name = draw.choice(NAMES).encode()
    return draw.choice([
        b"N", b"]", b"}", b")", b"K" + bytes([draw.randrange(256)]), b"J" + struct.pack("<i", draw.randrange(-9, 9)),
        b"I%d\n" % draw.randrange(300), b"I0x%x\n" % draw.randrange(300), b"G" + bytes(8), b"L5L\n", b"\x8a\x01\x05",
        b"\x8c" + bytes([len(name)]) + name, b"X" + struct.pack("<I", len(name)) + name, b"V" + name + b"\n",
        b"S'" + name + b"'\n", b"U" + bytes([len(name)]) + name, b"C" + bytes([len(name)]) + name, b"\x88", b"\x8f",
        b"c" + name + b"\n" + draw.choice(NAMES).encode() + b"\n", b"(", b"(",
    ])


def operation(draw):
    """One opcode that takes what is there."""
    slot = draw.randrange(6)
    return draw.choice([
        b"\x93", b"\x93", b"\x93", b"R", b"b", b"\x81", b"\x92", b"o", b"0", b"2", b"1", b"t", b"l", b"d", b"a", b"e", b"s", b"u",
        b"\x85", b"\x86", b"\x87", b"\x90", b"\x91", b"\x94", b"\x94", b"q" + bytes([slot]), b"h" + bytes([slot]),
        b"p%d\n" % slot, b"g%d\n" % slot, b"r" + struct.pack("<I", slot), b"j" + struct.pack("<I", slot), b"Q", b"P7\n",
        b"\x80\x04", b"\x95" + struct.pack("<Q", draw.randrange(40)), b"i" + draw.choice(NAMES).encode() + b"\nNet\n",
    ])


def soup(draw):
    """A pickle of random opcodes, in which a name is resolved more often than by chance."""
    parts = [b"\x80" + bytes([draw.randrange(6)])] if draw.random() < 0.9 else []
    for _ in range(draw.randrange(3, 40)):
        kind = draw.random()
        if kind < 0.55:
            parts.append(constant(draw))
        elif kind < 0.65:
            names = [draw.choice(NAMES).encode() for _ in range(2)]
            parts.append(b"".join(b"\x8c" + bytes([len(name)]) + name for name in names) + b"\x93")
        else:
            parts.append(operation(draw))
    data = b"".join(parts) + b"."
    if draw.random() < 0.2:
        at = draw.randrange(len(data))
        data = data[:at] + bytes([draw.randrange(256)]) + data[at + 1:]
    return data


def asked_by(unpickler, data):
    try:
        tracing = unpickler(data)
        tracing.load()
    except BaseException:
        pass
    return tracing.asked


def told(program, path):
    """Names that the trace resolves; blanks in a name are its own."""
    said = subprocess.run([program, "artifact", "explain", path], capture_output=True, text=True, errors="replace").stdout
    split = (line.split(maxsplit=2) for line in said.split("\n"))
    return {words[2].strip() for words in split if len(words) == 3 and words[1] == "import"}


def fuzz(program, seconds, seed):
    draw, until = random.Random(seed), time.monotonic() + seconds
    # CPython reserves what the highest slot of a memo asks for.
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    tried = files = names = missing = 0
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "m.pkl"
        while time.monotonic() < until:
            data = soup(draw)
            tried += 1
            asked = set(asked_by(Tracing, data)) | set(asked_by(TracingInC, data))
            if not asked:
                continue
            path.write_bytes(data)
            files, names = files + 1, names + len(asked)
            said = told(program, path)
            # Names across the end of a frame are another's to whom reads the file in pieces: said so, that is enough.
            lost = set() if ACROSS in said else {name for name in asked - said if name.isprintable()}
            missing += len(lost)
            for name in sorted(lost):
                print(f"{data!r}: {name} is not in the trace")
    print(f"{tried} pickles tried, {files} that name something, {names} names, {missing} missing, seed {seed}")


def main():
    if sys.argv[2] == "fuzz":
        return fuzz(sys.argv[1], float(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    program, out, half = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    compared = names = missing = 0
    for line in (out / "manifest.jsonl").read_text().splitlines():
        case = json.loads(line)
        if case["split"] != half or case["loader"] not in ("", "pickle"):
            continue
        path = out / case["path"]
        tracing = Tracing(path.read_bytes())
        try:
            tracing.load()
        except Exception:
            pass
        if not tracing.asked:
            continue
        compared, names = compared + 1, names + len(set(tracing.asked))
        for name in sorted(set(tracing.asked) - told(program, path)):
            missing += 1
            print(f"{case['name']}: {name} is not in the trace")
    print(f"{compared} files, {names} names, {missing} missing")


if __name__ == "__main__":
    main()
