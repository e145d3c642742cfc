//! Binary formats: by magic number, by the members of a zip, by pickle opcodes.

use std::io;

use syndic_detect::{ReadAt, read_vec_at};
use syndic_evidence::Confidence;

use super::DEEP_BYTES;
use super::extension::is_pickle_claim;
use crate::decompress::{behind_skippable, decompress, is_lzma, is_zlib};
use crate::formats::archive;
use crate::pickle::{self, Probe, probe};
use crate::zip::Zip;
use crate::{Format, tar};

type Found = Option<(Format, Confidence)>;

/// Bytes of a compressed stream that are undone to see what it holds; a block of bzip2 is up to 900 kB.
const PEEKED_BYTES: usize = 1024 * 1024;
/// Names of members looked at to see whether a tar archive carries models.
const NAMES_LOOKED_AT: usize = 128;
/// torch's magic number 0x1950a86a20f9469cfc6c as pickled by protocol 2.
pub(crate) const TORCH_LEGACY_MAGIC: &[u8] = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
/// HDF5 allows its signature at 0 and at every power of two from 512 on.
const HDF5_OFFSETS: [u64; 5] = [0, 512, 1024, 2048, 4096];
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";
const HDF5_MAGIC: &[u8] = b"\x89HDF\r\n\x1a\n";

/// Decides by magic number.
pub(super) fn by_magic(claimed: Option<Format>, head: &[u8], source: &dyn ReadAt) -> io::Result<Found> {
    let sure = |format| Ok(Some((format, Confidence::High)));
    match head {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => return Ok(Some((zip_kind(source)?, Confidence::High))),
        [b'G', b'G', b'U', b'F', ..] | [b'F', b'U', b'G', b'G', ..] => return sure(Format::Gguf),
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => return sure(Format::Npy),
        [b'P', b'A', b'R', b'1', ..] => return sure(Format::Parquet),
        [b'A', b'R', b'R', b'O', b'W', b'1', ..] | [0xff, 0xff, 0xff, 0xff, _, _, 0, 0, 0x10, 0, 0, 0, ..] => {
            return sure(Format::Arrow);
        }
        [b'C', b'B', b'M', b'1', ..] => return sure(Format::CatBoost),
        [_, _, _, _, b'T', b'F', b'L', b'3', ..] => return sure(Format::TfLite),
        [_, _, _, _, b'E', b'T', b'0'..=b'9', b'0'..=b'9', ..] => return sure(Format::ExecuTorch),
        [b'l', b'C', b'R', b'F', a, b, c, d, ..] if u64::from(u32::from_le_bytes([*a, *b, *c, *d])) == source.len() => {
            return sure(Format::CrfSuite);
        }
        [b'l' | b'f' | b't', b'm' | b'j', b'g', b'g', ..] if source.len() > 64 => return sure(Format::Ggml),
        [b'{', b'L', ..] if memchr::memmem::find(head, b"learner").is_some() => return sure(Format::XgBoost),
        [b'b', b'i', b'n', b'f', ..] if claimed.is_none() && source.len() > 200 => return sure(Format::XgBoost),
        [b'Z', b'F', b'0', b'x', ..] => return old_joblib(source),
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => return sure(Format::SevenZip),
        [b'R', b'a', b'r', b'!', 0x1a, 7, ..] => return sure(Format::Rar),
        _ if head.starts_with(SQLITE_MAGIC) => return sure(Format::Sqlite),
        [0x1f, 0x8b, 8, ..] => return packed(claimed, source, Format::Gzip),
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => return packed(claimed, source, Format::Bzip2),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] | [0x5d, 0, 0, _, _, ..] => return packed(claimed, source, Format::Xz),
        [0x1f, 0x9d, 0x89..=0x90 | 9..=16, ..] => return packed(claimed, source, Format::Compress),
        [4, 0x22, 0x4d, 0x18, ..] => return packed(claimed, source, Format::Lz4),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => return packed(claimed, source, Format::Zstd),
        _ => {}
    }
    if let Some(found) = less_marked(claimed, head, source)? {
        return Ok(Some(found));
    }
    if tar::is_tar(head) {
        // torch before 0.1.10 wrote checkpoints as tar archives of pickles.
        let is_checkpoint = is_pickle_claim(claimed)
            || head.starts_with(b"sys_info\0")
            || deep(source)?
                .chunks(512)
                .any(|block| block.starts_with(b"pickle\0") && block.get(257..262) == Some(b"ustar"));
        return sure(if is_checkpoint { Format::TorchLegacy } else { Format::Tar });
    }
    if is_safetensors(claimed, head, source.len()) {
        return sure(Format::Safetensors);
    }
    hdf5(source)
}

