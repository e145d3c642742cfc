//! Turns entries into frames: gives them index and time, seals their contents, hashes their leaves.

use syndic_tlog::{Hash, leaf_hash};

use crate::entry::{Entry, MAX_CONTENT_BYTES};
use crate::error::{LedgerError, Result};
use crate::frame;
use crate::leaf::{Leaf, LeafError};
use crate::prefix::Prefix;
use crate::sealer::Sealer;

/// A record ready to be written.
#[derive(Debug)]
pub(crate) struct Staged {
    pub(crate) index: u64,
    pub(crate) leaf_hash: Hash,
    pub(crate) frame: Vec<u8>,
}

/// Stages the entries of one batch as the records `first`, `first + 1` and so on; all or none.
pub(crate) fn stage(sealer: &dyn Sealer, entries: &[Entry], first: u64, time_us: i64) -> Result<Vec<Staged>> {
    (first..)
        .zip(entries.iter().enumerate())
        .map(|(index, (number, entry))| one(sealer, entry, number, index, time_us))
        .collect()
}

/// How the kinds begin that only the ledger itself writes: a hold or a release must not be forged by an event.
const OWN_KINDS: &str = "ledger.";

/// Refuses entries of the ledger's own kinds.
pub(crate) fn refuse_own_kinds(entries: &[Entry]) -> Result<()> {
    match entries.iter().enumerate().find(|(_, entry)| entry.kind.starts_with(OWN_KINDS)) {
        Some((number, entry)) => Err(LedgerError::OwnKind { number, kind: entry.kind.clone() }),
        None => Ok(()),
    }
}

/// Checks what can be wrong with an entry before it waits in a queue.
pub(crate) fn check(entries: &[Entry]) -> Result<()> {
    for (number, entry) in entries.iter().enumerate() {
        if entry.content.len() > MAX_CONTENT_BYTES {
            return Err(LedgerError::TooLarge { number, bytes: entry.content.len(), most: MAX_CONTENT_BYTES });
        }
        let pseudonym = entry.subject.as_ref().map(|_| &[0; 32]);
        prefix_of(entry, pseudonym, 0, 0).check().map_err(|problem| LedgerError::Entry { number, problem })?;
    }
    Ok(())
}

fn one(sealer: &dyn Sealer, entry: &Entry, number: usize, index: u64, time_us: i64) -> Result<Staged> {
    let wrong = |problem: LeafError| LedgerError::Entry { number, problem };
    let pseudonym = entry.subject.as_deref().map(|subject| sealer.pseudonym(subject)).transpose()?;
    let mut leaf = prefix_of(entry, pseudonym.as_ref(), index, time_us).encode().map_err(wrong)?;
    let stored = sealer.seal(&leaf, entry.subject.as_deref(), &entry.content)?;
    Leaf::finish(&mut leaf, &stored).map_err(wrong)?;
    let mut framed = Vec::new();
    if !frame::encode_record(&leaf, &stored, &mut framed) {
        return Err(LedgerError::TooLarge { number, bytes: stored.len(), most: MAX_CONTENT_BYTES });
    }
    Ok(Staged { index, leaf_hash: leaf_hash(&leaf), frame: framed })
}

fn prefix_of<'a>(entry: &'a Entry, subject: Option<&'a [u8; 32]>, index: u64, time_us: i64) -> Prefix<'a> {
    Prefix { index, time_us, kind: &entry.kind, actor: &entry.actor, subject, tags: &entry.tags }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealer::Unsealed;

    fn entry(kind: &str) -> Entry {
        Entry { kind: kind.to_owned(), content: b"what".to_vec(), ..Entry::default() }
    }

    #[test]
    fn a_batch_with_one_wrong_entry_is_not_staged() {
        let batch = [entry("fine"), entry("not fine")];
        let expected = "entry 1 of the batch cannot be a record";
        assert!(check(&batch).unwrap_err().to_string().starts_with(expected));
        assert!(stage(&Unsealed, &batch, 0, 0).unwrap_err().to_string().starts_with(expected));
    }

    #[test]
    fn a_content_past_the_bound_is_refused() {
        let large = Entry { content: vec![0; MAX_CONTENT_BYTES + 1], ..entry("large") };
        assert!(matches!(check(&[large]), Err(LedgerError::TooLarge { number: 0, .. })));
    }

    #[test]
    fn the_staged_hash_is_that_of_the_leaf_in_the_frame() {
        let staged = stage(&Unsealed, &[entry("a"), entry("b")], 7, 99).unwrap();
        for (index, staged) in (7..).zip(&staged) {
            let frame::Parsed::Frame { payload, .. } = frame::parse(&staged.frame) else { panic!("no frame") };
            let (leaf, content) = frame::split_record(payload).unwrap();
            let parsed = Leaf::parse(leaf).unwrap();
            assert_eq!((parsed.index, parsed.time_us, staged.index), (index, 99, index));
            assert!(parsed.has_content(content) && leaf_hash(leaf) == staged.leaf_hash);
        }
    }
}
