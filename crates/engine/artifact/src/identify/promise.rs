//! What a file name promises and the content does not keep: a model or a table by its name, and nothing that can be
//! read as one.
//!
//! Such a file must not pass for looked at: it may be cut off, encrypted, packed in a way this version does not know,
//! or hidden on purpose. Endings that other worlds use too promise something only where a folder or the name itself
//! speaks of models, or where the content is not the text those worlds write.

use syndic_evidence::SkipReason;

use super::Identified;
use crate::{Family, Format};

/// A name whose promise the content does not keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenPromise {
    /// Malformed when the content is empty or text, unsupported when it is bytes nobody recognised.
    pub reason: SkipReason,
    /// The case in words: `named .onnx, content not recognised as ONNX`.
    pub detail: String,
}

/// How much an ending promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strength {
    /// Nobody else uses it.
    Sure,
    /// Others use it for text, or for nothing at all: only bytes break the promise.
    Bytes,
    /// A table in text: an empty one is whole.
    Rows,
    /// Others use it for bytes too: only beside words that speak of models.
    Named,
}

/// Endings, what they promise and how surely.
const PROMISES: [(&str, &str, Strength); 42] = [
    ("safetensors", "safetensors", Strength::Sure),
    ("gguf", "GGUF", Strength::Sure),
    ("onnx", "ONNX", Strength::Sure),
    ("pkl", "a pickle", Strength::Sure),
    ("pickle", "a pickle", Strength::Sure),
    ("joblib", "a joblib dump", Strength::Sure),
    ("dill", "a pickle", Strength::Sure),
    ("h5", "HDF5", Strength::Sure),
    ("hdf5", "HDF5", Strength::Sure),
    ("keras", "a Keras model", Strength::Sure),
    ("tflite", "TensorFlow Lite", Strength::Sure),
    ("npy", "a NumPy array", Strength::Sure),
    ("npz", "NumPy arrays", Strength::Sure),
    ("skops", "skops", Strength::Sure),
    ("cbm", "a CatBoost model", Strength::Sure),
    ("ubj", "an XGBoost model", Strength::Bytes),
    ("parquet", "Parquet", Strength::Sure),
    ("arrow", "Arrow", Strength::Sure),
    ("feather", "Arrow", Strength::Sure),
    ("ipynb", "a notebook", Strength::Rows),
    ("csv", "delimited rows", Strength::Rows),
    ("tsv", "delimited rows", Strength::Rows),
    ("jsonl", "JSON lines", Strength::Rows),
    ("ndjson", "JSON lines", Strength::Rows),
    ("pt", "a PyTorch checkpoint", Strength::Bytes),
    ("pth", "a PyTorch checkpoint", Strength::Bytes),
    ("ckpt", "a checkpoint", Strength::Bytes),
    ("jit", "TorchScript", Strength::Bytes),
    ("mlmodel", "a Core ML model", Strength::Bytes),
    ("ggml", "a GGML model", Strength::Bytes),
    ("caffemodel", "a Caffe model", Strength::Bytes),
    ("pdparams", "PaddlePaddle weights", Strength::Bytes),
    ("pdmodel", "a PaddlePaddle model", Strength::Bytes),
    ("llamafile", "a llamafile", Strength::Bytes),
    ("bin", "weights", Strength::Named),
    ("pb", "a TensorFlow graph", Strength::Named),
    ("engine", "a TensorRT engine", Strength::Named),
    ("trt", "a TensorRT engine", Strength::Named),
    ("plan", "a TensorRT engine", Strength::Named),
    ("weights", "weights", Strength::Named),
    ("params", "weights", Strength::Named),
    ("mlmodelc", "a Core ML model", Strength::Named),
];

/// Words of a folder or a file name that speak of models.
const MODEL_WORDS: [&str; 9] =
    ["model", "models", "weight", "weights", "checkpoint", "checkpoints", "ckpt", "ckpts", "pretrained"];

