//! Which witnesses a state folder's ledger has: one file, `witnesses.json`, that `syndic ledger witness add` writes.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use syndic_attest::note::NoteKey;
use syndic_ledger::admin::NamedWitnesses;
use syndic_ledger::disk::{Durability, RealDisk, read_file, replace_file};
use syndic_ledger::witness::Cosigner;
use syndic_witness::Address;

/// The file's name in the state folder.
const FILE: &str = "witnesses.json";
const FORMAT: u32 = 1;
/// Larger files are refused.
const BYTES_LIMIT: u64 = 1 << 20;
/// Every run asks each of them, all at once.
const MOST_WITNESSES: usize = 16;

/// A witness: where it is, and what it signs with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) address: Address,
    /// Its name is the witness's.
    pub(crate) key: NoteKey,
    pub(crate) more_keys: Vec<NoteKey>,
}

impl Listed {
    /// Names a witness with one key or more; nothing without a key.
    pub(crate) fn new(address: Address, mut keys: Vec<NoteKey>) -> Option<Self> {
        keys.dedup();
        let mut keys = keys.into_iter();
        Some(Self { address, key: keys.next()?, more_keys: keys.collect() })
    }

    /// Returns all its keys.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &NoteKey> {
        std::iter::once(&self.key).chain(&self.more_keys)
    }

    /// Returns the log's side of it.
    pub(crate) fn cosigner(&self) -> Cosigner {
        Cosigner::new(self.key.clone()).with_keys(self.more_keys.iter().cloned())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    format: u32,
    witnesses: Vec<StoredWitness>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredWitness {
    url: String,
    keys: Vec<String>,
}

/// The witnesses of one state folder.
#[derive(Debug)]
pub(crate) struct WitnessList {
    state: PathBuf,
    listed: Vec<Listed>,
    is_there: bool,
}

impl WitnessList {
    /// Reads the list; without a file it is empty.
    ///
    /// # Errors
    /// The file cannot be read or is none of ours: guessing would leave a witness unasked.
    pub(crate) fn read(state: &Path) -> Result<Self> {
        let what = || format!("cannot use {}: mend it, or add the witnesses again", state.join(FILE).display());
        let bytes = read_file(&RealDisk::new(state), FILE, BYTES_LIMIT).with_context(what)?;
        let is_there = bytes.is_some();
        let listed = bytes.map_or_else(|| Ok(Vec::new()), |bytes| parse(&bytes)).with_context(what)?;
        Ok(Self { state: state.to_path_buf(), listed, is_there })
    }

    /// Says whether there is a list at all, be it empty.
    pub(crate) fn is_there(&self) -> bool {
        self.is_there
    }

    /// Returns the lines of all keys of all witnesses.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.listed.iter().flat_map(Listed::keys).map(ToString::to_string).collect()
    }

    /// Returns the keys that the log names and the list does not.
    pub(crate) fn lacking(&self, named: Option<&NamedWitnesses>) -> Vec<String> {
        let listed = self.keys();
        let named = named.map(|named| named.keys.as_slice()).unwrap_or_default();
        named.iter().filter(|key| !listed.contains(key)).cloned().collect()
    }

    /// Returns the witnesses in the order they were added.
    pub(crate) fn listed(&self) -> &[Listed] {
        &self.listed
    }

    /// Adds a witness, in the place of one at the same address, and writes the list.
    ///
    /// # Errors
    /// There are too many; the file cannot be written.
    pub(crate) fn add(&mut self, witness: Listed) -> Result<()> {
        self.listed.retain(|listed| listed.address != witness.address);
        if self.listed.len() >= MOST_WITNESSES {
            bail!("{MOST_WITNESSES} witnesses are the most that are asked: remove one first");
        }
        self.listed.push(witness);
        self.write()
    }

    /// Removes the witness at an address and writes the list; says whether there was one.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn remove(&mut self, address: &Address) -> Result<bool> {
        let before = self.listed.len();
        self.listed.retain(|listed| listed.address != *address);
        let is_changed = self.listed.len() != before;
        if is_changed {
            self.write()?;
        }
        Ok(is_changed)
    }

    fn write(&self) -> Result<()> {
        let witnesses = self.listed.iter().map(|listed| StoredWitness {
            url: listed.address.to_string(),
            keys: listed.keys().map(ToString::to_string).collect(),
        });
        let stored = Stored { format: FORMAT, witnesses: witnesses.collect() };
        let bytes = serde_json::to_vec_pretty(&stored)?;
        replace_file(&RealDisk::new(&self.state), FILE, &bytes, Durability::Now)
            .with_context(|| format!("cannot write {}", self.state.join(FILE).display()))
    }
}

