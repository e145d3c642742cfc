"""Techniques that hide a pickle in a container, a compression, another name or behind other bytes."""

import base64
import bz2
import gzip
import io
import lzma
import pickle
import struct
import tarfile
import zipfile
import zlib

from .assembler import FIRE, STOP, Case, Raw, call, name, pickle4, proto

EVIL = proto(2) + bytes(FIRE) + STOP
HONEST = pickle.dumps({"weights": [0.25] * 64, "note": "plain", "layers": list(range(100))}, 4)


def zipped(members, **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for label, content in members:
            archive.writestr(zipfile.ZipInfo(label, (2026, 1, 1, 0, 0, 0)), content, options.get("method", zipfile.ZIP_STORED))
    return out.getvalue()


def torch_zip(data, **options):
    return zipped([("archive/data.pkl", data), ("archive/byteorder", b"little"), ("archive/data/0", bytes(64)),
                   ("archive/version", b"3\n")], **options)


def tarred(members, mode="w"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=tarfile.USTAR_FORMAT) as archive:
        for label, content in members:
            info = tarfile.TarInfo(label)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def compressions():
    import lz4.frame
    import zstandard

    return {
        "gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zlib": zlib.compress,
        "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE), "lz4": lz4.frame.compress,
        "zstd": zstandard.compress,
    }


def seven(data):
    import py7zr

    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w") as archive:
        archive.writestr(data, "model.pkl")
    return out.getvalue()


def patched(data, signature, offset, raw, nth=0):
    """Overwrites bytes of the nth record that starts with `signature`."""
    at = -1
    for _ in range(nth + 1):
        at = data.index(signature, at + 1)
    return data[:at + offset] + raw + data[at + offset + len(raw):]


LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


def broken_zips(data):
    whole = torch_zip(data)
    yield "wrong-crc", patched(whole, CENTRAL, 16, b"\1\2\3\4"), "torchzip"
    yield "wrong-crc-local", patched(whole, LOCAL, 14, b"\1\2\3\4"), "torchzip"
    yield "encrypted-flag-central", patched(whole, CENTRAL, 8, b"\1\0"), "torchzip"
    yield "encrypted-flag-local", patched(whole, LOCAL, 6, b"\1\0"), "torchzip"
    yield "version-needed-99", patched(whole, CENTRAL, 6, b"\x63\0"), "torchzip"
    yield "local-name-differs", patched(whole, LOCAL, 30, b"archive/data.txt"), "torchzip"
    yield "method-differs", patched(whole, LOCAL, 8, b"\x08\0"), "torchzip"
    yield "size-too-small-in-directory", patched(whole, CENTRAL, 24, struct.pack("<I", 3)), "torchzip"
    yield "duplicate-first", zipped([("a/data.pkl", data), ("a/data.pkl", HONEST), ("a/version", b"3\n")]), "torchzip"
    yield "duplicate-last", zipped([("a/data.pkl", HONEST), ("a/data.pkl", data), ("a/version", b"3\n")]), "torchzip"
    yield "bytes-before", b"\x7fELF" + bytes(300) + whole, "torchzip"
    yield "comment-with-end-record", whole[:-2] + struct.pack("<H", 30) + b"PK\x05\x06" + bytes(26), "torchzip"
    yield "no-directory", whole[:whole.index(CENTRAL)], "torchzip"
    hidden = zipped([("a/data.pkl", HONEST), ("a/version", b"3\n")])
    cut = hidden.index(CENTRAL)
    extra = zipped([("a/data.pkl", data)])
    extra = extra[:extra.index(CENTRAL)]
    moved = hidden[:cut] + extra + hidden[cut:]
    yield "member-outside-directory", moved[:-6] + struct.pack("<I", cut + len(extra)) + moved[-2:], "torchzip"
    yield "other-member-name", zipped([("a/data.pkl", HONEST), ("a/extra/notes.bin", data)]), ""
    yield "upper-case-name", zipped([("a/DATA.PKL", data), ("a/version", b"3\n")]), ""
    yield "deflated", torch_zip(data, method=zipfile.ZIP_DEFLATED), "torchzip"


def npy(data, descr="'|O'"):
    header = ("{'descr': %s, 'fortran_order': False, 'shape': (1,), }" % descr).encode()
    header += b" " * (63 - (len(header) + 10) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def array_block():
    """A joblib dump whose payload stands behind the raw bytes of an array."""
    import joblib
    import numpy

    out = io.BytesIO()
    joblib.dump([numpy.arange(500.0), "end"], out)
    whole = out.getvalue()
    at = whole.index(b"\x8c\x03end") if b"\x8c\x03end" in whole else whole.index(b"X\x03\0\0\0end")
    return whole[:at] + bytes(FIRE) + whole[at:]


def nested():
    inner = EVIL
    bytes_io = call(name("io", "BytesIO"), inner)
    yield "pickle-loads", call(name("pickle", "loads"), inner)
    yield "c-pickle-loads", call(name("_pickle", "loads"), inner)
    yield "python-pickle-loads", call(name("pickle", "_loads"), inner)
    yield "base64", call(name("pickle", "loads"), call(name("base64", "b64decode"), base64.b64encode(inner)))
    yield "hex", call(name("pickle", "loads"), call(name("binascii", "unhexlify"), inner.hex()))
    yield "hex-codecs", call(name("pickle", "loads"), call(name("codecs", "decode"), inner.hex().encode(), "hex"))
    yield "zlib", call(name("pickle", "loads"), call(name("zlib", "decompress"), zlib.compress(inner)))
    yield "zlib-codecs", call(name("pickle", "loads"), call(name("codecs", "decode"), zlib.compress(inner), "zlib"))
    yield "joblib-load", call(name("joblib", "load"), bytes_io)
    yield "joblib-numpy-pickle", call(name("joblib.numpy_pickle", "load"), bytes_io)
    yield "dill-loads", call(name("dill", "loads"), inner)
    yield "cloudpickle-loads", call(name("cloudpickle", "loads"), inner)
    yield "unpickler-load", call(call(name("builtins", "getattr"), call(name("pickle", "Unpickler"), bytes_io), "load"))
    yield "unpickler-dotted", call(name("pickle", "_Unpickler.load"), call(name("pickle", "_Unpickler"), bytes_io))
    yield "multiprocessing-reduction", call(name("multiprocessing.reduction", "ForkingPickler.loads"), inner)
    yield "pandas-compat", call(name("pandas.compat.pickle_compat", "loads"), inner)
    yield "numpy-read-array", call(name("numpy.lib.format", "read_array"), call(name("io", "BytesIO"), npy(inner)), True)
    yield "three-levels", call(name("pickle", "loads"), pickle4(call(name("pickle", "loads"), pickle4(
        call(name("pickle", "loads"), inner)))))


def shipped_code():
    """Functions whose byte code is in the file."""
    import cloudpickle
    import dill

    source = "def run():\n    import os\n    return os.system('touch fired.marker')\n"
    scope = {"__name__": "__main__"}
    exec(source, scope)
    run = scope["run"]
    trap = type("Trap", (), {"__reduce__": lambda self: (run, ()), "__module__": "__main__"})
    yield "cloudpickle-function", cloudpickle.dumps(trap())
    yield "dill-function", dill.dumps(trap(), recurse=True)
    yield "dill-function-protocol-2", dill.dumps(trap(), protocol=2, recurse=True)


LYING = ["model.safetensors", "data.csv", "notes.txt", "model.onnx", "weights.bin", "vocab.json", "README", "img.png", "x.h5",
         "tokenizer.model", "data.parquet", "model.gguf", "x.npy", "model.tflite"]


def cases():
    for data, kind in [(EVIL, "malicious"), (HONEST, "near_miss")]:
        end = "" if kind == "malicious" else ".near"
        for method, pack in compressions().items():
            loader = "pandas-zstd" if method == "zstd" else "joblib"
            yield Case(f"container.{method}{end}", pack(data), kind, loader, f"model.joblib.{method}")
            yield Case(f"container.{method}-no-name{end}", pack(data), kind, loader, "weights")
        yield Case(f"container.gzip-twice{end}", gzip.compress(gzip.compress(data)), kind, "", "model.pkl.gz")
        yield Case(f"container.7z{end}", seven(data), kind, "seven", "model.7z")
        yield Case(f"container.7z-no-name{end}", seven(data), kind, "seven", "weights")
        yield Case(f"container.tar{end}", tarred([("a/model.pkl", data)]), kind, "tar", "model.tar")
        yield Case(f"container.tar-gz{end}", tarred([("a/weights", data)], "w:gz"), kind, "tar", "bundle.tgz")
        yield Case(f"container.torch-tar{end}", tarred([("sys_info", HONEST), ("pickle", data), ("storages", b"")]), kind, "tar",
                   "model.pt")
        magic = pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2) + pickle.dumps({"little_endian": True}, 2)
        yield Case(f"container.torch-legacy{end}", magic + data + pickle.dumps(["0"], 2), kind, "pickles", "model.pth")
        yield Case(f"container.torch-legacy-keys{end}", magic + HONEST + data, kind, "pickles", "model.pth")
        yield Case(f"container.torch-zip{end}", torch_zip(data), kind, "torchzip", "model.pt")
        yield Case(f"container.zip-of-pickle{end}", zipped([("model.bin", data)]), kind, "", "bundle.zip")
        yield Case(f"container.zip-in-zip{end}", zipped([("inner.zip", torch_zip(data))]), kind, "", "bundle.zip")
        yield Case(f"container.second-pickle{end}", HONEST + data, kind, "pickles", "model.pkl")
        yield Case(f"container.after-stop-with-junk{end}", HONEST + b"\0" * 30 + data, kind, "", "model.pkl")
        yield Case(f"container.npy-object{end}", npy(data), kind, "numpy", "x.npy")
        yield Case(f"container.npy-record-object{end}", npy(data, "[('a', '|O')]"), kind, "numpy", "x.npy")
        yield Case(f"container.npz-object{end}", zipped([("a.npy", npy(data))]), kind, "npz", "x.npz")
        yield Case(f"container.npz-among-others{end}", zipped([("meta.json", b"{}"), ("a.npy", npy(data))]), kind, "npz", "x.npz")
        for file in LYING:
            yield Case(f"container.named-{file}{end}", data, kind, "pickle", file)
    for label, data, loader in broken_zips(EVIL):
        yield Case(f"container.zip-{label}", data, "malicious", loader, "model.pt")
    yield Case("container.joblib-after-array", array_block(), "malicious", "joblib", "model.joblib")
    yield Case("container.joblib-after-array-gzip", gzip.compress(array_block()), "malicious", "joblib", "model.joblib")
    for label, body in nested():
        yield Case(f"nested.{label}", pickle4(Raw(body)), "malicious")
    for label, data in shipped_code():
        yield Case(f"code.{label}", data, "malicious")
