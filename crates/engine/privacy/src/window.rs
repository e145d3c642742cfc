//! Cheap gates: one pass over the bytes that picks the few places where an expression is worth trying.
//!
//! A digit cluster is a run of digits with at most [`DIGIT_GAP`] other bytes between neighbours; prose has one every
//! kilobyte or so. The window around it takes in the letters that may belong to the value (`DE89 …`, `…Z`).

use std::ops::Range;

/// Bytes between two digits of one value: `GB29 NWBK 6016` has six.
const DIGIT_GAP: usize = 6;
/// Fewest digits any numeric pattern has.
pub(crate) const LEAST_DIGITS: usize = 6;
/// Bytes a value may have before its first and after its last digit: a fiscal code has six letters first.
const MARGIN: usize = 10;
/// A window is cut at this length, so that the work in it stays bounded; windows overlap by [`OVERLAP`].
const LONGEST_WINDOW: usize = 4096;
/// Longest value that may straddle two windows, in bytes.
const OVERLAP: usize = 64;
/// Longest local part of an address (RFC 5321 §4.5.3.1.1).
const LOCAL_PART: usize = 64;
/// Longest domain name (RFC 1035 §2.3.4).
const DOMAIN: usize = 255;

/// The places of one text where patterns are tried.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    /// Around clusters of at least [`LEAST_DIGITS`] digits.
    pub(crate) digits: Vec<Range<usize>>,
    /// Around `@`.
    pub(crate) at: Vec<Range<usize>>,
}

impl Windows {
    /// Finds them in one pass.
    pub(crate) fn of(text: &str) -> Self {
        let mut windows = Self::default();
        let mut cluster: Option<Cluster> = None;
        for (index, byte) in text.bytes().enumerate() {
            if byte.is_ascii_digit() {
                match &mut cluster {
                    Some(open) if index - open.last <= DIGIT_GAP + 1 => open.grow(index),
                    _ => {
                        windows.close(text, cluster.take());
                        cluster = Some(Cluster { first: index, last: index, count: 1 });
                    }
                }
            } else if byte == b'@' {
                windows.open_at(text, index);
            }
        }
        windows.close(text, cluster);
        windows
    }

    fn close(&mut self, text: &str, cluster: Option<Cluster>) {
        let Some(cluster) = cluster.filter(|cluster| cluster.count >= LEAST_DIGITS) else { return };
        let end = text.ceil_char_boundary((cluster.last + 1 + MARGIN).min(text.len()));
        let mut start = text.floor_char_boundary(cluster.first.saturating_sub(MARGIN));
        while end - start > LONGEST_WINDOW {
            let cut = text.floor_char_boundary(start + LONGEST_WINDOW);
            self.digits.push(start..cut);
            start = text.floor_char_boundary(cut - OVERLAP);
        }
        self.digits.push(start..end);
    }

    fn open_at(&mut self, text: &str, at: usize) {
        // A decorator or a mention has nothing before its `@`.
        let byte = |index: usize| text.as_bytes().get(index).copied().unwrap_or(b' ');
        let is_local =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'\'' | b'-');
        if at == 0 || !is_local(byte(at - 1)) || !byte(at + 1).is_ascii_alphanumeric() {
            return;
        }
        let start = text.floor_char_boundary(at.saturating_sub(LOCAL_PART));
        let end = text.ceil_char_boundary((at + DOMAIN).min(text.len()));
        // Addresses in a list share windows, so that a text full of `@` is still read once.
        match self.at.last_mut() {
            Some(last) if start <= last.end && end - last.start <= LONGEST_WINDOW => last.end = end,
            _ => self.at.push(start..end),
        }
    }
}

#[derive(Debug)]
struct Cluster {
    first: usize,
    last: usize,
    count: usize,
}

impl Cluster {
    fn grow(&mut self, index: usize) {
        self.last = index;
        self.count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_without_numbers_opens_no_window() {
        let windows = Windows::of("In 2024 we met 12 people and ate 3 cakes.");
        assert!(windows.digits.is_empty() && windows.at.is_empty());
    }

    #[test]
    fn a_long_run_of_digits_is_cut_into_overlapping_windows() {
        let windows = Windows::of(&"1".repeat(20_000));
        assert!(windows.digits.len() > 4);
        assert!(windows.digits.windows(2).all(|pair| pair[1].start < pair[0].end));
    }
}
