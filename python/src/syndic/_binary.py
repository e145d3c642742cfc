"""Finds the program that this wheel installed."""

import os
import sys
import sysconfig
from pathlib import Path


class BinaryNotFound(FileNotFoundError):
    """The `syndic` program does not stand where wheels put programs."""


def binary():
    """Returns the path of the program: `SYNDIC_BINARY` if it is set, else the one that was installed with this module.

    The search path is not looked at: what it leads to may be another program.
    """
    named = os.environ.get("SYNDIC_BINARY")
    folders = [sysconfig.get_path("scripts"), str(Path(sys.executable).parent)]
    scheme = sysconfig.get_preferred_scheme("user") if hasattr(sysconfig, "get_preferred_scheme") else None
    if scheme:
        folders.append(sysconfig.get_path("scripts", scheme=scheme))
    # `pip install --target DIR` puts programs beside the packages.
    folders.append(str(Path(__file__).resolve().parent.parent / "bin"))
    candidates = [named] if named else [os.path.join(folder, "syndic") for folder in folders if folder]
    for candidate in candidates:
        if os.path.isfile(candidate) and os.access(candidate, os.X_OK):
            return candidate
    raise BinaryNotFound("the syndic program is not at " + ", ".join(candidates))
