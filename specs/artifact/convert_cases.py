#!/usr/bin/env python3
"""Holds `syndic artifact convert` against the reference writer of safetensors, on checkpoints made here from NumPy arrays.

    target/py/bin/python specs/artifact/convert_cases.py SYNDIC

What must be converted must come out as the very bytes that the reference writer gives; what must not be, must be refused
with the words said here and leave no file. The last line is `N passed, N failed`.
"""

import collections
import io
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import numpy
import safetensors

from convert_writer import TYPES, Parameter, Storage, Tensor, legacy_file, numpy_type, swapped, torch, utils, zip_file

RANDOM = numpy.random.default_rng(20261123)


def row(count, type_name="float32"):
    """A storage of random bits, whatever they mean; truth values are 0 and 1."""
    item = numpy_type(type_name).itemsize
    bits = RANDOM.integers(0, 2 if type_name == "bool" else 256, count * item, dtype=numpy.uint8)
    return Storage(bits.view(numpy_type(type_name)), type_name)


def flat(value, prefix=""):
    """Names with dots, as the converter gives them."""
    tensors = {}
    for name, inner in value.items():
        inner = inner.tensor if isinstance(inner, Parameter) else inner
        tensors.update(flat(inner, f"{prefix}{name}.") if isinstance(inner, dict) else {prefix + name: inner})
    return tensors


def reference(arrays, metadata):
    """The bytes that safetensors itself writes."""
    entries = {name: safetensors.TensorSpec(dtype=kind, shape=array.shape, data_ptr=array.ctypes.data, data_len=array.nbytes)
               for name, (kind, array) in arrays.items()}
    return bytes(safetensors.serialize(entries, metadata=metadata))


def of_tensors(value):
    return {name: (TYPES[held.storage.type_name][1], held.value()) for name, held in flat(value).items()}


def good():
    """Name, file, what must come out, arguments."""
    pt = {"format": "pt"}
    types = {f"t.{name}": Tensor(row(24, name), (2, 3, 4)) for name in TYPES}
    yield "every_type", zip_file(types), reference(of_tensors(types), pt), []
    for protocol in (3, 4, 5):
        yield f"protocol_{protocol}", zip_file(types, protocol), reference(of_tensors(types), pt), []
    yield "big_endian", zip_file(types, byteorder="big"), reference(of_tensors(types), pt), []
    yield "no_byteorder", zip_file(types, with_order=False), reference(of_tensors(types), pt), []
    typed = {name: held for name, held in types.items() if TYPES[held.storage.type_name][0]}
    yield "legacy", legacy_file(typed), reference(of_tensors(typed), pt), []
    views = {}
    for type_name in ("uint8", "bfloat16", "float32", "int64"):
        views[f"{type_name}.transposed"] = Tensor(row(35, type_name), (5, 7), (1, 5))
        views[f"{type_name}.permuted"] = Tensor(row(120, type_name), (4, 2, 3, 5), (1, 60, 4, 12))
        views[f"{type_name}.column"] = Tensor(row(35, type_name), (5,), (7,), 3)
        views[f"{type_name}.every_other"] = Tensor(row(64, type_name), (4, 4), (16, 2), 1)
        views[f"{type_name}.expanded"] = Tensor(row(6, type_name), (3, 6), (0, 1))
        views[f"{type_name}.expanded_inner"] = Tensor(row(6, type_name), (6, 3), (1, 0))
        views[f"{type_name}.overlapping"] = Tensor(row(10, type_name), (8, 3), (1, 1))
        views[f"{type_name}.scalar"] = Tensor(row(9, type_name), (), (), 8)
        views[f"{type_name}.empty"] = Tensor(row(4, type_name), (0, 3))
        views[f"{type_name}.ones"] = Tensor(row(4, type_name), (1, 4, 1), (99, 1, 7))
    yield "views", zip_file(views), reference(of_tensors(views), pt), []
    yield "views_legacy", legacy_file(views), reference(of_tensors(views), pt), []
    wide = {"w": Tensor(row(3_000_000, "float32"), (2_000, 1_500), (1, 2_000)),
            "far": Tensor(row(3_000_000, "uint8"), (20,), (150_000,)),
            "deep": Tensor(row(2_100_000, "int16"), (100, 100, 210), (1, 21_000, 100))}
    yield "large_views", zip_file(wide), reference(of_tensors(wide), pt), []
    many = {f"layer.{index}.weight": Tensor(row(3)) for index in range(3_000)}
    yield "three_thousand", zip_file(many), reference(of_tensors(many), pt), []
    names = {"": Tensor(row(1)), "ключ \"x\"\n": Tensor(row(2)), "a/b": Tensor(row(3)), "\u2028": Tensor(row(1))}
    yield "odd_names", zip_file(names), reference(of_tensors(names), pt), []
    ordered = collections.OrderedDict(w=Parameter(Tensor(row(6), (2, 3))), b=Tensor(row(2)))
    ordered._metadata = collections.OrderedDict([("", {"version": 1})])
    yield "state_dict", zip_file(ordered), reference(of_tensors(ordered), pt), []
    nested = {"model": {"encoder": {"w": Tensor(row(2))}, "head.b": Tensor(row(1))}, "ema": {"w": Tensor(row(2))}}
    yield "nested", zip_file(nested), reference(of_tensors(nested), pt), []
    training = {"epoch": 7, "model": {"w": Tensor(row(2))}, "note": "text"}
    yield "part", zip_file(training), reference(of_tensors(training["model"]), pt), ["--part", "model"]
    deep = {"state": {"model": {"w": Tensor(row(2))}, "step": 3}}
    yield "deep_part", zip_file(deep), reference(of_tensors(deep["state"]["model"]), pt), ["--part", "state.model"]
    yield from shared()
    yield from arrays()


