#!/usr/bin/env python3
"""Makes the cases of the artifact scanner into a folder and proves which of the malicious ones fire.

    python specs/artifact/make_cases.py OUT [--honest]

A case lands in OUT/<split>/<kind>/<name>/<file>; OUT/manifest.jsonl tells what each is and whether it fired.
Needs numpy, joblib, pandas, dill, cloudpickle, lz4, zstandard, py7zr, h5py and jinja2; with --honest also scikit-learn
and whatever else of `cases/honest.py` is installed. Payloads only touch a marker file in a folder of their own.
"""

import argparse
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from cases import containers, formats, gadgets, honest, opcodes  # noqa: E402
from verify import fires  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--honest", action="store_true", help="also make files with the installed frameworks")
    options = parser.parse_args()
    sources = [opcodes, gadgets, containers, formats] + ([honest] if options.honest else [])
    options.out.mkdir(parents=True, exist_ok=True)
    with open(options.out / "manifest.jsonl", "w") as manifest:
        for case in (case for source in sources for case in source.cases()):
            folder = options.out / case.split / case.kind / case.name
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / (case.file or "model.pkl")
            file.write_bytes(case.data)
            for label, content in case.files.items():
                if not label.startswith("_"):
                    (folder / label).write_bytes(content)
            fired = fires(case, file) if case.kind == "malicious" else None
            row = {"name": case.name, "split": case.split, "kind": case.kind, "loader": case.loader, "fired": fired,
                   "path": str(file.relative_to(options.out))}
            manifest.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
