//! The real disk with a stopwatch: what the calling thread spent in writes and in syncs.

use std::cell::Cell;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use syndic_ledger::disk::{Disk, DiskFile, DiskLock, RealDisk};

/// What one thread spent in system calls.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent {
    pub(crate) writing: Duration,
    pub(crate) syncing: Duration,
}

impl Spent {
    pub(crate) fn add(&mut self, other: &Self) {
        self.writing += other.writing;
        self.syncing += other.syncing;
    }
}

thread_local! {
    static SPENT: Cell<Spent> = const { Cell::new(Spent { writing: Duration::ZERO, syncing: Duration::ZERO }) };
}

/// What this thread spent since [`forget_spent`].
pub(crate) fn spent() -> Spent {
    SPENT.get()
}

pub(crate) fn forget_spent() {
    SPENT.set(Spent::default());
}

/// A real disk whose files measure themselves.
pub(crate) struct TimedDisk(pub(crate) RealDisk);

struct TimedFile(Arc<dyn DiskFile>);

fn timed(file: Arc<dyn DiskFile>) -> Arc<dyn DiskFile> {
    Arc::new(TimedFile(file))
}

impl Disk for TimedDisk {
    fn create(&self, path: &str) -> io::Result<Arc<dyn DiskFile>> {
        self.0.create(path).map(timed)
    }

    fn open(&self, path: &str) -> io::Result<Arc<dyn DiskFile>> {
        self.0.open(path).map(timed)
    }

    fn create_dir(&self, folder: &str) -> io::Result<()> {
        self.0.create_dir(folder)
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        self.0.list(folder)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.0.remove(path)
    }

    fn sync_dir(&self, folder: &str) -> io::Result<()> {
        self.0.sync_dir(folder)
    }

    fn lock(&self) -> io::Result<Box<dyn DiskLock>> {
        self.0.lock()
    }
}

impl DiskFile for TimedFile {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(into, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let started = Instant::now();
        let outcome = self.0.write_at(bytes, offset);
        SPENT.set(Spent { writing: SPENT.get().writing + started.elapsed(), ..SPENT.get() });
        outcome
    }

    fn write_next_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let started = Instant::now();
        let outcome = self.0.write_next_at(bytes, offset);
        SPENT.set(Spent { writing: SPENT.get().writing + started.elapsed(), ..SPENT.get() });
        outcome
    }

    fn end_writes(&self) {
        self.0.end_writes();
    }

    fn preallocate(&self, bytes: u64) -> io::Result<()> {
        self.0.preallocate(bytes)
    }

    fn sync_data(&self) -> io::Result<()> {
        let started = Instant::now();
        let outcome = self.0.sync_data();
        SPENT.set(Spent { syncing: SPENT.get().syncing + started.elapsed(), ..SPENT.get() });
        outcome
    }
}
