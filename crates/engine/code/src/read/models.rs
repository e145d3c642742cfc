//! Models downloaded from a hub into this process, and code trusted with them.

mod interfaces;
mod pipelines;

use syndic_evidence::Confidence;

use super::providers::is_model_name;
use crate::python::{Call, Sketch, Value};
use crate::{Facts, Hazard, HazardKind, HostedModelUse, ModelHost, Origin};

/// Functions that take a repository name first.
const LOADERS: &[&str] = &[
    "from_pretrained",
    "hf_hub_download",
    "snapshot_download",
    "SentenceTransformer",
    "CrossEncoder",
    "HuggingFaceEmbedding",
    "HuggingFaceEmbeddings",
    "HuggingFaceInstructEmbeddings",
    "HuggingFaceLLM",
    "HuggingFaceBgeEmbeddings",
    "from_model_id",
    "TextEmbedding",
    "WhisperModel",
];
/// Modules those functions come from.
pub(super) const ROOTS: &[&str] = &[
    "transformers",
    "diffusers",
    "sentence_transformers",
    "huggingface_hub",
    "langchain_huggingface",
    "langchain_community",
    "langchain",
    "peft",
    "trl",
    "unsloth",
    "optimum",
    "auto_gptq",
    "fastembed",
    "faster_whisper",
    "llama_index",
    "setfit",
    "timm",
    "open_clip",
    "vllm",
    "sglang",
    "mlx_lm",
    "adapters",
    "modelscope",
    "ctransformers",
    "outlines",
];

/// Reads hub models and `trust_remote_code` into the facts, and what stands around the models of the file.
pub(super) fn read(sketch: &Sketch, facts: &mut Facts) {
    for call in &sketch.calls {
        remote_code(sketch, call, facts);
        let Some(name) = repository(sketch, call) else { continue };
        // Data sets and demo spaces live in the same hub.
        if matches!(call.arg("repo_type").and_then(Value::text), Some("dataset" | "space")) {
            continue;
        }
        // Tokenizers and settings carry neither weights nor code.
        let is_part =
            ["Tokenizer", "Processor", "Config", "FeatureExtractor"].iter().any(|word| call.callee.contains(word));
        let is_commit = call.arg("revision").or_else(|| call.arg("model_revision"));
        facts.models.push(HostedModelUse {
            provider: "Hugging Face".to_owned(),
            model: name.to_owned(),
            host: ModelHost::InProcess,
            pinned: (!is_part).then(|| is_commit.is_some_and(|value| !is_moving(sketch, value, call))),
            through: call.callee.to_string(),
            confidence: Confidence::High,
            at: call.at,
        });
    }
    // Both count only around the models that are known by now.
    facts.pipelines = pipelines::read(sketch, facts);
    facts.interfaces = interfaces::read(sketch, facts);
}

/// A branch name moves; a tag, a commit or a variable is a choice somebody made.
fn is_moving(sketch: &Sketch, revision: &Value, call: &Call) -> bool {
    matches!(sketch.literal(revision, call.function), Some("main" | "master" | "HEAD"))
}

fn repository<'a>(sketch: &'a Sketch, call: &'a Call) -> Option<&'a str> {
    let last = call.last();
    let value = if LOADERS.contains(&last) {
        call.arg_or(&["pretrained_model_name_or_path", "repo_id", "model_name_or_path", "model_name", "model_id"], 0)
    } else if matches!(call.callee.as_str(), "transformers.pipeline" | "transformers.pipelines.pipeline") {
        call.arg_or(&["model"], 1)
    } else if matches!(call.callee.as_str(), "vllm.LLM" | "sglang.Engine" | "mlx_lm.load") {
        call.arg_or(&["model", "model_path"], 0)
    } else {
        None
    }?;
    let name = sketch.literal(value, call.function).filter(|_| ROOTS.contains(&call.root()))?;
    // `org/name`, or the bare name of a model older than organisations; a deeper path is a folder of this machine.
    let is_repository =
        is_model_name(name) && name.matches('/').count() <= 1 && !name.ends_with('/') && !name.contains(':');
    let is_file =
        [".gguf", ".bin", ".pt", ".pth", ".safetensors", ".onnx", ".pkl"].iter().any(|ending| name.ends_with(ending));
    let has_version = name.contains('/') || name.contains('-') || name == "gpt2";
    let is_folder = [
        "models/",
        "model/",
        "output/",
        "outputs/",
        "checkpoints/",
        "results/",
        "data/",
        "tmp/",
        "saved/",
        "artifacts/",
    ]
    .iter()
    .any(|start| name.starts_with(start));
    (is_repository && has_version && !is_file && !is_folder).then_some(name)
}

fn remote_code(sketch: &Sketch, call: &Call, facts: &mut Facts) {
    let Some(value) = call.arg("trust_remote_code") else { return };
    let param =
        |name: &str| sketch.function(call.function)?.params.iter().find(|param| param.name == name)?.default.as_ref();
    let (value, confidence) = match value {
        Value::Name(name) => {
            (sketch.binding(name, call.function).map(|bind| &bind.value).or_else(|| param(name)), Confidence::Medium)
        }
        _ => (Some(value), Confidence::High),
    };
    // What is passed on from a caller or a setting is decided there.
    if value != Some(&Value::Bool(true)) {
        return;
    }
    facts.hazards.push(Hazard {
        kind: HazardKind::RemoteCode,
        what: super::switches::short(&call.callee),
        detail: repository(sketch, call).unwrap_or_default().to_owned(),
        function: sketch.function_name(call.function).to_owned(),
        origin: Origin::Constant,
        confidence,
        at: call.at,
    });
}
