//! Undoes the compressions that model files are stored in, within bounds on what comes out and on what is reserved.

use std::io::{self, BufReader};

use syndic_detect::{ReadAt, read_vec_at};

use crate::cursor::Cursor;
use crate::lzw::Lzw;
use crate::slice::Slice;
use crate::zip::inflate;

/// Packed bytes read at a time.
const READ_BYTES: usize = 64 * 1024;

/// Largest dictionary an xz or lzma stream may ask for, in KiB; `xz -9` asks for 64 MiB, however little it packs.
const MAX_DICTIONARY_KIB: u32 = 96 * 1024;
/// Largest dictionary that may fill, in KiB: of a stream that asks for more only so much comes out.
const MAX_FILLED_KIB: u32 = 24 * 1024;
/// Largest window of a Zstandard frame, as a power of two; the encoder's own limit without `--long` is 27.
const MAX_WINDOW_LOG: u32 = 25;

/// Frames without content passed over before one with some.
const MAX_SKIPPABLE: u32 = 1_024;

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
    let skipped = behind_skippable(source).ok()?;
    let head = read_vec_at(source, skipped, 32).ok()?;
    let from = |start: usize| BufReader::with_capacity(READ_BYTES, Cursor::at(source, skipped + start as u64));
    let all = || from(0);
    Some(match head.as_slice() {
        [0x1f, 0x8b, ..] => ("gzip", Box::new(flate2::bufread::MultiGzDecoder::new(all()))),
        [b'Z', b'F', ..] => ("zlib", Box::new(flate2::bufread::ZlibDecoder::new(from(old_joblib_body(&head))))),
        [b'B', b'Z', b'h', ..] => ("bzip2", Box::new(bzip2::bufread::MultiBzDecoder::new(all()))),
        [0xfd, b'7', ..] => ("xz", xz(source, skipped)),
        [0x5d, ..] => ("lzma", lzma(all(), &head)),
        [0x1f, 0x9d, ..] => ("compress", or_fault(Lzw::new(all()))),
        [4, 0x22, ..] => ("lz4", Box::new(Lz4Frames::new(all()))),
        [0x28, 0xb5, ..] => ("zstd", or_fault(zstandard(all()))),
        [0x78, ..] => ("zlib", Box::new(flate2::bufread::ZlibDecoder::new(all()))),
        head if is_lzma(head) => ("lzma", lzma(all(), head)),
        head if is_zlib(head) => ("zlib", Box::new(flate2::bufread::ZlibDecoder::new(all()))),
        _ => return None,
    })
}

/// Undoes an xz stream whose first block tells how much memory it asks for.
fn xz(source: &dyn ReadAt, start: u64) -> Box<dyn io::Read + '_> {
    let reader = BufReader::with_capacity(READ_BYTES, Cursor::at(source, start));
    let head = read_vec_at(source, start, 64).unwrap_or_default();
    // The filter LZMA2 has the identifier 0x21, one byte of properties and in it the size of the dictionary.
    let block = head.get(12..).unwrap_or_default();
    let code = memchr::memmem::find(block, &[0x21, 0x01]).and_then(|at| block.get(at + 2)).copied().unwrap_or(0);
    let size = (2 | u64::from(code & 1)) << (u32::from(code).min(62) / 2 + 11);
    let limit = limit_kib(size);
    within(Box::new(lzma_rust2::XzReader::new_mem_limit(reader, true, limit)), limit)
}

/// Undoes an lzma stream whose header tells the size of its dictionary.
fn lzma<'s>(reader: BufReader<Cursor<'s>>, head: &[u8]) -> Box<dyn io::Read + 's> {
    let size = head.get(1..5).and_then(|size| size.try_into().ok()).map_or(0, u32::from_le_bytes);
    let limit = limit_kib(u64::from(size));
    within(or_fault(lzma_rust2::LzmaReader::new_mem_limit(reader, limit, None)), limit)
}

/// Returns the memory that a stream may take whose dictionary is of a size; decoders need some beside it.
fn limit_kib(dictionary_bytes: u64) -> u32 {
    let is_small = dictionary_bytes <= u64::from(MAX_FILLED_KIB) * 1024;
    if is_small { MAX_FILLED_KIB + 1024 } else { MAX_DICTIONARY_KIB }
}

/// Lets so much out of a stream as keeps its dictionary from filling, where that is large.
fn within<'s>(reader: Box<dyn io::Read + 's>, limit_kib: u32) -> Box<dyn io::Read + 's> {
    if limit_kib < MAX_DICTIONARY_KIB {
        return reader;
    }
    Box::new(Limited { reader, left: u64::from(MAX_FILLED_KIB) * 1024 })
}

/// A stream of which so much comes out; a fault if it goes on behind that.
struct Limited<R> {
    reader: R,
    left: u64,
}

impl<R: io::Read> io::Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            let goes_on = self.reader.read(&mut [0])? > 0;
            return if goes_on { Err(io::ErrorKind::OutOfMemory.into()) } else { Ok(0) };
        }
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.reader.read(buffer.get_mut(..wanted).unwrap_or_default())?;
        self.left -= count as u64;
        Ok(count)
    }
}