def shared():
    tied = row(12)
    both = {"embed": Tensor(tied, (3, 4)), "head": Tensor(tied, (4, 3), (1, 4)), "own": Tensor(row(2))}
    metadata = {"format": "pt", "syndic.shared_memory": '[["embed","head"]]'}
    # The reference writer puts two entries of metadata in no order of its own.
    yield "shared", zip_file(both), lambda out: same_content(out, of_tensors(both), metadata), []
    apart = row(8)
    halves = {"low": Tensor(apart, (4,), (1,)), "high": Tensor(apart, (4,), (1,), 4)}
    yield "halves_of_one_storage", zip_file(halves), reference(of_tensors(halves), {"format": "pt"}), []


def same_content(out, expected, metadata):
    entries = dict(safetensors.deserialize(out))
    with tempfile.NamedTemporaryFile(suffix=".safetensors") as file:
        file.write(out)
        file.flush()
        with safetensors.safe_open(file.name, "np") as opened:
            told = opened.metadata()
    return told == metadata and entries.keys() == expected.keys() and all(
        bytes(entries[name]["data"]) == array.tobytes() for name, (_, array) in expected.items())


def arrays():
    kinds = ("float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8", "bool")
    held = {name: row(24, name).array.reshape(2, 3, 4) for name in kinds}
    held["columns"] = numpy.asfortranarray(held["float32"])
    held["scalar"] = held["float64"][0, 0, 0].reshape(())
    held["empty"] = numpy.zeros((0, 3), "int16")
    expected = {name: (array.dtype.name, numpy.ascontiguousarray(array).reshape(array.shape)) for name, array in held.items()}
    out = io.BytesIO()
    numpy.savez(out, **held)
    yield "npz", out.getvalue(), reference(expected, {"format": "np"}), []
    for order in "<>":
        out = io.BytesIO()
        numpy.save(out, held["columns"].astype(f"{order}f4"))
        yield f"npy_{'big' if order == '>' else 'little'}", out.getvalue(), reference({"arr_0": expected["columns"]}, {"format": "np"}), []


