//! What a file name claims: never believed, but a claim that content contradicts is worth knowing.

use crate::Format;

const CLAIMS: [(&str, Format); 39] = [
    ("pkl", Format::Pickle),
    ("pickle", Format::Pickle),
    ("pck", Format::Pickle),
    ("dill", Format::Pickle),
    ("joblib", Format::Joblib),
    ("pt", Format::TorchZip),
    ("pth", Format::TorchZip),
    ("ckpt", Format::TorchZip),
    ("jit", Format::TorchScript),
    ("safetensors", Format::Safetensors),
    ("gguf", Format::Gguf),
    ("onnx", Format::Onnx),
    ("h5", Format::Hdf5),
    ("hdf5", Format::Hdf5),
    ("keras", Format::KerasV3),
    ("tflite", Format::TfLite),
    ("npy", Format::Npy),
    ("npz", Format::Npz),
    ("skops", Format::Skops),
    ("cbm", Format::CatBoost),
    ("ubj", Format::XgBoost),
    ("parquet", Format::Parquet),
    ("arrow", Format::Arrow),
    ("feather", Format::Arrow),
    ("csv", Format::Csv),
    ("tsv", Format::Csv),
    ("jsonl", Format::Jsonl),
    ("ndjson", Format::Jsonl),
    ("ipynb", Format::Notebook),
    ("zip", Format::Zip),
    ("tar", Format::Tar),
    ("gz", Format::Gzip),
    ("tgz", Format::Gzip),
    ("bz2", Format::Bzip2),
    ("xz", Format::Xz),
    ("z", Format::Compress),
    ("lz4", Format::Lz4),
    ("zst", Format::Zstd),
    ("7z", Format::SevenZip),
];

/// Returns the format that the extension claims.
pub(super) fn claim(path: &str) -> Option<Format> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if name == "saved_model.pb" {
        return Some(Format::TfSavedModel);
    }
    let (stem, extension) = name.rsplit_once('.')?;
    let claimed = by_extension(extension)?;
    let is_compression =
        matches!(claimed, Format::Gzip | Format::Bzip2 | Format::Xz | Format::Compress | Format::Lz4 | Format::Zstd);
    let inner = stem.rsplit_once('.').and_then(|(_, inner)| by_extension(inner));
    if is_compression && inner.is_some_and(Format::may_run_code) {
        return Some(Format::JoblibCompressed);
    }
    Some(claimed)
}

fn by_extension(extension: &str) -> Option<Format> {
    CLAIMS.iter().find(|(known, _)| extension.eq_ignore_ascii_case(known)).map(|(_, format)| *format)
}

/// Says whether a file is numbered as TensorFlow numbers the data of a checkpoint: `model.ckpt.data-00000-of-00001`. Raw
/// numbers have no other mark.
pub(super) fn is_checkpoint_data(path: &str) -> bool {
    let numbering = path.rsplit_once(".data-").and_then(|(_, rest)| rest.split_once("-of-"));
    let is_number = |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    numbering.is_some_and(|(shard, shards)| is_number(shard) && is_number(shards) && shard < shards)
}

/// Says whether a claim names a format that is a pickle inside.
pub(super) fn is_pickle_claim(path: Option<Format>) -> bool {
    path.is_some_and(Format::may_run_code)
}

/// Says whether the name is that of source code, prose or configuration, whose lines only look like rows.
pub(super) fn is_prose(path: &str) -> bool {
    const PROSE: [&str; 46] = [
        "py", "pyi", "md", "rst", "txt", "yaml", "yml", "toml", "ini", "cfg", "conf", "js", "ts", "tsx", "jsx", "mjs",
        "c", "h", "cc", "cpp", "hpp", "rs", "go", "java", "kt", "rb", "php", "sh", "bash", "sql", "html", "htm", "css",
        "scss", "xml", "svg", "json", "lock", "log", "proto", "tex", "bib", "env", "j2", "vue", "po",
    ];
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').is_some_and(|(_, extension)| PROSE.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}
