//! A bounded reader of FlatBuffers tables over a source.
//!
//! Every offset is checked against the source; what does not lie in it is absent. A fault of the source shows as absent
//! as well, so that a caller that needs a part and does not get it must say that the file was not wholly read.
//! Source: FlatBuffers internals (root offset, vtable, vectors).

use syndic_detect::{ReadAt, read_vec_at};

/// Elements of one vector that are visited.
const MAX_ELEMENTS: u64 = 100_000;

/// One table.
#[derive(Clone, Copy)]
pub(super) struct Table<'s> {
    source: &'s dyn ReadAt,
    at: u64,
    vtable: u64,
    vtable_bytes: u64,
}

/// A vector: where its first element stands and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Elements {
    start: u64,
    pub(super) count: u64,
}

impl<'s> Table<'s> {
    /// Returns the root table: the offset at byte 0 leads to it.
    pub(super) fn root(source: &'s dyn ReadAt) -> Option<Self> {
        // A root without a single field is a magic number and zeros.
        Self::at(source, u64::from(u32_at(source, 0)?)).filter(|root| root.vtable_bytes > 4)
    }

    fn at(source: &'s dyn ReadAt, at: u64) -> Option<Self> {
        // The vtable stands at the table's place minus a signed distance.
        let distance = i64::from(u32_at(source, at)?.cast_signed());
        let vtable = at.checked_add_signed(-distance)?;
        let sizes = u32_at(source, vtable)?;
        let (vtable_bytes, table_bytes) = (u64::from(sizes & 0xffff), u64::from(sizes >> 16));
        let is_in_file = |start: u64, size: u64| start.checked_add(size).is_some_and(|end| end <= source.len());
        let is_whole = distance != 0
            && vtable_bytes >= 4
            && vtable_bytes.is_multiple_of(2)
            && table_bytes >= 4
            && is_in_file(vtable, vtable_bytes)
            && is_in_file(at, table_bytes);
        is_whole.then_some(Self { source, at, vtable, vtable_bytes })
    }

    /// Returns where a field stands; nothing if the table leaves it at its default.
    fn field(&self, number: u64) -> Option<u64> {
        let slot = 4 + number.checked_mul(2)?;
        if slot + 2 > self.vtable_bytes {
            return None;
        }
        let bytes = read_vec_at(self.source, self.vtable + slot, 2).ok()?;
        let offset = u16::from_le_bytes(bytes.try_into().ok()?);
        (offset != 0).then(|| self.at + u64::from(offset))
    }

    /// Says whether the table sets the field.
    pub(super) fn has(&self, number: u64) -> bool {
        self.field(number).is_some()
    }

    /// Returns a field that is a number of four bytes.
    pub(super) fn number(&self, number: u64) -> Option<u32> {
        u32_at(self.source, self.field(number)?)
    }

    /// Returns a field that is a text, at most `limit` bytes of it.
    pub(super) fn text(&self, number: u64, limit: usize) -> Option<String> {
        let start = follow(self.source, self.field(number)?)?;
        let length = usize::try_from(u32_at(self.source, start)?).ok()?.min(limit);
        let bytes = read_vec_at(self.source, start + 4, length).ok().filter(|bytes| bytes.len() == length)?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Returns a field that is a vector of offsets, which must lie in the source.
    pub(super) fn elements(&self, number: u64) -> Option<Elements> {
        let start = follow(self.source, self.field(number)?)?;
        let count = u64::from(u32_at(self.source, start)?);
        let end = start.checked_add(4 + count * 4)?;
        (end <= self.source.len()).then_some(Elements { start: start + 4, count })
    }

    /// Returns the tables of a vector, an element that is none as absent, at most [`MAX_ELEMENTS`].
    pub(super) fn tables(&self, elements: Elements) -> impl Iterator<Item = Option<Table<'s>>> + use<'s> {
        let source = self.source;
        let places = (0..elements.count.min(MAX_ELEMENTS)).map(move |index| elements.start + index * 4);
        places.map(move |place| Table::at(source, follow(source, place)?))
    }
}

impl Elements {
    /// Says whether there are more elements than are visited.
    pub(super) fn is_over_bound(self) -> bool {
        self.count > MAX_ELEMENTS
    }
}

/// Returns where the offset at a place leads.
fn follow(source: &dyn ReadAt, place: u64) -> Option<u64> {
    place.checked_add(u64::from(u32_at(source, place)?))
}

fn u32_at(source: &dyn ReadAt, at: u64) -> Option<u32> {
    let bytes = read_vec_at(source, at, 4).ok()?;
    bytes.try_into().ok().map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest table with one field: vtable at 12, table at 20.
    fn whole() -> Vec<u8> {
        let mut bytes = 20_u32.to_le_bytes().to_vec();
        bytes.extend(b"TFL3");
        bytes.extend([0; 4]);
        bytes.extend([6, 0, 8, 0, 4, 0, 0, 0]);
        bytes.extend(8_u32.to_le_bytes());
        bytes.extend(3_u32.to_le_bytes());
        bytes
    }

    #[test]
    fn a_magic_number_and_zeros_are_no_table() {
        let whole = whole();
        let root = Table::root(&whole).unwrap();
        assert_eq!(root.number(0), Some(3));
        assert_eq!(root.number(1), None);
        let mut hollow = b"\x1c\0\0\0TFL3".to_vec();
        hollow.resize(3_000, 0);
        assert!(Table::root(&hollow).is_none());
    }

    #[test]
    fn a_root_cut_off_anywhere_is_none() {
        let whole = whole();
        for length in 0..whole.len() {
            assert!(Table::root(&whole[..length].to_vec()).is_none(), "cut at {length}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_walked(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            if let Some(root) = Table::root(&bytes) {
                let _ = root.text(0, 100);
                let elements = root.elements(0);
                let _ = elements.map(|elements| root.tables(elements).count());
            }
        }
    }
}
