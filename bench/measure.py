#!/usr/bin/env python3
"""Runs a command n times and prints one line: what it cost, as the median of the runs with the least and the most.

    measure.py <label> <n> [--clean FOLDER] [--warm FOLDER] [--any-exit] -- command …

`--clean` removes a folder before each run. `--warm` reads the command's program and every file of a folder before each
run: where the kernel takes back the page cache early, waiting for the disk would else be counted as work.

CPU seconds are user + system of the command and its children, from the kernel's own account of the process; other
work on the machine disturbs them little (through caches and clock speed), while it disturbs wall time much.
Exit codes 0, 1 and 3 are answers of the program (clean, findings, could not check); everything else stops the benchmark, unless
`--any-exit` says that the command is somebody else's and counts by rules of its own.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time

ANSWERS = (0, 1, 3)


def run(command: list[str], any_exit: bool) -> tuple[float, float, int]:
    start = time.perf_counter()
    with open(os.devnull, "wb") as nothing:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=nothing, stderr=subprocess.PIPE)
        message = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in ANSWERS and not any_exit:
        sys.exit(f"exit code {process.returncode}: {' '.join(command)}\n{message.decode(errors='replace')[-2000:]}")
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss


def warm(program: str, folder: str) -> None:
    files = (os.path.join(at, name) for at, _, names in os.walk(folder) for name in names)
    for path in [program, *files]:
        if os.path.isfile(path) and not os.path.islink(path):
            with open(path, "rb", buffering=0) as file:
                while file.read(1 << 20):
                    pass


def spread(values: list[float], form: str = "{:.3f}") -> str:
    shown = [form.format(value) for value in (statistics.median(values), min(values), max(values))]
    return f"{shown[0]} ({shown[1]}–{shown[2]})"


def main() -> None:
    split = sys.argv.index("--")
    label, count, *options = sys.argv[1:split]
    command = sys.argv[split + 1 :]
    clean = options[options.index("--clean") + 1] if "--clean" in options else None
    warmed = options[options.index("--warm") + 1] if "--warm" in options else None
    runs = []
    for _ in range(int(count)):
        if clean:
            shutil.rmtree(clean, ignore_errors=True)
        if warmed:
            warm(command[0], warmed)
        runs.append(run(command, "--any-exit" in options))
    cpu, wall, resident = (list(column) for column in zip(*runs))
    print(
        f"{label:<34} n={count:<3} cpu s {spread(cpu)}  wall s {spread(wall)}  "
        f"peak MB {spread([kib * 1024 / 1e6 for kib in resident], '{:.0f}')}"
    )


if __name__ == "__main__":
    main()
