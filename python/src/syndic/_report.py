"""Reports: what the program says of files, as values of Python."""

import json
import os
import subprocess
from dataclasses import dataclass, field
from typing import List, Optional

from ._binary import binary

ORDER = ("clean", "unreviewed", "incomplete", "suspicious", "malicious")


class ScanFailed(RuntimeError):
    """The program could not say anything: nothing was scanned, so nothing is safe."""


@dataclass(frozen=True)
class Finding:
    """Something that speaks against a file."""

    rule: str
    severity: str
    message: str
    offset: Optional[int] = None
    member: Optional[str] = None


@dataclass(frozen=True)
class Report:
    """What was found in a file; for a folder or a model of several files, what they come to together."""

    path: str
    verdict: str
    format: Optional[str] = None
    sha256: Optional[str] = None
    model: Optional[str] = None
    weights_only: Optional[bool] = None
    findings: List[Finding] = field(default_factory=list)
    not_inspected: List[str] = field(default_factory=list)
    parts: List["Report"] = field(default_factory=list)

    @property
    def is_clean(self):
        """Whether all of it was read, and all of it is known to rebuild data and nothing else."""
        return self.verdict == "clean"

    def __str__(self):
        said = [finding.message for finding in self.findings] + [f"not inspected: {what}" for what in self.not_inspected]
        return f"{self.path}: {self.verdict}" + (f" ({'; '.join(said[:3])})" if said else "")


def scan(path, *, hash=True, timeout=None, options=()):
    """Returns the report of a file, a folder, an `oci://` or an `s3://` place.

    `hash=False` leaves digests out. `options` are more words for `syndic artifact scan`. Raises `ScanFailed` if the program
    could not be run to its end.
    """
    place = os.fsdecode(path)
    # A file may be called like an option of the program, or like its standard input.
    reports = run(["./-" if place == "-" else place], hash=hash, timeout=timeout, options=options)
    return reports[0] if len(reports) == 1 else together(place, reports)


def scan_descriptor(descriptor, name, *, hash=True, timeout=None):
    """Returns the report of an open file. The program reads that very file, whatever has its name."""
    # After `--stdin-name=` no name can be taken for an option.
    options = ["--stdin-name=" + name]
    reports = run(["-"], stdin=descriptor, hash=hash, timeout=timeout, options=options)
    if len(reports) != 1:
        raise ScanFailed(f"the program said {len(reports)} things of one file")
    return reports[0]


def run(places, *, stdin=subprocess.DEVNULL, hash=True, timeout=None, options=()):
    """Runs the program and returns a report for each object it gives."""
    words = [binary(), "artifact", "scan", "--format", "jsonl", *([] if hash else ["--no-hash"]), *options, "--", *places]
    try:
        done = subprocess.run(words, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout, check=False)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise ScanFailed(str(problem)) from problem
    try:
        reports = [of(json.loads(line)) for line in done.stdout.decode().splitlines()]
    except (ValueError, KeyError, TypeError) as problem:
        raise ScanFailed(f"the program's answer was not understood: {problem}") from problem
    # A code that does not go with what was said means that not everything was said.
    worst = max((ORDER.index(report.verdict) for report in reports), default=-1)
    expected = {-1: 0, 0: 0, 1: 0, 2: 3, 3: 1, 4: 1}[worst]
    if done.returncode != expected:
        raise ScanFailed(done.stderr.decode(errors="replace").strip() or f"the program ended with {done.returncode}")
    return reports


def of(value):
    """Makes a report of one object; a verdict nobody knows is none."""
    if value["verdict"] not in ORDER:
        raise ValueError(f"unknown verdict {value['verdict']!r}")
    findings = [Finding(**{key: finding.get(key) for key in Finding.__dataclass_fields__}) for finding in value["findings"]]
    names = ("path", "verdict", "format", "sha256", "model", "weights_only", "not_inspected")
    return Report(findings=findings, **{name: value.get(name) for name in names if name in value})


def together(path, reports):
    """Puts the reports of a folder together: as bad as the worst."""
    worst = max((ORDER.index(report.verdict) for report in reports), default=0)
    return Report(
        path=path,
        verdict=ORDER[worst],
        findings=[finding for report in reports for finding in report.findings],
        not_inspected=[what for report in reports for what in report.not_inspected],
        parts=list(reports),
    )
