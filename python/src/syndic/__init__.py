"""Says what loading a model file would do, and loads only what is safe.

A thin layer over the `syndic` program that the same wheel installs: it parses hostile files in a process of its own, where
nothing can be imported or run.
"""

from ._binary import BinaryNotFound, binary
from ._guard import guard, install, uninstall
from ._load import UnsafeArtifact, safe_load
from ._report import Finding, Report, ScanFailed, scan
from ._sealed import TooLarge

__all__ = [
    "BinaryNotFound",
    "Finding",
    "Report",
    "ScanFailed",
    "TooLarge",
    "UnsafeArtifact",
    "binary",
    "guard",
    "install",
    "safe_load",
    "scan",
    "uninstall",
]
