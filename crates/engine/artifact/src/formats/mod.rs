//! One reader a format: each takes the bytes it needs through `ReadAt` and puts what it saw into the facts.

pub(crate) mod archive;
mod array;
mod carried;
mod chat_template;
mod checkpoint;
mod config;
mod config_text;
mod container;
mod coreml;
mod custom;
pub(crate) mod disguise;
mod extension_type;
mod flat_table;
mod flatbuffer;
mod gguf;
mod hdf5;
mod jinja;
mod json_events;
mod keras;
mod markup;
mod named_code;
mod notebook;
mod onnx;
mod onnx_types;
mod outside;
mod pickled;
mod python_code;
mod safetensors;
mod saved_model;
mod targets;
mod xml;
mod yaml_tags;
mod zipped;

pub(crate) use container::Spent;

use std::io;

use syndic_detect::ReadAt;

use crate::{Facts, Format};

/// Reads what `facts.format` calls for.
///
/// # Errors
/// The source's own error; hostile content is never an error but an entry in the facts.
pub(crate) fn read(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    match facts.format {
        Format::Pickle | Format::Joblib | Format::TorchLegacy => pickled::read(source, facts),
        Format::JoblibCompressed => pickled::read_compressed(source, facts),
        Format::TorchZip | Format::TorchScript | Format::Skops | Format::Npz => zipped::read(source, facts),
        Format::ModelArchive => container::read(source, facts),
        Format::KerasV3 => keras::read(source, facts),
        Format::Npy => array::read(source, facts),
        Format::Safetensors => safetensors::read(source, facts),
        Format::Gguf => gguf::read(source, facts),
        Format::Onnx => onnx::read(source, facts),
        Format::Hdf5 | Format::KerasH5 => hdf5::read(source, facts),
        Format::TfCheckpoint => checkpoint::read(source, facts),
        Format::TfSavedModel | Format::TfGraph | Format::TfMetaGraph => saved_model::read(source, facts),
        Format::TfLite => {
            flatbuffer::tflite(source, facts);
            Ok(())
        }
        Format::ExecuTorch => {
            flatbuffer::executorch(source, facts);
            Ok(())
        }
        Format::CoreMl => coreml::read(source, facts),
        Format::CoreMlWeights => flat(facts, "coreml"),
        Format::Pmml | Format::OpenVino => markup::read(source, facts),
        Format::CrfSuite => flat(facts, "crfsuite"),
        Format::Ggml => flat(facts, "ggml"),
        // Arrays of objects stand in it as pickles.
        Format::Msgpack => pickled::take_strays(source, None, facts),
        Format::Word2Vec => flat(facts, "word2vec"),
        Format::FastText => flat(facts, "fasttext"),
        Format::LightGbm => flat(facts, "lightgbm"),
        Format::XgBoost => flat(facts, "xgboost"),
        Format::CatBoost => flatbuffer::catboost(source, facts),
        Format::Parquet | Format::Arrow => {
            extension_type::read(source, facts)?;
            carried::read_bytes(source, facts)
        }
        _ => Ok(()),
    }
}

/// Reads any file at all: models as [`read`] does, containers by what they hold.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_any(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    match facts.format {
        Format::Zip
        | Format::Tar
        | Format::Gzip
        | Format::Bzip2
        | Format::Xz
        | Format::Compress
        | Format::Lz4
        | Format::Zstd
        | Format::SevenZip
        | Format::Rar => container::read(source, facts),
        Format::Text | Format::Json => config::read(source, facts),
        Format::Notebook => notebook::read(source, facts),
        Format::OnnxValue => onnx::read_value(source, facts),
        Format::Sqlite | Format::Binary => carried::read_bytes(source, facts),
        Format::Csv | Format::Jsonl | Format::SqlDump => carried::read_text(source, facts),
        _ => read(source, facts),
    }?;
    disguise::read(source, facts)
}

/// Formats without code whose header is not read yet.
#[expect(clippy::unnecessary_wraps, reason = "same shape as the readers beside it")]
fn flat(facts: &mut Facts, framework: &str) -> io::Result<()> {
    facts.property("framework", framework);
    Ok(())
}
