//! What recovery does behind the last whole frame, and to the frames no checkpoint covers.

use std::io;

use syndic_tlog::TreeHead;

use crate::disk::{DiskFile, read_full_at, write_all_at};
use crate::frame::{ALIGN_BYTES, FrameKind, Parsed, parse};
use crate::signing::LogVerifier;

/// Looks behind a bad frame for a signed checkpoint: one there means that what is before it was durable once.
pub(crate) fn later_checkpoint(file: &dyn DiskFile, from: u64, verifier: &LogVerifier) -> io::Result<Option<TreeHead>> {
    let length = usize::try_from(file.len()?.saturating_sub(from)).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    let read = read_full_at(file, &mut bytes, from)?;
    bytes.truncate(read);
    let mut newest: Option<TreeHead> = None;
    for at in (0..bytes.len()).step_by(ALIGN_BYTES) {
        // The type byte first: parsing at every place would check a checksum at each.
        if bytes.get(at + 4) != Some(&FrameKind::Checkpoint.code()) {
            continue;
        }
        if let Parsed::Frame { kind: FrameKind::Checkpoint, payload, .. } = parse(bytes.get(at..).unwrap_or_default()) {
            newest = newest.into_iter().chain(verifier.head_of(payload)).max_by_key(|head| head.size);
        }
    }
    Ok(newest)
}

/// Writes bytes over themselves and syncs them.
pub(crate) fn resync(file: &dyn DiskFile, from: u64, to: u64) -> io::Result<()> {
    const CHUNK: usize = 1 << 20;
    let mut at = from;
    let mut chunk = vec![0; CHUNK];
    while at < to {
        let count = usize::try_from(to - at).unwrap_or(CHUNK).min(CHUNK);
        let Some(part) = chunk.get_mut(..count) else { break };
        let read = read_full_at(file, part, at)?;
        write_all_at(file, part.get(..read).unwrap_or_default(), at)?;
        at += count as u64;
    }
    file.sync_data()
}
