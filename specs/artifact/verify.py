"""Proves that a malicious case fires: loads it in a child process in an empty folder and looks for the marker.

The child has no network where the kernel lets us take it away, no environment to speak of, and twenty seconds.
Run as a script it is the child: `verify.py LOADER FILE`.
"""

import io
import pathlib
import pickle
import shutil
import subprocess
import sys
import tempfile
import zipfile

SECONDS = 20


def fires(case, file):
    """Returns whether loading the case made the marker; None where nothing here loads such files."""
    if not case.loader:
        return None
    with tempfile.TemporaryDirectory() as folder:
        target = str(file.resolve())
        if case.loader == "jinja":
            target = str(pathlib.Path(folder, "template"))
            pathlib.Path(target).write_bytes(case.files["_template"])
        before = set(pathlib.Path(folder).iterdir())
        command = [sys.executable, "-W", "ignore", str(pathlib.Path(__file__).resolve()), case.loader, target]
        if shutil.which("unshare") and subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode == 0:
            command = ["unshare", "-n", *command]
        environment = {"PATH": "/usr/bin:/bin", "HOME": folder, "OPENBLAS_NUM_THREADS": "1"}
        try:
            subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=SECONDS, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            pass
        made = {path.name for path in set(pathlib.Path(folder).iterdir()) - before}
        return any(name.startswith("fired") for name in made)


def torch_zip(file):
    """What torch.load does with a zip, as tolerantly as its C++ reader: names from the directory, no checks.

    Stands in for torch, which is too large to install for this.
    """
    raw = pathlib.Path(file).read_bytes()
    tried = set()
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
        for info in archive.infolist():
            if info.filename.endswith("data.pkl"):
                start = info.header_offset
                tried.add(start)
                load_local(raw, start, info.compress_size)
    except zipfile.BadZipFile:
        pass
    at = raw.find(b"PK\x03\x04")
    while at >= 0:
        if at not in tried and raw[at + 30:at + 60].find(b"data.pkl") >= 0:
            load_local(raw, at, int.from_bytes(raw[at + 18:at + 22], "little"))
        at = raw.find(b"PK\x03\x04", at + 4)


def load_local(raw, start, size):
    import zlib

    name, extra = (int.from_bytes(raw[start + at:start + at + 2], "little") for at in (26, 28))
    body = raw[start + 30 + name + extra:][:size]
    for content in (body, inflated(zlib, body)):
        try:
            pickle.loads(content)
        except Exception:
            pass


def inflated(zlib, body):
    try:
        return zlib.decompress(body, -15)
    except zlib.error:
        return b""


def pickles(file):
    with open(file, "rb") as stream:
        while True:
            pickle.load(stream)


def tar(file):
    import tarfile

    with tarfile.open(file) as archive:
        for member in archive:
            try:
                pickle.load(archive.extractfile(member))
            except EOFError:
                pass


def seven(file):
    import py7zr

    with tempfile.TemporaryDirectory() as folder, py7zr.SevenZipFile(file) as archive:
        archive.extractall(folder)
        for path in pathlib.Path(folder).rglob("*"):
            if path.is_file():
                pickle.loads(path.read_bytes())


def jinja(file):
    import jinja2

    jinja2.Environment().from_string(pathlib.Path(file).read_text()).render(messages=[])


def npz(file):
    import numpy

    with numpy.load(file, allow_pickle=True) as arrays:
        [arrays[key] for key in arrays.files]


def load(loader, file):
    if loader == "pickle":
        for attempt in (pickle.loads, pickle._loads):
            try:
                attempt(pathlib.Path(file).read_bytes())
            except Exception:
                pass
    elif loader == "joblib":
        import joblib

        joblib.load(file)
    elif loader == "pandas-zstd":
        import pandas

        pandas.read_pickle(file, compression="zstd")
    elif loader == "numpy":
        import numpy

        numpy.load(file, allow_pickle=True)
    else:
        {"torchzip": torch_zip, "pickles": pickles, "tar": tar, "seven": seven, "jinja": jinja, "npz": npz}[loader](file)


if __name__ == "__main__":
    load(sys.argv[1], sys.argv[2])
