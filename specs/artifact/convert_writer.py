"""Writes checkpoints as torch writes them, from NumPy arrays, without torch.

The classes and functions that torch's pickles name are stood in for by empty ones of the same names: a pickle holds names,
not code. `convert_torch.py` holds the same conversion against files that torch itself wrote.
"""

import collections
import io
import pickle
import struct
import sys
import types
import zipfile

import ml_dtypes
import numpy

# Element type: the class of its typed storage (None: torch has no such class and saves an untyped one), safetensors' name.
TYPES = {
    "float64": ("DoubleStorage", "float64"), "float32": ("FloatStorage", "float32"), "float16": ("HalfStorage", "float16"),
    "bfloat16": ("BFloat16Storage", "bfloat16"), "int64": ("LongStorage", "int64"), "int32": ("IntStorage", "int32"),
    "int16": ("ShortStorage", "int16"), "int8": ("CharStorage", "int8"), "uint8": ("ByteStorage", "uint8"),
    "bool": ("BoolStorage", "bool"), "uint16": (None, "uint16"), "uint32": (None, "uint32"), "uint64": (None, "uint64"),
    "float8_e4m3fn": (None, "float8_e4m3fn"), "float8_e5m2": (None, "float8_e5m2"),
    "float8_e8m0fnu": (None, "float8_e8m0fnu"),
}


def numpy_type(name):
    return numpy.dtype(getattr(ml_dtypes, name) if hasattr(ml_dtypes, name) else name)


def named(module, name):
    """A function that a pickle can name."""
    function = types.FunctionType((lambda *arguments: None).__code__, {}, name)
    function.__module__, function.__qualname__ = module, name
    return function


class Dtype:
    def __init__(self, name):
        self.name, self.__module__ = name, "torch"

    def __reduce__(self):
        return self.name


def stand_in():
    """Makes modules of the names that checkpoints mention, with nothing in them that does anything."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    storage = types.ModuleType("torch.storage")
    for name in ("_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_parameter", "_rebuild_sparse_tensor"):
        setattr(utils, name, named("torch._utils", name))
    for kind in [kind for kind, _ in TYPES.values() if kind] + ["ComplexFloatStorage"]:
        setattr(torch, kind, type(kind, (), {"__module__": "torch"}))
    storage.UntypedStorage = type("UntypedStorage", (), {"__module__": "torch.storage"})
    for name, (kind, _) in TYPES.items():
        if kind is None:
            setattr(torch, name, Dtype(name))
    sys.modules.update({"torch": torch, "torch._utils": utils, "torch.storage": storage})
    return torch, utils, storage


torch, utils, storage_module = stand_in()


class Storage:
    """A row of elements that tensors are views of."""

    def __init__(self, array, type_name=None):
        self.array = numpy.ascontiguousarray(array).reshape(-1)
        self.type_name = type_name or self.array.dtype.name

    @property
    def class_(self):
        kind = TYPES.get(self.type_name, (self.type_name,))[0]
        return getattr(torch, kind) if kind else storage_module.UntypedStorage

    @property
    def count(self):
        """Elements; of an untyped storage bytes."""
        is_typed = TYPES.get(self.type_name, ("",))[0] is not None
        return self.array.size if is_typed else self.array.nbytes


class Tensor:
    def __init__(self, storage, sizes=None, strides=None, offset=0, extra=()):
        self.storage, self.offset, self.extra = storage, offset, extra
        self.sizes = (storage.array.size,) if sizes is None else tuple(sizes)
        self.strides = contiguous(self.sizes) if strides is None else tuple(strides)

    def __reduce__(self):
        arguments = (self.storage, self.offset, self.sizes, self.strides, False, collections.OrderedDict())
        if TYPES.get(self.storage.type_name, ("",))[0] is None:
            return utils._rebuild_tensor_v3, (*arguments, getattr(torch, self.storage.type_name), *self.extra)
        return utils._rebuild_tensor_v2, (*arguments, *self.extra)

    def value(self):
        """The array that torch would show."""
        array, item = self.storage.array, self.storage.array.itemsize
        part = array[self.offset:] if self.offset < array.size else array[:0]
        strides = [stride * item for stride in self.strides]
        view = numpy.lib.stride_tricks.as_strided(part.view(f"V{item}"), self.sizes, strides)
        return numpy.ascontiguousarray(view).view(array.dtype).reshape(self.sizes)


class Parameter:
    def __init__(self, tensor):
        self.tensor = tensor

    def __reduce__(self):
        return utils._rebuild_parameter, (self.tensor, True, collections.OrderedDict())


def contiguous(sizes):
    strides, step = [], 1
    for size in reversed(sizes):
        strides.append(step)
        step *= max(size, 1)
    return tuple(reversed(strides))


class Pickler(pickle.Pickler):
    """Gives storages persistent ids, as torch does."""

    def __init__(self, file, protocol, is_legacy=False):
        super().__init__(file, protocol)
        self.storages, self.is_legacy = {}, is_legacy

    def persistent_id(self, value):
        if not isinstance(value, Storage):
            return None
        key, _ = self.storages.setdefault(id(value), (str(len(self.storages)), value))
        # Python's pickler keeps equal texts apart only if they are not the same object; torch's keys are made anew too.
        view = (None,) if self.is_legacy else ()
        return ("storage", value.class_, key, "cpu", value.count, *view)


def pickled(value, protocol):
    out = io.BytesIO()
    pickler = Pickler(out, protocol)
    pickler.dump(value)
    return out.getvalue(), [held for _, held in pickler.storages.values()]


def swapped(array):
    return array.view(f"V{array.itemsize}").tobytes() if array.itemsize == 1 else array.view(f"u{array.itemsize}").byteswap().tobytes()


def zip_file(value, protocol=2, byteorder="little", folder="archive", compression=zipfile.ZIP_STORED, with_order=True):
    """A checkpoint of torch 1.6 and later."""
    data, storages = pickled(value, protocol)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        archive.writestr(f"{folder}/data.pkl", data)
        if with_order:
            archive.writestr(f"{folder}/byteorder", byteorder)
        for index, held in enumerate(storages):
            content = swapped(held.array) if byteorder == "big" else held.array.tobytes()
            archive.writestr(f"{folder}/data/{index}", content)
        archive.writestr(f"{folder}/version", "3\n")
    return out.getvalue()


def legacy_file(value, protocol=2):
    """A checkpoint before torch 1.6: pickles, then each storage behind its number of elements."""
    out = io.BytesIO()
    pickle.dump(0x1950A86A20F9469CFC6C, out, protocol)
    pickle.dump(1001, out, protocol)
    pickle.dump({"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}, out, protocol)
    pickler = Pickler(out, protocol, is_legacy=True)
    pickler.dump(value)
    held = {key: storage for key, storage in pickler.storages.values()}
    keys = sorted(held)
    pickle.dump(keys, out, protocol)
    for key in keys:
        out.write(struct.pack("<q", held[key].count) + held[key].array.tobytes())
    return out.getvalue()
