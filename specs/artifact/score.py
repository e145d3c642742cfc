#!/usr/bin/env python3
"""Scores results on the cases: one JSON object a line on standard input, a table on standard output.

    syndic artifact scan OUT --format jsonl --no-hash | python specs/artifact/score.py OUT held

Each line needs `path` and `verdict`. `held` reports the half that was held out, `build` the other, `all` both.
With a fourth argument the failing cases are listed, which must not be done with the half that is held out.
"""

import collections
import json
import pathlib
import sys


def main():
    out, half = pathlib.Path(sys.argv[1]), sys.argv[2]
    results = {}
    for line in sys.stdin:
        row = json.loads(line)
        results[str(pathlib.Path(row["path"]).resolve())] = row
    groups = collections.defaultdict(collections.Counter)
    failing = []
    for line in (out / "manifest.jsonl").read_text().splitlines():
        case = json.loads(line)
        if half not in ("all", case["split"]):
            continue
        found = results.get(str((out / case["path"]).resolve()), {"verdict": "missing"})
        group = case["kind"]
        if group == "malicious":
            group = {True: "fires", False: "does not fire here", None: "not loadable here"}[case["fired"]]
        groups[group][found["verdict"]] += 1
        is_bad = case["kind"] in ("malicious", "malformed", "unknown_code")
        wanted = ("malicious", "suspicious") if is_bad else ("clean",)
        if case["kind"] == "unknown_code":
            wanted += ("unreviewed",)
        if found["verdict"] not in wanted:
            failing.append((group, case["name"], found["verdict"], found.get("findings"), found.get("not_inspected")))
    for group, verdicts in sorted(groups.items()):
        total = sum(verdicts.values())
        listed = ", ".join(f"{verdict} {count} ({100 * count / total:.1f} %)" for verdict, count in verdicts.most_common())
        print(f"{group:20} {total:5}  {listed}")
    if len(sys.argv) > 3:
        for group, name, verdict, findings, missing in failing:
            why = "; ".join(finding["message"] for finding in findings or [])[:150]
            print(f"  {group} {name}: {verdict} {why} {missing or ''}")


if __name__ == "__main__":
    main()
