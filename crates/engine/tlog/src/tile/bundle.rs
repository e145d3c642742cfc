//! The bytes of an entry bundle: entries one after another, each with its length before it.
//!
//! Source: C2SP tlog-tiles, "Log entries".

use super::place::TILE_WIDTH;

/// The most bytes an entry can have: its length is written in 16 bits.
pub const ENTRY_LIMIT: usize = 65_535;

/// Size of the length before an entry, in bytes.
const LENGTH_BYTES: usize = 2;

/// Why entries are no bundle, or bytes not that of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Not 1 to 256 entries, or another number than expected.
    #[error("an entry bundle has {expected} entries, found {found}")]
    EntryCount {
        /// How many it should have, at most.
        expected: u16,
        /// How many it has; counting ends one after `expected`.
        found: usize,
    },
    /// An entry is too long for its length.
    #[error("entry {position} has {size_bytes} bytes, at most {ENTRY_LIMIT} can be stored")]
    EntryTooLong {
        /// Its place in the bundle, from 0.
        position: usize,
        /// Its size.
        size_bytes: usize,
    },
    /// The bytes end within an entry.
    #[error("the bundle ends within entry {position}")]
    Truncated {
        /// Its place in the bundle, from 0.
        position: usize,
    },
}

/// Returns the bytes of a bundle of these entries: 1 to 256, at most 65,535 bytes each.
///
/// # Errors
/// [`BundleError::EntryCount`] and [`BundleError::EntryTooLong`].
pub fn encode_entries<E: AsRef<[u8]>>(entries: &[E]) -> Result<Vec<u8>, BundleError> {
    if entries.is_empty() || entries.len() > usize::from(TILE_WIDTH) {
        return Err(BundleError::EntryCount { expected: TILE_WIDTH, found: entries.len() });
    }
    let size_bytes = entries.iter().map(|entry| LENGTH_BYTES + entry.as_ref().len()).sum();
    let mut bytes = Vec::with_capacity(size_bytes);
    for (position, entry) in entries.iter().map(AsRef::as_ref).enumerate() {
        let length =
            u16::try_from(entry.len()).map_err(|_| BundleError::EntryTooLong { position, size_bytes: entry.len() })?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Ok(bytes)
}

/// Reads a bundle of exactly `width` entries, without copying them.
///
/// # Errors
/// [`BundleError::Truncated`]; [`BundleError::EntryCount`] if there are fewer entries or bytes after the last.
pub fn decode_entries(bytes: &[u8], width: u16) -> Result<Vec<&[u8]>, BundleError> {
    let mut entries = Vec::with_capacity(usize::from(width.min(TILE_WIDTH)));
    let mut rest = bytes;
    while let Some((length, after)) = rest.split_first_chunk::<LENGTH_BYTES>() {
        let position = entries.len();
        if position == usize::from(width) {
            return Err(BundleError::EntryCount { expected: width, found: position + 1 });
        }
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, others) = after.split_at_checked(length).ok_or(BundleError::Truncated { position })?;
        entries.push(entry);
        rest = others;
    }
    if !rest.is_empty() {
        return Err(BundleError::Truncated { position: entries.len() });
    }
    if entries.len() != usize::from(width) || entries.is_empty() || width > TILE_WIDTH {
        return Err(BundleError::EntryCount { expected: width, found: entries.len() });
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_bundle_is_lengths_and_entries() {
        let bytes = encode_entries(&[b"ab".as_slice(), b"", b"c"]).unwrap();
        assert_eq!(bytes, b"\0\x02ab\0\0\0\x01c");
        assert_eq!(decode_entries(&bytes, 3), Ok(vec![b"ab".as_slice(), b"", b"c"]));
    }

    #[test]
    fn another_number_of_entries_is_refused() {
        let bytes = encode_entries(&["a", "b"]).unwrap();
        assert_eq!(decode_entries(&bytes, 1), Err(BundleError::EntryCount { expected: 1, found: 2 }));
        assert_eq!(decode_entries(&bytes, 3), Err(BundleError::EntryCount { expected: 3, found: 2 }));
        assert_eq!(decode_entries(&[], 0), Err(BundleError::EntryCount { expected: 0, found: 0 }));
        assert_eq!(decode_entries(&[0; 600], 300), Err(BundleError::EntryCount { expected: 300, found: 300 }));
        assert!(encode_entries::<&str>(&[]).is_err() && encode_entries(&[""; 257]).is_err());
    }

    #[test]
    fn a_cut_bundle_is_refused_wherever_it_is_cut() {
        let bytes = encode_entries(&["abc", "de"]).unwrap();
        for length in 0..bytes.len() {
            assert!(decode_entries(&bytes[..length], 2).is_err(), "{length}");
        }
    }

    #[test]
    fn a_single_byte_after_the_last_entry_is_refused() {
        let bytes = [encode_entries(&["abc", "de"]).unwrap(), vec![0]].concat();
        assert_eq!(decode_entries(&bytes, 2), Err(BundleError::Truncated { position: 2 }));
    }

    #[test]
    fn an_entry_of_the_limit_fits_and_one_more_byte_does_not() {
        let entry = vec![7; ENTRY_LIMIT + 1];
        let fits = encode_entries(&[&entry[1..]]).unwrap();
        assert_eq!(decode_entries(&fits, 1).unwrap(), [&entry[1..]]);
        let error = BundleError::EntryTooLong { position: 0, size_bytes: ENTRY_LIMIT + 1 };
        assert_eq!(encode_entries(&[entry]), Err(error));
    }

    proptest! {
        #[test]
        fn bytes_that_are_read_are_the_bytes_that_would_be_written(
            bytes in prop::collection::vec(0_u8..3, 0..40), width in 0_u16..12,
        ) {
            if let Ok(entries) = decode_entries(&bytes, width) {
                prop_assert_eq!(encode_entries(&entries).unwrap(), bytes);
            }
        }

        #[test]
        fn entries_survive_their_bundle(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 1..=256)) {
            let bytes = encode_entries(&entries).unwrap();
            prop_assert_eq!(decode_entries(&bytes, u16::try_from(entries.len()).unwrap()).unwrap(), entries);
        }
    }
}
