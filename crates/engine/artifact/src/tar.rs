//! The members of a tar archive: blocks of 512 bytes, a header and then the content. Source: POSIX.1-1988 ustar.

use std::ops::Range;

const BLOCK: usize = 512;

/// One member; its range may end beyond the bytes if they are cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) range: Range<usize>,
}

/// Says whether the bytes start with a tar header.
pub(crate) fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar")
}

/// Returns at most `limit` members whose headers stand in `bytes`.
pub(crate) fn members(bytes: &[u8], limit: usize) -> Vec<Member> {
    let mut members = Vec::new();
    let mut position = 0_usize;
    while members.len() < limit {
        let header = position.checked_add(BLOCK).and_then(|end| bytes.get(position..end));
        let Some(header) = header.filter(|header| header.first() != Some(&0)) else { break };
        let text = |from: usize, to: usize| {
            let field = header.get(from..to).unwrap_or_default();
            String::from_utf8_lossy(field.split(|byte| *byte == 0).next().unwrap_or_default()).trim().to_owned()
        };
        let Ok(size) = usize::from_str_radix(&text(124, 136), 8) else { break };
        let start = position + BLOCK;
        members.push(Member { name: text(0, 100), range: start..start.saturating_add(size) });
        position = start.saturating_add(size.div_ceil(BLOCK).saturating_mul(BLOCK));
    }
    members
}
