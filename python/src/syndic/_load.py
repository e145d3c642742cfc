"""Loads a file only if it is clean, from the very bytes that were scanned."""

from ._report import scan_descriptor
from ._sealed import DEFAULT_LIMIT_BYTES, seal

DEFAULT_ACCEPT = ("clean",)


class UnsafeArtifact(Exception):
    """The file was not loaded; `report` says why."""

    def __init__(self, report):
        super().__init__(str(report))
        self.report = report


def safe_load(target, loader=None, *, accept=DEFAULT_ACCEPT, limit_bytes=DEFAULT_LIMIT_BYTES, timeout=None, **options):
    """Scans and loads; raises `UnsafeArtifact` if the verdict is not one of `accept`.

    `target` is a path, bytes, or a file that is open for reading. `loader` is "torch", "joblib", "pickle" or a callable that
    takes a file; without it the format decides. `options` go to the loader. The loader never sees the path: it gets the copy
    that was scanned, so that exchanging or writing to the file meanwhile changes nothing.
    """
    with seal(target, limit_bytes=limit_bytes) as sealed:
        report = check(sealed, accept=accept, timeout=timeout)
        loader = loader if callable(loader) else _loader(loader, report.format)
        needs_path = bool(options.get("mmap") or options.get("mmap_mode"))
        if needs_path:
            return loader(sealed.path(), **options)
        with sealed.reader() as file:
            return loader(file, **options)


def check(sealed, *, accept=DEFAULT_ACCEPT, timeout=None):
    """Scans a sealed copy and returns its report, or raises `UnsafeArtifact`."""
    report = scan_descriptor(sealed.fileno(), sealed.name or "-", timeout=timeout)
    if report.verdict not in accept:
        raise UnsafeArtifact(report)
    return report


def _loader(name, format):
    from ._guard import original

    by_format = {
        "torch_zip": "torch",
        "torch_legacy": "torch",
        "torch_script": "torch",
        "pickle": "pickle",
        "joblib": "joblib",
        "joblib_compressed": "joblib",
    }
    name = name or by_format.get(format)
    if name not in ("torch", "joblib", "pickle"):
        raise ValueError(f"which loader takes {format}? Give loader=\"torch\", \"joblib\", \"pickle\" or a callable")
    return original(name, "load")