/// Says what the name of `path` promises that `identified` does not keep; nothing when it promises nothing, or when the
/// content is of a known kind, even of another than promised: that kind is then looked at.
///
/// ```
/// use syndic_artifact::{broken_promise, identify};
/// let noise: Vec<u8> = (0..200_u8).map(|byte| byte.wrapping_mul(197).wrapping_add(0x9d)).collect();
/// let identified = identify("models/x.onnx", &noise).unwrap();
/// let broken = broken_promise("models/x.onnx", &identified).unwrap();
/// assert_eq!(broken.detail, "named .onnx, content not recognised as ONNX");
/// assert_eq!(broken_promise("firmware.bin", &identified), None);
/// ```
pub fn broken_promise(path: &str, identified: &Identified) -> Option<BrokenPromise> {
    let is_data = matches!(
        identified.format,
        Format::OnnxValue
            | Format::Matlab
            | Format::IdlSave
            | Format::Fits
            | Format::Nifti
            | Format::Dicom
            | Format::NetCdf
            | Format::CharacterMap
            | Format::Msgpack
            | Format::LfsPointer
    );
    let is_unknown = matches!(identified.format.family(), Family::Other | Family::Text) && !is_data;
    if !is_unknown {
        return None;
    }
    let (ending, promised, strength) = promise(path)?;
    let is_broken = match (identified.format, strength) {
        (Format::Empty, _) => strength != Strength::Rows,
        // What the first bytes show of a delimited text is a line of names and no row: nothing is left unread.
        (Format::Text, Strength::Rows) => !matches!(ending, "csv" | "tsv"),
        (Format::Text, _) => strength == Strength::Sure,
        _ => true,
    };
    let content = match identified.format {
        Format::Empty => "the file is empty".to_owned(),
        Format::Text => format!("content is text and not {promised}"),
        _ => format!("content not recognised as {promised}"),
    };
    let is_bytes = identified.format == Format::Binary;
    let reason = if is_bytes { SkipReason::Unsupported } else { SkipReason::Malformed };
    is_broken.then(|| BrokenPromise { reason, detail: format!("named .{ending}, {content}") })
}

fn promise(path: &str) -> Option<(&'static str, &'static str, Strength)> {
    let (stem, extension) = path.rsplit_once('.')?;
    if path.rsplit('/').next() == Some("saved_model.pb") {
        return Some(("pb", "a TensorFlow SavedModel", Strength::Sure));
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    if name == "variables.index" || name.ends_with(".ckpt.index") {
        return Some(("index", "the index of a TensorFlow checkpoint", Strength::Sure));
    }
    if name.ends_with(".ckpt.meta") {
        return Some(("meta", "the graph of a TensorFlow checkpoint", Strength::Sure));
    }
    let found = PROMISES.iter().find(|(ending, ..)| extension.eq_ignore_ascii_case(ending)).copied()?;
    (found.2 != Strength::Named || speaks_of_models(stem)).then_some(found)
}

fn speaks_of_models(stem: &str) -> bool {
    stem.to_ascii_lowercase()
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .any(|word| MODEL_WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identify;

    fn broken(path: &str, content: &[u8]) -> Option<String> {
        let identified = identify(path, &content.to_vec()).unwrap();
        broken_promise(path, &identified).map(|broken| broken.detail)
    }

    /// Bytes of no format, the same every time.
    fn noise() -> Vec<u8> {
        let mut state = 0x9e37_79b9_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        [0xec, 0xd1].into_iter().chain((0..3_000).map(|_| next())).collect()
    }

    #[test]
    fn noise_under_the_name_of_a_model_or_a_table_is_said() {
        for path in [
            "a.onnx",
            "a.safetensors",
            "a.pt",
            "a.pkl",
            "a.h5",
            "a.mlmodel",
            "a.parquet",
            "saved_model.pb",
            "weights.bin",
            "model.ckpt.index",
            "m/variables/variables.index",
            "model.ckpt.meta",
            "checkpoints/1/a.bin",
            "models/a.engine",
            "a.jsonl",
        ] {
            assert!(broken(path, &noise()).is_some(), "{path}");
        }
    }

    #[test]
    fn an_empty_or_cut_model_is_said() {
        for (path, content) in [
            ("a.pkl", b"".as_slice()),
            ("a.gguf", b""),
            ("a.gguf", b"GGUF"),
            ("a.parquet", b"PAR1garbagePAR1"),
            ("a.cbm", b"CBM1abc"),
            ("a.onnx", b"\x08\x08\x12\x07pytorch\x3a\xff\xff\xff\xff\x0f"),
            ("a.safetensors", b"<html>404</html>"),
            ("a.jsonl", b"{bad\nworse\n"),
        ] {
            assert!(broken(path, content).is_some(), "{path}");
        }
    }

    #[test]
    fn endings_of_other_worlds_promise_nothing() {
        for path in ["firmware.bin", "schema/api.pb", "game.engine", "lib.so", "a.dat", "remodel.bin"] {
            assert_eq!(broken(path, &noise()), None, "{path}");
        }
        for (path, content) in [
            ("templates/page.pt", b"<html tal:define=\"a b\"></html>".as_slice()),
            ("x.pth", b"./lib\n"),
            ("models/notes.bin", b"text\n"),
            ("names.csv", b"id,name\n"),
            ("empty.csv", b""),
            ("empty.jsonl", b""),
        ] {
            assert_eq!(broken(path, content), None, "{path}");
        }
    }
}
