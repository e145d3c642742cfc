//! The formats an artifact can have.

mod family;
mod name;

use serde::{Deserialize, Serialize};

pub use family::Family;

/// The format of a file, by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A Python pickle stream.
    Pickle,
    /// A PyTorch checkpoint: zip with `data.pkl`.
    TorchZip,
    /// A PyTorch checkpoint older than 1.6: pickles and raw storages in one stream.
    TorchLegacy,
    /// A TorchScript archive: zip with `code/` and `constants.pkl`.
    TorchScript,
    /// A joblib dump: a pickle with raw array blocks.
    Joblib,
    /// A pickle or joblib dump inside a compressed stream.
    JoblibCompressed,
    /// One NumPy array.
    Npy,
    /// A zip of NumPy arrays.
    Npz,
    /// A skops archive: zip with `schema.json`.
    Skops,
    /// A zip or tar archive with models among its members.
    ModelArchive,
    /// Tensors behind a JSON header, no code.
    Safetensors,
    /// A llama.cpp model.
    Gguf,
    /// An ONNX `ModelProto`.
    Onnx,
    /// An HDF5 file.
    Hdf5,
    /// A Keras model in HDF5.
    KerasH5,
    /// A Keras 3 archive: zip with `config.json` and weights.
    KerasV3,
    /// A TensorFlow `saved_model.pb`.
    TfSavedModel,
    /// A frozen TensorFlow `GraphDef`.
    TfGraph,
    /// A TensorFlow `MetaGraphDef`: the graph of a checkpoint.
    TfMetaGraph,
    /// A part of a TensorFlow checkpoint: its index, its data, or all of an older one.
    TfCheckpoint,
    /// A TensorFlow Lite flatbuffer.
    TfLite,
    /// A LightGBM text model.
    LightGbm,
    /// An XGBoost JSON or UBJSON model.
    XgBoost,
    /// A CatBoost binary model.
    CatBoost,
    /// An ONNX tensor, sequence, optional or map by itself.
    OnnxValue,
    /// A Core ML model.
    CoreMl,
    /// The weights beside a Core ML model.
    CoreMlWeights,
    /// The graph of an OpenVINO model.
    OpenVino,
    /// An ExecuTorch program.
    ExecuTorch,
    /// A PMML model.
    Pmml,
    /// Word vectors in word2vec's binary form.
    Word2Vec,
    /// A fastText model.
    FastText,
    /// A CRFsuite model.
    CrfSuite,
    /// A model as `ggml` programs kept it before GGUF.
    Ggml,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow IPC file or stream.
    Arrow,
    /// Delimiter-separated rows.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// One JSON array of records.
    Json,
    /// A SQLite database.
    Sqlite,
    /// Rows as SQL statements: what `mysqldump`, `pg_dump` and `sqlite3 .dump` write.
    SqlDump,
    /// A Jupyter notebook.
    Notebook,
    /// A zip of something else.
    Zip,
    /// A tar archive.
    Tar,
    /// A gzip stream of something else.
    Gzip,
    /// A bzip2 stream.
    Bzip2,
    /// An xz or lzma stream.
    Xz,
    /// A stream of Unix `compress`.
    Compress,
    /// An LZ4 frame.
    Lz4,
    /// A Zstandard frame.
    Zstd,
    /// A 7z archive.
    SevenZip,
    /// A RAR archive.
    Rar,
    /// Arrays as MATLAB saves them.
    Matlab,
    /// Variables as IDL saves them.
    IdlSave,
    /// Astronomical pictures and tables.
    Fits,
    /// A brain scan.
    Nifti,
    /// A medical picture.
    Dicom,
    /// Measurements in NetCDF's classic form.
    NetCdf,
    /// What SentencePiece replaces in a text before it is cut up.
    CharacterMap,
    /// Values as MessagePack packs them.
    Msgpack,
    /// A picture or a sound.
    Media,
    /// A program or library for Linux and its kin.
    Elf,
    /// A program or library for Windows.
    Pe,
    /// A program or library for Apple's systems.
    MachO,
    /// A WebAssembly module.
    Wasm,
    /// Readable text.
    Text,
    /// A Git LFS pointer: the content is elsewhere.
    LfsPointer,
    /// Bytes nobody recognised.
    Binary,
    /// No bytes at all.
    Empty,
}

impl Format {
    /// Every format, in the order of the enumeration.
    pub const ALL: [Self; 69] = [
        Self::Pickle,
        Self::TorchZip,
        Self::TorchLegacy,
        Self::TorchScript,
        Self::Joblib,
        Self::JoblibCompressed,
        Self::Npy,
        Self::Npz,
        Self::Skops,
        Self::ModelArchive,
        Self::Safetensors,
        Self::Gguf,
        Self::Onnx,
        Self::Hdf5,
        Self::KerasH5,
        Self::KerasV3,
        Self::TfSavedModel,
        Self::TfGraph,
        Self::TfMetaGraph,
        Self::TfCheckpoint,
        Self::TfLite,
        Self::LightGbm,
        Self::XgBoost,
        Self::CatBoost,
        Self::OnnxValue,
        Self::CoreMl,
        Self::CoreMlWeights,
        Self::OpenVino,
        Self::ExecuTorch,
        Self::Pmml,
        Self::Word2Vec,
        Self::FastText,
        Self::CrfSuite,
        Self::Ggml,
        Self::Parquet,
        Self::Arrow,
        Self::Csv,
        Self::Jsonl,
        Self::Json,
        Self::Sqlite,
        Self::SqlDump,
        Self::Notebook,
        Self::Zip,
        Self::Tar,
        Self::Gzip,
        Self::Bzip2,
        Self::Xz,
        Self::Compress,
        Self::Lz4,
        Self::Zstd,
        Self::SevenZip,
        Self::Rar,
        Self::Matlab,
        Self::IdlSave,
        Self::Fits,
        Self::Nifti,
        Self::Dicom,
        Self::NetCdf,
        Self::CharacterMap,
        Self::Msgpack,
        Self::Media,
        Self::Elf,
        Self::Pe,
        Self::MachO,
        Self::Wasm,
        Self::Text,
        Self::LfsPointer,
        Self::Binary,
        Self::Empty,
    ];
}
