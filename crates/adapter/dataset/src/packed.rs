//! Text datasets inside a gzip or Zstandard stream: `train.csv.gz`, `corpus.jsonl.zst`.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use crate::regions::WHOLE;

/// Largest window of a Zstandard frame, as a power of two: what the format asks every reader to allow.
const MAX_WINDOW_LOG: u32 = 27;

/// The start of what a compressed file holds.
#[derive(Debug)]
pub(crate) struct Packed {
    /// Whole lines, at most as many bytes as a plain file is read whole.
    pub(crate) bytes: Vec<u8>,
    /// Whether that is all of it.
    pub(crate) is_whole: bool,
}

/// Undoes the compression of `file`, if it has one; leaves a plain file at its start.
pub(crate) fn open(file: &mut File) -> io::Result<Option<Packed>> {
    let mut magic = Vec::new();
    file.by_ref().take(4).read_to_end(&mut magic)?;
    file.seek(SeekFrom::Start(0))?;
    match magic.as_slice() {
        [0x1f, 0x8b, ..] => Ok(Some(undo(flate2::read::MultiGzDecoder::new(file)))),
        [0x28, 0xb5, 0x2f, 0xfd] => {
            let mut decoder = zstd::stream::read::Decoder::new(file)?;
            decoder.window_log_max(MAX_WINDOW_LOG)?;
            Ok(Some(undo(decoder)))
        }
        _ => Ok(None),
    }
}

fn undo(decoder: impl Read) -> Packed {
    let mut bytes = Vec::new();
    // A stream that breaks off still shows what stands before the break.
    let outcome = decoder.take(WHOLE).read_to_end(&mut bytes);
    let is_whole = outcome.is_ok() && (bytes.len() as u64) < WHOLE;
    if !is_whole && let Some(last) = bytes.iter().rposition(|byte| *byte == b'\n') {
        bytes.truncate(last + 1);
    }
    Packed { bytes, is_whole }
}
