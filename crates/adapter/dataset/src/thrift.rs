//! A small reader of the Thrift compact protocol, enough to check what a Parquet file claims before it is believed.
//!
//! Every length is compared with what is left, nesting is bounded, nothing is allocated.
//! Source: Apache Thrift, `doc/specs/thrift-compact-protocol.md`.

/// Deepest nesting of structures that is followed.
const DEEPEST: usize = 24;

/// Types of the compact protocol that carry content of their own.
pub(crate) const BINARY: u8 = 8;
pub(crate) const LIST: u8 = 9;
pub(crate) const STRUCT: u8 = 12;

/// A place in a Thrift message.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

/// A field's number and type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) id: i64,
    pub(crate) kind: u8,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Returns how many bytes are left.
    pub(crate) const fn left(&self) -> usize {
        self.rest.len()
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn advance(&mut self, count: u64) -> Option<()> {
        self.rest = self.rest.get(usize::try_from(count).ok()?..)?;
        Some(())
    }

    /// Reads an unsigned variable-length number.
    pub(crate) fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// Reads a signed (zigzag) number.
    pub(crate) fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        let half = i64::try_from(number >> 1).ok()?;
        Some(if number & 1 == 0 { half } else { -half - 1 })
    }

    /// Reads the next field's head; `None` inside is the end of the structure.
    #[expect(clippy::option_option, reason = "outer: the message is broken; inner: the structure ends")]
    pub(crate) fn field(&mut self, last: &mut i64) -> Option<Option<Field>> {
        let head = self.byte()?;
        if head == 0 {
            return Some(None);
        }
        let delta = i64::from(head >> 4);
        *last = if delta == 0 { self.signed()? } else { *last + delta };
        Some(Some(Field { id: *last, kind: head & 0x0f }))
    }

    /// Reads a list's length and the type of its elements. Each takes at least a byte, so more than are left is a lie.
    pub(crate) fn list(&mut self) -> Option<(u64, u8)> {
        let head = self.byte()?;
        let short = u64::from(head >> 4);
        let length = if short == 15 { self.number()? } else { short };
        (length <= self.left() as u64).then_some((length, head & 0x0f))
    }

    /// Passes over a value; fails where a length exceeds what is left.
    pub(crate) fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        match kind {
            1 | 2 => Some(()),
            3 => self.advance(1),
            4..=6 => self.number().map(|_| ()),
            7 => self.advance(8),
            BINARY => {
                let length = self.number()?;
                self.advance(length)
            }
            LIST | 10 => {
                let (length, element) = self.list()?;
                (0..length).try_for_each(|_| self.skip_element(element, depth))
            }
            11 => self.skip_map(depth),
            STRUCT => {
                let mut last = 0;
                while let Some(field) = self.field(&mut last)? {
                    self.skip(field.kind, depth + 1)?;
                }
                Some(())
            }
            _ => None,
        }
    }

    fn skip_map(&mut self, depth: usize) -> Option<()> {
        let length = self.number()?;
        if length == 0 {
            return Some(());
        }
        let kinds = self.byte()?;
        if length > self.left() as u64 {
            return None;
        }
        (0..length).try_for_each(|_| {
            self.skip_element(kinds >> 4, depth)?;
            self.skip_element(kinds & 0x0f, depth)
        })
    }

    /// Inside a list a boolean takes a byte.
    fn skip_element(&mut self, kind: u8, depth: usize) -> Option<()> {
        if matches!(kind, 1 | 2) { self.advance(1) } else { self.skip(kind, depth + 1) }
    }
}
