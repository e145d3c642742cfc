//! A ledger with keys on any disk, with a clock set by hand and randomness that is remembered.

use std::io;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use syndic_attest::SigningKey;
use syndic_ledger::admin::{Admin, AdminError, Cause};
use syndic_ledger::disk::Disk;
use syndic_ledger::keys::{Access, KeyStore, MasterKey};
use syndic_ledger::{Clock, Content, Entry, Ledger, Options, Ports, Random};

/// Shows the time it was set to.
#[derive(Default)]
pub(crate) struct Hands(pub(crate) AtomicI64);

impl Clock for Hands {
    fn now_us(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Reproducible bytes, remembered so that a test can look for keys.
#[derive(Default)]
pub(crate) struct Remembered {
    state: Mutex<u64>,
    pub(crate) drawn: Mutex<Vec<Vec<u8>>>,
}

impl Random for Remembered {
    fn fill(&self, into: &mut [u8]) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        for byte in &mut *into {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = state.to_be_bytes()[0];
        }
        self.drawn.lock().unwrap().push(into.to_vec());
        Ok(())
    }
}

pub(crate) struct Bench {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) clock: Arc<Hands>,
    pub(crate) random: Arc<Remembered>,
    options: Options,
    /// The keys the ledger was opened with last.
    keys: Mutex<Option<Arc<KeyStore>>>,
}

impl Bench {
    pub(crate) fn new(disk: Arc<dyn Disk>) -> Self {
        let mut options = Options::new("bench.example/log", SigningKey::from_seed([9; 32]));
        options.segment_bytes = 16 << 10;
        // Only what a test does happens.
        options.checkpoint_every = Duration::from_secs(3_600);
        Self { disk, clock: Arc::default(), random: Arc::default(), options, keys: Mutex::default() }
    }

    #[allow(dead_code, reason = "only tests of segments' borders choose the size")]
    pub(crate) fn with_segments(disk: Arc<dyn Disk>, bytes: u64) -> Self {
        let mut bench = Self::new(disk);
        bench.options.segment_bytes = bytes;
        bench
    }

    /// Makes the ledger under master key 1.
    pub(crate) fn create(&self) -> Admin {
        let keys = KeyStore::create(Arc::clone(&self.disk), self.random.clone(), &master(1)).unwrap();
        let keys = Arc::new(keys);
        let ledger = Ledger::create(&self.ports(&keys), &self.options).unwrap();
        Admin::open(ledger, keys, Arc::clone(&self.disk)).unwrap()
    }

    /// Opens the ledger; it must open, though administration may fail.
    pub(crate) fn try_open(&self, number: u8) -> Result<Admin, AdminError> {
        let random = self.random.clone();
        let keys = Arc::new(KeyStore::open(Arc::clone(&self.disk), random, &master(number), Access::Write)?.0);
        let (ledger, _) = Ledger::open(&self.ports(&keys), &self.options)?;
        Admin::open(ledger, keys, Arc::clone(&self.disk))
    }

    pub(crate) fn open(&self) -> Admin {
        self.try_open(1).unwrap()
    }

    #[allow(dead_code, reason = "not every test looks into contents")]
    pub(crate) fn keys(&self) -> Arc<KeyStore> {
        self.keys.lock().unwrap().clone().unwrap()
    }

    fn ports(&self, keys: &Arc<KeyStore>) -> Ports {
        *self.keys.lock().unwrap() = Some(Arc::clone(keys));
        let (disk, sealer) = (Arc::clone(&self.disk), Arc::clone(keys));
        Ports { disk, clock: self.clock.clone(), sealer }
    }
}

pub(crate) fn master(number: u8) -> MasterKey {
    MasterKey::from_bytes([number; 32].into())
}

pub(crate) fn cause() -> Cause {
    Cause { actor: "dpo".to_owned(), reason: "request 7".to_owned() }
}

pub(crate) fn entry(subject: &str, content: &str) -> Entry {
    Entry {
        kind: "test".to_owned(),
        subject: (!subject.is_empty()).then(|| subject.to_owned()),
        tags: vec![("of".to_owned(), content.len().to_string())],
        content: content.as_bytes().to_vec(),
        ..Entry::default()
    }
}

/// Appends a record and returns its index.
pub(crate) fn append(admin: &Admin, subject: &str, content: &str) -> u64 {
    admin.ledger().append(vec![entry(subject, content)]).unwrap()[0].index
}

pub(crate) fn content(admin: &Admin, index: u64) -> Content {
    admin.ledger().read(index).unwrap().content
}

pub(crate) fn plain(text: &str) -> Content {
    Content::Plain(text.as_bytes().to_vec())
}

/// Counts the records of a kind, also in retired segments.
pub(crate) fn count(admin: &Admin, kind: &str) -> usize {
    (0..admin.ledger().size()).filter(|index| admin.ledger().read(*index).unwrap().leaf.kind == kind).count()
}

/// Proves every record, and every earlier size, under a checkpoint signed now.
pub(crate) fn assert_all_proved(admin: &Admin) {
    let signed = admin.ledger().checkpoint().unwrap().head;
    for index in 0..signed.size {
        let leaf = admin.ledger().read(index).unwrap().leaf.encode().unwrap();
        admin.ledger().prove(index, signed.size).unwrap().verify(&leaf, &signed).unwrap();
        admin.ledger().prove_consistency(index + 1, signed.size).unwrap();
    }
}
