//! Follows a stream of pickles: several in a row, raw blocks between, pickles nested in constants, bytes at the end.

use std::collections::BTreeMap;
use std::io;

use syndic_detect::{ReadAt, read_vec_at};

use super::machine::{Constant, Limits, Walk, walk};
use super::names::is_dotted_name;
use super::probe::probe_at;
use super::trace::Tracing;
use crate::facts::{PickleEnd, PickleFacts};
use crate::slice::Slice;
use crate::zip::Part;

/// Pickles followed in one stream.
const MAX_PICKLES: usize = 64;
/// Places behind the last pickle where another may start.
const MAX_STARTS_TRIED: usize = 64;
/// Bytes behind the last pickle that are searched for another.
const MAX_SEARCHED: u64 = 64 * 1024 * 1024;
/// Bytes searched or compared at a time.
const BLOCK_BYTES: usize = 256 * 1024;
/// Bytes of one zip in a constant.
const MAX_ZIP_BYTES: usize = 16 * 1024 * 1024;
/// How deep pickles may nest in constants of pickles.
const MAX_NESTING: u8 = 4;
/// Nested constants looked into, all levels together.
const MAX_NESTED_TOTAL: usize = 512;

/// What a stream holds.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    pub(crate) pickles: Vec<PickleFacts>,
    /// Offset and number of bytes after the last pickle that are no pickle and no padding.
    pub(crate) trailing: Option<(u64, u64)>,
    pub(crate) versions: BTreeMap<String, String>,
    pub(crate) tensors: u64,
    pub(crate) elements: BTreeMap<String, u64>,
    pub(crate) array_blocks: u64,
    /// Zips found in constants, to be looked into by who knows zips.
    pub(crate) zips: Vec<Vec<u8>>,
    pub(crate) not_inspected: Vec<String>,
    /// The steps of every pickle, each pickle under a line that names it.
    pub(crate) trace: Vec<String>,
    tracing: Tracing,
    nested_seen: usize,
    opcodes: u64,
}

/// Reads every pickle in `source` from byte `start`; `member` names where they stand.
///
/// # Errors
/// The source's own error.
pub(crate) fn read_stream(
    source: &dyn ReadAt,
    start: u64,
    member: Option<&str>,
    tracing: Tracing,
) -> io::Result<Stream> {
    let mut stream = Stream { tracing, ..Stream::default() };
    let mut position = start;
    loop {
        let walked = walk(source, position, stream.limits(), tracing);
        let is_over = walked.facts.end != PickleEnd::Stop;
        position = walked.end;
        stream.take(source, walked, member)?;
        if is_over || is_padding(source, position)? {
            return Ok(stream);
        }
        if stream.pickles.len() >= MAX_PICKLES {
            stream.not_inspected.push(format!("pickles after the first {MAX_PICKLES}: bound of one stream"));
            return Ok(stream);
        }
        if !continues(source, position)? {
            stream.trailing.get_or_insert((position, source.len().saturating_sub(position)));
            let Some(next) = buried(source, position)? else { return Ok(stream) };
            position = next;
        }
    }
}

/// Reads one pickle and what is nested in it.
///
/// # Errors
/// The source's own error.
pub(crate) fn read_one(source: &dyn ReadAt, start: u64, member: Option<&str>, tracing: Tracing) -> io::Result<Stream> {
    let mut stream = Stream { tracing, ..Stream::default() };
    stream.take(source, walk(source, start, Limits::WHOLE, tracing), member)?;
    Ok(stream)
}

/// Says whether only padding is left.
fn is_padding(source: &dyn ReadAt, mut position: u64) -> io::Result<bool> {
    let mut wanted = 64;
    while position < source.len() {
        let block = read_vec_at(source, position, wanted)?;
        if block.is_empty() {
            return Ok(true);
        }
        if !block.iter().all(|byte| matches!(byte, 0 | b' ' | b'\n' | b'\r' | b'\t')) {
            return Ok(false);
        }
        position += block.len() as u64;
        wanted = BLOCK_BYTES;
    }
    Ok(true)
}

/// Returns where behind bytes that are no pickle one starts that does something: who knows where can load it from there.
fn buried(source: &dyn ReadAt, from: u64) -> io::Result<Option<u64>> {
    let mut tried = 0;
    let mut position = from;
    while position < source.len() && position - from < MAX_SEARCHED {
        let block = read_vec_at(source, position, BLOCK_BYTES)?;
        for at in memchr::memchr_iter(0x80, &block) {
            // The last byte of a block is looked at again as the first of the next one.
            if !matches!(block.get(at + 1), Some(2..=5)) {
                continue;
            }
            tried += 1;
            let probed = probe_at(source, position + at as u64);
            if (probed.is_complete || probed.is_cut) && probed.structural > 0 {
                return Ok(Some(position + at as u64));
            }
            if tried >= MAX_STARTS_TRIED {
                return Ok(None);
            }
        }
        position += (block.len() as u64).saturating_sub(1).max(1);
    }
    Ok(None)
}

/// Says whether another pickle starts here.
fn continues(source: &dyn ReadAt, position: u64) -> io::Result<bool> {
    let first = read_vec_at(source, position, 2)?;
    let probed = probe_at(source, position);
    let says_so = matches!(first.as_slice(), [0x80, 0..=5]);
    let is_sound = probed.is_complete || probed.is_cut;
    Ok((says_so && (is_sound || probed.structural > 0 || probed.opcodes >= 4))
        || (probed.is_complete && probed.structural > 0))
}