fn deep(source: &dyn ReadAt) -> io::Result<Vec<u8>> {
    read_vec_at(source, 0, DEEP_BYTES)
}

/// A compressed stream is a joblib dump if a pickle is inside.
fn compressed(claimed: Option<Format>, inner: &[u8], otherwise: Format) -> Format {
    let probed = probe(inner);
    let says_so = matches!(inner, [0x80, 0..=5, ..]);
    let is_pickle =
        (says_so && (probed.opcodes >= 4 || probed.is_complete)) || (probed.is_complete && probed.structural > 0);
    if is_pickle || is_pickle_claim(claimed) { Format::JoblibCompressed } else { otherwise }
}

fn packed(claimed: Option<Format>, source: &dyn ReadAt, otherwise: Format) -> io::Result<Found> {
    Ok(Some((compressed(claimed, &peek(source)?, otherwise), Confidence::High)))
}

/// Compressed streams whose first bytes say little: they count where something comes out of them.
fn less_marked(claimed: Option<Format>, head: &[u8], source: &dyn ReadAt) -> io::Result<Found> {
    let is_usual = matches!(head, [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..]);
    let is_skippable = matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]);
    if !is_usual && !is_skippable && !is_lzma(head) && !is_zlib(head) {
        return Ok(None);
    }
    let inner = peek(source)?;
    if inner.is_empty() {
        return Ok(None);
    }
    let sure = |format| Ok(Some((format, Confidence::High)));
    if is_usual {
        return sure(compressed(claimed, &inner, Format::Binary));
    }
    if is_skippable {
        let first = read_vec_at(source, behind_skippable(source)?, 1)?;
        return sure(compressed(claimed, &inner, if first == [4] { Format::Lz4 } else { Format::Zstd }));
    }
    if is_lzma(head) {
        return sure(compressed(claimed, &inner, Format::Xz));
    }
    // Two bytes that look like the rest of zlib's headers are no rarity: only a pickle inside tells.
    Ok((compressed(None, &inner, Format::Binary) == Format::JoblibCompressed)
        .then_some((Format::JoblibCompressed, Confidence::Medium)))
}

/// joblib before 0.10 packed pickles, and the numbers of an array beside a pickle that names them. Numbers that break at
/// their first byte when read as a pickle run nothing.
fn old_joblib(source: &dyn ReadAt) -> io::Result<Found> {
    let inner = peek(source)?;
    let is_pickle = inner.is_empty() || probe(&inner).opcodes > 0;
    Ok(Some((if is_pickle { Format::JoblibCompressed } else { Format::Binary }, Confidence::High)))
}

/// Returns the start of what a compressed stream holds.
pub(super) fn peek(source: &dyn ReadAt) -> io::Result<Vec<u8>> {
    let packed = read_vec_at(source, 0, PEEKED_BYTES)?;
    Ok(decompress(&packed, DEEP_BYTES).map(|undone| undone.bytes).unwrap_or_default())
}

/// Says whether an archive carries models, by the names of its members as far as they are near its start.
pub(super) fn is_model_archive(path: &str, found: Format, source: &dyn ReadAt) -> io::Result<bool> {
    let start = match found {
        Format::Zip => {
            let zip = Zip::read(source)?;
            return Ok(archive::carries_models(path, zip.entries.iter().map(|entry| entry.name.as_str())));
        }
        Format::Tar => deep(source)?,
        Format::Gzip | Format::Bzip2 | Format::Xz | Format::Zstd => peek(source)?,
        _ => return Ok(false),
    };
    let members = if tar::is_tar(&start) { tar::members(&start, NAMES_LOOKED_AT) } else { Vec::new() };
    Ok(archive::carries_models(path, members.iter().map(|member| member.name.as_str())))
}

/// Eight bytes of length, then a JSON object of that length.
fn is_safetensors(claimed: Option<Format>, head: &[u8], total: u64) -> bool {
    let Some((length, rest)) = head.split_at_checked(8) else { return false };
    let length = length.try_into().map_or(0, u64::from_le_bytes);
    let is_json = rest.starts_with(b"{\"") || rest.starts_with(b"{}") || rest.starts_with(b"{ ");
    is_json && length >= 2 && (length <= total.max(1 << 27) || claimed == Some(Format::Safetensors))
}

