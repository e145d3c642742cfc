"""A copy of a file that nobody can change any more: what was scanned is what is loaded.

Scanning a path and loading the path afterwards leaves a gap in which another file can take its place, or other bytes the
place of these. So the bytes are copied once into memory of this process, on Linux into a file without a name that the kernel
seals against writing (`memfd_create`, `F_ADD_SEALS`), and both the scan and the loader get that copy.
"""

import io
import os
import sys
import tempfile

DEFAULT_LIMIT_BYTES = 16 << 30
_PIECE = 16 << 20


class TooLarge(ValueError):
    """The file is larger than what may be copied into memory."""


class Sealed:
    """An unchangeable copy, open for reading."""

    def __init__(self, source, *, name, start=None, limit_bytes=DEFAULT_LIMIT_BYTES):
        self.name = name
        # Where the caller's own file stood, if it was one and can go back.
        self.start = start
        self._file = _empty(name)
        try:
            _copy(source, self._file, limit_bytes)
            _seal(self._file.fileno())
        except BaseException:
            self._file.close()
            raise

    def fileno(self):
        """The descriptor; its position is that of everybody who shares it."""
        return self._file.fileno()

    def reader(self):
        """Returns the copy as a file of its own, at its beginning."""
        self._file.seek(0)
        return os.fdopen(os.dup(self._file.fileno()), "rb")

    def path(self):
        """Returns a path that leads to the copy while this is open, for loaders that take nothing else."""
        return f"/proc/self/fd/{self._file.fileno()}" if sys.platform == "linux" else f"/dev/fd/{self._file.fileno()}"

    def close(self):
        """Gives the memory back, once nobody reads or maps it any more."""
        self._file.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def seal(target, *, limit_bytes=DEFAULT_LIMIT_BYTES):
    """Copies a path, bytes, or the rest of a file that is open."""
    if isinstance(target, (bytes, bytearray, memoryview)):
        return Sealed(io.BytesIO(target), name="bytes", limit_bytes=limit_bytes)
    if hasattr(target, "read"):
        name = getattr(target, "name", "")
        name = os.path.basename(name) if isinstance(name, str) else ""
        return Sealed(target, name=name, start=_position(target), limit_bytes=limit_bytes)
    # Not buffered: what is read is read once.
    with open(target, "rb", buffering=0, opener=_regular) as source:
        return Sealed(source, name=os.path.basename(os.fsdecode(target)), limit_bytes=limit_bytes)


def _position(file):
    try:
        return file.tell() if file.seekable() else None
    except (AttributeError, OSError):
        return None


def _regular(path, flags):
    # A pipe with nobody at its other end must not hold us.
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    try:
        os.set_blocking(descriptor, True)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _empty(name):
    if hasattr(os, "memfd_create"):
        flags = os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
        return os.fdopen(os.memfd_create("syndic", flags), "w+b", buffering=0)
    # Elsewhere a file without a name in a folder of the system's: only this process can reach it.
    return tempfile.TemporaryFile(buffering=0)


def _copy(source, target, limit_bytes):
    copied = 0
    while True:
        piece = source.read(min(_PIECE, limit_bytes - copied + 1))
        if not piece:
            return
        copied += len(piece)
        if copied > limit_bytes:
            raise TooLarge(f"it has more than {limit_bytes} bytes: raise limit_bytes if there is memory for it")
        rest = memoryview(piece)
        while rest:
            rest = rest[target.write(rest) :]


def _seal(descriptor):
    if not hasattr(os, "memfd_create"):
        return
    import fcntl

    # Python names these from 3.8 on; the numbers are those of the kernel.
    add, kinds = getattr(fcntl, "F_ADD_SEALS", 1033), 0x1 | 0x2 | 0x4 | 0x8
    fcntl.fcntl(descriptor, add, kinds)
