//! ONNX values by themselves: a tensor, a sequence, an optional, a map, as test data and calibration data store them.
//!
//! They have no magic number. What tells them is a whole walk in which every field is of the format and the number of
//! elements is what the dimensions and the element type say.
//! Source: `onnx.proto3` (TensorProto, SparseTensorProto), `onnx-data.proto3` (SequenceProto, MapProto, OptionalProto).

use std::io;

use syndic_detect::ReadAt;

use crate::reader::{Field, Reader};

/// How deep sequences and maps may nest.
const MAX_DEPTH: u8 = 8;
/// Fields walked in all.
const MAX_FIELDS: u32 = 200_000;
/// Bytes of packed numbers that are counted one by one.
const MAX_COUNTED_BYTES: u64 = 16 * 1024 * 1024;
/// Bits of one element by the number of its type; strings have none.
const ELEMENT_BITS: [u64; 27] =
    [0, 32, 8, 8, 16, 16, 32, 64, 0, 8, 16, 64, 32, 64, 64, 128, 16, 8, 8, 8, 8, 4, 4, 4, 8, 2, 2];

/// Says whether all of the source is one value.
pub(super) fn is_value(source: &dyn ReadAt) -> io::Result<bool> {
    let mut walk = Walk { reader: Reader::new(source), fields: 0 };
    let end = source.len();
    let is_tensor = walk.tensor(0, end).is_some();
    let is_value = is_tensor || walk.sparse(0, end) || walk.list(0, end, 0) || walk.map(0, end, 0);
    walk.reader.finish()?;
    Ok(is_value)
}

struct Walk<'s> {
    reader: Reader<'s>,
    fields: u32,
}

/// What the fields of a tensor say of how many elements it has.
struct Tensor {
    elements: u64,
    element_bits: Option<u64>,
    raw_bytes: Option<u64>,
    numbers: u64,
    strings: u64,
    is_external: bool,
}

impl Tensor {
    fn is_consistent(&self) -> bool {
        let Some(bits) = self.element_bits else { return false };
        if let Some(bytes) = self.raw_bytes {
            return bits > 0 && self.elements.checked_mul(bits).is_some_and(|total| total.div_ceil(8) == bytes);
        }
        // Complex numbers take two numbers each, four-bit ones stand two in a number.
        let is_of_numbers =
            [self.elements, self.elements.saturating_mul(2), self.elements.div_ceil(2)].contains(&self.numbers);
        self.is_external || (self.strings > 0 && self.strings == self.elements) || is_of_numbers
    }
}