fn hdf5(source: &dyn ReadAt) -> io::Result<Found> {
    for offset in HDF5_OFFSETS {
        if read_vec_at(source, offset, 8)? == HDF5_MAGIC {
            let start = deep(source)?;
            let is_keras = [b"model_config".as_slice(), b"keras_version"]
                .iter()
                .any(|key| memchr::memmem::find(&start, key).is_some());
            return Ok(Some((if is_keras { Format::KerasH5 } else { Format::Hdf5 }, Confidence::High)));
        }
    }
    Ok(None)
}

/// Says what a zip is by its members.
pub(crate) fn zip_kind(source: &dyn ReadAt) -> io::Result<Format> {
    let zip = Zip::read(source)?;
    Ok(if zip.has("data.pkl") {
        let is_script = zip.has("constants.pkl") || zip.entries.iter().any(|entry| entry.name.contains("/code/"));
        if is_script { Format::TorchScript } else { Format::TorchZip }
    } else if zip.has("config.json") && (zip.has("model.weights.h5") || zip.has("metadata.json")) {
        Format::KerasV3
    } else if zip.has("schema.json") && zip.entries.len() < 100_000 && !zip.has("config.json") {
        Format::Skops
    } else if !zip.entries.is_empty() && zip.entries.len() == zip.ending_with(".npy").count() {
        Format::Npz
    } else {
        Format::Zip
    })
}

/// A zip behind something else: loaders that look for the end record still find it.
pub(super) fn by_tail(source: &dyn ReadAt) -> io::Result<Found> {
    let tail = read_vec_at(source, source.len().saturating_sub(22), 22)?;
    if tail.starts_with(b"PK\x05\x06") {
        return Ok(Some((zip_kind(source)?, Confidence::Medium)));
    }
    Ok(None)
}

/// Decides by pickle opcodes.
pub(super) fn by_opcodes(claimed: Option<Format>, head: &[u8], source: &dyn ReadAt) -> io::Result<Found> {
    let says_so = matches!(head, [0x80, 0..=5, ..]);
    if says_so && memchr::memmem::find(head, TORCH_LEGACY_MAGIC).is_some_and(|at| at <= 16) {
        return Ok(Some((Format::TorchLegacy, Confidence::High)));
    }
    let mut probed = probe(head);
    if probed.is_cut && source.len() > head.len() as u64 {
        probed = probe(&deep(source)?);
    }
    if probed.is_cut
        && probed.opcodes == 0
        && let Some(start) = after_constant(head)
        && start < source.len()
    {
        // NONE stands for the constant that was passed over.
        let mut rest = vec![b'N'];
        rest.extend(read_vec_at(source, start, DEEP_BYTES)?);
        let next = probe(&rest);
        let is_pickle = next.is_complete && next.structural > 0;
        return Ok(is_pickle.then_some((Format::Pickle, Confidence::Medium)));
    }
    let Some(confidence) = confidence(claimed, says_so, probed, head) else { return Ok(None) };
    let is_joblib = probed.is_joblib || probed.array_blocks > 0;
    Ok(Some((if is_joblib { Format::Joblib } else { Format::Pickle }, confidence)))
}

/// A pickle behind bytes that are none, in a file named as one: who cuts them off has a pickle that runs.
pub(super) fn by_buried_pickle(claimed: Option<Format>, head: &[u8]) -> Found {
    let is_buried = is_pickle_claim(claimed) && pickle::buried_start(head).is_some();
    is_buried.then_some((Format::Pickle, Confidence::Low))
}

/// Returns where a constant that opens the stream ends: a long one would push every other opcode out of sight.
fn after_constant(head: &[u8]) -> Option<u64> {
    match *head {
        [b'X' | b'T' | b'B', a, b, c, d, ..] => Some(u64::from(u32::from_le_bytes([a, b, c, d])) + 5),
        [0x8d | 0x8e | 0x96, ..] => u64::from_le_bytes(head.get(1..9)?.try_into().ok()?).checked_add(9),
        _ => None,
    }
}

fn confidence(claimed: Option<Format>, says_so: bool, probed: Probe, head: &[u8]) -> Option<Confidence> {
    if says_so && (probed.is_complete || (probed.is_cut && probed.opcodes >= 2)) {
        return Some(Confidence::High);
    }
    // A broken pickle runs everything before the break.
    if says_so && (probed.structural > 0 || probed.opcodes >= 8) {
        return Some(Confidence::Medium);
    }
    if probed.is_complete && probed.structural > 0 {
        return Some(Confidence::High);
    }
    if !says_so && probed.is_cut && probed.structural > 0 && probed.opcodes >= 16 {
        return Some(Confidence::Medium);
    }
    let is_claimed = is_pickle_claim(claimed) && head.first() == Some(&0x80);
    (is_claimed || (is_pickle_claim(claimed) && probed.structural > 0)).then_some(Confidence::Low)
}
