//! Content of any length, looked at in pieces that overlap, so that memory is bounded and every byte is looked at.
//!
//! A piece that is not the last tells nothing of its last [`MARGIN`] bytes: a value there could be cut. The next piece
//! begins twice as far before the cut and tells that margin, with enough before it to judge by.

use std::io::{self, Read};

use super::outcome::Seen;
use super::scanner::{Piece, Scanner};

/// Bytes of one piece.
const PIECE: usize = 4 << 20;
/// Bytes at the end of a piece that are told by the next one. The longest value any rule reads is 8 KiB.
const MARGIN: usize = 16 << 10;

/// Looks at everything a reader gives, under one path.
///
/// # Errors
/// The reader's; what was told before stays told.
pub(super) fn look(scanner: &Scanner, path: &str, reader: &mut dyn Read, seen: &mut Seen) -> io::Result<()> {
    let mut buffer = Vec::new();
    let mut lines_before = 0_u32;
    let mut told = 0;
    loop {
        let wanted = PIECE.saturating_sub(buffer.len()) as u64;
        let read = (&mut *reader).take(wanted).read_to_end(&mut buffer)?;
        seen.covered.bytes += read as u64;
        let is_last = (read as u64) < wanted;
        if is_last {
            let text = utf8(&buffer);
            let content = text.as_deref().unwrap_or(&buffer);
            scanner.look(Piece { path, content, lines_before, told, until: content.len() }, seen);
            return Ok(());
        }
        let until = buffer.len() - MARGIN;
        scanner.look(Piece { path, content: &buffer, lines_before, told, until }, seen);
        let cut = buffer.len() - 2 * MARGIN;
        let passed = buffer.get(..cut).map_or(0, |passed| memchr::memchr_iter(b'\n', passed).count());
        lines_before = lines_before.saturating_add(u32::try_from(passed).unwrap_or(u32::MAX));
        buffer.drain(..cut);
        told = MARGIN;
    }
}

/// UTF-16 text with a byte order mark as UTF-8; nothing for anything else.
fn utf8(bytes: &[u8]) -> Option<Vec<u8>> {
    let units = |pairs: &[u8], from: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = pairs.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(from)).collect();
        Some(String::from_utf16_lossy(&units).into_bytes())
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => units(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => units(rest, u16::from_be_bytes),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::scanner::tests::scanner;
    use super::*;

    fn value() -> String {
        ["hf_", "pVxKqWmZtRbYcLdG", "sNfHjAeUoTiQwXrZ"].concat()
    }

    #[test]
    fn a_secret_at_any_cut_is_told_once_with_its_line() {
        let line = "x = 'nothing to see here'\n";
        for around in [0, 10, 40, MARGIN - 20, MARGIN + 7, 2 * MARGIN - 3] {
            let mut text = line.repeat((PIECE - around) / line.len());
            let at = u32::try_from(text.lines().count() + 1).unwrap();
            text.push_str(&format!("T = '{}'\n", value()));
            text.push_str(&line.repeat(PIECE / line.len()));
            let mut seen = Seen::default();
            look(&scanner(), "a.py", &mut text.as_bytes(), &mut seen).unwrap();
            let lines: Vec<u32> = seen.secrets.iter().map(|secret| secret.line).collect();
            assert_eq!(lines, [at], "{around} bytes before the cut");
            assert_eq!(seen.covered.bytes, text.len() as u64);
        }
    }

    #[test]
    fn wide_text_is_read_too() {
        let units =
            format!("\u{feff}T = '{}'\n", value()).encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let mut seen = Seen::default();
        look(&scanner(), "a.ps1", &mut units.as_slice(), &mut seen).unwrap();
        assert_eq!(seen.secrets.len(), 1);
    }
}
