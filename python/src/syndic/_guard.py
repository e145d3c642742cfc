"""Makes `torch.load` and `joblib.load`, and if asked `pickle.load` and `pickle.loads`, ask first: in a block or for good."""

import contextlib
import functools
import importlib
import threading

from ._load import DEFAULT_ACCEPT, check
from ._sealed import DEFAULT_LIMIT_BYTES, seal

# pickle only if it is named: programs send their own classes to each other with it.
_USUAL = ("torch", "joblib")
_FUNCTIONS = {"torch": ("load",), "joblib": ("load",), "pickle": ("load", "loads")}
_lock = threading.RLock()
_originals = {}
# While one guarded loader runs, what it calls itself has been scanned as a part of its file.
_inside = threading.local()


def original(module, name):
    """Returns a loader as it was before it was guarded."""
    with _lock:
        known = _originals.get((module, name))
    return known or getattr(importlib.import_module(module), name)


def install(*modules, accept=DEFAULT_ACCEPT, limit_bytes=DEFAULT_LIMIT_BYTES, timeout=None):
    """Guards the loaders of these modules ("torch", "joblib", "pickle"), or of torch and joblib as far as they are there.

    Who imported a loader by name before (`from torch import load`) goes on with the one that does not ask.
    """
    for name in modules or _USUAL:
        try:
            module = importlib.import_module(name)
        except ImportError:
            if modules:
                raise
            continue
        with _lock:
            for function in _FUNCTIONS[name]:
                if (name, function) not in _originals:
                    plain = getattr(module, function)
                    _originals[(name, function)] = plain
                    guarded = _guarded(plain, accept=accept, limit_bytes=limit_bytes, timeout=timeout)
                    setattr(module, function, guarded)


def uninstall():
    """Puts the loaders back as they were."""
    with _lock:
        for (module, name), plain in _originals.items():
            setattr(importlib.import_module(module), name, plain)
        _originals.clear()


@contextlib.contextmanager
def guard(*modules, **options):
    """Guards loaders in a block of code, in all threads."""
    install(*modules, **options)
    try:
        yield
    finally:
        uninstall()


def _guarded(plain, *, accept, limit_bytes, timeout):
    @functools.wraps(plain)
    def load(target, *arguments, **options):
        if getattr(_inside, "depth", 0):
            return plain(target, *arguments, **options)
        sealed = seal(target, limit_bytes=limit_bytes)
        try:
            check(sealed, accept=accept, timeout=timeout)
            _inside.depth = 1
            return _from(sealed, plain, target, arguments, options)
        finally:
            _inside.depth = 0
            sealed.close()

    return load


def _from(sealed, plain, target, arguments, options):
    if isinstance(target, (bytes, bytearray, memoryview)):
        with sealed.reader() as file:
            return plain(file.read(), *arguments, **options)
    # `torch.load(mmap=True)` and `joblib.load(mmap_mode=…)` take a path only; the second is joblib's second argument.
    if options.get("mmap") or options.get("mmap_mode") or (plain.__module__.startswith("joblib") and any(arguments)):
        return plain(sealed.path(), *arguments, **options)
    with sealed.reader() as file:
        loaded = plain(file, *arguments, **options)
        read = file.tell()
    _move_on(target, sealed.start, read)
    return loaded


def _move_on(target, start, read):
    """Leaves the caller's file where the loader would have: several objects may stand one after the other."""
    if start is not None:
        target.seek(start + read)
