#!/usr/bin/env python3
"""Compares what CPython's own unpickler resolves with what `syndic artifact explain` says it resolves.

    python specs/artifact/oracle.py SYNDIC OUT build

The unpickler here imports nothing: each name it is asked for becomes an inert object that can be called, built, appended
to and asked for attributes. Every name it was asked for must stand in the trace; what is missing is printed.
"""

import io
import json
import pathlib
import pickle
import subprocess
import sys


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


def main():
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
        said = subprocess.run([program, "artifact", "explain", path], capture_output=True, text=True).stdout
        told = {words[2] for words in (line.split() for line in said.splitlines()) if len(words) == 3 and words[1] == "import"}
        compared, names = compared + 1, names + len(set(tracing.asked))
        for name in sorted(set(tracing.asked) - told):
            missing += 1
            print(f"{case['name']}: {name} is not in the trace")
    print(f"{compared} files, {names} names, {missing} missing")


if __name__ == "__main__":
    main()
