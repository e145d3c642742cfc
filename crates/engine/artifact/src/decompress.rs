//! Undoes the compressions that model files are stored in, within bounds on what comes out and on what is reserved.

use std::io::{self, BufReader};

use syndic_detect::{ReadAt, read_vec_at};

use crate::cursor::Cursor;
use crate::slice::Slice;
use crate::zip::inflate;

/// Packed bytes read at a time.
const READ_BYTES: usize = 64 * 1024;

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
    undo(&Slice::new(bytes), limit)
}

/// As [`decompress`], for a stream that is not in memory.
pub(crate) fn undo(source: &dyn ReadAt, limit: usize) -> Option<Undone> {
    let (compression, reader) = open(source)?;
    let (bytes, is_whole) = inflate(reader, limit);
    Some(Undone { compression, bytes, is_whole })
}

/// Opens the compressed stream that a source is: the name of its compression and what undoes it. A stream that asks for
/// too much memory gives a fault at its first byte.
pub(crate) fn open<'s>(source: &'s dyn ReadAt) -> Option<(&'static str, Box<dyn io::Read + 's>)> {
    let head = read_vec_at(source, 0, 32).ok()?;
    let from = |start: usize| BufReader::with_capacity(READ_BYTES, Cursor::at(source, start as u64));
    let all = || from(0);
    Some(match head.as_slice() {
        [0x1f, 0x8b, ..] => ("gzip", Box::new(flate2::bufread::MultiGzDecoder::new(all()))),
        [0x78, ..] => ("zlib", Box::new(flate2::bufread::ZlibDecoder::new(all()))),
        [b'Z', b'F', ..] => ("zlib", Box::new(flate2::bufread::ZlibDecoder::new(from(old_joblib_body(&head))))),
        [b'B', b'Z', b'h', ..] => ("bzip2", Box::new(bzip2::bufread::MultiBzDecoder::new(all()))),
        [0xfd, b'7', ..] => ("xz", Box::new(lzma_rust2::XzReader::new_mem_limit(all(), true, MAX_DICTIONARY_KIB))),
        [0x5d, ..] => ("lzma", or_fault(lzma_rust2::LzmaReader::new_mem_limit(all(), MAX_DICTIONARY_KIB, None))),
        [4, 0x22, ..] => ("lz4", Box::new(lz4_flex::frame::FrameDecoder::new(all()))),
        [0x28, 0xb5, ..] => ("zstd", or_fault(zstandard(all()))),
        _ => return None,
    })
}

fn zstandard(reader: BufReader<Cursor<'_>>) -> io::Result<impl io::Read + use<'_>> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(reader)?;
    decoder.window_log_max(MAX_WINDOW_LOG)?;
    Ok(decoder)
}

fn or_fault<'s>(decoder: io::Result<impl io::Read + 's>) -> Box<dyn io::Read + 's> {
    match decoder {
        Ok(decoder) => Box::new(decoder),
        Err(_) => Box::new(Fault),
    }
}

/// A stream that cannot be opened.
struct Fault;

impl io::Read for Fault {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::InvalidData.into())
    }
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