impl Walk<'_> {
    /// Returns the next field before `end`, within the bound.
    fn next(&mut self, end: u64) -> Option<(u64, Field)> {
        self.fields += 1;
        if self.fields > MAX_FIELDS { None } else { self.reader.field(end) }
    }

    /// Walks a tensor; tells whether its data is in another file.
    fn tensor(&mut self, start: u64, end: u64) -> Option<bool> {
        self.reader.seek(start);
        let mut tensor =
            Tensor { elements: 1, element_bits: None, raw_bytes: None, numbers: 0, strings: 0, is_external: false };
        while let Some((number, field)) = self.next(end) {
            match (number, field) {
                (1, Field::Varint(size)) => tensor.elements = tensor.elements.checked_mul(size)?,
                (1, Field::Bytes { start, end }) => {
                    tensor.elements = tensor.elements.checked_mul(self.product(start, end)?)?;
                }
                (2, Field::Varint(kind)) => {
                    let bits = ELEMENT_BITS.get(usize::try_from(kind).ok()?)?;
                    tensor.element_bits = Some(*bits).filter(|_| kind > 0);
                }
                (4 | 10, Field::Bytes { start, end }) => {
                    tensor.numbers += (end - start) / if number == 4 { 4 } else { 8 }
                }
                (4 | 10, Field::Fixed) | (5 | 7 | 11, Field::Varint(_)) => tensor.numbers += 1,
                (5 | 7 | 11, Field::Bytes { start, end }) => tensor.numbers += self.count(start, end)?,
                (6, Field::Bytes { .. }) => tensor.strings += 1,
                (9, Field::Bytes { start, end }) => tensor.raw_bytes = Some(end - start),
                (13, Field::Bytes { .. }) => tensor.is_external = true,
                (3 | 8 | 12 | 16, Field::Bytes { .. }) | (14, Field::Varint(0 | 1)) => {}
                _ => return None,
            }
        }
        (self.reader.position() == end && tensor.is_consistent()).then_some(tensor.is_external)
    }

    /// Walks a tensor whose data stands in this file.
    fn is_inline_tensor(&mut self, start: u64, end: u64) -> bool {
        self.tensor(start, end) == Some(false)
    }

    fn sparse(&mut self, start: u64, end: u64) -> bool {
        self.reader.seek(start);
        let mut parts = 0;
        while let Some((number, field)) = self.next(end) {
            let next = self.reader.position();
            match (number, field) {
                (1 | 2, Field::Bytes { start, end }) if self.is_inline_tensor(start, end) => parts += 1,
                (3, Field::Varint(_) | Field::Bytes { .. }) => {}
                _ => return false,
            }
            self.reader.seek(next);
        }
        self.reader.position() == end && parts == 2
    }

    /// A sequence or an optional: their fields have the same numbers.
    fn list(&mut self, start: u64, end: u64, depth: u8) -> bool {
        self.reader.seek(start);
        let mut has_kind = false;
        while let Some((number, field)) = self.next(end) {
            let next = self.reader.position();
            let is_known = match (number, field) {
                (1, Field::Bytes { .. }) => true,
                (2, Field::Varint(0..=7)) => {
                    has_kind = true;
                    true
                }
                _ if depth >= MAX_DEPTH => false,
                (3, Field::Bytes { start, end }) => self.is_inline_tensor(start, end),
                (4, Field::Bytes { start, end }) => self.sparse(start, end),
                (5 | 7, Field::Bytes { start, end }) => self.list(start, end, depth + 1),
                (6, Field::Bytes { start, end }) => self.map(start, end, depth + 1),
                _ => false,
            };
            if !is_known {
                return false;
            }
            self.reader.seek(next);
        }
        self.reader.position() == end && has_kind
    }

    fn map(&mut self, start: u64, end: u64, depth: u8) -> bool {
        self.reader.seek(start);
        let (mut has_kind, mut has_values) = (false, false);
        while let Some((number, field)) = self.next(end) {
            let next = self.reader.position();
            match (number, field) {
                (2, Field::Varint(kind)) => has_kind = (1..ELEMENT_BITS.len() as u64).contains(&kind),
                (1 | 3 | 4, Field::Bytes { .. }) | (3, Field::Varint(_)) => {}
                (5, Field::Bytes { start, end }) if depth < MAX_DEPTH && self.list(start, end, depth + 1) => {
                    has_values = true;
                }
                _ => return false,
            }
            self.reader.seek(next);
        }
        self.reader.position() == end && has_kind && has_values
    }

    /// Returns the product of packed varints.
    fn product(&mut self, start: u64, end: u64) -> Option<u64> {
        let back = self.reader.position();
        self.reader.seek(start);
        let mut product = 1_u64;
        while self.reader.position() < end {
            product = product.checked_mul(self.reader.varint()?)?;
        }
        let is_whole = self.reader.position() == end;
        self.reader.seek(back);
        is_whole.then_some(product)
    }

    /// Counts packed varints: each ends with a byte whose top bit is clear.
    fn count(&mut self, start: u64, end: u64) -> Option<u64> {
        if end - start > MAX_COUNTED_BYTES {
            return None;
        }
        let back = self.reader.position();
        self.reader.seek(start);
        let (mut count, mut last) = (0, 0);
        while self.reader.position() < end {
            last = self.reader.byte()?;
            count += u64::from(last & 0x80 == 0);
        }
        self.reader.seek(back);
        (last & 0x80 == 0).then_some(count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, u8::try_from(content.len()).unwrap()], content].concat()
    }

    /// Two floats, their bytes as they are.
    fn tensor() -> Vec<u8> {
        [&[0x08, 2, 0x10, 1][..], &field(9, &[0; 8])].concat()
    }

    fn is(bytes: &[u8]) -> bool {
        is_value(&bytes.to_vec()).unwrap()
    }

    #[test]
    fn tensors_sequences_optionals_and_sparse_tensors_are_values() {
        assert!(is(&tensor()));
        assert!(is(&[&[0x08, 2, 0x10, 8][..], &field(6, b"ab"), &field(6, b"")].concat()));
        assert!(is(&[&[0x0a, 1, 3, 0x10, 7][..], &field(7, &[1, 0x80, 1, 5])].concat()));
        assert!(is(&[&[0x10, 1][..], &field(3, &tensor()), &field(3, &tensor())].concat()));
        assert!(is(&[field(1, &tensor()), field(2, &tensor()), vec![0x18, 9]].concat()));
        assert!(is(&[&[0x10, 7][..], &field(4, b"k"), &field(5, &[0x10, 1])].concat()));
    }

    #[test]
    fn a_tensor_whose_data_is_not_of_its_shape_is_none() {
        let mut short = tensor();
        short[1] = 3;
        assert!(!is(&short));
        assert!(!is(&tensor()[..tensor().len() - 1]));
        assert!(!is(&[tensor(), vec![0xf8, 1, 1]].concat()));
        assert!(!is(b"\x0a\x05hello"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = is(&bytes);
        }
    }
}
