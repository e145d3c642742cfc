//! The ledger as programs use it: shared by threads, acknowledging in groups.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, RwLock, mpsc};
use std::thread::JoinHandle;

use syndic_tlog::{Tile, TileContent, TileSource as _, TreeHead, decode_entries};

use crate::admin::Erasures;
use crate::disk::{Disk, DiskLock};
use crate::entry::{Content, Entry, Receipt, Record};
use crate::error::{Damage, DamageKind, LedgerError, Result};
use crate::leaf::{Leaf, prefix_of};
use crate::log::Log;
use crate::options::{OnFull, Options, Ports};
use crate::publish::SignedCheckpoint;
use crate::queue::NoRoom;
use crate::read::{StoredRecord, StoredRecords};
use crate::recovery::Recovery;
use crate::retention::RetiredRecords;
use crate::sealer::{Opened, Sealer};
use crate::stage::{check, refuse_own_kinds};
use crate::threads::{Shared, Tick, publish, write};
use crate::tiles::StoredTiles;

/// An open ledger; clones are the same one. When the last is dropped it is closed as [`Ledger::close`] does.
#[derive(Clone)]
pub struct Ledger(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) shared: Arc<Shared>,
    sealer: Arc<dyn Sealer>,
    pub(crate) disk: Arc<dyn Disk>,
    no_room: NoRoom,
    queue_entries: usize,
    running: Mutex<Option<Running>>,
    /// Which keys the log says are destroyed; nothing while nobody asked.
    pub(crate) erasures: RwLock<Option<Erasures>>,
}

/// The threads of a ledger that is not closed.
struct Running {
    writer: JoinHandle<()>,
    publisher: JoinHandle<()>,
    lock: Box<dyn DiskLock>,
}

impl Ledger {
    /// Makes a ledger in a folder that holds none, and opens it.
    ///
    /// # Errors
    /// As [`Log::create`].
    pub fn create(ports: &Ports, options: &Options) -> Result<Self> {
        Ok(Self::start(Log::create(ports, options)?, ports, options))
    }

    /// Opens the ledger of a folder, and says what recovery found.
    ///
    /// # Errors
    /// As [`Log::open`].
    pub fn open(ports: &Ports, options: &Options) -> Result<(Self, Recovery)> {
        let (log, recovery) = Log::open(ports, options)?;
        Ok((Self::start(log, ports, options), recovery))
    }

    fn start(log: Log, ports: &Ports, options: &Options) -> Self {
        let Log { writer, publisher, catalogue, spare, lock } = log;
        let shared = Arc::new(Shared {
            queue: crate::queue::Queue::default(),
            writer: Mutex::new(writer),
            catalogue,
            publisher: Mutex::new(publisher),
            spare,
            wants_spare: AtomicBool::new(false),
            tick: Tick::default(),
            publish_error: Mutex::new(None),
        });
        let (for_writer, for_publisher, every) = (Arc::clone(&shared), Arc::clone(&shared), options.checkpoint_every);
        let running = Running {
            writer: std::thread::spawn(move || write(&for_writer)),
            publisher: std::thread::spawn(move || publish(&for_publisher, every)),
            lock,
        };
        Self(Arc::new(Inner {
            shared,
            sealer: Arc::clone(&ports.sealer),
            disk: Arc::clone(&ports.disk),
            no_room: match options.on_full {
                OnFull::FailClosed => NoRoom::Refuse,
                OnFull::Shed => NoRoom::DropAndCount,
            },
            queue_entries: options.queue_entries,
            running: Mutex::new(Some(running)),
            erasures: RwLock::new(None),
        }))
    }

    /// Appends entries and returns when they are durable, in order, at adjacent indices.
    ///
    /// An error means "not acknowledged": nothing of the batch counts, though its first records may be in the log if
    /// it crossed the end of a segment or the machine failed meanwhile.
    ///
    /// # Errors
    /// [`LedgerError::Full`] while the disk is full, [`LedgerError::Stopped`] after the disk failed,
    /// [`LedgerError::Entry`], [`LedgerError::OwnKind`] and [`LedgerError::TooLarge`] for an entry that cannot be a record,
    /// [`LedgerError::Seal`] without keys, [`LedgerError::Closed`].
    pub fn append(&self, entries: Vec<Entry>) -> Result<Vec<Receipt>> {
        refuse_own_kinds(&entries)?;
        self.append_own(entries)
    }

