//! The bytes the tree hashes for one record: who did what when, and the digest of the stored content.
//!
//! Version 1, in this order: version `u8` | index `u64 BE` | time in microseconds since 1970 UTC `i64 BE` | kind (`u8`
//! length, printable ASCII) | actor (`u8` length, UTF-8) | subject pseudonym (`u8` length, 0 or 32 bytes) | tags (`u8`
//! count, each `u8` length and key, `u16 BE` length and value) | stored content's length `u32 BE` | its SHA-256.
//! The digest is over the encrypted bytes: that of a plain text could be guessed after the text was erased.
//! One value has one encoding, and every byte is accounted for, so that a leaf can be compared by its bytes.

use sha2::{Digest as _, Sha256};

use crate::prefix::{Prefix, is_kind};

/// The version written.
pub const VERSION: u8 = 1;
/// A leaf must fit an entry of a C2SP tile.
pub const MAX_LEAF_BYTES: usize = 65_535;
/// Content length and digest, which end a leaf; the bytes before them bind the encryption to the record.
pub const CONTENT_BYTES: usize = 4 + 32;

/// A record's public part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Place in the log, from 0.
    pub index: u64,
    /// When it was appended, in microseconds since 1970 UTC; never before its predecessor's.
    pub time_us: i64,
    /// What happened, `gateway.request`; 1 to 255 printable ASCII characters.
    pub kind: String,
    /// Who did it; at most 255 bytes.
    pub actor: String,
    /// Whom it is about: a keyed pseudonym, never the name.
    pub subject: Option<[u8; 32]>,
    /// Searchable facts, in the order given; keys of 1 to 255 bytes, values up to 65,535.
    pub tags: Vec<(String, String)>,
    /// Length of the stored content in bytes.
    pub content_bytes: u32,
    /// SHA-256 of the stored content.
    pub content_sha256: [u8; 32],
}

/// Why a leaf cannot be written or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LeafError {
    /// The kind is empty, longer than 255 bytes or not printable ASCII.
    #[error("the kind must be 1 to 255 printable ASCII characters")]
    Kind,
    /// The actor is longer than 255 bytes.
    #[error("the actor is longer than 255 bytes")]
    Actor,
    /// More than 255 tags, or one with an empty or too long key or value.
    #[error("at most 255 tags, keys of 1 to 255 bytes, values of at most 65,535 bytes")]
    Tags,
    /// The whole is too long.
    #[error("kind, actor and tags together exceed a leaf's 65,535 bytes; put long text into the content")]
    TooLong,
    /// The content is longer than a length field holds.
    #[error("the content is too long")]
    Content,
    /// The version is not known.
    #[error("the leaf has version {0}, this build reads version 1; use a newer build")]
    Version(u8),
    /// The bytes break the layout.
    #[error("the leaf's bytes break the layout")]
    Layout,
}

impl Leaf {
    /// Encodes everything before the content's length: what the content's encryption is bound to.
    ///
    /// # Errors
    /// [`LeafError`] for a field that breaks its bound.
    pub fn encode_prefix(&self) -> Result<Vec<u8>, LeafError> {
        let Self { index, time_us, kind, actor, subject, tags, .. } = self;
        Prefix { index: *index, time_us: *time_us, kind, actor, subject: subject.as_ref(), tags }.encode()
    }

    /// Encodes the leaf.
    ///
    /// # Errors
    /// As [`Leaf::encode_prefix`].
    pub fn encode(&self) -> Result<Vec<u8>, LeafError> {
        let mut bytes = self.encode_prefix()?;
        bytes.extend_from_slice(&self.content_bytes.to_be_bytes());
        bytes.extend_from_slice(&self.content_sha256);
        Ok(bytes)
    }

    /// Appends the digest of the stored content to an encoded prefix, which makes it a leaf.
    ///
    /// # Errors
    /// [`LeafError::Content`] if the content is longer than 4 GiB.
    pub fn finish(prefix: &mut Vec<u8>, stored: &[u8]) -> Result<(), LeafError> {
        let length = u32::try_from(stored.len()).map_err(|_| LeafError::Content)?;
        prefix.extend_from_slice(&length.to_be_bytes());
        prefix.extend_from_slice(&Sha256::digest(stored));
        Ok(())
    }

    /// Reads a leaf.
    ///
    /// # Errors
    /// [`LeafError::Version`] for another version, [`LeafError::Layout`] for anything [`Leaf::encode`] would not write.
    pub fn parse(bytes: &[u8]) -> Result<Self, LeafError> {
        let mut reader = Reader(bytes);
        match reader.byte() {
            Some(VERSION) => {}
            Some(other) => return Err(LeafError::Version(other)),
            None => return Err(LeafError::Layout),
        }
        let leaf = reader.fields().filter(|_| reader.0.is_empty() && bytes.len() <= MAX_LEAF_BYTES);
        leaf.ok_or(LeafError::Layout)
    }

    /// Tells whether `stored` is the content this leaf was made for.
    pub fn has_content(&self, stored: &[u8]) -> bool {
        u32::try_from(stored.len()) == Ok(self.content_bytes)
            && <[u8; 32]>::from(Sha256::digest(stored)) == self.content_sha256
    }
}

