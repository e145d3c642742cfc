//! Finds where frames go on behind bytes that are none.

use std::io;
use std::sync::Arc;

use crate::MAX_FRAME_BYTES;
use crate::disk::{DiskFile, read_full_at};
use crate::frame::{self, ALIGN_BYTES, FrameKind, HEADER_BYTES, split_record};
use crate::leaf::Leaf;
use crate::scan::{FrameReader, Step};

/// Read at once while searching.
const CHUNK_BYTES: usize = 1 << 20;
/// Bytes that look like a header and are none, after which a segment is no longer searched: each costs a checksum, and
/// chance makes one in some hundred gigabytes.
pub(super) const FALSE_HEADERS_LIMIT: u32 = 1_024;
const STEP: u64 = ALIGN_BYTES as u64;

/// Returns the place of the first whole frame behind the bad one at `bad`; nothing if there is none.
///
/// The bad frame's own length is believed if record `after` stands behind it, so that bytes inside a content are not
/// taken for a frame. Else the nearest frame is taken; should it stand in a content, its index or hash gives it away.
pub(super) fn next_frame(file: &Arc<dyn DiskFile>, bad: u64, after: u64, tries: &mut u32) -> io::Result<Option<u64>> {
    let mut head = [0; HEADER_BYTES];
    read_full_at(file.as_ref(), &mut head, bad)?;
    if let Some(claimed) = length_of(&head)
        && is_record(file, bad + claimed, after)?
    {
        return Ok(Some(bad + claimed));
    }
    let mut at = bad + STEP;
    let mut chunk = vec![0; CHUNK_BYTES + HEADER_BYTES];
    loop {
        let read = read_full_at(file.as_ref(), &mut chunk, at)?;
        let bytes = chunk.get(..read).unwrap_or_default();
        for (place, offset) in (0..CHUNK_BYTES).step_by(ALIGN_BYTES).zip((at..).step_by(ALIGN_BYTES)) {
            let Some(head) = bytes.get(place..).and_then(|rest| rest.first_chunk::<HEADER_BYTES>()) else { break };
            if length_of(head).is_none() || !matches!(head, [_, _, _, _, 1 | 2, 0, 0, 0, ..]) {
                continue;
            }
            if is_frame(file, offset)? {
                return Ok(Some(offset));
            }
            *tries += 1;
            if *tries > FALSE_HEADERS_LIMIT {
                return Ok(None);
            }
        }
        if read <= CHUNK_BYTES {
            return Ok(None);
        }
        at += CHUNK_BYTES as u64;
    }
}

/// The length of the whole frame a header claims, if it could be one.
fn length_of(head: &[u8; HEADER_BYTES]) -> Option<u64> {
    let length = usize::try_from(u32::from_le_bytes(*head.first_chunk()?)).ok()?;
    let total = (1..=MAX_FRAME_BYTES).contains(&length).then(|| frame::total_bytes(length))?;
    u64::try_from(total).ok()
}

fn is_record(file: &Arc<dyn DiskFile>, at: u64, index: u64) -> io::Result<bool> {
    let mut reader = FrameReader::new(Arc::clone(file), at);
    let Step::Frame { kind: FrameKind::Record, payload, .. } = reader.step()? else { return Ok(false) };
    Ok(split_record(payload).and_then(|(leaf, _)| Leaf::parse(leaf).ok()).is_some_and(|leaf| leaf.index == index))
}

fn is_frame(file: &Arc<dyn DiskFile>, at: u64) -> io::Result<bool> {
    Ok(matches!(FrameReader::new(Arc::clone(file), at).step()?, Step::Frame { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::{Disk as _, SimDisk, write_all_at};

    fn file(bytes: &[u8]) -> Arc<dyn DiskFile> {
        let file = SimDisk::new(0).create("s").unwrap();
        write_all_at(file.as_ref(), bytes, 0).unwrap();
        file
    }

    fn framed(payload: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        assert!(frame::encode(FrameKind::Record, &[payload], &mut bytes));
        bytes
    }

    fn record(index: u64, content: &[u8]) -> Vec<u8> {
        let leaf = Leaf {
            index,
            time_us: 0,
            kind: "k".to_owned(),
            actor: String::new(),
            subject: None,
            tags: Vec::new(),
            content_bytes: 0,
            content_sha256: [0; 32],
        };
        let mut bytes = Vec::new();
        assert!(frame::encode_record(&leaf.encode().unwrap(), content, &mut bytes));
        bytes
    }

    #[test]
    fn a_frame_inside_a_bad_record_is_passed_over() {
        let mut bytes = record(4, &[b"0123".as_slice(), &record(9, b"inner")].concat());
        let end = bytes.len() as u64;
        bytes[20] ^= 1;
        bytes.extend(record(5, b"next"));
        assert_eq!(next_frame(&file(&bytes), 0, 5, &mut 0).unwrap(), Some(end));
    }

    #[test]
    fn a_broken_length_that_leads_to_a_later_frame_loses_none_between() {
        let frames: Vec<Vec<u8>> = (0..5).map(|index| record(index, b"same length")).collect();
        let length = frames[0].len();
        let mut bytes = frames.concat();
        let (claimed, places) = (u32::try_from(3 * length - frame::HEADER_BYTES).unwrap(), 0..4);
        bytes[places].copy_from_slice(&claimed.to_le_bytes());
        assert_eq!(next_frame(&file(&bytes), 0, 1, &mut 0).unwrap(), Some(length as u64));
    }

    #[test]
    fn frames_are_found_behind_a_broken_length_and_across_chunks() {
        let mut bytes = vec![0xff; CHUNK_BYTES - 8];
        let at = bytes.len() as u64;
        bytes.extend(framed(&[3; 100]));
        assert_eq!(next_frame(&file(&bytes), 0, 1, &mut 0).unwrap(), Some(at));
        assert_eq!(next_frame(&file(&bytes), at, 1, &mut 0).unwrap(), None);
    }

    #[test]
    fn false_headers_end_the_search() {
        let head = [200_u8, 0, 0, 0, 1, 0, 0, 0];
        let bytes = head.repeat(4_000);
        let mut tries = 0;
        assert_eq!(next_frame(&file(&bytes), 0, 1, &mut tries).unwrap(), None);
        assert_eq!(tries, FALSE_HEADERS_LIMIT + 1);
    }
}