    /// Appends entries of any kind, those of the ledger's own too.
    pub(crate) fn append_own(&self, entries: Vec<Entry>) -> Result<Vec<Receipt>> {
        check(&entries)?;
        let (reply, outcome) = mpsc::sync_channel(1);
        self.0.shared.queue.append(entries, reply)?;
        self.0.shared.write_soon();
        outcome.recv().unwrap_or(Err(LedgerError::Closed))
    }

    /// Hands in entries without waiting for the disk; there is no receipt.
    ///
    /// Entries that are lost later, because the disk is full or too slow, are counted by the next record that gets
    /// through, of kind `ledger.gap` with the tag `dropped`.
    ///
    /// # Errors
    /// [`LedgerError::QueueFull`] under [`OnFull::FailClosed`]; [`LedgerError::Entry`], [`LedgerError::TooLarge`],
    /// [`LedgerError::Closed`].
    pub fn submit(&self, entries: Vec<Entry>) -> Result<()> {
        refuse_own_kinds(&entries)?;
        check(&entries)?;
        self.0.shared.queue.submit(entries, self.0.queue_entries, self.0.no_room)
    }

    /// Signs a checkpoint over everything durable now, or returns the newest if nothing was added since.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn checkpoint(&self) -> Result<SignedCheckpoint> {
        self.0.shared.publish()
    }

    /// Returns why the last checkpoint of the background failed, if it did.
    pub fn checkpoint_error(&self) -> Option<LedgerError> {
        self.0.shared.publish_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets go of retired segments, so that their contents are gone and their space is free at once.
    pub(crate) fn forget_before(&self, first: u64) {
        self.0.shared.catalogue.forget_before(first);
    }

    /// Returns the number of durable records.
    pub fn size(&self) -> u64 {
        self.0.shared.catalogue.size()
    }

    /// Returns size and root of what is durable.
    pub fn head(&self) -> TreeHead {
        self.0.shared.catalogue.head()
    }

    /// Reads one record.
    ///
    /// # Errors
    /// [`LedgerError::OutOfRange`]; [`LedgerError::Damaged`] if it is not what was written; what the disk reports.
    pub fn read(&self, index: u64) -> Result<Record> {
        let size = self.size();
        if index >= size {
            return Err(LedgerError::OutOfRange { index, size });
        }
        if self.0.shared.catalogue.segment_of(index).is_none() {
            return self.0.retired(index);
        }
        let stored = StoredRecords::new(Arc::clone(&self.0.shared.catalogue), index).step()?;
        self.0.record(&stored.ok_or(LedgerError::OutOfRange { index, size })?)
    }

    /// Reads the records from `from` on, retired ones without their contents. The iterator ends at the present end and
    /// goes on when asked again later.
    pub fn tail(&self, from: u64) -> impl Iterator<Item = Result<Record>> + use<> {
        let inner = Arc::clone(&self.0);
        let kept = inner.shared.catalogue.first().max(from);
        let retired = RetiredRecords::new(Arc::clone(&inner.disk), from..kept);
        let stored = StoredRecords::new(Arc::clone(&inner.shared.catalogue), kept);
        retired.chain(stored.map(move |stored| stored.and_then(|stored| inner.record(&stored))))
    }

    /// Writes what waits, signs a last checkpoint, and lets go of the folder. Appending fails from now on.
    ///
    /// # Errors
    /// The checkpoint's; the records acknowledged are durable all the same.
    pub fn close(&self) -> Result<()> {
        self.0.close()
    }
}

