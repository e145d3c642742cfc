//! The pickle opcode decoder: bytes in, one typed opcode out.
//!
//! It is as permissive as the union of CPython's C and Python unpicklers: unknown protocol numbers, padded and
//! hexadecimal numbers, missing PROTO and wrong FRAME lengths are all taken, because a stricter scanner is blind to
//! what a looser loader runs. Invariant: decoding never reads beyond the slice and always moves forward.

/// One opcode with its argument.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Op<'a> {
    Proto(u8),
    Frame,
    Stop,
    Mark,
    Pop,
    PopMark,
    Dup,
    /// None, booleans, floats: values nobody asks about.
    Scalar,
    Int(i64),
    /// UTF-8 or Latin-1 text as stored.
    Text(&'a [u8]),
    /// Text of STRING and UNICODE, with escapes and maybe quotes.
    Escaped(&'a [u8]),
    Bytes(&'a [u8]),
    EmptyTuple,
    /// Everything since the mark.
    Tuple,
    /// The top `n` values.
    TupleOf(u8),
    EmptyList,
    List,
    Append,
    Appends,
    EmptyDict,
    Dict,
    SetItem,
    SetItems,
    EmptySet,
    AddItems,
    FrozenSet,
    Global(&'a [u8], &'a [u8]),
    Inst(&'a [u8], &'a [u8]),
    StackGlobal,
    Obj,
    NewObj,
    NewObjEx,
    Reduce,
    Build,
    Get(u64),
    Put(u64),
    Memoize,
    PersId,
    BinPersId,
    Ext(u32),
    NextBuffer,
    ReadonlyBuffer,
}

/// Why there is no opcode here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DecodeError {
    /// The bytes end inside the opcode.
    Truncated,
    /// No such opcode.
    Unknown(u8),
}

/// Reads opcodes off a slice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decoder<'a> {
    data: &'a [u8],
    position: usize,
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(data: &'a [u8], position: usize) -> Self {
        Self { data, position }
    }

    pub(crate) fn position(&self) -> usize {
        self.position
    }

    pub(crate) fn data(&self) -> &'a [u8] {
        self.data
    }

    /// Returns the next opcode.
    pub(crate) fn next(&mut self) -> Result<Op<'a>, DecodeError> {
        let [code] = self.array()?;
        Ok(match code {
            b'(' => Op::Mark,
            b'.' => Op::Stop,
            b'0' => Op::Pop,
            b'1' => Op::PopMark,
            b'2' => Op::Dup,
            b'F' => self.line().map(|_| Op::Scalar)?,
            b'I' | b'L' => Op::Int(number(self.line()?)),
            b'J' => Op::Int(i64::from(i32::from_le_bytes(self.array()?))),
            b'K' => Op::Int(i64::from(u8::from_le_bytes(self.array()?))),
            b'M' => Op::Int(i64::from(u16::from_le_bytes(self.array()?))),
            b'N' | 0x88 | 0x89 => Op::Scalar,
            b'P' => self.line().map(|_| Op::PersId)?,
            b'Q' => Op::BinPersId,
            b'R' => Op::Reduce,
            b'S' | b'V' => Op::Escaped(self.line()?),
            b'U' | 0x8c => Op::Text(self.prefixed1()?),
            b'T' | b'X' => Op::Text(self.prefixed4()?),
            0x8d => Op::Text(self.prefixed8()?),
            b'B' => Op::Bytes(self.prefixed4()?),
            b'C' => Op::Bytes(self.prefixed1()?),
            0x8e | 0x96 => Op::Bytes(self.prefixed8()?),
            b'a' => Op::Append,
            b'b' => Op::Build,
            b'c' => Op::Global(self.line()?, self.line()?),
            b'i' => Op::Inst(self.line()?, self.line()?),
            b'd' => Op::Dict,
            b'}' => Op::EmptyDict,
            b'e' => Op::Appends,
            b'g' => Op::Get(index(self.line()?)),
            b'h' => Op::Get(u64::from(u8::from_le_bytes(self.array()?))),
            b'j' => Op::Get(u64::from(u32::from_le_bytes(self.array()?))),
            b'p' => Op::Put(index(self.line()?)),
            b'q' => Op::Put(u64::from(u8::from_le_bytes(self.array()?))),
            b'r' => Op::Put(u64::from(u32::from_le_bytes(self.array()?))),
            b'l' => Op::List,
            b']' => Op::EmptyList,
            b'o' => Op::Obj,
            b's' => Op::SetItem,
            b't' => Op::Tuple,
            b')' => Op::EmptyTuple,
            b'u' => Op::SetItems,
            b'G' => self.array::<8>().map(|_| Op::Scalar)?,
            0x80 => Op::Proto(u8::from_le_bytes(self.array()?)),
            0x81 => Op::NewObj,
            0x82 => Op::Ext(u32::from(u8::from_le_bytes(self.array()?))),
            0x83 => Op::Ext(u32::from(u16::from_le_bytes(self.array()?))),
            0x84 => Op::Ext(u32::from_le_bytes(self.array()?)),
            0x85 => Op::TupleOf(1),
            0x86 => Op::TupleOf(2),
            0x87 => Op::TupleOf(3),
            0x8a => long(self.prefixed1()?),
            0x8b => long(self.prefixed4()?),
            0x8f => Op::EmptySet,
            0x90 => Op::AddItems,
            0x91 => Op::FrozenSet,
            0x92 => Op::NewObjEx,
            0x93 => Op::StackGlobal,
            0x94 => Op::Memoize,
            0x95 => self.array::<8>().map(|_| Op::Frame)?,
            0x97 => Op::NextBuffer,
            0x98 => Op::ReadonlyBuffer,
            unknown => return Err(DecodeError::Unknown(unknown)),
        })
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let end = self.position.checked_add(count).ok_or(DecodeError::Truncated)?;
        let slice = self.data.get(self.position..end).ok_or(DecodeError::Truncated)?;
        self.position = end;
        Ok(slice)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        self.take(N)?.try_into().map_err(|_| DecodeError::Truncated)
    }

    fn prefixed1(&mut self) -> Result<&'a [u8], DecodeError> {
        let [length] = self.array()?;
        self.take(usize::from(length))
    }

    fn prefixed4(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = u32::from_le_bytes(self.array()?);
        self.take(usize::try_from(length).unwrap_or(usize::MAX))
    }

    fn prefixed8(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = u64::from_le_bytes(self.array()?);
        self.take(usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// Reads up to a line break. CPython takes `\r\n` as text with a trailing `\r`; int() then strips it.
    fn line(&mut self) -> Result<&'a [u8], DecodeError> {
        let rest = self.data.get(self.position..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest).ok_or(DecodeError::Truncated)?;
        self.position += length + 1;
        Ok(rest.get(..length).unwrap_or_default())
    }
}

