//! Undoes the LZW streams that Unix `compress` writes (`.Z`).
//!
//! Codes of 9 bits and more, the lowest bit first, come in groups of eight; when the width changes, the rest of a group
//! is passed over. The table has at most 65,536 entries, whatever the stream asks for.
//! Source: `ncompress` 4.2.4, `compress(1)`.

use std::io::{self, Read};

/// The two bytes that open a stream.
pub(crate) const MAGIC: [u8; 2] = [0x1f, 0x9d];
const FIRST_BITS: u32 = 9;
const MOST_BITS: u32 = 16;
/// Code that empties the table, in streams that say so.
const CLEAR: u16 = 256;

/// A stream being undone.
pub(crate) struct Lzw<R> {
    reader: R,
    most_bits: u32,
    clears: bool,
    bits: u32,
    /// For each code from 256 on, the code before it and its last byte.
    table: Vec<(u16, u8)>,
    previous: Option<u16>,
    first_byte: u8,
    group: Vec<u8>,
    /// Bits of the group that were taken.
    taken: u32,
    /// Bytes of one code, the last first.
    pending: Vec<u8>,
}

impl<R: Read> Lzw<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// The reader's own error, and `InvalidData` where no such stream begins.
    pub(crate) fn new(mut reader: R) -> io::Result<Self> {
        let mut header = [0; 3];
        reader.read_exact(&mut header)?;
        let [first, second, flags] = header;
        let most_bits = u32::from(flags & 0x1f);
        if [first, second] != MAGIC || !(FIRST_BITS..=MOST_BITS).contains(&most_bits) || flags & 0x60 != 0 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let clears = flags & 0x80 != 0;
        let mut made = Self {
            reader,
            most_bits,
            clears,
            bits: FIRST_BITS,
            table: Vec::new(),
            previous: None,
            first_byte: 0,
            group: Vec::new(),
            taken: 0,
            pending: Vec::new(),
        };
        made.empty();
        Ok(made)
    }

    /// Empties the table; a stream that clears keeps the place of that code.
    fn empty(&mut self) {
        self.table.clear();
        if self.clears {
            self.table.push((0, 0));
        }
        self.previous = None;
    }

    /// Takes the next code; nothing at the end.
    fn code(&mut self) -> io::Result<Option<u16>> {
        let next = 256 + self.table.len();
        if self.bits < self.most_bits && next >= 1 << self.bits {
            self.bits += 1;
            self.group.clear();
        }
        if self.group.is_empty() || self.group_bits() < u64::from(self.taken + self.bits) {
            self.group.clear();
            self.taken = 0;
            Read::by_ref(&mut self.reader).take(u64::from(self.bits)).read_to_end(&mut self.group)?;
            if self.group_bits() < u64::from(self.bits) {
                return Ok(None);
            }
        }
        let mut code = 0;
        for bit in 0..self.bits {
            let at = self.taken + bit;
            let byte = self.group.get((at / 8) as usize).copied().unwrap_or(0);
            code |= u32::from(byte >> (at % 8) & 1) << bit;
        }
        self.taken += self.bits;
        Ok(u16::try_from(code).ok())
    }

    /// Bits of the group of codes in hand.
    fn group_bits(&self) -> u64 {
        self.group.len() as u64 * 8
    }

    /// Undoes one code into what is pending; `false` at the end.
    fn advance(&mut self) -> io::Result<bool> {
        let Some(code) = self.code()? else { return Ok(false) };
        if self.clears && code == CLEAR {
            self.empty();
            self.bits = FIRST_BITS;
            self.group.clear();
            return Ok(true);
        }
        let next = 256 + self.table.len();
        let mut at = code;
        match self.previous {
            // A code that is about to be made: what came before, and its own first byte again.
            Some(previous) if usize::from(code) == next && next < 1 << self.most_bits => {
                self.pending.push(self.first_byte);
                at = previous;
            }
            None if code >= CLEAR => return Err(io::ErrorKind::InvalidData.into()),
            _ if usize::from(code) >= next => return Err(io::ErrorKind::InvalidData.into()),
            _ => {}
        }
        // Each entry names an earlier one, so that this ends.
        while let Some(&(before, last)) = usize::from(at).checked_sub(256).and_then(|index| self.table.get(index)) {
            self.pending.push(last);
            at = before;
        }
        self.first_byte = u8::try_from(at).map_err(|_too_large| io::Error::from(io::ErrorKind::InvalidData))?;
        self.pending.push(self.first_byte);
        if let Some(previous) = self.previous.filter(|_| next < 1 << self.most_bits) {
            self.table.push((previous, self.first_byte));
        }
        self.previous = Some(code);
        Ok(true)
    }
}

