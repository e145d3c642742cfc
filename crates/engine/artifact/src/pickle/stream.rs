//! Follows a stream of pickles: several in a row, raw blocks between, pickles nested in constants, bytes at the end.

use std::collections::BTreeMap;

use super::machine::{Walk, walk};
use super::probe::probe;
use super::trace::Tracing;
use crate::facts::{PickleEnd, PickleFacts};

/// Pickles followed in one stream.
const MAX_PICKLES: usize = 64;
/// Places behind the last pickle where another may start.
const MAX_STARTS_TRIED: usize = 64;
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
}

/// Reads every pickle in `data` from byte `start`; `member` names where they stand.
pub(crate) fn read_stream(data: &[u8], start: usize, member: Option<&str>, tracing: Tracing) -> Stream {
    let mut stream = Stream { tracing, ..Stream::default() };
    let mut position = start;
    loop {
        let walked = walk(data, position, 0, tracing);
        let is_over = walked.facts.end != PickleEnd::Stop;
        position = walked.end;
        stream.take(walked, member, 0);
        let rest = data.get(position..).unwrap_or_default();
        if is_over || rest.iter().all(|byte| matches!(byte, 0 | b' ' | b'\n' | b'\r' | b'\t')) {
            return stream;
        }
        if stream.pickles.len() >= MAX_PICKLES {
            stream.not_inspected.push(format!("pickles after the first {MAX_PICKLES}: bound of one stream"));
            return stream;
        }
        if !continues(rest) {
            stream.trailing.get_or_insert((position as u64, rest.len() as u64));
            let Some(next) = buried(rest) else { return stream };
            position += next;
        }
    }
}

/// Returns where in bytes that are no pickle one starts that does something: who knows where can load it from there.
fn buried(rest: &[u8]) -> Option<usize> {
    let starts = memchr::memchr_iter(0x80, rest).filter(|at| matches!(rest.get(*at + 1), Some(2..=5)));
    starts.take(MAX_STARTS_TRIED).find(|at| {
        let probed = probe(rest.get(*at..).unwrap_or_default());
        probed.is_complete && probed.structural > 0
    })
}

/// Says whether another pickle starts here.
fn continues(rest: &[u8]) -> bool {
    let probed = probe(rest);
    let says_so = matches!(rest, [0x80, 0..=5, ..]);
    (says_so && (probed.is_complete || probed.is_cut || probed.structural > 0 || probed.opcodes >= 4))
        || (probed.is_complete && probed.structural > 0)
}

impl Stream {
    fn take(&mut self, walked: Walk, member: Option<&str>, nesting: u8) {
        let mut queue = vec![walked];
        while let Some(mut walked) = queue.pop() {
            walked.facts.member = member.map(str::to_owned);
            if self.tracing == Tracing::On {
                let place = member.map_or(String::new(), |member| format!(" in {member}"));
                self.trace.push(format!(
                    "pickle{place} from byte {}, protocol {}",
                    walked.facts.offset, walked.facts.protocol
                ));
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
            for constant in walked.nested {
                self.look_inside(constant, member, nesting);
            }
            queue.extend(walked.inline);
        }
    }

    fn look_inside(&mut self, constant: Vec<u8>, member: Option<&str>, nesting: u8) {
        self.nested_seen += 1;
        if nesting >= MAX_NESTING || self.nested_seen > MAX_NESTED_TOTAL {
            self.not_inspected.push("pickles nested in constants: nested too deep or too many".to_owned());
            return;
        }
        if constant.starts_with(b"PK") {
            self.zips.push(constant);
            return;
        }
        if continues(&constant) {
            let name = member.map_or_else(|| "nested".to_owned(), |member| format!("{member}!nested"));
            let inner = walk(&constant, 0, 0, self.tracing);
            // Bytes that only begin like a pickle and do nothing until they break are just bytes.
            if inner.facts.end == PickleEnd::Stop || !inner.facts.imports.is_empty() {
                self.take(inner, Some(&name), nesting + 1);
            }
        }
    }
}