/// Reads a decimal, hexadecimal, octal or binary number as `int(text, 0)` would; 0 for what does not fit.
pub(super) fn number(line: &[u8]) -> i64 {
    let text = std::str::from_utf8(line).unwrap_or("").trim().trim_end_matches('L').replace('_', "");
    let (sign, digits) = text.strip_prefix('-').map_or((1, text.as_str()), |rest| (-1, rest));
    let lower = digits.to_ascii_lowercase();
    let parsed = if let Some(hex) = lower.strip_prefix("0x") {
        i64::from_str_radix(hex, 16)
    } else if let Some(octal) = lower.strip_prefix("0o") {
        i64::from_str_radix(octal, 8)
    } else if let Some(binary) = lower.strip_prefix("0b") {
        i64::from_str_radix(binary, 2)
    } else {
        lower.parse()
    };
    parsed.map_or(0, |value| value.saturating_mul(sign))
}

/// Reads a memo index; C `_pickle` takes whatever `int()` takes.
fn index(line: &[u8]) -> u64 {
    u64::try_from(number(line)).unwrap_or(u64::MAX)
}

/// Reads a little-endian two's complement number; values over eight bytes are nobody's index.
fn long(bytes: &[u8]) -> Op<'static> {
    if bytes.len() > 8 {
        return Op::Scalar;
    }
    let fill = if bytes.last().is_some_and(|byte| byte & 0x80 != 0) { 0xff } else { 0 };
    let mut wide = [fill; 8];
    for (slot, byte) in wide.iter_mut().zip(bytes) {
        *slot = *byte;
    }
    Op::Int(i64::from_le_bytes(wide))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_loosely_as_cpython_reads_them() {
        assert_eq!(number(b"0x10"), 16);
        assert_eq!(number(b" 0012\r"), 12);
        assert_eq!(number(b"-5L"), -5);
    }

    #[test]
    fn a_constant_longer_than_the_data_is_truncated_not_read() {
        assert_eq!(Decoder::new(b"X\xff\xff\xff\xffab", 0).next(), Err(DecodeError::Truncated));
    }

    #[test]
    fn a_long_keeps_its_sign() {
        assert_eq!(long(&[0xff]), Op::Int(-1));
        assert_eq!(long(&[]), Op::Int(0));
    }
}
