//! Decides whether bytes are a pickle, from their opcodes alone.
//!
//! A binary pickle (protocol 2 and up) says so in two bytes and a few valid opcodes; a text pickle (protocol 0 and 1)
//! must walk soundly to STOP and resolve, call or build something, so that prose and CSV are never taken for one.

use super::machine::{Walk, walk};
use crate::facts::PickleEnd;

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
    pub(crate) end: usize,
    /// joblib array blocks seen.
    pub(crate) array_blocks: u64,
    /// Resolves a name of joblib's own.
    pub(crate) is_joblib: bool,
}

/// Walks `data` from its start.
pub(crate) fn probe(data: &[u8]) -> Probe {
    let Walk { facts, end, structural, array_blocks, is_cut, .. } = walk(data, 0, 0);
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