impl Inner {
    fn close(&self) -> Result<()> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Running { writer, publisher, lock }) = running else { return Ok(()) };
        self.shared.tick.end();
        // The thread ends by itself; if it panicked there is nothing more to wait for.
        drop(publisher.join());
        self.shared.queue.close();
        drop(writer.join());
        let outcome = self.last_checkpoint();
        drop(lock);
        outcome
    }

    fn last_checkpoint(&self) -> Result<()> {
        let mut publisher = self.shared.publisher.lock().unwrap_or_else(PoisonError::into_inner);
        let before = publisher.published();
        let signed = publisher.publish()?;
        if before == Some(signed.head.size) {
            return Ok(());
        }
        let mut writer = self.shared.writer.lock().map_err(|_| LedgerError::Closed)?;
        writer.add_note(&signed.note)?;
        writer.commit()
    }

    pub(crate) fn record(&self, stored: &StoredRecord) -> Result<Record> {
        let index = stored.index;
        let leaf = Leaf::parse(&stored.leaf).map_err(|problem| damaged(index, &problem.to_string()))?;
        let content = if leaf.has_content(&stored.stored) {
            match self.sealer.open(prefix_of(&stored.leaf), &stored.stored) {
                Ok(Opened::Plain(plain)) => Content::Plain(plain),
                Ok(Opened::Gone { slot }) => self.without_key(&leaf, slot),
                Err(problem) => Content::Sealed(problem.to_string()),
            }
        } else {
            Content::Sealed("the stored content is not the one its leaf was made for".to_owned())
        };
        Ok(Record { index, leaf, content })
    }

    /// The leaf of a record whose segment is gone, from its bundle.
    fn retired(&self, index: u64) -> Result<Record> {
        let bytes = self.bundled(index).ok_or_else(|| damaged(index, "its segment and its bundle are gone"))?;
        let leaf = Leaf::parse(&bytes).map_err(|problem| damaged(index, &problem.to_string()))?;
        Ok(Record { index, leaf, content: Content::Retired })
    }

    fn bundled(&self, index: u64) -> Option<Vec<u8>> {
        let width = u64::from(syndic_tlog::TILE_WIDTH);
        let tile = Tile::in_tree(TileContent::Entries, index / width, self.shared.catalogue.size())?.to_full();
        let bytes = StoredTiles(Arc::clone(&self.disk)).read_tile(&tile).ok()?;
        let leaf = *decode_entries(&bytes, syndic_tlog::TILE_WIDTH).ok()?.get(usize::try_from(index % width).ok()?)?;
        Some(leaf.to_vec())
    }

    /// A content whose key is gone is erased only if the log says so.
    fn without_key(&self, leaf: &Leaf, slot: u64) -> Content {
        match self.erasure_of(leaf, slot) {
            Ok(Some(_)) => Content::Erased,
            Ok(None) => Content::Sealed(format!(
                "its key, in slot {slot} of keys/slots, is gone, and no record says that it was erased: bring it back from a \
                 backup with `syndic ledger merge-keys FILE`"
            )),
            Err(problem) => {
                Content::Sealed(format!("its key is gone, and whether it was erased cannot be told: {problem}"))
            }
        }
    }

    pub(crate) fn leaf_bytes(&self, index: u64) -> Result<Vec<u8>> {
        let size = self.shared.catalogue.size();
        if index >= size {
            return Err(LedgerError::OutOfRange { index, size });
        }
        if self.shared.catalogue.segment_of(index).is_none() {
            return self.bundled(index).ok_or_else(|| damaged(index, "its segment and its bundle are gone"));
        }
        let stored = StoredRecords::new(Arc::clone(&self.shared.catalogue), index).step()?;
        stored.map(|stored| stored.leaf).ok_or(LedgerError::OutOfRange { index, size })
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Who wants to know calls `close`.
        drop(self.close());
    }
}

/// What is stored for a record contradicts itself.
pub(crate) fn damaged(index: u64, what: &str) -> LedgerError {
    let path = "tile".to_owned();
    Damage { kind: DamageKind::Tampered, path, offset: 0, index, what: what.to_owned() }.into()
}
