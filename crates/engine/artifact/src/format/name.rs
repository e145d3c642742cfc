//! The names that formats have in public JSON.

use super::Format;

impl Format {
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
            Self::OnnxValue => "onnx_value",
            Self::CoreMl => "core_ml",
            Self::CoreMlWeights => "core_ml_weights",
            Self::OpenVino => "open_vino",
            Self::ExecuTorch => "execu_torch",
            Self::Pmml => "pmml",
            Self::Word2Vec => "word2_vec",
            Self::CrfSuite => "crf_suite",
            Self::Ggml => "ggml",
            Self::FastText => "fast_text",
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
            Self::Compress => "compress",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
            Self::SevenZip => "seven_zip",
            Self::Rar => "rar",
            Self::Matlab => "matlab",
            Self::IdlSave => "idl_save",
            Self::Fits => "fits",
            Self::Nifti => "nifti",
            Self::Dicom => "dicom",
            Self::NetCdf => "net_cdf",
            Self::CharacterMap => "character_map",
            Self::Msgpack => "msgpack",
            Self::Media => "media",
            Self::Elf => "elf",
            Self::Pe => "pe",
            Self::MachO => "mach_o",
            Self::Wasm => "wasm",
            Self::Text => "text",
            Self::LfsPointer => "lfs_pointer",
            Self::Binary => "binary",
            Self::Empty => "empty",
        }
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