impl Stream {
    /// Returns what the pickles of this stream may still cost.
    fn limits(&self) -> Limits {
        Limits { opcodes: Limits::WHOLE.opcodes.saturating_sub(self.opcodes), ..Limits::WHOLE }
    }

    fn take(&mut self, source: &dyn ReadAt, walked: Walk, member: Option<&str>) -> io::Result<()> {
        self.take_nested(source, walked, member, 0)
    }

    fn take_nested(&mut self, source: &dyn ReadAt, walked: Walk, member: Option<&str>, nesting: u8) -> io::Result<()> {
        let mut queue = vec![walked];
        while let Some(mut walked) = queue.pop() {
            if let Some(fault) = walked.fault.take() {
                return Err(fault);
            }
            let nested = std::mem::take(&mut walked.nested);
            queue.append(&mut walked.inline);
            self.note(walked, member);
            for constant in nested {
                self.look_inside(source, &constant, member, nesting)?;
            }
        }
        Ok(())
    }

    fn note(&mut self, mut walked: Walk, member: Option<&str>) {
        walked.facts.member = member.map(str::to_owned);
        self.opcodes = self.opcodes.saturating_add(walked.facts.opcodes);
        if self.tracing == Tracing::On {
            let place = member.map_or(String::new(), |member| format!(" in {member}"));
            let (offset, protocol) = (walked.facts.offset, walked.facts.protocol);
            self.trace.push(format!("pickle{place} from byte {offset}, protocol {protocol}"));
            self.trace.append(&mut walked.trace);
        }
        self.pickles.push(walked.facts);
        self.tensors += walked.tensors;
        self.array_blocks += walked.array_blocks;
        for (dtype, count) in walked.elements {
            *self.elements.entry(dtype).or_insert(0) += count;
        }
        for (key, version) in walked.versions {
            self.versions.entry(key).or_insert(version);
        }
    }

    fn look_inside(
        &mut self,
        source: &dyn ReadAt,
        constant: &Constant,
        member: Option<&str>,
        nesting: u8,
    ) -> io::Result<()> {
        self.nested_seen += 1;
        if nesting >= MAX_NESTING || self.nested_seen > MAX_NESTED_TOTAL {
            self.not_inspected.push("pickles nested in constants: nested too deep or too many".to_owned());
            return Ok(());
        }
        match constant {
            Constant::At(payload) => {
                let part = Part::new(source, payload.start, payload.length);
                self.look_into(&part, member, nesting)
            }
            Constant::Undone(bytes) => self.look_into(&Slice::new(bytes), member, nesting),
        }
    }

    fn look_into(&mut self, constant: &dyn ReadAt, member: Option<&str>, nesting: u8) -> io::Result<()> {
        if read_vec_at(constant, 0, 2)? == b"PK" {
            if constant.len() > MAX_ZIP_BYTES as u64 {
                self.not_inspected.push("a zip in a constant: larger than the bound".to_owned());
            } else {
                self.zips.push(read_vec_at(constant, 0, MAX_ZIP_BYTES)?);
            }
            return Ok(());
        }
        if continues(constant, 0)? {
            let name = member.map_or_else(|| "nested".to_owned(), |member| format!("{member}!nested"));
            let inner = walk(constant, 0, self.limits(), self.tracing);
            // Bytes that only begin like a pickle and do nothing until they break are just bytes.
            let is_name = |name: &str| !name.starts_with('<') && is_dotted_name(name.as_bytes());
            let names_something = inner.facts.imports.iter().any(|import| is_name(&import.name));
            if inner.facts.end == PickleEnd::Stop || names_something {
                self.take_nested(constant, inner, Some(&name), nesting + 1)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_no_trailing_and_anything_else_is() {
        let padded = [b"\x80\x02}.".as_slice(), &vec![0; BLOCK_BYTES * 2]].concat();
        assert!(read_stream(&padded, 0, None, Tracing::Off).unwrap().trailing.is_none());
        let trailed = [padded.as_slice(), b"x"].concat();
        assert_eq!(read_stream(&trailed, 0, None, Tracing::Off).unwrap().trailing, Some((4, padded.len() as u64 - 3)));
    }

    #[test]
    fn digests_that_begin_like_a_pickle_are_digests() {
        let digest = [b"\x80\x01R\x01".as_slice(), &[0xee; 12]].concat();
        let pickle = [b"\x80\x03C\x10".as_slice(), &digest, b"."].concat();
        let stream = read_stream(&pickle, 0, None, Tracing::Off).unwrap();
        assert_eq!(stream.pickles.len(), 1);
        let calling = [b"\x80\x03C\x0e".as_slice(), b"\x80\x01cos\nx\n)R\xee\xee\xee", b"."].concat();
        assert_eq!(read_stream(&calling, 0, None, Tracing::Off).unwrap().pickles.len(), 2);
    }

    #[test]
    fn a_pickle_far_behind_is_found() {
        let far =
            [b"\x80\x02}.".as_slice(), &vec![0xee; BLOCK_BYTES * 3 - 5], b"\x80\x02cos\nsystem\n(U\x01xtR."].concat();
        let stream = read_stream(&far, 0, None, Tracing::Off).unwrap();
        assert_eq!(stream.pickles.len(), 2);
        assert_eq!(stream.pickles[1].imports[0].name, "os.system");
    }
}
