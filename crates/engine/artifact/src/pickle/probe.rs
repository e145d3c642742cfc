//! Decides whether bytes are a pickle, from their opcodes alone.
//!
//! A binary pickle (protocol 2 and up) says so in two bytes and a few valid opcodes; a text pickle (protocol 0 and 1)
//! must walk soundly to STOP and resolve, call or build something, so that prose and CSV are never taken for one.

use syndic_detect::ReadAt;

use super::machine::{Limits, Walk, walk};
use super::trace::Tracing;
use crate::facts::PickleEnd;
use crate::slice::Slice;

/// How pickle-like bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Probe {
    /// Walks soundly to STOP.
    pub(crate) is_complete: bool,
    /// Sound up to the last byte, which is inside an opcode.
    pub(crate) is_cut: bool,
    /// Opcodes walked.
    pub(crate) opcodes: u64,
    /// Opcodes that resolve, call or build.
    pub(crate) structural: u64,
    /// Offset after STOP.
    pub(crate) end: u64,
    /// joblib array blocks seen.
    pub(crate) array_blocks: u64,
    /// Resolves a name of joblib's own.
    pub(crate) is_joblib: bool,
}

/// Opcodes walked to see whether bytes are a pickle; what is sound so long is one.
const MAX_OPCODES: u64 = 100_000;

/// Walks `data` from its start.
pub(crate) fn probe(data: &[u8]) -> Probe {
    probe_at(&Slice::new(data), 0)
}

/// Walks a source from an offset.
pub(crate) fn probe_at(source: &dyn ReadAt, start: u64) -> Probe {
    let limits = Limits { depth: 0, opcodes: MAX_OPCODES };
    let Walk { facts, end, structural, array_blocks, is_cut, .. } = walk(source, start, limits, Tracing::Off);
    Probe {
        is_complete: facts.end == PickleEnd::Stop,
        is_cut,
        opcodes: facts.opcodes,
        structural,
        end,
        array_blocks,
        is_joblib: facts.imports.iter().any(|import| import.name.starts_with("joblib.numpy_pickle.")),
    }
}

/// Says whether a walk from an offset calls a name that no honest file calls, before the fault that ends a loader's.
pub(crate) fn is_harmful_at(source: &dyn ReadAt, start: u64) -> bool {
    walk(source, start, Limits::WHOLE, Tracing::Off).is_harmful
}

/// Bytes that may stand before a buried pickle.
const MOST_BURIED: usize = 64;

/// Returns where a pickle starts behind bytes that are none, if one does within the first [`MOST_BURIED`]. It must say
/// that it is one, or walk to its end and resolve something, so that noise is never taken for one.
pub(crate) fn buried_start(data: &[u8]) -> Option<usize> {
    (1..=MOST_BURIED).find(|start| {
        let rest = data.get(*start..).unwrap_or_default();
        let says_so = matches!(rest, [0x80, 0..=5, ..]);
        let probed = probe(rest);
        (probed.is_complete && probed.structural > 0) || (says_so && probed.is_cut && probed.structural > 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pickle_behind_junk_is_found_and_junk_alone_is_none() {
        let pickle = b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01x\x85R.";
        for junk in [[0_u8; 16].as_slice(), b"\xff\xfe\xfd", &[0; MOST_BURIED]] {
            assert_eq!(buried_start(&[junk, pickle].concat()), Some(junk.len()));
        }
        assert_eq!(buried_start(&[[0; MOST_BURIED + 1].as_slice(), pickle].concat()), None);
        assert_eq!(buried_start(&[0; 200]), None);
    }
}
