//! Decides what a file is, from its content.
//!
//! Order: nothing, text, magic numbers, pickle opcodes, protobuf structure. Text is decided on the first bytes alone,
//! so that an ordinary source file costs microseconds. The extension only says what the file claims to be.

mod binary;
mod coreml;
mod extension;
mod json_lines;
mod measured;
mod media;
mod msgpack;
mod onnx_value;
mod program;
mod promise;
mod protobuf;
mod records;
mod science;
mod sql;
mod text;
mod vectors;

use std::io;

use serde::{Deserialize, Serialize};
use syndic_detect::{ReadAt, read_vec_at};
use syndic_evidence::Confidence;

use crate::{Format, table};

pub use promise::{BrokenPromise, broken_promise};

/// Bytes read of every file.
const HEAD_BYTES: usize = 4 * 1024;
/// Bytes read where the head does not decide.
const DEEP_BYTES: usize = 64 * 1024;

/// A file shorter than this is no model, whatever its name and first bytes say.
const SMALLEST_MODEL: usize = 64;

/// What a file is and what its name claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identified {
    /// The format by content.
    pub format: Format,
    /// How sure.
    pub confidence: Confidence,
    /// The format the extension claims, if it claims one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<Format>,
}

/// Identifies a file by its content; `path` is used for the claim only, and to break ties.
///
/// ```
/// use syndic_artifact::{Format, identify};
/// let content: Vec<u8> = b"\x80\x04\x8c\x02os\x8c\x06getpid\x93)R.".to_vec();
/// assert_eq!(identify("notes.bin", &content).unwrap().format, Format::Pickle);
/// ```
///
/// # Errors
/// The source's own error.
pub fn identify(path: &str, source: &dyn ReadAt) -> io::Result<Identified> {
    let claimed = extension::claim(path);
    let head = read_vec_at(source, 0, HEAD_BYTES)?;
    let (format, confidence) = decide(path, claimed, &head, source)?;
    Ok(Identified { format, confidence, claimed })
}

fn decide(path: &str, claimed: Option<Format>, head: &[u8], source: &dyn ReadAt) -> io::Result<(Format, Confidence)> {
    if head.is_empty() {
        return Ok((Format::Empty, Confidence::High));
    }
    if let Some(encoding) = text::encoding(head, source.len() > head.len() as u64) {
        return text::identify(path, claimed, encoding, head, source);
    }
    if let Some(found) = binary::by_magic(claimed, head, source)? {
        let archive = binary::is_model_archive(path, found.0, source)?;
        let inside =
            if archive { Some((Format::ModelArchive, Confidence::High)) } else { packed_rows(path, found.0, source)? };
        return Ok(inside.unwrap_or(found));
    }
    if let Some(found) = binary::by_opcodes(claimed, head, source)? {
        return Ok(found);
    }
    if let Some(format) = protobuf::identify(source)? {
        return Ok((format, if claimed == Some(format) { Confidence::High } else { Confidence::Medium }));
    }
    if let Some(found) = binary::by_tail(source)? {
        return Ok(found);
    }
    if table::identify(source)?.is_some() {
        return Ok((Format::TfCheckpoint, Confidence::High));
    }
    if let Some(found) = binary::by_buried_pickle(claimed, head) {
        return Ok(found);
    }
    // The version and the length of a graph: a SavedModel that ends before its graph does.
    if path.ends_with(".pb") && matches!(head, [8, 1, 0x12, ..]) {
        return Ok((Format::TfSavedModel, Confidence::Low));
    }
    // A version field and a text field: an ONNX file that ends before its graph does.
    let is_broken_onnx = claimed == Some(Format::Onnx) && matches!(head, [8, 1..=20, 0x12 | 0x1a | 0x3a, ..]);
    if is_broken_onnx && head.len() > SMALLEST_MODEL {
        return Ok((Format::Onnx, Confidence::Low));
    }
    if let Some(format) = by_structure(head, source)? {
        return Ok((format, Confidence::Medium));
    }
    if extension::is_checkpoint_data(path) {
        return Ok((Format::TfCheckpoint, Confidence::Low));
    }
    Ok((Format::Binary, Confidence::Low))
}

/// Formats without code that only a walk over all of them tells, and programs; last, so that none of them can hide what
/// a loader of models would run.
fn by_structure(head: &[u8], source: &dyn ReadAt) -> io::Result<Option<Format>> {
    let looks = [
        program::identify,
        coreml::identify,
        vectors::identify,
        measured::identify,
        science::identify,
        msgpack::identify,
    ];
    for look in looks {
        if let Some(format) = look(head, source)? {
            return Ok(Some(format));
        }
    }
    if media::is_whole(head, source)? {
        return Ok(Some(Format::Media));
    }
    Ok(onnx_value::is_value(source)?.then_some(Format::OnnxValue))
}

/// Rows inside a compressed stream: `train.csv.gz`, `corpus.jsonl.zst`.
fn packed_rows(path: &str, packed: Format, source: &dyn ReadAt) -> io::Result<Option<(Format, Confidence)>> {
    if !matches!(packed, Format::Gzip | Format::Zstd) {
        return Ok(None);
    }
    let inner = binary::peek(source)?;
    let head = inner.get(..HEAD_BYTES).unwrap_or(&inner);
    let Some(encoding) = text::encoding(head, inner.len() > head.len()) else { return Ok(None) };
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    let found = text::identify(stem, extension::claim(stem), encoding, head, &inner)?;
    Ok(Some(found).filter(|(format, _)| matches!(format, Format::Csv | Format::Jsonl)))
}
