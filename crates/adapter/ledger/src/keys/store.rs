//! The key store in use: pseudonyms, sealing, opening, flushing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::cache::KeyCache;
use super::content::{self, Sealed};
use super::error::{KeyError, while_doing};
use super::header::{Header, Unlocked};
use super::master::MasterKey;
use super::named::first_unnamed;
use super::pseudonym::{Pseudonym, PseudonymKey};
use super::recovery::{KeyRecovery, Places, restore, survey};
use super::slot::{Found, Slot, judge};
use super::slot_file::{FOLDER, PATH, Side, SlotFile, leftover_header, publish, wipe_leftover};
use super::wrapping::{Key, WRAPPED_BYTES, new_key, wrap};
use super::xaes::Xaes;
use crate::clock::Random;
use crate::disk::Disk;
use crate::sealer::Opened;

/// Whether a store may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Only opening contents; works beside another process that writes. Keys in use stay in memory and a rotation
    /// elsewhere is not noticed, so a long-lived reader opens the store anew to learn of erasures.
    Read,
    /// Everything, and putting right what a crash left. The caller holds the ledger's lock.
    Write,
}

/// The keys of a ledger; see the module's documentation.
pub struct KeyStore {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) random: Arc<dyn Random>,
    pseudonyms: PseudonymKey,
    state: Mutex<State>,
}

pub(super) struct State {
    pub(super) file: SlotFile,
    pub(super) header: Unlocked,
    pub(super) places: Places,
    pub(super) slots: u64,
    pub(super) cache: KeyCache,
    /// A new slot was written and not yet synced.
    is_unsynced: bool,
    /// Why nothing may be changed.
    closed: Option<&'static str>,
}

impl KeyStore {
    /// Makes an empty store in the folder `keys` and opens it for writing. Durable on return; a crash leaves either
    /// the whole store or none, and making it again is then fine.
    ///
    /// # Errors
    /// `Disk` if there is a store already or the disk refuses; `Random` without randomness.
    pub fn create(disk: Arc<dyn Disk>, random: Arc<dyn Random>, master: &MasterKey) -> Result<Self, KeyError> {
        disk.create_dir(FOLDER).map_err(while_doing("creating the folder keys"))?;
        if disk.open(PATH).is_ok() {
            return Err(while_doing("creating keys/slots")(std::io::ErrorKind::AlreadyExists.into()));
        }
        wipe_leftover(&*disk)?;
        let header = Header::new(master, &*random)?;
        SlotFile::create_next(&*disk, &header)?.sync()?;
        publish(&*disk)?;
        Self::open(disk, random, master, Access::Write).map(|(store, _)| store)
    }

    /// Opens the store. For writing, no new key gets a number that a record of the log beside it names: what is sealed under
    /// that one would seem to have its key.
    ///
    /// # Errors
    /// `WrongMaster` if the master key is another; `BadHeader` if the store is missing or unusable as a whole; `Disk`
    /// if the disk refuses. Damaged slots are no error, see [`KeyRecovery`].
    pub fn open(
        disk: Arc<dyn Disk>,
        random: Arc<dyn Random>,
        master: &MasterKey,
        access: Access,
    ) -> Result<(Self, KeyRecovery), KeyError> {
        let file = SlotFile::open(&*disk)?;
        let (header, are_both_good) = file.header()?;
        let header = header.unlock(master).map_err(|error| of_unfinished_rotation(&*disk, master, error))?;
        let (places, mut recovery) = survey(&file, &header.wrapping)?;
        recovery.is_header_mended = !are_both_good;
        let mut slots = recovery.slots;
        let closed = match access {
            Access::Read => Some("it was opened for reading only"),
            Access::Write => {
                recovery.is_leftover_wiped = restore(&*disk, &file, &header.wrapping)?;
                slots = slots.max(first_unnamed(&*disk, &header.wrapping, &*random, slots)?);
                None
            }
        };
        let pseudonyms = PseudonymKey::new(header.pseudonyms.key().clone());
        let cache = KeyCache::default();
        let state = State { file, header, places, slots, cache, is_unsynced: false, closed };
        Ok((Self { disk, random, pseudonyms, state: Mutex::new(state) }, recovery))
    }

    /// Returns the pseudonym of a subject; the log's own subject is `""`. It needs no key slot and is for ever the same.
    pub fn pseudonym(&self, subject: &str) -> Pseudonym {
        self.pseudonyms.of(subject)
    }

    /// Returns how many master keys the store has had.
    pub fn generation(&self) -> u32 {
        self.state().header.header.generation
    }

    /// Encrypts a content for the record whose leaf begins with `leaf_prefix` (all bytes before the content's length).
    ///
    /// A subject without a key gets one, which is durable only after [`KeyStore::flush`].
    ///
    /// # Errors
    /// `Closed` after a failure; `TooLarge` past 4 GiB; `Random`, `Disk` or `BadSlot` if the subject's key cannot be
    /// made or read.
    pub fn seal(&self, leaf_prefix: &[u8], subject: &Pseudonym, plain: &[u8]) -> Result<Vec<u8>, KeyError> {
        let (slot, key) = self.state().key_to_seal(&*self.random, subject)?;
        content::seal(slot, &key, &*self.random, leaf_prefix, plain)
    }

