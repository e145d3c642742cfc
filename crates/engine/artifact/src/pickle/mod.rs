//! Reads pickles without running them: what they import, what they call, how they end.
//!
//! [`tape`] reads the bytes through a window, [`step`] is the table of opcodes of protocols 0 to 5, [`machine`] walks them
//! over abstract [`value`]s (what each opcode does stands in [`stack`], [`containers`] and [`objects`], names in
//! [`resolution`] and [`kept_text`]), [`tables`] say how each imported name stands, [`stream`] follows several pickles in one stream, raw joblib blocks
//! between opcodes and pickles nested in constants, [`probe`] says whether bytes are a pickle at all,
//! [`stray`] finds pickles inside of other files.
//! Source: CPython `Lib/pickletools.py` (opcode semantics), PEP 3154, PEP 574.

mod array_block;
mod call;
mod constants;
mod containers;
#[cfg(test)]
mod evasions;
mod kept_text;
mod machine;
mod memo;
mod names;
mod objects;
mod opcode;
mod probe;
mod resolution;
mod spelling;
mod stack;
mod step;
mod stray;
mod stream;
mod tables;
mod tape;
mod trace;
mod value;
mod weigh;
mod wording;

pub(crate) use opcode::{DecodeError, Decoder, Op};
pub(crate) use probe::{Probe, buried_start, is_harmful_at, probe, probe_at};
pub(crate) use stray::stray_pickles;
pub(crate) use stream::{Stream, read_one, read_stream};
pub(crate) use tables::{is_standard, judge};
pub(crate) use trace::Tracing;
