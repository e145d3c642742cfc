//! Pictures and sound: data that no loader of models runs. Only whole files count: bytes behind the end are unknown.
//!
//! Source: PNG (ISO/IEC 15948), JPEG (ITU-T T.81), GIF89a, RIFF (WAVE, WebP), FLAC and Ogg by their first bytes.

use std::io;

use syndic_detect::{ReadAt, read_vec_at};

/// Chunks of a PNG walked.
const MAX_CHUNKS: u32 = 100_000;

/// Says whether this is a whole picture or sound.
pub(super) fn is_whole(head: &[u8], source: &dyn ReadAt) -> io::Result<bool> {
    let ends_with = |end: &[u8]| {
        let tail = read_vec_at(source, source.len().saturating_sub(end.len() as u64), end.len());
        tail.map(|tail| tail == end)
    };
    match *head {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => is_whole_png(source),
        [0xff, 0xd8, 0xff, ..] => ends_with(&[0xff, 0xd9]),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => ends_with(b";"),
        [b'R', b'I', b'F', b'F', a, b, c, d, ..] => {
            let claimed = u64::from(u32::from_le_bytes([a, b, c, d])) + 8;
            Ok(claimed == source.len() || claimed + 1 == source.len())
        }
        [b'f', b'L', b'a', b'C', 0, ..] | [b'O', b'g', b'g', b'S', 0, 2, ..] => Ok(true),
        _ => Ok(false),
    }
}

/// Chunks of a length, a name, so many bytes and a checksum, up to the one that ends the picture and the file.
fn is_whole_png(source: &dyn ReadAt) -> io::Result<bool> {
    let mut position = 8;
    for _ in 0..MAX_CHUNKS {
        let chunk = read_vec_at(source, position, 8)?;
        let Some((length, name)) = chunk.split_first_chunk::<4>() else { return Ok(false) };
        position += 12 + u64::from(u32::from_be_bytes(*length));
        if name == b"IEND" {
            return Ok(position == source.len());
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(bytes: &[u8]) -> bool {
        is_whole(bytes, &bytes.to_vec()).unwrap()
    }

    #[test]
    fn a_picture_with_something_behind_its_end_is_unknown() {
        let png = [b"\x89PNG\r\n\x1a\n".as_slice(), b"\0\0\0\x02IDATab\0\0\0\0", b"\0\0\0\0IENDxxxx"].concat();
        let jpeg = b"\xff\xd8\xff\xe0 some \xff\xd9".to_vec();
        let wave = b"RIFF\x04\0\0\0WAVE".to_vec();
        for whole in [png, jpeg, b"GIF89a ;".to_vec(), wave] {
            assert!(is(&whole));
            assert!(!is(&[whole.as_slice(), b"\x80\x04."].concat()), "{whole:?}");
        }
    }
}
