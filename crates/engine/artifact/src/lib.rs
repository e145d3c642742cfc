//! Identifies model and dataset files by content and says what they are and what loading them does.
//!
//! [`identify`] decides the format from magic numbers and structure; a file name never decides, it only breaks ties.
//! [`ArtifactEngine::inspect`] reads the parts that matter (headers, directories, pickle opcodes; never the weights)
//! into [`Facts`], and the detectors judge those facts. [`Scanner::scan`] is all of it in one call: bytes in, verdict out.
//! Nothing is ever loaded, imported or run.

mod assets;
mod convert;
mod cursor;
mod decompress;
mod detectors;
mod engine;
mod facts;
mod format;
mod formats;
mod identify;
mod lzw;
mod pickle;
mod reader;
mod scan;
mod slice;
mod table;
mod tar;
mod unpacked;
mod zip;

#[cfg(test)]
mod properties;

pub use convert::{Conversion, ConvertError, ConvertOptions, Refusal, RefusalKind};
pub use engine::ArtifactEngine;
pub use facts::{Facts, Import, Observation, ObservationKind, PickleEnd, PickleFacts, Standing, Verdict};
pub use format::{Family, Format};
pub use identify::{BrokenPromise, Identified, broken_promise, identify};
pub use scan::{Found, Report, Scanner, explain};
