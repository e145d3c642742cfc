#!/usr/bin/env python3
"""Runs a rival scanner over the cases, each file by the rival's own library, and writes what it said as `score.py` reads it.

    python specs/artifact/rivals.py picklescan|fickling|modelscan|modelaudit OUT > results.jsonl

Run it with the interpreter that has the rival. What a rival calls dangerous, infected or unsafe counts as malicious,
what it flags more mildly as suspicious, a failure as an error, a file it does not look at as skipped. The CPU seconds
and the peak memory of the whole run go to standard error.
"""

import contextlib
import hashlib
import io
import json
import logging
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time


# Modelaudit needs half a second of CPU a file and more: it gets so much time, in processes of so many files.
MODELAUDIT_SECONDS = int(os.environ.get("MODELAUDIT_SECONDS", "1200"))
MODELAUDIT_BATCH = 20


def picklescan(path):
    from picklescan.scanner import SafetyLevel, scan_file_path

    result = scan_file_path(path)
    levels = {found.safety for found in result.globals}
    if SafetyLevel.Dangerous in levels or result.issues_count:
        return "malicious"
    if result.scan_err:
        return "error"
    if not result.scanned_files:
        return "skipped"
    return "clean"


def fickling(path):
    from fickling.analysis import Severity, check_safety
    from fickling.fickle import Pickled

    with open(path, "rb") as file:
        severity = check_safety(Pickled.load(file)).severity
    if severity == Severity.LIKELY_SAFE:
        return "clean"
    return "malicious" if severity >= Severity.LIKELY_OVERTLY_MALICIOUS else "suspicious"


def each(judge, out):
    for case in cases(out):
        start = time.process_time()
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                verdict = judge(str(out / case["path"]))
        except Exception:
            verdict = "error"
        yield case["path"], verdict, time.process_time() - start


def modelscan(out):
    program = pathlib.Path(sys.executable).parent / "modelscan"
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        subprocess.run([program, "-p", out, "-r", "json", "-o", report.name, "--show-skipped"], capture_output=True)
        said = json.load(open(report.name))
    flagged = {issue["source"].split(":")[0]: issue["severity"] for issue in said["issues"]}
    scanned = {name.split(":")[0] for name in said["summary"]["scanned"]["scanned_files"]}
    errors = {error.get("source", "").split(":")[0] for error in said.get("errors", [])}
    for case in cases(out):
        path = case["path"]
        if path in flagged:
            verdict = "malicious" if flagged[path] in ("CRITICAL", "HIGH") else "suspicious"
        elif path in errors:
            verdict = "error"
        else:
            verdict = "clean" if path in scanned else "skipped"
        yield path, verdict, None


def modelaudit(out):
    """Some files a process, off the network, until the time is up: what it did not come to by then counts as unreached."""
    program = pathlib.Path(sys.executable).parent / "modelaudit"
    quiet = {**os.environ, "PROMPTFOO_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1", "NO_ANALYTICS": "1"}
    ranks = {"critical": 2, "error": 2, "warning": 1}
    until = time.monotonic() + MODELAUDIT_SECONDS
    # Drawn in an order that has nothing to do with their kind, so that those that are reached stand for all.
    waiting = sorted(cases(out), key=lambda case: hashlib.sha256(case["path"].encode()).digest())
    for start in range(0, len(waiting), MODELAUDIT_BATCH):
        batch = waiting[start:start + MODELAUDIT_BATCH]
        worst, seen, left = {}, set(), until - time.monotonic()
        if left > 0:
            with tempfile.NamedTemporaryFile(suffix=".json") as report, contextlib.suppress(subprocess.TimeoutExpired, ValueError):
                command = [program, "scan", *[out / case["path"] for case in batch], "--format", "json", "--output", report.name]
                subprocess.run(command, capture_output=True, env=quiet, timeout=left)
                said = json.load(open(report.name))
                for issue in said["issues"]:
                    path = (issue.get("location") or "").split(" (")[0].split(":")[0]
                    worst[path] = max(worst.get(path, 0), ranks.get(issue["severity"], 0))
                seen = {asset["path"].split(":")[0] for asset in said["assets"]}
        for case in batch:
            path = str(out / case["path"])
            mildest = "clean" if path in seen else "skipped" if left > 0 else "unreached"
            yield case["path"], {2: "malicious", 1: "suspicious"}.get(worst.get(path, 0), mildest), None


def cases(out):
    return [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]


def main():
    logging.disable(logging.CRITICAL)
    rival, out = sys.argv[1], pathlib.Path(sys.argv[2])
    whole = {"modelscan": modelscan, "modelaudit": modelaudit}
    results = whole[rival](out) if rival in whole else each({"picklescan": picklescan, "fickling": fickling}[rival], out)
    for path, verdict, seconds in results:
        print(json.dumps({"path": str(out / path), "verdict": verdict, "cpu_seconds": seconds}))
    own, child = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"cpu seconds {own.ru_utime + own.ru_stime + child.ru_utime + child.ru_stime:.1f}, "
          f"peak KiB {max(own.ru_maxrss, child.ru_maxrss)}", file=sys.stderr)


if __name__ == "__main__":
    main()
