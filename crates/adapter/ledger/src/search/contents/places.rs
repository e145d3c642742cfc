//! Which records of a block have a term: distances between them as varints, or a bit for each where they are many.

/// Places are 16 bits, so a block has at most so many records.
pub(super) const MOST_RECORDS: u32 = 1 << 16;
/// Bytes of a bit for each record.
const BITS_BYTES: usize = MOST_RECORDS as usize / 8;

/// Places in a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Places {
    /// Ascending.
    List(Vec<u16>),
    /// One bit a record.
    Bits(Vec<u8>),
}

impl Places {
    pub(super) fn contains(&self, place: u16) -> bool {
        match self {
            Self::List(places) => places.binary_search(&place).is_ok(),
            Self::Bits(bits) => bits.get(usize::from(place / 8)).is_some_and(|byte| byte & (1 << (place % 8)) != 0),
        }
    }

    /// How many at most; what is cheap to walk has few.
    pub(super) fn most(&self) -> usize {
        match self {
            Self::List(places) => places.len(),
            Self::Bits(_) => MOST_RECORDS as usize,
        }
    }

    /// Returns the places, ascending.
    pub(super) fn to_list(&self) -> Vec<u16> {
        match self {
            Self::List(places) => places.clone(),
            Self::Bits(_) => (0..=u16::MAX).filter(|place| self.contains(*place)).collect(),
        }
    }
}

/// Appends ascending places that differ; says whether as bits.
pub(super) fn encode(places: &[u16], into: &mut Vec<u8>) -> bool {
    let start = into.len();
    let mut before = 0;
    for place in places {
        push_varint(u32::from(place - before), into);
        before = *place;
    }
    if into.len() - start <= BITS_BYTES {
        return false;
    }
    into.truncate(start);
    into.resize(start + BITS_BYTES, 0);
    for place in places {
        into.get_mut(start + usize::from(place / 8)).into_iter().for_each(|byte| *byte |= 1 << (place % 8));
    }
    true
}

/// Reads places; nothing if the bytes are none.
pub(super) fn decode(bytes: &[u8], are_bits: bool) -> Option<Places> {
    if are_bits {
        return (bytes.len() == BITS_BYTES).then(|| Places::Bits(bytes.to_vec()));
    }
    let (mut places, mut rest, mut place) = (Vec::with_capacity(bytes.len()), bytes, 0_u32);
    while !rest.is_empty() {
        let (distance, behind) = split_varint(rest)?;
        if distance == 0 && !places.is_empty() {
            return None;
        }
        place = place.checked_add(distance)?;
        places.push(u16::try_from(place).ok()?);
        rest = behind;
    }
    Some(Places::List(places))
}

pub(super) fn push_varint(mut value: u32, into: &mut Vec<u8>) {
    while value >= 0x80 {
        into.extend((value & 0x7f | 0x80).to_le_bytes().first());
        value >>= 7;
    }
    into.extend(value.to_le_bytes().first());
}

/// Takes a varint from the front of bytes.
pub(super) fn split_varint(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let mut value = 0_u32;
    for (byte, shift) in bytes.iter().zip((0..32).step_by(7)) {
        let part = u32::from(byte & 0x7f);
        value |= part.checked_shl(shift).filter(|shifted| shifted >> shift == part)?;
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(shift as usize / 7 + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn places_survive_encoding(places in prop::collection::btree_set(any::<u16>(), 0..20_000), dense: bool) {
            let places: Vec<u16> = if dense { (0..u16::try_from(places.len()).unwrap()).collect() } else { places.into_iter().collect() };
            let mut bytes = Vec::new();
            let are_bits = encode(&places, &mut bytes);
            prop_assert!(bytes.len() <= BITS_BYTES);
            let decoded = decode(&bytes, are_bits).unwrap();
            prop_assert_eq!(decoded.to_list(), places.clone());
            for place in places.iter().take(50) {
                prop_assert!(decoded.contains(*place));
            }
            prop_assert_eq!(decoded.contains(40_000), places.contains(&40_000));
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..40), are_bits: bool) {
            if let Some(places) = decode(&bytes, are_bits) {
                let list = places.to_list();
                prop_assert!(list.windows(2).all(|pair| pair[0] < pair[1]));
            }
            let _ = split_varint(&bytes);
        }

        #[test]
        fn numbers_survive_encoding(value: u32) {
            let mut bytes = Vec::new();
            push_varint(value, &mut bytes);
            bytes.push(9);
            prop_assert_eq!(split_varint(&bytes), Some((value, &[9][..])));
        }
    }
}
