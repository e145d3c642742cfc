//! The laws of the key store, on the simulated disk.

mod crashes;
mod erasing;
mod flips;
mod sealing;

use std::io;
use std::sync::{Arc, Mutex};

use zeroize::Zeroizing;

use super::{Access, KeyError, KeyRecovery, KeyStore, MasterKey};
use crate::clock::Random;
use crate::disk::{Disk, SimDisk, read_file};
use crate::sealer::Opened;

/// Reproducible bytes that remember what they were, so that a test can look for keys.
pub(crate) struct Seeded(Mutex<(u64, Vec<Vec<u8>>)>);

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Mutex::new((seed, Vec::new())))
    }

    /// Everything drawn since the last call.
    fn drawn(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.0.lock().unwrap().1)
    }
}

impl Random for Seeded {
    fn fill(&self, into: &mut [u8]) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        for byte in &mut *into {
            state.0 = state.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = state.0.to_be_bytes()[0];
        }
        state.1.push(into.to_vec());
        Ok(())
    }
}

/// A disk with a key store and the randomness it uses.
struct Bench {
    disk: SimDisk,
    random: Arc<Seeded>,
}

impl Bench {
    fn new(seed: u64) -> Self {
        Self { disk: SimDisk::new(seed), random: Arc::new(Seeded::new(seed)) }
    }

    fn create(&self, master: u8) -> KeyStore {
        KeyStore::create(Arc::new(self.disk.clone()), self.random.clone(), &key(master)).unwrap()
    }

    fn open(&self, master: u8, access: Access) -> Result<(KeyStore, KeyRecovery), KeyError> {
        KeyStore::open(Arc::new(self.disk.clone()), self.random.clone(), &key(master), access)
    }

    /// Every byte of the folder.
    fn bytes(&self) -> Vec<u8> {
        let names = self.disk.list("keys").unwrap();
        let read = |name: &String| read_file(&self.disk, &format!("keys/{name}"), u64::MAX).unwrap().unwrap();
        names.iter().flat_map(read).collect()
    }

    fn contains(&self, needle: &[u8]) -> bool {
        self.bytes().windows(needle.len()).any(|window| window == needle)
    }
}

fn key(master: u8) -> MasterKey {
    MasterKey::from_bytes(Zeroizing::new([master; 32]))
}

/// Seals `plain` for a subject, bound to a leaf that begins with the subject's name.
fn seal(store: &KeyStore, subject: &str, plain: &[u8]) -> Vec<u8> {
    store.seal(subject.as_bytes(), &store.pseudonym(subject), plain).unwrap()
}

fn plain(store: &KeyStore, subject: &str, sealed: &[u8]) -> Vec<u8> {
    match store.unseal(subject.as_bytes(), sealed).unwrap() {
        Opened::Plain(plain) => plain,
        Opened::Gone { slot } => panic!("gone: {subject}, {slot}"),
    }
}

fn is_gone(opened: &Opened) -> bool {
    matches!(opened, Opened::Gone { .. })
}
