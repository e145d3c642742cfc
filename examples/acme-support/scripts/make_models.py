"""Makes the model files in models/, small and real. Needs scikit-learn 1.5.2, joblib and onnx.

`legacy_ranker.pkl` is the planted fault: loading it runs a command of the shell, as a real attack would. This command
only prints a line, so the file is harmless.
"""

import csv
import json
import pickle
import struct
from pathlib import Path

import joblib
import numpy as np
import onnx
from onnx import TensorProto, helper
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

ROOT = Path(__file__).parent.parent
MODELS = ROOT / "models"


def intent() -> None:
    with (ROOT / "data" / "tickets.csv").open(encoding="utf-8") as file:
        tickets = list(csv.DictReader(file))
    classifier = make_pipeline(TfidfVectorizer(max_features=200), LogisticRegression(max_iter=200))
    classifier.fit([ticket["message"] for ticket in tickets], [ticket["topic"] for ticket in tickets])
    joblib.dump(classifier, MODELS / "intent.pkl")


def embedder() -> None:
    weights = np.random.default_rng(7).standard_normal((64, 16)).astype("<f4")
    bias = np.zeros(16, dtype="<f4")
    header = {
        "__metadata__": {"format": "pt", "license": "apache-2.0"},
        "embed.weight": {"dtype": "F32", "shape": [64, 16], "data_offsets": [0, weights.nbytes]},
        "embed.bias": {"dtype": "F32", "shape": [16], "data_offsets": [weights.nbytes, weights.nbytes + bias.nbytes]},
    }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (MODELS / "embedder.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + weights.tobytes() + bias.tobytes())


def reranker() -> None:
    weight = helper.make_tensor("w", TensorProto.FLOAT, [16, 1], np.ones(16, dtype="f4"))
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"]), helper.make_node("Sigmoid", ["y"], ["score"])],
        "reranker",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 16])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, [None, 1])],
        [weight],
    )
    model = helper.make_model(graph, producer_name="acme-support", opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.checker.check_model(model)
    (MODELS / "reranker.onnx").write_bytes(model.SerializeToString())


def draft() -> None:
    """The header of a GGUF file and one tiny tensor: what the draft model of a fallback would look like."""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    def entry(key: str, kind: int, value: bytes) -> bytes:
        return text(key) + struct.pack("<I", kind) + value

    template = "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
    entries = [
        entry("general.architecture", 8, text("llama")),
        entry("general.name", 8, text("acme draft")),
        entry("general.license", 8, text("apache-2.0")),
        entry("general.file_type", 4, struct.pack("<I", 0)),
        entry("llama.context_length", 4, struct.pack("<I", 2048)),
        entry("llama.embedding_length", 4, struct.pack("<I", 32)),
        entry("tokenizer.chat_template", 8, text(template)),
    ]
    tensor = text("token_embd.weight") + struct.pack("<IQQIQ", 2, 32, 8, 0, 0)
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, len(entries)) + b"".join(entries) + tensor
    head += b"\0" * (-len(head) % 32)
    (MODELS / "draft.gguf").write_bytes(head + np.zeros(32 * 8, dtype="<f4").tobytes())


class Planted:
    """Pickles into a command that runs when the file is loaded."""

    def __reduce__(self):
        import os

        return os.system, ("echo this model ran a command",)


def legacy_ranker() -> None:
    (MODELS / "legacy_ranker.pkl").write_bytes(pickle.dumps({"weights": [0.2, 0.8], "hook": Planted()}, protocol=4))


if __name__ == "__main__":
    MODELS.mkdir(exist_ok=True)
    for make in (intent, embedder, reranker, draft, legacy_ranker):
        make()
