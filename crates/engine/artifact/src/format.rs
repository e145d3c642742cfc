//! The formats an artifact can have and the families that decide which engine looks at it.

use serde::{Deserialize, Serialize};

/// What a file is to the inventory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Weights, or a program that is a model.
    Model,
    /// Rows.
    Dataset,
    /// A Jupyter notebook.
    Notebook,
    /// Readable text: source code, configuration, prose.
    Text,
    /// A container of other files.
    Archive,
    /// Anything else.
    Other,
}

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
    /// An LZ4 frame.
    Lz4,
    /// A Zstandard frame.
    Zstd,
    /// A 7z archive.
    SevenZip,
    /// A RAR archive.
    Rar,
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
    pub const ALL: [Self; 45] = [
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
        Self::Lz4,
        Self::Zstd,
        Self::SevenZip,
        Self::Rar,
        Self::Text,
        Self::LfsPointer,
        Self::Binary,
        Self::Empty,
    ];

    /// Returns the name used in public JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pickle => "pickle",
            Self::TorchZip => "torch_zip",
            Self::TorchLegacy => "torch_legacy",
            Self::TorchScript => "torch_script",
            Self::Joblib => "joblib",
            Self::JoblibCompressed => "joblib_compressed",
            Self::Npy => "npy",
            Self::Npz => "npz",
            Self::Skops => "skops",
            Self::ModelArchive => "model_archive",
            Self::Safetensors => "safetensors",
            Self::Gguf => "gguf",
            Self::Onnx => "onnx",
            Self::Hdf5 => "hdf5",
            Self::KerasH5 => "keras_h5",
            Self::KerasV3 => "keras_v3",
            Self::TfSavedModel => "tf_saved_model",
            Self::TfGraph => "tf_graph",
            Self::TfMetaGraph => "tf_meta_graph",
            Self::TfCheckpoint => "tf_checkpoint",
            Self::TfLite => "tf_lite",
            Self::LightGbm => "light_gbm",
            Self::XgBoost => "xg_boost",
            Self::CatBoost => "cat_boost",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Json => "json",
            Self::Sqlite => "sqlite",
            Self::SqlDump => "sql_dump",
            Self::Notebook => "notebook",
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
            Self::SevenZip => "seven_zip",
            Self::Rar => "rar",
            Self::Text => "text",
            Self::LfsPointer => "lfs_pointer",
            Self::Binary => "binary",
            Self::Empty => "empty",
        }
    }

    /// Returns the family the format belongs to.
    pub const fn family(self) -> Family {
        match self {
            Self::Pickle
            | Self::TorchZip
            | Self::TorchLegacy
            | Self::TorchScript
            | Self::Joblib
            | Self::JoblibCompressed
            | Self::Npy
            | Self::Npz
            | Self::Skops
            | Self::ModelArchive
            | Self::Safetensors
            | Self::Gguf
            | Self::Onnx
            | Self::Hdf5
            | Self::KerasH5
            | Self::KerasV3
            | Self::TfSavedModel
            | Self::TfGraph
            | Self::TfMetaGraph
            | Self::TfCheckpoint
            | Self::TfLite
            | Self::LightGbm
            | Self::XgBoost
            | Self::CatBoost => Family::Model,
            Self::Parquet | Self::Arrow | Self::Csv | Self::Jsonl | Self::Json | Self::Sqlite | Self::SqlDump => {
                Family::Dataset
            }
            Self::Notebook => Family::Notebook,
            Self::Zip
            | Self::Tar
            | Self::Gzip
            | Self::Bzip2
            | Self::Xz
            | Self::Lz4
            | Self::Zstd
            | Self::SevenZip
            | Self::Rar => Family::Archive,
            Self::Text => Family::Text,
            Self::LfsPointer | Self::Binary | Self::Empty => Family::Other,
        }
    }

    /// Says whether loading such a file with its usual library runs code that the file chooses.
    pub const fn may_run_code(self) -> bool {
        matches!(
            self,
            Self::Pickle
                | Self::TorchZip
                | Self::TorchLegacy
                | Self::TorchScript
                | Self::Joblib
                | Self::JoblibCompressed
        )
    }

    /// Says whether the format promises that loading runs no code, so that a pickle under its name is a lie.
    pub const fn promises_no_code(self) -> bool {
        matches!(
            self,
            Self::Safetensors
                | Self::Gguf
                | Self::Onnx
                | Self::Npy
                | Self::Npz
                | Self::Hdf5
                | Self::KerasH5
                | Self::KerasV3
                | Self::TfLite
                | Self::Parquet
                | Self::Arrow
                | Self::Csv
                | Self::Jsonl
                | Self::Json
                | Self::Notebook
                | Self::Text
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_one_serde_writes() {
        for format in Format::ALL {
            assert_eq!(serde_json::to_value(format).unwrap(), format.as_str());
        }
    }
}
