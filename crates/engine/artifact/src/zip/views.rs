//! The two views of a member, and the compressions only some readers know.

use super::Entry;
use crate::decompress::decompress;

/// The newest version needed that the specification knows, 6.3.
const NEWEST_VERSION: u16 = 63;

/// Says in what the directory's view of a member disagrees with its own header, beyond name and method.
pub(super) fn disagreement(entry: &Entry, local: &Entry) -> Option<&'static str> {
    let is_stored = entry.method == 0 && entry.flags & 1 == 0;
    // A member written as a stream knows its sizes and its checksum only afterwards.
    let is_streamed = local.flags & 8 != 0;
    if entry.flags & 1 != local.flags & 1 {
        Some("is encrypted in one of its headers only")
    } else if is_stored && entry.compressed != entry.uncompressed {
        Some("is stored and has two sizes")
    } else if entry.version_needed & 0xff > NEWEST_VERSION {
        Some("asks for a version of the format that does not exist")
    } else if !is_streamed && (entry.compressed, entry.uncompressed) != (local.compressed, local.uncompressed) {
        Some("has another size in its local header")
    } else if !is_streamed && entry.crc != local.crc {
        Some("has another checksum in its local header")
    } else {
        None
    }
}

/// Undoes the compressions that Python's `zipfile` writes besides deflate.
pub(super) fn undo_rare(method: u16, bytes: &[u8], limit: usize) -> (Vec<u8>, bool) {
    let undone = match method {
        12 | 93 | 95 => decompress(bytes, limit),
        // LZMA: two bytes of version, the length of the properties, the properties, the stream without its length.
        14 => bytes.split_at_checked(9).and_then(|(head, body)| {
            let properties = head.get(4..)?;
            decompress(&[properties, &[0xff; 8], body].concat(), limit)
        }),
        _ => None,
    };
    undone.map_or_else(|| (Vec::new(), false), |undone| (undone.bytes, undone.is_whole))
}
