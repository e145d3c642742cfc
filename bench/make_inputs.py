#!/usr/bin/env python3
"""Makes the inputs of `bench/assess.sh`: trees of known size and shape, equal on every run.

    make_inputs.py source  <real-inputs> <out>   5,000 source files of real AI projects
    make_inputs.py drawn   <real-inputs> <out>   5,000 files drawn evenly from all of them
    make_inputs.py weights <out> <files> <MiB>   safetensors files with a true header and incompressible bytes
    make_inputs.py mixed   <out>                 10 GiB: weights, datasets, 2,000 small files
    make_inputs.py many    <out>                 100,000 small files in 1,000 folders
    make_inputs.py deep    <out>                 50 levels, at each of them 40 files and a folder that is a dead end

Only the standard library is used; a Parquet file is part of `mixed` when pyarrow is importable.
"""

import json
import os
import random
import shutil
import sys
from pathlib import Path

PROJECTS = ("litellm", "mlflow", "gradio", "langchain")
SOURCE_FILES = 5_000
MIB = 1 << 20
ENDINGS = ((".py",), (".ts", ".tsx", ".js", ".jsx"), (".toml", ".yaml", ".yml", ".json", ".ipynb"), (".md",))
# Bundles that a build wrote are not source: nobody keeps them in a source tree.
BUILT = ("/static/", "/templates/", "/_next/", "/build/", "/dist/", "/node_modules/", "/_experimental/out/")


def source(inputs: Path, out: Path) -> None:
    """Python first (the heart of AI projects), then scripts, then configuration up to the exact count."""
    found = []
    for rank, endings in enumerate(ENDINGS):
        for project in PROJECTS:
            for path in sorted((inputs / project).rglob("*")):
                shown = "/" + path.relative_to(inputs).as_posix()
                if path.is_file() and path.suffix in endings and not (rank and any(part in shown for part in BUILT)):
                    found.append(path)
    chosen = found[:SOURCE_FILES]
    if len(chosen) < SOURCE_FILES:
        raise SystemExit(f"{len(chosen)} source files found, {SOURCE_FILES} wanted: run `cargo xtask test` first")
    for path in chosen:
        target = out / path.relative_to(inputs)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def drawn(inputs: Path, out: Path) -> None:
    """Files of every kind, evenly from the trees as their projects ship them: what a tree of that size is like."""
    found = sorted(path for path in inputs.rglob("*") if path.is_file() and not path.is_symlink())
    if len(found) < SOURCE_FILES:
        raise SystemExit(f"{len(found)} files found, {SOURCE_FILES} wanted: run `cargo xtask test` first")
    for number in range(SOURCE_FILES):
        path = found[number * len(found) // SOURCE_FILES]
        target = out / path.relative_to(inputs)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def safetensors(path: Path, size: int, seed: int) -> None:
    """One F16 tensor after a header a reader accepts; bytes that no file system can store sparsely."""
    columns = 4096
    rows = size // (2 * columns)
    length = rows * columns * 2
    header = json.dumps({
        "__metadata__": {"format": "pt"},
        "model.layers.0.weight": {"dtype": "F16", "shape": [rows, columns], "data_offsets": [0, length]},
    }).encode()
    header += b" " * (-len(header) % 8)
    block = random.Random(seed).randbytes(8 * MIB)
    with path.open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        left = length
        while left > 0:
            file.write(block[:left])
            left -= len(block)


def weights(out: Path, files: int, mib: int) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for number in range(files):
        safetensors(out / f"model-{number + 1:05}-of-{files:05}.safetensors", mib * MIB, number)


def rows(count: int):
    words = "the model answers a question about an order that was late and the customer is not amused".split()
    chance = random.Random(7)
    for number in range(count):
        text = " ".join(chance.choices(words, k=60))
        yield {"id": number, "email": f"person{number}@example.com", "text": text}


def mixed(out: Path) -> None:
    """4 × 2 GiB weights, 1 GiB of datasets in 50 MB files, 1 GiB more of weights, 2,000 small files."""
    weights(out / "weights", 4, 2048)
    weights(out / "adapter", 1, 1024)
    data = out / "data"
    data.mkdir(parents=True)
    sample = list(rows(4_000))
    lines = {
        "jsonl": "".join(json.dumps(row) + "\n" for row in sample),
        "csv": "".join(f'{row["id"]},{row["email"]},"{row["text"]}"\n' for row in sample),
    }
    for ending, text in lines.items():
        for number in range(9):
            with (data / f"part-{number}.{ending}").open("w") as file:
                if ending == "csv":
                    file.write("id,email,text\n")
                for _ in range(50_000_000 // len(text)):
                    file.write(text)
    parquet(data, sample)
    for number in range(2_000):
        folder = out / "app" / f"part{number // 50:02}"
        folder.mkdir(parents=True, exist_ok=True)
        small_file(folder, number)


def parquet(data: Path, sample: list) -> None:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        print("no pyarrow: the mixed tree has no Parquet file", file=sys.stderr)
        return
    chance = random.Random(9)
    table = pyarrow.Table.from_pylist([
        row | {"text": f'{chance.random()} {row["text"]}', "bytes": chance.randbytes(400)} for row in sample * 28
    ])
    for number in range(2):
        pyarrow.parquet.write_table(table, data / f"table-{number}.parquet", compression="zstd")


def small_file(folder: Path, number: int) -> None:
    if number % 4 == 0:
        (folder / f"settings{number}.yaml").write_text(f"service:\n  name: part{number}\n  replicas: 2\n")
    elif number % 4 == 1:
        (folder / f"notes{number}.md").write_text(f"# Part {number}\n\nWhat this part does.\n")
    else:
        (folder / f"module{number}.py").write_text(
            f"import os\n\n\ndef run_{number}(value):\n    \"\"\"Adds.\"\"\"\n    return os.environ.get('PART', '') + str(value + {number})\n"
        )


def many(out: Path) -> None:
    for number in range(100_000):
        if number % 100 == 0:
            folder = out / f"f{number // 10_000}" / f"f{number // 100:04}"
            folder.mkdir(parents=True)
        small_file(folder, number)


def deep(out: Path) -> None:
    folder = out
    for level in range(50):
        folder = folder / f"level{level:02}"
        (folder / "aside").mkdir(parents=True)
        for number in range(40):
            small_file(folder / "aside" if number % 2 else folder, level * 40 + number)
    os.symlink(out.resolve(), folder / "back-to-the-top")


def main() -> None:
    what, *rest = sys.argv[1:]
    match what, rest:
        case "source", [inputs, out]:
            source(Path(inputs), Path(out))
        case "drawn", [inputs, out]:
            drawn(Path(inputs), Path(out))
        case "weights", [out, files, mib]:
            weights(Path(out), int(files), int(mib))
        case "mixed", [out]:
            mixed(Path(out))
        case "many", [out]:
            many(Path(out))
        case "deep", [out]:
            deep(Path(out))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
