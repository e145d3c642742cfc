#!/usr/bin/env python3
"""Judges scanners of secrets by the labels of CredData (Samsung/CredData), which has to be built first with its own
`download_data.py`; nothing of it is kept here.

    creddata.py score  --creddata DIR --part train|held [--tool NAME ...] [--syndic PATH] [--errors FILE]
    creddata.py corpus --creddata DIR --part train|held --to DIR      the files of one part alone, for a scanner's own run

A repository is split off by its id (the name of its file in `meta/`): ids that begin with 0-9, a or b are for training
and tuning if their snapshot does too, ids that begin with c-f are held out, and what is neither belongs to no part.

One row of a label is one case. A true row is found when a tool names its file and a line of it. A line that a tool
names and that only false rows stand on is a false alarm. A line without a label is counted apart, as "unlabelled";
`strict` takes each of those for a false alarm as well.
"""

import argparse
import binascii
import collections
import csv
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HELD = "cdef"


def parts(creddata):
    """Returns the part of every repository whose files are there, by id."""
    snapshot = json.loads((creddata / "snapshot.json").read_text())
    found = {}
    for commit in snapshot:
        name = f"{binascii.crc32(binascii.unhexlify(commit)):08x}"
        if not (creddata / "data" / name).is_dir():
            continue
        if name[0] in HELD:
            found[name] = "held"
        elif commit[0] not in HELD:
            found[name] = "train"
    return found


