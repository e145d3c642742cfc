//! The families that decide which engine looks at a file, and what loading a file of a format means.

use serde::{Deserialize, Serialize};

use super::Format;

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

impl Format {
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
            | Self::CatBoost
            | Self::CoreMl
            | Self::CoreMlWeights
            | Self::OpenVino
            | Self::ExecuTorch
            | Self::Pmml
            | Self::Word2Vec
            | Self::FastText
            | Self::CrfSuite
            | Self::Ggml => Family::Model,
            Self::Parquet | Self::Arrow | Self::Csv | Self::Jsonl | Self::Json | Self::Sqlite | Self::SqlDump => {
                Family::Dataset
            }
            Self::Notebook => Family::Notebook,
            Self::Zip
            | Self::Tar
            | Self::Gzip
            | Self::Bzip2
            | Self::Xz
            | Self::Compress
            | Self::Lz4
            | Self::Zstd
            | Self::SevenZip
            | Self::Rar => Family::Archive,
            Self::Text => Family::Text,
            Self::OnnxValue
            | Self::Matlab
            | Self::IdlSave
            | Self::Fits
            | Self::Nifti
            | Self::Dicom
            | Self::NetCdf
            | Self::CharacterMap
            | Self::Msgpack
            | Self::Media
            | Self::Elf
            | Self::Pe
            | Self::MachO
            | Self::Wasm
            | Self::LfsPointer
            | Self::Binary
            | Self::Empty => Family::Other,
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

    /// Says whether it is a program of an operating system: code that no loader of models runs by itself, and that
    /// nobody has reviewed.
    pub const fn is_program(self) -> bool {
        matches!(self, Self::Elf | Self::Pe | Self::MachO | Self::Wasm)
    }
}
