#!/usr/bin/env python3
"""Holds `syndic artifact convert` against torch itself: every tensor bit for bit what `torch.load` gives.

    apt-get install python3-torch
    /usr/bin/python3 specs/artifact/convert_torch.py SYNDIC

Torch is large, so this is run by hand and not by `cargo xtask test`; `convert_cases.py` is. Element types that this torch does
not have are passed by and counted. The last line is `N passed, N failed, N skipped`.
"""

import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import torch

TYPES = ("float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool",
         "uint16", "uint32", "uint64", "float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu")


def tensor(type_name, *sizes):
    """Random bits of a type."""
    kind = getattr(torch, type_name)
    count = int(torch.tensor(sizes).prod()) if sizes else 1
    if kind == torch.bool:
        return torch.randint(0, 2, sizes).to(kind)
    item = torch.empty(0, dtype=kind).element_size()
    return torch.randint(0, 256, (count * item,), dtype=torch.uint8).view(kind).reshape(sizes)


def bits(held):
    held = held.detach().contiguous()
    return held.reshape(-1).view(torch.uint8).numpy().tobytes() if held.numel() else b""


def read(path):
    """Reads safetensors by hand, so that the judge shares no code with what is judged."""
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__")
    return {name: (entry["dtype"], entry["shape"], data[8 + size + entry["data_offsets"][0]:8 + size + entry["data_offsets"][1]])
            for name, entry in header.items()}


def flat(value, prefix=""):
    tensors = {}
    for name, inner in value.items():
        tensors.update(flat(inner, f"{prefix}{name}.") if isinstance(inner, dict) else {prefix + name: inner})
    return tensors


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(50, 16)
        self.layers = torch.nn.ModuleList([torch.nn.TransformerEncoderLayer(16, 4, 32) for _ in range(2)])
        self.norm = torch.nn.BatchNorm1d(16)
        self.head = torch.nn.Linear(16, 50)
        self.head.weight = self.embed.weight


def negative():
    return torch.imag(torch.randn(3, dtype=torch.complex64).conj())


def cases(known):
    yield "types", {name: tensor(name, 3, 5) for name in known}, {}
    base = {name: tensor(name, 6, 8) for name in known}
    views = {f"{name}.t": held.t() for name, held in base.items()}
    views.update({f"{name}.slice": held[1:5, 2:7] for name, held in base.items()})
    views.update({f"{name}.step": held[::2, ::3] for name, held in base.items()})
    views.update({f"{name}.expand": held[:1].expand(4, 8) for name, held in base.items()})
    views.update({f"{name}.permute": held.reshape(2, 3, 8).permute(2, 0, 1) for name, held in base.items()})
    views.update({f"{name}.diagonal": held.diagonal() for name, held in base.items()})
    views.update({f"{name}.window": held.reshape(-1).unfold(0, 5, 2) for name, held in base.items()})
    views.update({f"{name}.scalar": held[3, 4] for name, held in base.items()})
    views.update({f"{name}.empty": held[:0] for name, held in base.items()})
    yield "views", views, {}
    yield "views_legacy", views, {"_use_new_zipfile_serialization": False}
    yield "channels_last", {"w": torch.randn(2, 3, 5, 7).to(memory_format=torch.channels_last)}, {}
    net = Net()
    yield "module", net.state_dict(), {}
    yield "module_legacy", net.state_dict(), {"_use_new_zipfile_serialization": False}
    yield "module_half", net.half().state_dict(), {}
    yield "parameters", {"w": torch.nn.Parameter(torch.randn(3)), "frozen": torch.nn.Parameter(torch.randn(2), requires_grad=False)}, {}
    yield "parameters_in_folders", {"net": dict(net.named_parameters()), "ema": {"w": torch.randn(4)}}, {}
    for protocol in (3, 4, 5):
        yield f"protocol_{protocol}", net.state_dict(), {"pickle_protocol": protocol}
    yield "gradients", {"w": torch.randn(3, requires_grad=True) * 2}, {}
    if torch.__version__ < "2":
        # Before 2.0 torch.save forgets that a view is negative; what torch loads is then what counts.
        yield "negative_view", {"w": negative()}, {}
    yield "large", {"w": torch.randn(2_000, 3_000).t(), "b": torch.randn(1_000_003)}, {}


def refusals():
    yield "complex", {"w": torch.randn(3, dtype=torch.complex64)}
    yield "sparse", {"w": torch.eye(3).to_sparse()}
    yield "quantised", {"w": torch.quantize_per_tensor(torch.randn(3), 0.1, 0, torch.qint8)}
    if torch.__version__ >= "2":
        yield "negative_view", {"w": negative()}
    yield "module", Net()
    yield "optimizer", torch.optim.Adam(Net().parameters()).state_dict()


def main():
    syndic, passed, failed = sys.argv[1], 0, 0
    torch.manual_seed(20261123)
    known = [name for name in TYPES if hasattr(torch, name)]
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)

        def convert(name):
            out = folder / f"{name}.safetensors"
            command = [syndic, "artifact", "convert", folder / f"{name}.pt", out]
            return subprocess.run(command, capture_output=True, text=True, check=False), out

        for name, value, options in cases(known):
            torch.save(value, folder / f"{name}.pt", **options)
            ran, out = convert(name)
            wanted = {key: (list(held.shape), bits(held)) for key, held in flat(torch.load(folder / f"{name}.pt")).items()}
            found = {key: tuple(entry[1:]) for key, entry in read(out).items()} if out.exists() else None
            is_right = ran.returncode == 0 and found == {key: tuple(entry) for key, entry in wanted.items()}
            passed, failed = (passed + 1, failed) if is_right else (passed, failed + 1)
            if not is_right:
                print(f"FAILED {name}: exit {ran.returncode}, {ran.stderr.strip()}")
        for name, value in refusals():
            torch.save(value, folder / f"no_{name}.pt")
            ran, out = convert(f"no_{name}")
            is_right = ran.returncode == 1 and not out.exists()
            passed, failed = (passed + 1, failed) if is_right else (passed, failed + 1)
            print(f"{'refused' if is_right else 'FAILED'} {name}: {ran.stderr.strip().split(' is not converted: ')[-1]}")
    print(f"torch {torch.__version__}")
    print(f"{passed} passed, {failed} failed, {len(TYPES) - len(known)} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