/// The bytes of an encoded leaf before its content's length and digest.
pub fn prefix_of(leaf: &[u8]) -> &[u8] {
    leaf.len().checked_sub(CONTENT_BYTES).and_then(|end| leaf.get(..end)).unwrap_or_default()
}

/// Takes fields from the front of bytes.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn text(&mut self, count: usize) -> Option<String> {
        String::from_utf8(self.take(count)?.to_vec()).ok()
    }

    fn fields(&mut self) -> Option<Leaf> {
        let index = u64::from_be_bytes(self.array()?);
        let time_us = i64::from_be_bytes(self.array()?);
        let kind_length = self.byte()?;
        let kind = self.text(usize::from(kind_length)).filter(|kind| is_kind(kind.as_bytes()))?;
        let actor_length = self.byte()?;
        let actor = self.text(usize::from(actor_length))?;
        let subject = match self.byte()? {
            0 => None,
            32 => Some(self.array()?),
            _ => return None,
        };
        let count = self.byte()?;
        let mut tags = Vec::with_capacity(usize::from(count));
        for _ in 0..count {
            let key_length = self.byte().filter(|length| *length > 0)?;
            let key = self.text(usize::from(key_length))?;
            let value_length = u16::from_be_bytes(self.array()?);
            tags.push((key, self.text(usize::from(value_length))?));
        }
        let content_bytes = u32::from_be_bytes(self.array()?);
        let content_sha256 = self.array()?;
        Some(Leaf { index, time_us, kind, actor, subject, tags, content_bytes, content_sha256 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn leaves() -> impl Strategy<Value = Leaf> {
        let tags = prop::collection::vec((".{1,20}", ".{0,40}"), 0..5);
        let head = (any::<u64>(), any::<i64>(), "[!-~]{1,40}", ".{0,40}");
        (head, any::<Option<[u8; 32]>>(), tags, any::<u32>(), any::<[u8; 32]>()).prop_map(
            |((index, time_us, kind, actor), subject, tags, content_bytes, content_sha256)| Leaf {
                index,
                time_us,
                kind,
                actor,
                subject,
                tags,
                content_bytes,
                content_sha256,
            },
        )
    }

    fn plain() -> Leaf {
        Leaf {
            index: 3,
            time_us: -1,
            kind: "gateway.request".to_owned(),
            actor: "ada".to_owned(),
            subject: None,
            tags: vec![("model".to_owned(), "m".to_owned())],
            content_bytes: 0,
            content_sha256: [0; 32],
        }
    }

    proptest! {
        #[test]
        fn a_leaf_survives_encoding(leaf in leaves()) {
            let bytes = leaf.encode().unwrap();
            prop_assert_eq!(Leaf::parse(&bytes), Ok(leaf.clone()));
            prop_assert_eq!(prefix_of(&bytes), leaf.encode_prefix().unwrap());
        }

        #[test]
        fn what_parses_encodes_to_the_same_bytes(mut bytes in leaves().prop_map(|leaf| leaf.encode().unwrap()), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(leaf) = Leaf::parse(&bytes) {
                prop_assert_eq!(leaf.encode().unwrap(), bytes);
            }
        }

        #[test]
        fn any_bytes_are_parsed_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Leaf::parse(&bytes);
        }
    }

    #[test]
    fn every_cut_and_every_extra_byte_is_refused() {
        let bytes = plain().encode().unwrap();
        for end in 0..bytes.len() {
            assert!(Leaf::parse(&bytes[..end]).is_err(), "cut at {end}");
        }
        assert_eq!(Leaf::parse(&[bytes, vec![0]].concat()), Err(LeafError::Layout));
    }

    #[test]
    fn a_later_version_is_named() {
        let mut bytes = plain().encode().unwrap();
        bytes[0] = 2;
        assert_eq!(Leaf::parse(&bytes), Err(LeafError::Version(2)));
    }

    #[test]
    fn each_bound_is_kept() {
        let long = "x".repeat(256);
        assert_eq!(Leaf { kind: String::new(), ..plain() }.encode(), Err(LeafError::Kind));
        assert_eq!(Leaf { kind: "two words".to_owned(), ..plain() }.encode(), Err(LeafError::Kind));
        assert_eq!(Leaf { actor: long.clone(), ..plain() }.encode(), Err(LeafError::Actor));
        assert_eq!(Leaf { tags: vec![(long, String::new())], ..plain() }.encode(), Err(LeafError::Tags));
        assert_eq!(Leaf { tags: vec![(String::new(), String::new())], ..plain() }.encode(), Err(LeafError::Tags));
        let tags = vec![("k".to_owned(), "v".repeat(65_500))];
        assert_eq!(Leaf { tags, ..plain() }.encode(), Err(LeafError::TooLong));
    }

    #[test]
    fn a_content_fits_only_its_own_leaf() {
        let mut bytes = plain().encode_prefix().unwrap();
        Leaf::finish(&mut bytes, b"stored").unwrap();
        let leaf = Leaf::parse(&bytes).unwrap();
        assert!(leaf.has_content(b"stored") && !leaf.has_content(b"Stored") && !leaf.has_content(b""));
    }
}