    /// Decrypts a content. The caller has checked it against the digest in its leaf: here a content altered so that it
    /// names an empty slot passes for one whose key is gone.
    ///
    /// # Errors
    /// `Refused` if it was altered or belongs to another record; `MissingSlot`, `BadSlot` or `Disk` if its subject's key
    /// cannot be had.
    pub fn unseal(&self, leaf_prefix: &[u8], sealed: &[u8]) -> Result<Opened, KeyError> {
        let sealed = Sealed::parse(sealed)?;
        let key = self.state().key_in(sealed.slot)?;
        match key {
            Some(key) => sealed.open(&key, leaf_prefix).map(Opened::Plain),
            None => Ok(Opened::Gone { slot: sealed.slot }),
        }
    }

    /// Has fetched the key slots that opening these contents will read.
    pub(crate) fn will_unseal<'a>(&self, contents: impl Iterator<Item = &'a [u8]>) {
        let mut slots: Vec<u64> = contents.filter_map(content::slot_of).collect();
        slots.sort_unstable();
        slots.dedup();
        let mut state = self.state();
        for slot in slots {
            if state.cache.find(slot).is_none() {
                state.file.will_read(slot);
            }
        }
    }

    /// Makes the keys of all subjects seen so far durable; costs nothing if none is new. To be called before the records
    /// sealed so far are written to the log.
    ///
    /// # Errors
    /// `Disk` if the sync fails, and `Closed` ever after: what was sealed since the last flush must not be written.
    pub fn flush(&self) -> Result<(), KeyError> {
        let mut state = self.state();
        state.check_open()?;
        if state.is_unsynced {
            let synced = state.file.sync();
            state.or_close("a sync failed, what is on the disk is unknown; open the ledger again", synced)?;
            state.is_unsynced = false;
        }
        Ok(())
    }

    /// Draws a random key, for what is encrypted beside the log.
    pub(crate) fn draw_key(&self) -> Result<Key, KeyError> {
        new_key(&*self.random)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Refuses if nothing may be changed.
    pub(super) fn check_open(&self) -> Result<(), KeyError> {
        self.closed.map_or(Ok(()), |why| Err(KeyError::Closed { why }))
    }

    /// Passes an outcome on; after a failure nothing may be changed any more.
    pub(super) fn or_close<T>(&mut self, why: &'static str, outcome: Result<T, KeyError>) -> Result<T, KeyError> {
        if outcome.is_err() {
            self.closed = Some(why);
        }
        outcome
    }

    /// Notes that every slot is durable.
    pub(super) fn note_synced(&mut self) {
        self.is_unsynced = false;
    }

    fn key_to_seal(&mut self, random: &dyn Random, subject: &Pseudonym) -> Result<(u64, Arc<Xaes>), KeyError> {
        self.check_open()?;
        let Some(slot) = self.places.live.get(subject).copied() else {
            return self.add(random, *subject);
        };
        let key = self.key_in(slot)?.ok_or(KeyError::BadSlot { slot })?;
        Ok((slot, key))
    }

    /// Gives a subject a key in a new slot, not yet durable.
    fn add(&mut self, random: &dyn Random, pseudonym: Pseudonym) -> Result<(u64, Arc<Xaes>), KeyError> {
        let generation = self.header.header.generation;
        let mut slot = Slot { number: self.slots, generation, sequence: 1, pseudonym, key: Some([0; WRAPPED_BYTES]) };
        let key = new_key(random)?;
        slot.key = Some(wrap(&self.header.wrapping, random, &slot.bound(), &key)?);
        let bytes = slot.encode();
        // Should a write fail, the next subject takes the same place: nothing was sealed with what is there.
        self.file.write_copy(slot.number, Side::First, &bytes)?;
        self.file.write_copy(slot.number, Side::Second, &bytes)?;
        self.is_unsynced = true;
        self.slots += 1;
        self.places.live.insert(pseudonym, slot.number);
        let key = Arc::new(Xaes::new(&key));
        self.cache.keep(slot.number, Arc::clone(&key));
        Ok((slot.number, key))
    }

    /// Returns the key in a slot; `None` if there is none any more.
    fn key_in(&mut self, slot: u64) -> Result<Option<Arc<Xaes>>, KeyError> {
        if let Some(key) = self.cache.find(slot) {
            return Ok(Some(key));
        }
        if slot >= self.slots {
            // A reader in another process learns so of slots made since.
            self.slots = self.slots.max(self.file.slots()?);
        }
        if slot >= self.slots {
            return Err(KeyError::MissingSlot { slot, slots: self.slots });
        }
        let found = match judge(slot, &self.file.copies(slot)?, &self.header.wrapping) {
            Found::Held(found) if found.key.is_some() => found,
            Found::Held(_) | Found::Erased => return Ok(None),
            Found::Damaged => return Err(KeyError::BadSlot { slot }),
        };
        let key = Arc::new(Xaes::new(&*found.open(&self.header.wrapping).ok_or(KeyError::BadSlot { slot })?));
        self.cache.keep(slot, Arc::clone(&key));
        Ok(Some(key))
    }
}

/// Tells the new key of a rotation that never finished from a foreign one.
fn of_unfinished_rotation(disk: &dyn Disk, master: &MasterKey, error: KeyError) -> KeyError {
    let is_next = leftover_header(disk).is_some_and(|header| header.is_opened_by(master).unwrap_or(false));
    match error {
        KeyError::WrongMaster { generation, .. } if is_next => KeyError::WrongMaster {
            generation,
            hint: "it is the new one of a rotation that did not finish, give the old one and rotate again",
        },
        other => other,
    }
}
