//! Undoes the compressions that model files are stored in, within bounds on what comes out and on what is reserved.

use std::io;

use crate::zip::inflate;

/// Largest dictionary an xz or lzma stream may ask for, in KiB; `xz -9` asks for 64 MiB.
const MAX_DICTIONARY_KIB: u32 = 96 * 1024;
/// Largest window of a Zstandard frame, as a power of two; the encoder's own limit without `--long` is 27.
const MAX_WINDOW_LOG: u32 = 27;

/// A stream undone.
pub(crate) struct Undone {
    /// Name of the compression.
    pub(crate) compression: &'static str,
    /// What came out, up to the limit.
    pub(crate) bytes: Vec<u8>,
    /// Whether that is all of it.
    pub(crate) is_whole: bool,
}

/// Undoes the compression `bytes` start with; returns at most `limit` bytes, or nothing if no compression is known.
pub(crate) fn decompress(bytes: &[u8], limit: usize) -> Option<Undone> {
    let (compression, (inner, is_whole)) = match bytes {
        [0x1f, 0x8b, ..] => ("gzip", inflate(flate2::read::MultiGzDecoder::new(bytes), limit)),
        [0x78, ..] => ("zlib", inflate(flate2::read::ZlibDecoder::new(bytes), limit)),
        [b'Z', b'F', ..] => {
            let body = bytes.get(old_joblib_body(bytes)..).unwrap_or_default();
            ("zlib", inflate(flate2::read::ZlibDecoder::new(body), limit))
        }
        [b'B', b'Z', b'h', ..] => ("bzip2", inflate(bzip2::read::MultiBzDecoder::new(bytes), limit)),
        [0xfd, b'7', ..] => {
            ("xz", inflate(lzma_rust2::XzReader::new_mem_limit(bytes, true, MAX_DICTIONARY_KIB), limit))
        }
        [0x5d, ..] => {
            ("lzma", or_nothing(lzma_rust2::LzmaReader::new_mem_limit(bytes, MAX_DICTIONARY_KIB, None), limit))
        }
        [4, 0x22, ..] => ("lz4", inflate(lz4_flex::frame::FrameDecoder::new(bytes), limit)),
        [0x28, 0xb5, ..] => ("zstd", or_nothing(zstandard(bytes), limit)),
        _ => return None,
    };
    Some(Undone { compression, bytes: inner, is_whole })
}

fn zstandard(bytes: &[u8]) -> io::Result<impl io::Read + use<'_>> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(bytes)?;
    decoder.window_log_max(MAX_WINDOW_LOG)?;
    Ok(decoder)
}

fn or_nothing(decoder: io::Result<impl io::Read>, limit: usize) -> (Vec<u8>, bool) {
    decoder.map_or_else(|_| (Vec::new(), false), |decoder| inflate(decoder, limit))
}

/// joblib before 0.10 wrote `ZF`, the length as 19 hexadecimal characters, sometimes one blank, then a zlib stream.
fn old_joblib_body(bytes: &[u8]) -> usize {
    if bytes.get(21) == Some(&b' ') { 22 } else { 21 }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;

    use super::*;

    const TEXT: &[u8] = b"weights, weights, weights, weights";

    fn packed() -> Vec<(&'static str, Vec<u8>)> {
        let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bzip2.write_all(TEXT).unwrap();
        let mut xz = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
        xz.write_all(TEXT).unwrap();
        let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
        lz4.write_all(TEXT).unwrap();
        vec![
            ("bzip2", bzip2.finish().unwrap()),
            ("xz", xz.finish().unwrap()),
            ("lz4", lz4.finish().unwrap()),
            ("zstd", zstd::stream::encode_all(TEXT, 3).unwrap()),
        ]
    }

    #[test]
    fn every_compression_joblib_writes_is_undone() {
        for (name, bytes) in packed() {
            let undone = decompress(&bytes, 1 << 20).unwrap();
            assert_eq!((undone.compression, undone.bytes.as_slice(), undone.is_whole), (name, TEXT, true));
        }
    }

    #[test]
    fn what_comes_out_stops_at_the_limit() {
        for (name, bytes) in packed() {
            let undone = decompress(&bytes, 7).unwrap();
            assert_eq!((undone.bytes.len(), undone.is_whole), (7, false), "{name}");
        }
    }

    #[test]
    fn an_xz_block_that_asks_for_gigabytes_is_not_undone() {
        let (_, mut bytes) = packed().swap_remove(1);
        let at = memchr::memmem::find(&bytes, &[0x21, 0x01]).unwrap();
        bytes[at + 2] = 40;
        let length = (usize::from(bytes[12]) + 1) * 4;
        let mut crc = flate2::Crc::new();
        crc.update(&bytes[12..12 + length - 4]);
        bytes[12 + length - 4..12 + length].copy_from_slice(&crc.sum().to_le_bytes());
        assert!(decompress(&bytes, 1 << 20).is_some_and(|undone| !undone.is_whole));
    }

    proptest! {
        #[test]
        fn any_bytes_behind_any_magic_are_undone_without_panic(
            magic in 0_usize..4, cut in 0_usize..40, tail in proptest::collection::vec(any::<u8>(), 0..300)
        ) {
            let (_, bytes) = packed().swap_remove(magic);
            let start = bytes.get(..cut.min(bytes.len())).unwrap_or_default();
            let _ = decompress(&[start, tail.as_slice()].concat(), 4096);
        }
    }
}
