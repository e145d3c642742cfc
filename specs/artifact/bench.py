#!/usr/bin/env python3
"""Runs Syndic and its rivals over the same cases, one after the other, and writes what each said and what it cost.

    python specs/artifact/bench.py SYNDIC WORK RESULTS [RIVAL …]

`cargo xtask bench artifact` builds the program and calls this. SYNDIC is the program, WORK a folder for environments
and cases, RESULTS the file that is written and never overwritten. Rivals come from PyPI in the versions below, each in
an environment of its own. The table counts, over the half that is held out, files verified to fire that were flagged,
honest files and near misses that were flagged, and honest files that were called clean; what a rival did not come to
in its time (`unreached`) counts for nothing.
"""

import collections
import json
import os
import pathlib
import platform
import resource
import subprocess
import sys

RIVALS = {"picklescan": "1.0.5", "fickling": "0.1.12", "modelscan": "0.8.8", "modelaudit": "0.2.54"}
# What a rival imports and does not ask for.
MORE = {"fickling": ["typing_extensions"]}
MAKERS = "numpy joblib pandas dill cloudpickle lz4 zstandard py7zr h5py jinja2 scikit-learn scipy statsmodels lightgbm skops safetensors onnx"
HERE = pathlib.Path(__file__).parent
FLAGGED = ("malicious", "suspicious")


def environment(folder, packages):
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True)
    return python


def measured(command):
    """Runs a command and returns its lines, its CPU seconds and its peak in KiB, children included."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        ran = subprocess.run(command, capture_output=True, text=True)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        with os.fdopen(writer, "w") as pipe:
            json.dump([ran.stdout, used.ru_utime + used.ru_stime, used.ru_maxrss], pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        output, seconds, peak = json.load(pipe)
    os.waitpid(child, 0)
    return output.splitlines(), seconds, peak


def verdicts(lines):
    rows = (json.loads(line) for line in lines if line.startswith("{"))
    return {str(pathlib.Path(row["path"]).resolve()): row["verdict"] for row in rows}


def summary(said, cases, out):
    counts = collections.Counter()
    for case in (case for case in cases if case["split"] == "held"):
        verdict = said.get(str((out / case["path"]).resolve()), "missing")
        if verdict == "unreached":
            counts["unreached"] += 1
            continue
        if case["kind"] == "malicious" and case["fired"]:
            counts["firing"] += 1
            counts["caught"] += verdict in FLAGGED
            counts["called clean"] += verdict == "clean"
        elif case["kind"] in ("honest", "near_miss"):
            counts["honest"] += 1
            counts["alarms"] += verdict in FLAGGED
            counts["plainly clean"] += verdict == "clean"
    return counts


def main():
    syndic, work, results = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    wanted = sys.argv[4:] or list(RIVALS)
    if results.exists():
        raise SystemExit(f"{results} is there already; raw results are never overwritten")
    work.mkdir(parents=True, exist_ok=True)
    out = work / "cases"
    if not (out / "manifest.jsonl").exists():
        maker = environment(work / "makers", MAKERS.split())
        subprocess.run([maker, HERE / "make_cases.py", out, "--honest"], check=True)
    cases = [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]
    runs = {"syndic": measured([syndic, "artifact", "scan", out, "--format", "jsonl", "--no-hash"])}
    for rival in wanted:
        python = environment(work / rival, [f"{rival}=={RIVALS[rival]}", *MORE.get(rival, [])])
        runs[rival] = measured([python, HERE / "rivals.py", rival, out])
    said = {name: verdicts(lines) for name, (lines, _, _) in runs.items()}
    with open(results, "w") as file:
        print(f"# {len(cases)} cases of specs/artifact, {platform.machine()}, Python {platform.python_version()}", file=file)
        for name, (_, seconds, peak) in runs.items():
            counts = summary(said[name], cases, out)
            line = ", ".join(f"{key} {value}" for key, value in counts.items())
            row = f"# {name}: {line}; CPU s {seconds:.2f}, peak KiB {peak}"
            print(row, file=file)
            print(row[2:])
        print("\t".join(["name", "kind", "split", "fired", *runs]), file=file)
        for case in cases:
            path = str((out / case["path"]).resolve())
            row = [case["name"], case["kind"], case["split"], str(case["fired"])]
            print("\t".join(row + [said[name].get(path, "missing") for name in runs]), file=file)


if __name__ == "__main__":
    main()