def rows_of(creddata, names):
    """Returns the labelled rows of the repositories, each file named as below `data/`."""
    rows = []
    for name in sorted(names):
        with open(creddata / "meta" / f"{name}.csv", newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                path = row["FilePath"].removeprefix("data/")
                first, last = int(row["LineStart"]), int(row["LineEnd"] or row["LineStart"])
                rows.append((name, path, first, last, row["GroundTruth"] == "T", row["Category"]))
    return rows


def corpus(creddata, part, to):
    names = [name for name, its in parts(creddata).items() if its == part]
    for name in names:
        shutil.copytree(creddata / "data" / name, pathlib.Path(to) / name)
    return names


def run(command, folder):
    """Runs a tool; returns its output and its CPU seconds."""
    before = os.times()
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return done.stdout.decode("utf-8", "replace"), spent


def lines_of(text):
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("{"):
            try:
                yield json.loads(line)
            except json.JSONDecodeError:
                continue


def syndic(folder, program, extra=()):
    output, spent = run([program, "secrets", ".", "--format", "jsonl", *extra], folder)
    return [(found["path"], found["line"], found["rule"], found["confidence"]) for found in lines_of(output)], spent


def gitleaks(folder, program):
    with tempfile.TemporaryDirectory() as scratch:
        file = f"{scratch}/report.json"
        _, spent = run([program, "dir", ".", "-f", "json", "-r", file, "--no-banner"], folder)
        found = json.loads(pathlib.Path(file).read_text() or "[]") if os.path.exists(file) else []
    return [(each["File"], each["StartLine"], each["RuleID"], "") for each in found or []], spent


def betterleaks(folder, program):
    with tempfile.TemporaryDirectory() as scratch:
        file = f"{scratch}/report.json"
        _, spent = run([program, ".", "-o", file], folder)
        found = json.loads(pathlib.Path(file).read_text())["findings"] if os.path.exists(file) else []
    places = [(each["location"]["path"], each["location"]["start_line"], each["rule_id"], "") for each in found]
    return places, spent


def kingfisher(folder, program):
    output, spent = run([program, "scan", ".", "--format", "jsonl", "--no-validate", "--no-update-check",
                         "--confidence", "low", "--git-history", "none", "--no-dedup"], folder)
    found = []
    for each in lines_of(output):
        if "rule" in each:
            finding = each["finding"]
            path = finding["path"]
            path = os.path.relpath(path, folder) if os.path.isabs(path) else path
            found.append((path, int(finding["line"]), each["rule"]["id"], finding.get("confidence", "")))
    return found, spent


def detect_secrets(folder, program):
    output, spent = run([program, "scan", "--all-files", "--force-use-all-plugins", "."], folder)
    results = json.loads(output or "{}").get("results", {})
    return [(path, each["line_number"], each["type"], "") for path, all_ in results.items() for each in all_], spent


def credsweeper(folder, program):
    with tempfile.TemporaryDirectory() as scratch:
        file = f"{scratch}/report.json"
        _, spent = run([program, "--path", ".", "--save-json", file, "--jobs", "1"], folder)
        results = json.loads(pathlib.Path(file).read_text()) if os.path.exists(file) else []
    found = [(os.path.relpath(line["path"], folder) if os.path.isabs(line["path"]) else line["path"].removeprefix("./"),
              line["line_num"], each["rule"], "") for each in results for line in each["line_data_list"]]
    return found, spent


RIVALS = {
    "gitleaks": gitleaks, "betterleaks": betterleaks, "kingfisher": kingfisher, "detect-secrets": detect_secrets,
    "credsweeper": credsweeper,
}


def judge(rows, found):
    """Compares what a tool named with the labels."""
    labels, spans = collections.defaultdict(list), collections.defaultdict(list)
    for index, (_, path, first, last, is_true, _) in enumerate(rows):
        labels[path].append((first, last, is_true, index))
        spans[path].append((first, last))
    hit, false_lines, unlabelled = set(), set(), set()
    for path, line, rule, _ in found:
        path = path.removeprefix("./")
        here = [label for label in labels.get(path, []) if label[0] <= line <= label[1]]
        true = {label[3] for label in here if label[2]}
        if true:
            hit |= true
        elif here:
            false_lines.add((path, line, rule))
        else:
            unlabelled.add((path, line, rule))
    return hit, false_lines, unlabelled


def figures(true, hit, false):
    recall = hit / true if true else 0
    precision = hit / (hit + false) if hit + false else 0
    f1 = 2 * recall * precision / (recall + precision) if recall + precision else 0
    return recall, precision, f1


def distinct(places):
    return len({(path, line) for path, line, _ in places})


def report(name, rows, found, spent, megabytes):
    hit, false, unlabelled = judge(rows, found)
    true = sum(row[4] for row in rows)
    recall, precision, f1 = figures(true, len(hit), distinct(false))
    strict = figures(true, len(hit), distinct(false) + distinct(unlabelled))
    print(f"{name}\trecall {recall:.3f}\tprecision {precision:.3f}\tF1 {f1:.3f}\t"
          f"strict precision {strict[1]:.3f}\tstrict F1 {strict[2]:.3f}\tfalse {distinct(false)}\t"
          f"unlabelled {distinct(unlabelled)}\tCPU {spent:.1f} s\t{megabytes / max(spent, 1e-3):.1f} MB/s")
    return hit, false, unlabelled


def by(rows, hit, false, column):
    table = collections.defaultdict(lambda: [0, 0])
    for index, row in enumerate(rows):
        if row[4]:
            for key in row[column].split(":") if column == 5 else [row[column]]:
                table[key][0] += index in hit
                table[key][1] += 1
    wrong = collections.Counter(path.split("/")[0] for path, _, _ in false)
    for key, (found, all_) in sorted(table.items(), key=lambda item: -item[1][1]):
        tail = f"\tfalse {wrong[key]}" if column == 0 else ""
        print(f"  {key}\t{found}/{all_}{tail}")


def write_errors(file, creddata, rows, hit, false, unlabelled):
    texts = {}

    def text(path, line):
        if path not in texts:
            content = (creddata / "data" / path).read_bytes().decode("utf-8", "replace")
            texts[path] = content.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        lines = texts[path]
        return lines[line - 1].strip()[:220] if line <= len(lines) else ""

    with open(file, "w", encoding="utf-8") as out:
        for index, row in enumerate(rows):
            if row[4] and index not in hit:
                print("MISSED", row[5], f"{row[1]}:{row[2]}", text(row[1], row[2]), sep="\t", file=out)
        for kind, places in (("FALSE", false), ("UNLABELLED", unlabelled)):
            for path, line, rule in sorted(places):
                print(kind, rule, f"{path}:{line}", text(path, line), sep="\t", file=out)


def score(args):
    creddata = pathlib.Path(args.creddata)
    with tempfile.TemporaryDirectory() as scratch:
        names = corpus(creddata, args.part, scratch)
        rows = rows_of(creddata, names)
        bytes_ = sum(file.stat().st_size for file in pathlib.Path(scratch).rglob("*") if file.is_file())
        print(f"# {args.part}: {len(names)} repositories, {sum(row[4] for row in rows)} true of {len(rows)} rows, "
              f"{bytes_ / 1e6:.1f} MB, {time.strftime('%Y-%m-%d')}")
        for tool in args.tool or ["syndic"]:
            if tool == "syndic":
                found, spent = syndic(scratch, os.path.abspath(args.syndic), args.extra)
            else:
                found, spent = RIVALS[tool](scratch, shutil.which(tool) or sys.exit(f"{tool} is not on the path"))
            hit, false, unlabelled = report(tool, rows, found, spent, bytes_ / 1e6)
            if args.detail:
                by(rows, hit, false, 5)
                by(rows, hit, false, 0)
            if args.errors:
                write_errors(args.errors, creddata, rows, hit, false, unlabelled)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("score", "corpus"):
        command = commands.add_parser(name)
        command.add_argument("--creddata", required=True)
        command.add_argument("--part", choices=["train", "held"], required=True)
        if name == "corpus":
            command.add_argument("--to", required=True)
            continue
        command.add_argument("--tool", action="append", choices=["syndic", *RIVALS])
        command.add_argument("--syndic", default="syndic")
        command.add_argument("--extra", action="append", default=[], help="a further argument for syndic")
        command.add_argument("--detail", action="store_true", help="by category and repository")
        command.add_argument("--errors", help="write what was missed or wrong here; never of the held part")
    args = parser.parse_args()
    if args.command == "corpus":
        corpus(pathlib.Path(args.creddata), args.part, args.to)
    else:
        if args.errors and args.part == "held":
            sys.exit("nobody looks at the errors of the held part: it would no longer be held out")
        score(args)


if __name__ == "__main__":
    main()
