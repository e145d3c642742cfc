//! A file under the rules: as a whole if it is short, else in pieces that overlap, so that memory does not grow with it.

use std::time::Instant;

use syndic_detect::{ReadAt, fill_at, read_vec_at};
use yara_x::{Scanner, blocks};

use super::Judged;
use super::engine::{MAX_MATCHES, Yara, fitting};

/// A file of at most this many bytes is read as a whole.
pub(super) const MAX_WHOLE_BYTES: usize = 16 << 20;
/// Bytes of a piece, and how many of them are also in the next.
const PIECE_BYTES: usize = 8 << 20;
const OVERLAP_BYTES: usize = 64 << 10;

pub(super) fn judge(yara: &Yara, source: &dyn ReadAt) -> Judged {
    let judged = if source.len() <= MAX_WHOLE_BYTES as u64 { whole(yara, source) } else { in_pieces(yara, source) };
    judged.unwrap_or_else(|why| Judged { fitting: Vec::new(), not_inspected: Some(format!("YARA: {why}")) })
}

fn whole(yara: &Yara, source: &dyn ReadAt) -> Result<Judged, String> {
    let bytes = read_vec_at(source, 0, MAX_WHOLE_BYTES).map_err(|error| error.to_string())?;
    let mut scanner = Scanner::new(&yara.rules);
    scanner.set_timeout(yara.timeout).max_matches_per_pattern(MAX_MATCHES);
    let results = scanner.scan(&bytes).map_err(|error| error.to_string())?;
    Ok(Judged { fitting: fitting(results.matching_rules()), not_inspected: None })
}

fn in_pieces(yara: &Yara, source: &dyn ReadAt) -> Result<Judged, String> {
    let mut scanner = blocks::Scanner::new(&yara.rules);
    scanner.max_matches_per_pattern(MAX_MATCHES);
    let (start, mut offset, mut piece) = (Instant::now(), 0_u64, vec![0; PIECE_BYTES]);
    while offset < source.len() {
        let left = yara.timeout.saturating_sub(start.elapsed());
        if left.is_zero() {
            return Err("timeout".to_owned());
        }
        let count = fill_at(source, offset, &mut piece).map_err(|error| error.to_string())?;
        let base = usize::try_from(offset).map_err(|error| error.to_string())?;
        let bytes = piece.get(..count).unwrap_or_default();
        scanner.set_timeout(left);
        scanner.scan(base, bytes).map_err(|error| error.to_string())?;
        if count < PIECE_BYTES {
            break;
        }
        offset += (PIECE_BYTES - OVERLAP_BYTES) as u64;
    }
    let results = scanner.finish().map_err(|error| error.to_string())?;
    let why = format!(
        "YARA: of a file of more than {MAX_WHOLE_BYTES} bytes, rules that ask for its size or for numbers at places of it \
         were not applied"
    );
    Ok(Judged { fitting: fitting(results.matching_rules()), not_inspected: yara.needs_whole.then_some(why) })
}
