//! Model and dataset files that code loads and writes, and whether the file trains a model.

use std::sync::LazyLock;

use crate::maps::HashMap;
use crate::python::{Call, Sketch, Value};
use crate::{FileAction, FileUse};

/// A function by resolved path: what it does and which argument names the file.
type Function = (&'static str, FileAction, usize, &'static [&'static str]);
const FUNCTIONS: &[Function] = &[
    ("joblib.load", FileAction::LoadModel, 0, &["filename"]),
    ("pickle.load", FileAction::LoadModel, 0, &["file"]),
    ("cloudpickle.load", FileAction::LoadModel, 0, &[]),
    ("dill.load", FileAction::LoadModel, 0, &[]),
    ("torch.load", FileAction::LoadModel, 0, &["f"]),
    ("torch.jit.load", FileAction::LoadModel, 0, &["f"]),
    ("onnxruntime.InferenceSession", FileAction::LoadModel, 0, &["path_or_bytes"]),
    ("onnx.load", FileAction::LoadModel, 0, &["f"]),
    ("llama_cpp.Llama", FileAction::LoadModel, 0, &["model_path"]),
    ("gpt4all.GPT4All", FileAction::LoadModel, 0, &["model_name"]),
    ("safetensors.torch.load_file", FileAction::LoadModel, 0, &["filename"]),
    ("safetensors.numpy.load_file", FileAction::LoadModel, 0, &["filename"]),
    ("safetensors.safe_open", FileAction::LoadModel, 0, &["filename"]),
    ("tensorflow.keras.models.load_model", FileAction::LoadModel, 0, &["filepath"]),
    ("tensorflow.saved_model.load", FileAction::LoadModel, 0, &["export_dir"]),
    ("keras.models.load_model", FileAction::LoadModel, 0, &["filepath"]),
    ("keras.saving.load_model", FileAction::LoadModel, 0, &["filepath"]),
    ("tensorflow.lite.Interpreter", FileAction::LoadModel, 0, &["model_path"]),
    ("skops.io.load", FileAction::LoadModel, 0, &["file"]),
    ("ultralytics.YOLO", FileAction::LoadModel, 0, &["model"]),
    ("fasttext.load_model", FileAction::LoadModel, 0, &["path"]),
    ("lightgbm.Booster", FileAction::LoadModel, 9, &["model_file"]),
    ("joblib.dump", FileAction::SaveModel, 1, &["filename"]),
    ("pickle.dump", FileAction::SaveModel, 1, &["file"]),
    ("torch.save", FileAction::SaveModel, 1, &["f"]),
    ("onnx.save", FileAction::SaveModel, 1, &["f"]),
    ("safetensors.torch.save_file", FileAction::SaveModel, 1, &["filename"]),
    ("safetensors.numpy.save_file", FileAction::SaveModel, 1, &["filename"]),
    ("pandas.read_csv", FileAction::ReadData, 0, &["filepath_or_buffer"]),
    ("pandas.read_parquet", FileAction::ReadData, 0, &["path"]),
    ("pandas.read_json", FileAction::ReadData, 0, &["path_or_buf"]),
    ("pandas.read_excel", FileAction::ReadData, 0, &["io"]),
    ("pandas.read_feather", FileAction::ReadData, 0, &["path"]),
    ("polars.read_csv", FileAction::ReadData, 0, &["source"]),
    ("polars.read_parquet", FileAction::ReadData, 0, &["source"]),
    ("polars.scan_parquet", FileAction::ReadData, 0, &["source"]),
    ("polars.scan_csv", FileAction::ReadData, 0, &["source"]),
    ("pyarrow.parquet.read_table", FileAction::ReadData, 0, &["source"]),
    ("numpy.load", FileAction::ReadData, 0, &["file"]),
    ("numpy.loadtxt", FileAction::ReadData, 0, &["fname"]),
    ("numpy.savez", FileAction::WriteData, 0, &["file"]),
    ("numpy.save", FileAction::WriteData, 0, &["file"]),
    ("datasets.load_from_disk", FileAction::ReadData, 0, &["dataset_path"]),
    ("datasets.Dataset.from_csv", FileAction::ReadData, 0, &[]),
    ("datasets.Dataset.from_json", FileAction::ReadData, 0, &[]),
];
static BY_PATH: LazyLock<HashMap<&str, &Function>> =
    LazyLock::new(|| FUNCTIONS.iter().map(|function| (function.0, function)).collect());
/// Methods by name: what they do.
const METHODS: &[(&str, FileAction)] = &[
    ("to_csv", FileAction::WriteData),
    ("to_parquet", FileAction::WriteData),
    ("to_json", FileAction::WriteData),
    ("write_parquet", FileAction::WriteData),
    ("write_csv", FileAction::WriteData),
    ("save_pretrained", FileAction::SaveModel),
    ("save_model", FileAction::SaveModel),
    ("load_weights", FileAction::LoadModel),
    ("load_model", FileAction::LoadModel),
];
/// Endings that make a file named in `.save(…)` or `open(…)` a model or a dataset.
const MODEL_ENDINGS: &[&str] = &[
    ".h5",
    ".keras",
    ".pkl",
    ".pickle",
    ".joblib",
    ".pt",
    ".pth",
    ".onnx",
    ".safetensors",
    ".gguf",
    ".bin",
    ".tflite",
];
const DATA_ENDINGS: &[&str] = &[".jsonl", ".ndjson", ".csv", ".tsv", ".parquet", ".arrow"];

/// Modules that train models.
const TRAINERS: &[&str] = &[
    "sklearn",
    "torch",
    "tensorflow",
    "keras",
    "transformers",
    "xgboost",
    "lightgbm",
    "catboost",
    "trl",
    "peft",
    "unsloth",
    "pytorch_lightning",
    "lightning",
    "jax",
    "sentence_transformers",
    "openai",
    "datasets",
];

/// Endings that make a file a model or a dataset.
pub(super) fn endings() -> impl Iterator<Item = &'static str> {
    MODEL_ENDINGS.iter().chain(DATA_ENDINGS).copied()
}

/// Reads the files named in code, each action and path once.
pub(super) fn read(sketch: &Sketch) -> Vec<FileUse> {
    let mut found: Vec<FileUse> = Vec::new();
    for call in &sketch.calls {
        let Some((action, path)) = action(sketch, call) else { continue };
        let Some(path) = normalised(&path) else { continue };
        if !found.iter().any(|known| known.action == action && known.path == path) {
            found.push(FileUse { action, path, through: super::switches::short(&call.callee), at: call.at });
        }
    }
    found
}

fn action(sketch: &Sketch, call: &Call) -> Option<(FileAction, String)> {
    if let Some((_, action, index, names)) = BY_PATH.get(call.callee.as_str()) {
        let path = path_of(sketch, call.arg_or(names, *index)?, call)?;
        // A dump of something that is no model by its name is a cache or a setting.
        let is_pickle = matches!(call.root(), "pickle" | "dill" | "cloudpickle");
        let names_model = !is_pickle || is_model_path(&path);
        return names_model.then_some((*action, path));
    }
    if call.callee == "datasets.load_dataset" {
        return dataset(sketch, call);
    }
    let method = call.last();
    let is_method = || call.written.contains('.') && !call.written.starts_with('.');
    if let Some((_, action)) = METHODS.iter().find(|(name, _)| *name == method).filter(|_| is_method()) {
        return Some((*action, path_of(sketch, call.args.first()?, call)?));
    }
    // Following an argument costs most: only a call that can use it asks.
    if !matches!(method, "save" | "open") {
        return None;
    }
    let path = path_of(sketch, call.args.first()?, call)?;
    match method {
        "save" if is_method() && MODEL_ENDINGS.iter().any(|ending| path.ends_with(ending)) => {
            Some((FileAction::SaveModel, path))
        }
        "open" if DATA_ENDINGS.iter().any(|ending| path.ends_with(ending)) => {
            let mode = call.arg_or(&["mode"], 1).and_then(Value::text).unwrap_or("r");
            Some((if mode.contains(['w', 'a', 'x']) { FileAction::WriteData } else { FileAction::ReadData }, path))
        }
        _ => None,
    }
}

fn is_model_path(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    MODEL_ENDINGS.iter().any(|ending| lower.ends_with(ending)) || lower.contains("model")
}

/// `load_dataset("csv", data_files="x.csv")` reads a file; `load_dataset("squad")` a dataset of the hub.
fn dataset(sketch: &Sketch, call: &Call) -> Option<(FileAction, String)> {
    let name = match call.arg("data_files") {
        Some(Value::Dict(entries)) => entries.first().and_then(|(_, value)| path_of(sketch, value, call)),
        Some(Value::List(items)) => items.first().and_then(|value| path_of(sketch, value, call)),
        Some(value) => path_of(sketch, value, call),
        None => path_of(sketch, call.arg_or(&["path"], 0)?, call),
    }?;
    Some((FileAction::ReadData, name))
}

/// The path a value comes to: a literal, a joined path, or the path a file object was opened with.
pub(super) fn path_of(sketch: &Sketch, value: &Value, call: &Call) -> Option<String> {
    path_within(sketch, value, call.function, 6)
}

fn path_within(sketch: &Sketch, value: &Value, function: Option<usize>, steps: usize) -> Option<String> {
    let steps = steps.checked_sub(1)?;
    if let Some(text) = sketch.literal(value, function) {
        return Some(text.to_owned());
    }
    match value {
        Value::Mixed(text, _) => Some(text.to_string()),
        Value::Name(name) => {
            let bind = sketch.binding(name, function)?;
            path_within(sketch, &bind.value, bind.function, steps)
        }
        Value::Call(index) => {
            let call = sketch.calls.get(*index)?;
            match call.last() {
                "open" => {
                    let path = call.args.first().and_then(|value| path_within(sketch, value, function, steps));
                    path.or_else(|| path_within(sketch, call.receiver.as_ref()?, function, steps))
                }
                "join" => {
                    let parts: Vec<String> = call
                        .args
                        .iter()
                        .map(|part| path_within(sketch, part, function, steps).unwrap_or_else(|| "{}".to_owned()))
                        .collect();
                    Some(parts.join("/"))
                }
                "str" | "Path" | "abspath" | "resolve" | "as_posix" | "expanduser" | "absolute" => {
                    let inner = call.args.first().or(call.receiver.as_ref())?;
                    path_within(sketch, inner, function, steps)
                }
                _ => None,
            }
        }
        Value::Parts(parts) => parts.iter().find_map(|part| path_within(sketch, part, function, steps)),
        _ => None,
    }
}

/// `./` removed, a leading placeholder for the project's root removed; nothing for what names no file.
fn normalised(path: &str) -> Option<String> {
    let mut rest = path.trim();
    loop {
        let trimmed = rest.trim_start_matches("./");
        let trimmed = match trimmed.split_once('/') {
            Some((first, after)) if first.starts_with('{') && first.ends_with('}') && !after.is_empty() => after,
            _ => trimmed,
        };
        if trimmed == rest {
            break;
        }
        rest = trimmed;
    }
    let last = rest.rsplit('/').next().unwrap_or(rest);
    let is_name = !rest.is_empty()
        && rest.len() <= 300
        && !last.contains(['{', '\n'])
        && last.bytes().any(|byte| byte.is_ascii_alphanumeric())
        && !is_mode(rest);
    (is_name && !rest.contains('@')).then(|| rest.split('?').next().unwrap_or(rest).to_owned())
}

/// Says whether a text is how a file is opened rather than which: `r`, `wb`, `r:gz`.
fn is_mode(text: &str) -> bool {
    let how = text.split([':', '|']).next().unwrap_or(text);
    (1..=3).contains(&how.len()) && how.bytes().all(|byte| b"rwaxbtU+".contains(&byte))
}

/// Says whether the file trains a model rather than only using one.
pub(super) fn is_training(sketch: &Sketch) -> bool {
    let mut roots = sketch.imports.iter().filter_map(|import| import.target.split('.').next());
    roots.any(|root| TRAINERS.contains(&root))
        && sketch.calls.iter().any(|call| match call.last() {
            "fit" | "fit_transform" | "fit_generator" | "partial_fit" => {
                call.receiver.is_some()
                    && !call.written.to_ascii_lowercase().contains("scaler")
                    && call.last() != "fit_transform"
            }
            "Trainer" | "SFTTrainer" | "DPOTrainer" | "RewardTrainer" | "GRPOTrainer" | "Seq2SeqTrainer" => {
                !call.callee.starts_with('.')
            }
            "backward" => call.args.is_empty(),
            "create" => call.callee.ends_with("fine_tuning.jobs.create"),
            "train" => matches!(call.root(), "xgboost" | "lightgbm"),
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<(FileAction, String)> {
        let sketch = crate::python::read(text, &[]).unwrap();
        read(&sketch).into_iter().map(|seen| (seen.action, seen.path)).collect()
    }

    #[test]
    fn paths_are_followed_through_joins_and_variables() {
        let text = "import joblib, os\nfrom pathlib import Path\nROOT = Path(__file__).parent\nP = ROOT / 'models' / 'a.joblib'\njoblib.load(P)\nwith open(os.path.join('data', 'x.jsonl')) as f:\n    pass\n";
        let expected =
            [(FileAction::LoadModel, "models/a.joblib".to_owned()), (FileAction::ReadData, "data/x.jsonl".to_owned())];
        assert_eq!(paths(text), expected);
    }

    #[test]
    fn a_mode_is_no_file() {
        assert!(["r", "rb", "w+", "r:gz", "r|*"].iter().all(|mode| normalised(mode).is_none()));
        assert_eq!(normalised("data/r").as_deref(), Some("data/r"));
    }

    #[test]
    fn a_path_chosen_at_run_time_names_no_file() {
        assert!(paths("import joblib\ndef f(path):\n    return joblib.load(path)\n").is_empty());
    }
}