impl<R: Read> Read for Lzw<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        for slot in &mut *buffer {
            while self.pending.is_empty() {
                if !self.advance()? {
                    return Ok(count);
                }
            }
            if let Some(byte) = self.pending.pop() {
                *slot = byte;
                count += 1;
            }
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// Codes in groups of eight, as `compress` writes them.
    struct Packer {
        out: Vec<u8>,
        group: Vec<u32>,
        bits: u32,
        most_bits: u32,
    }

    impl Packer {
        fn put(&mut self, code: u32, next: u32) {
            // The decoder's table is one entry behind.
            if self.bits < self.most_bits && next > 1 << self.bits {
                if !self.group.is_empty() {
                    self.group.resize(8, 0);
                    self.flush();
                }
                self.bits += 1;
            }
            self.group.push(code);
            if self.group.len() == 8 {
                self.flush();
            }
        }

        fn flush(&mut self) {
            let bits = self.bits as usize;
            let mut packed = vec![0_u8; (self.group.len() * bits).div_ceil(8)];
            for (index, code) in self.group.drain(..).enumerate() {
                for bit in (0..bits).filter(|bit| code >> bit & 1 == 1) {
                    let at = index * bits + bit;
                    packed[at / 8] |= 1 << (at % 8);
                }
            }
            self.out.extend(packed);
        }
    }

    /// What `compress` writes: the longest known beginning of the rest, one code a time.
    fn pack(bytes: &[u8], most_bits: u32) -> Vec<u8> {
        let out = vec![MAGIC[0], MAGIC[1], 0x80 | u8::try_from(most_bits).unwrap()];
        let mut packer = Packer { out, group: Vec::new(), bits: FIRST_BITS, most_bits };
        let mut table: HashMap<(u32, u8), u32> = HashMap::new();
        let (mut next, mut current) = (257_u32, u32::from(bytes[0]));
        for byte in &bytes[1..] {
            if let Some(known) = table.get(&(current, *byte)) {
                current = *known;
                continue;
            }
            packer.put(current, next);
            if next < 1 << most_bits {
                table.insert((current, *byte), next);
                next += 1;
            }
            current = u32::from(*byte);
        }
        packer.put(current, next);
        packer.flush();
        packer.out
    }

    fn undo(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        Lzw::new(bytes)?.read_to_end(&mut out)?;
        Ok(out)
    }

    #[test]
    fn what_was_packed_comes_out_whatever_the_width() {
        let mut state = 7_u32;
        let mut noise = |modulus: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            u8::try_from((state >> 16) % modulus).unwrap()
        };
        for (length, modulus, bits) in [(40, 200, 16), (5_000, 4, 12), (200_000, 60, 16), (30_000, 250, 9), (9, 1, 16)]
        {
            let bytes: Vec<u8> = (0..length).map(|_| noise(modulus)).collect();
            assert_eq!(undo(&pack(&bytes, bits)).unwrap(), bytes, "{length} {bits}");
        }
    }

    #[test]
    fn a_code_that_nothing_made_is_a_fault() {
        // The code 300 at the start, and the code 400 behind a letter.
        assert!(undo(&[0x1f, 0x9d, 0x90, 0x2c, 0x01]).is_err());
        assert!(undo(&[0x1f, 0x9d, 0x90, 0x41, 0x20, 0x03, 0]).is_err());
        assert!(undo(&[0x1f, 0x9d, 0x9f]).is_err());
    }
}