def bad():
    """Name, file, what the refusal says."""
    one = lambda held: zip_file({"w": held})
    yield "complex", one(Tensor(Storage(numpy.zeros(4, "complex64"), "ComplexFloatStorage"))), "complex numbers"
    yield "conjugate", one(Tensor(row(4), extra=({"conj": True},))), "conjugate or negative"
    yield "too_short", one(Tensor(row(4), (5,))), "reaches to byte 20 of a storage of 16"
    yield "offset", one(Tensor(row(4), (1,), (1,), 4)), "reaches to byte 20"
    yield "overflow", one(Tensor(row(4), (2, 2), (2**62, 2**62))), "overflow"
    yield "huge", one(Tensor(row(4), (2**40,), (0,))), "would come out"
    yield "list", one([Tensor(row(4))]), "is a list, no tensor"
    yield "text", one("text"), "is a text, no tensor"
    yield "number_key", zip_file({3: Tensor(row(4))}), "a number, no text"
    yield "ambiguous", zip_file({"a.b": Tensor(row(1)), "a": {"b": Tensor(row(1))}}), "would be called \"a.b\""
    yield "bare", zip_file(Tensor(row(4))), "it holds a tensor"
    yield "set", one({1, 2}), "__builtin__.set"
    yield "object", one(pathlib.PurePosixPath("/x")), "pathlib"
    yield "compressed", zip_file({"w": Tensor(row(400))}, compression=zipfile.ZIP_DEFLATED), "compressed"
    yield "protocol_0", zip_file({"w": Tensor(row(4))}, protocol=0), "protocol 0 or 1"
    yield "no_storage", without(zip_file({"w": Tensor(row(4))}), "archive/data/0"), "no such member"
    yield "lying_count", zip_file({"w": Tensor(Longer(row(4)))}), "the storage has 16 bytes, and the pickle says 20"
    yield "safetensors", reference({"w": ("float32", numpy.zeros(3, "float32"))}, None), "safetensors already"
    for name, array in (("objects", numpy.array([{}], object)), ("texts", numpy.array(["a"])), ("fields", numpy.zeros(2, "i4,f4"))):
        out = io.BytesIO()
        numpy.savez(out, w=array)
        yield f"npz_{name}", out.getvalue(), {"objects": "O", "texts": "<U1", "fields": "has fields"}[name]
    out = io.BytesIO()
    numpy.savez_compressed(out, w=numpy.zeros(1_000))
    yield "npz_compressed", out.getvalue(), "compressed"
    yield "damaged", damaged(), "not what its checksum says"
    yield "sparse", zip_file({"w": Sparse()}), "a sparse tensor"


class Longer(Storage):
    """A storage that claims one element more than it has."""

    def __init__(self, held):
        super().__init__(held.array, held.type_name)

    count = property(lambda self: self.array.size + 1)


class Sparse:
    def __reduce__(self):
        return utils._rebuild_sparse_tensor, (1, 2)


def without(file, name):
    source, out = zipfile.ZipFile(io.BytesIO(file)), io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for member in source.namelist():
            if member != name:
                archive.writestr(member, source.read(member))
    return out.getvalue()


def damaged():
    content = row(4_096)
    file = bytearray(zip_file({"w": Tensor(content)}))
    file[file.index(content.array.tobytes()) + 9_999] ^= 1
    return bytes(file)


def convert(syndic, folder, name, file, more):
    source, out = folder / f"{name}.pt", folder / f"{name}.safetensors"
    source.write_bytes(file)
    ran = subprocess.run([syndic, "artifact", "convert", source, out, *more], capture_output=True, text=True, check=False)
    return ran, out.read_bytes() if out.exists() else None, out


def main():
    syndic, passed, failed = sys.argv[1], 0, 0
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        for name, file, expected, more in good():
            ran, out, _ = convert(syndic, folder, name, file, more)
            is_right = ran.returncode == 0 and out is not None and (expected(out) if callable(expected) else out == expected)
            passed, failed = (passed + 1, failed) if is_right else (passed, failed + 1)
            if not is_right:
                print(f"FAILED {name}: exit {ran.returncode}, {ran.stderr.strip()} {None if out is None else out[:300]}")
        for name, file, words in bad():
            ran, out, _ = convert(syndic, folder, name, file, [])
            is_right = ran.returncode == 1 and out is None and words in ran.stderr
            passed, failed = (passed + 1, failed) if is_right else (passed, failed + 1)
            if not is_right:
                print(f"FAILED {name}: exit {ran.returncode}, {ran.stderr.strip()}")
        left = [path.name for path in folder.iterdir() if path.name.startswith(".")]
        if left:
            failed += 1
            print(f"FAILED: drafts were left: {left}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