fn parse(bytes: &[u8]) -> Result<Vec<Listed>> {
    let stored: Stored = serde_json::from_slice(bytes)?;
    if stored.format != FORMAT {
        bail!("format {} is not {FORMAT}: use the build that wrote it", stored.format);
    }
    if stored.witnesses.len() > MOST_WITNESSES {
        bail!("it lists {} witnesses, {MOST_WITNESSES} are the most", stored.witnesses.len());
    }
    let read = |witness: StoredWitness| {
        let keys = witness.keys.iter().map(|key| witness_key(key).map_err(anyhow::Error::msg));
        let listed = Listed::new(witness.url.parse()?, keys.collect::<Result<_>>()?);
        listed.with_context(|| format!("{} has no key", witness.url))
    };
    stored.witnesses.into_iter().map(read).collect()
}

/// Reads the line of a witness's key.
///
/// # Errors
/// It is no key, or one that signs something else than cosignatures; in words.
pub(crate) fn witness_key(line: &str) -> Result<NoteKey, String> {
    use syndic_attest::note::KeyUse;
    let key: NoteKey = line.trim().parse().map_err(|why| format!("{line:?} is not the key of a witness: {why}"))?;
    match key.key_use() {
        KeyUse::Cosignature => Ok(key),
        KeyUse::Note => Err(format!("{line:?} is the key of a log, not of a witness")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syndic_attest::SigningKey;
    use syndic_attest::note::KeyUse;

    fn key(seed: u8, key_use: KeyUse) -> NoteKey {
        NoteKey::new("w.example", key_use, SigningKey::from_seed([seed; 32]).public()).unwrap()
    }

    fn witness(url: &str, seed: u8) -> Listed {
        Listed::new(url.parse().unwrap(), vec![key(seed, KeyUse::Cosignature)]).unwrap()
    }

    #[test]
    fn what_is_added_is_read_and_replaces_what_has_the_same_address() {
        let state = tempfile::tempdir().unwrap();
        let mut list = WitnessList::read(state.path()).unwrap();
        assert!(list.listed().is_empty());
        for added in [witness("http://a.example", 1), witness("http://b.example/", 2), witness("http://a.example/", 3)]
        {
            list.add(added).unwrap();
        }
        let read = WitnessList::read(state.path()).unwrap();
        assert_eq!(read.listed(), [witness("http://b.example", 2), witness("http://a.example", 3)]);
        assert!(list.remove(&"http://b.example".parse().unwrap()).unwrap());
        assert!(!list.remove(&"http://b.example".parse().unwrap()).unwrap());
        assert_eq!(WitnessList::read(state.path()).unwrap().listed().len(), 1);
    }

    #[test]
    fn a_list_that_cannot_be_read_is_an_error_not_an_empty_list() {
        let state = tempfile::tempdir().unwrap();
        let log = key(1, KeyUse::Note);
        for text in [
            String::new(),
            "{}".to_owned(),
            "{\"format\":2,\"witnesses\":[]}".to_owned(),
            "{\"format\":1,\"witnesses\":[{\"url\":\"http://a\",\"keys\":[]}]}".to_owned(),
            format!("{{\"format\":1,\"witnesses\":[{{\"url\":\"http://a\",\"keys\":[\"{log}\"]}}]}}"),
            format!(
                "{{\"format\":1,\"witnesses\":[{{\"url\":\"a\",\"keys\":[\"{}\"]}}]}}",
                key(1, KeyUse::Cosignature)
            ),
        ] {
            std::fs::write(state.path().join(FILE), &text).unwrap();
            assert!(WitnessList::read(state.path()).is_err(), "{text}");
        }
    }
}
