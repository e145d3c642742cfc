//! The bytes of a leaf before its content's length, from fields that are only borrowed: what a writer encodes for every
//! record, once to check an entry and once in its place, must not copy the entry's texts each time.

use crate::leaf::{CONTENT_BYTES, LeafError, MAX_LEAF_BYTES, VERSION};

/// What a leaf says before it comes to the content; see [`crate::leaf`] for the layout.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prefix<'a> {
    pub(crate) index: u64,
    pub(crate) time_us: i64,
    pub(crate) kind: &'a str,
    pub(crate) actor: &'a str,
    pub(crate) subject: Option<&'a [u8; 32]>,
    pub(crate) tags: &'a [(String, String)],
}

impl Prefix<'_> {
    /// Returns how many bytes [`Prefix::encode`] writes, if every field keeps its bound.
    pub(crate) fn check(&self) -> Result<usize, LeafError> {
        if !is_kind(self.kind.as_bytes()) || self.kind.len() > usize::from(u8::MAX) {
            return Err(LeafError::Kind);
        }
        if self.actor.len() > usize::from(u8::MAX) {
            return Err(LeafError::Actor);
        }
        let mut bytes = 1 + 8 + 8 + 1 + self.kind.len() + 1 + self.actor.len() + 1 + self.subject.map_or(0, |_| 32) + 1;
        if self.tags.len() > usize::from(u8::MAX) {
            return Err(LeafError::Tags);
        }
        for (key, value) in self.tags {
            if !(1..=usize::from(u8::MAX)).contains(&key.len()) || value.len() > usize::from(u16::MAX) {
                return Err(LeafError::Tags);
            }
            bytes += 1 + key.len() + 2 + value.len();
        }
        if bytes + CONTENT_BYTES > MAX_LEAF_BYTES { Err(LeafError::TooLong) } else { Ok(bytes) }
    }

    /// Encodes the fields, with room for what follows them in a leaf.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, LeafError> {
        let mut bytes = Vec::with_capacity(self.check()? + CONTENT_BYTES);
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.index.to_be_bytes());
        bytes.extend_from_slice(&self.time_us.to_be_bytes());
        for (text, wrong) in [(self.kind, LeafError::Kind), (self.actor, LeafError::Actor)] {
            bytes.push(u8::try_from(text.len()).map_err(|_| wrong)?);
            bytes.extend_from_slice(text.as_bytes());
        }
        bytes.push(if self.subject.is_some() { 32 } else { 0 });
        bytes.extend_from_slice(self.subject.map_or(&[], |subject| subject.as_slice()));
        bytes.push(u8::try_from(self.tags.len()).map_err(|_| LeafError::Tags)?);
        for (key, value) in self.tags {
            bytes.push(u8::try_from(key.len()).map_err(|_| LeafError::Tags)?);
            bytes.extend_from_slice(key.as_bytes());
            bytes.extend_from_slice(&u16::try_from(value.len()).map_err(|_| LeafError::Tags)?.to_be_bytes());
            bytes.extend_from_slice(value.as_bytes());
        }
        Ok(bytes)
    }
}

/// Says whether bytes are a kind as the layout has it, apart from their number.
pub(crate) fn is_kind(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(u8::is_ascii_graphic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_passes_the_check_is_encoded_in_as_many_bytes_and_nothing_else_is(
            kind in "[ -~]{0,300}",
            actor in "[a-zé]{0,200}",
            is_about_somebody: bool,
            tags in prop::collection::vec(("[a-z]{0,300}", "[a-z]{0,40}"), 0..4),
            repeated in prop_oneof![Just(1_usize), Just(200)],
        ) {
            let tags: Vec<(String, String)> = tags.iter().cycle().take(tags.len() * repeated).cloned().collect();
            let subject = is_about_somebody.then_some(&[7; 32]);
            let prefix = Prefix { index: 1, time_us: 2, kind: &kind, actor: &actor, subject, tags: &tags };
            prop_assert_eq!(prefix.check(), prefix.encode().map(|bytes| bytes.len()));
        }
    }

    #[test]
    fn each_field_past_its_bound_is_named() {
        let (long, longest) = ("x".repeat(256), "x".repeat(65_536));
        let tag = |key: &str, value: &str| vec![(key.to_owned(), value.to_owned())];
        let check = |kind, actor, tags: &[(String, String)]| {
            Prefix { index: 0, time_us: 0, kind, actor, subject: None, tags }.check()
        };
        assert_eq!(check("", "", &[]), Err(LeafError::Kind));
        assert_eq!(check("a b", "", &[]), Err(LeafError::Kind));
        assert_eq!(check(&long, "", &[]), Err(LeafError::Kind));
        assert_eq!(check("k", &long, &[]), Err(LeafError::Actor));
        assert_eq!(check("k", "", &tag("", "")), Err(LeafError::Tags));
        assert_eq!(check("k", "", &tag(&long, "")), Err(LeafError::Tags));
        assert_eq!(check("k", "", &tag("t", &longest)), Err(LeafError::Tags));
        assert_eq!(check("k", "", &vec![("t".to_owned(), String::new()); 256]), Err(LeafError::Tags));
        assert_eq!(check("k", "", &tag("t", &longest[..65_500])), Err(LeafError::TooLong));
        assert!(check(&long[..255], &long[..255], &tag(&long[..255], &longest[..60_000])).is_ok());
    }
}
