#!/usr/bin/env python3
"""Builds the wheel, installs it into a fresh environment and runs `cases.py` there.

    apt-get install python3-torch python3-venv
    /usr/bin/python3 specs/python/wheel.py [--release] [--target FOLDER]

The environment sees the packages of the Python that runs this, so that Debian's torch is used where it is installed; joblib
comes from the package index. Without torch its cases are passed by and counted. The last line is
`N passed, N failed, N skipped`.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import venv

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--release", action="store_true", help="optimised, as it is published")
    arguments.add_argument("--target", help="folder of the build, if not the usual one")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        venv.create(place / "env", with_pip=True, system_site_packages=True)
        python = place / "env/bin/python"
        # maturin takes the pyproject.toml of the folder it is started in.
        where = {"check": True, "cwd": ROOT / "python", "env": environment(given.target)}
        run = lambda *words: subprocess.run([str(word) for word in words], **where)
        run(python, "-m", "pip", "install", "--quiet", "maturin>=1.9,<2", "joblib", "numpy")
        profile = ["--release"] if given.release else ["--profile", "dev"]
        run(place / "env/bin/maturin", "build", "--quiet", *profile, "--out", place / "dist")
        (wheel,) = (place / "dist").glob("*.whl")
        print(f"{wheel.name}: {wheel.stat().st_size} bytes", flush=True)
        run(python, "-m", "pip", "install", "--quiet", "--no-index", wheel)
        return subprocess.run([python, "-I", ROOT / "specs/python/cases.py"], check=False).returncode


def environment(target):
    given = {name: value for name, value in os.environ.items() if name != "SYNDIC_BINARY"}
    return {**given, "CARGO_TARGET_DIR": target} if target else given


if __name__ == "__main__":
    sys.exit(main())
