//! Follows a stream of pickles: several in a row, raw blocks between, pickles nested in constants, bytes at the end.

use std::collections::BTreeMap;

use super::machine::{Walk, walk};
use super::probe::probe;
use crate::facts::{PickleEnd, PickleFacts};

/// Pickles followed in one stream.
const MAX_PICKLES: usize = 64;
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
    nested_seen: usize,
}

/// Reads every pickle in `data` from byte `start`; `member` names where they stand.
pub(crate) fn read_stream(data: &[u8], start: usize, member: Option<&str>) -> Stream {
    let mut stream = Stream::default();
    let mut position = start;
    loop {
        let walked = walk(data, position, 0);
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
            stream.trailing = Some((position as u64, rest.len() as u64));
            return stream;
        }
    }
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
            let inner = walk(&constant, 0, 0);
            self.take(inner, Some(&name), nesting + 1);
        }
    }
}
