#!/usr/bin/env python3
"""Copies small harmless cases as seeds of the fuzz targets, none larger than two kilobytes.

    python specs/artifact/make_cases.py OUT && python specs/artifact/make_seeds.py OUT fuzz/seeds

Seeds of `artifact_convert` are the smallest of the checkpoints and arrays that `convert_cases.py` has converted.

No seed does anything when it is loaded: malicious cases are left out.
"""

import json
import pathlib
import sys

LARGEST = 2048
MOST = 24
TARGETS = {"artifact_pickle": b"", "artifact_scan": b"\x00"}


def main():
    out, seeds = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    for line in (out / "manifest.jsonl").read_text().splitlines():
        case = json.loads(line)
        data = (out / case["path"]).read_bytes()
        is_harmless = case["kind"] in ("near_miss", "malformed") and len(data) <= LARGEST
        if not is_harmless:
            continue
        for target, prefix in TARGETS.items():
            if target == "artifact_pickle" and data[:1] != b"\x80":
                continue
            folder = seeds / target
            folder.mkdir(parents=True, exist_ok=True)
            if len(list(folder.iterdir())) < MOST:
                (folder / case["name"]).write_bytes(data[2:] if target == "artifact_pickle" else prefix + data)
    convertible(seeds / "artifact_convert")


def convertible(folder):
    import convert_cases

    folder.mkdir(parents=True, exist_ok=True)
    for name, file, _, more in convert_cases.good():
        if len(file) <= LARGEST and not more and len(list(folder.iterdir())) < MOST:
            # The first byte chooses the name; zip files stand for `m.pt` and `m.npz`, arrays for `m.npy`.
            choice = 2 if file.startswith(b"\x93NUMPY") else 0
            (folder / name).write_bytes(bytes([choice]) + file)


if __name__ == "__main__":
    main()