/// Returns where the first frame stands that holds something: LZ4 and Zstandard let frames to be passed over come first.
///
/// # Errors
/// The source's own error.
pub(crate) fn behind_skippable(source: &dyn ReadAt) -> io::Result<u64> {
    let mut position = 0_u64;
    for _ in 0..MAX_SKIPPABLE {
        let head = read_vec_at(source, position, 8)?;
        let [0x50..=0x5f, 0x2a, 0x4d, 0x18, a, b, c, d] = *head.as_slice() else { break };
        position += 8 + u64::from(u32::from_le_bytes([a, b, c, d]));
    }
    Ok(position)
}

/// Says whether this is the header of a zlib stream, whatever its window and level: RFC 1950, section 2.2.
pub(crate) fn is_zlib(head: &[u8]) -> bool {
    let [method, flags, ..] = *head else { return false };
    let is_checked = (u16::from(method) * 256 + u16::from(flags)).is_multiple_of(31);
    method & 0x0f == 8 && method >> 4 <= 7 && is_checked && flags & 0x20 == 0
}

/// Says whether this is the header of an lzma stream, whatever its properties: they, a dictionary of a size that
/// encoders use, a length that is unknown or possible, and the first byte of the range coder, which is always 0.
pub(crate) fn is_lzma(head: &[u8]) -> bool {
    let [properties, d0, d1, d2, d3, l0, l1, l2, l3, l4, l5, l6, l7, first, ..] = *head else { return false };
    let dictionary = u32::from_le_bytes([d0, d1, d2, d3]);
    let length = u64::from_le_bytes([l0, l1, l2, l3, l4, l5, l6, l7]);
    let is_size = dictionary >= 1 << 12
        && (dictionary.is_power_of_two() || (dictionary / 3).is_power_of_two() || dictionary == u32::MAX);
    properties < 225 && is_size && (length == u64::MAX || length < 1 << 40) && first == 0
}

/// Frames of LZ4 one after another, with frames to be passed over between them.
struct Lz4Frames<R: io::Read> {
    decoder: lz4_flex::frame::FrameDecoder<R>,
}

impl<R: io::BufRead> Lz4Frames<R> {
    fn new(reader: R) -> Self {
        Self { decoder: lz4_flex::frame::FrameDecoder::new(reader) }
    }

    /// Says whether another frame stands behind the one that has ended.
    fn goes_on(&mut self) -> io::Result<bool> {
        let reader = self.decoder.get_mut();
        for _ in 0..MAX_SKIPPABLE {
            let head = reader.fill_buf()?;
            let [0x50..=0x5f, 0x2a, 0x4d, 0x18, a, b, c, d] = *head.get(..8).unwrap_or_default() else {
                return Ok(head.starts_with(&[4, 0x22, 0x4d, 0x18]));
            };
            let length = 8 + u64::from(u32::from_le_bytes([a, b, c, d]));
            io::copy(&mut io::Read::take(&mut *reader, length), &mut io::sink())?;
        }
        Ok(false)
    }
}

impl<R: io::BufRead> io::Read for Lz4Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.decoder.read(buffer)?;
            if read > 0 || buffer.is_empty() || !self.goes_on()? {
                return Ok(read);
            }
        }
    }
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
    fn frames_without_content_and_several_frames_are_undone() {
        let skippable = [b"\x53\x2a\x4d\x18\x05\0\0\0hello".as_slice()].concat();
        for (name, bytes) in packed().into_iter().filter(|(name, _)| matches!(*name, "lz4" | "zstd")) {
            let twice = [skippable.as_slice(), &bytes, &skippable, &bytes].concat();
            let undone = decompress(&twice, 1 << 20).unwrap();
            assert_eq!((undone.bytes, undone.is_whole), ([TEXT, TEXT].concat(), true), "{name}");
        }
    }

    #[test]
    fn streams_are_known_whatever_their_window_and_properties() {
        let mut options = lzma_rust2::LzmaOptions::with_preset(1);
        (options.lc, options.lp, options.pb) = (0, 2, 0);
        let mut lzma = lzma_rust2::LzmaWriter::new_use_header(Vec::new(), &options, None).unwrap();
        lzma.write_all(TEXT).unwrap();
        let lzma = lzma.finish().unwrap();
        assert!(is_lzma(&lzma) && lzma[0] != 0x5d);
        assert_eq!(decompress(&lzma, 1 << 20).unwrap().bytes, TEXT);
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        zlib.write_all(TEXT).unwrap();
        let mut zlib = zlib.finish().unwrap();
        // A window of 512 bytes; the header's check follows from it.
        (zlib[0], zlib[1]) = (0x18, 0x19);
        assert!(is_zlib(&zlib));
        assert_eq!(decompress(&zlib, 1 << 20).unwrap().bytes, TEXT);
        assert!(!is_zlib(b"\x18\x1a") && !is_lzma(&[0; 32]));
    }

    #[test]
    fn a_stream_with_a_large_dictionary_is_undone_as_far_as_it_may_fill() {
        let limit = usize::try_from(MAX_FILLED_KIB).unwrap() * 1024;
        let packed = |length: usize| {
            let mut xz = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(9)).unwrap();
            xz.write_all(&vec![7; length]).unwrap();
            xz.finish().unwrap()
        };
        for (length, out) in [(1_000, (1_000, true)), (limit, (limit, true)), (limit + 1, (limit, false))] {
            let undone = decompress(&packed(length), usize::MAX / 4).unwrap();
            assert_eq!((undone.bytes.len(), undone.is_whole), out);
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
