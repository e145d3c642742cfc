//! All objects of a repository: packs, loose files, and those of repositories it borrows from.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::delta;
use super::loose;
use super::object::{GitError, Id, Kind};
use super::pack::{Pack, Stored};

/// Longest chain of deltas followed; git itself makes none longer than 4,095.
const MAX_CHAIN: usize = 4096;
/// Bytes of bases kept; when there are more, all are forgotten.
const MAX_KEPT: usize = 24 << 20;
/// Larger objects are not kept.
const MAX_KEPT_ONE: usize = 1 << 20;
/// Repositories borrowed from, at most.
const MAX_ALTERNATES: usize = 16;

/// The objects.
#[derive(Debug)]
pub(super) struct Database {
    folders: Vec<PathBuf>,
    packs: Vec<Pack>,
    /// Trees and commits unpacked lately: those of one history are deltas to each other.
    kept: Mutex<Kept>,
}

/// An object, shared between those that read it.
type Shared = (Kind, Arc<Vec<u8>>);

#[derive(Debug, Default)]
struct Kept {
    /// By number of the pack and offset.
    by_place: HashMap<(usize, u64), Shared>,
    bytes: usize,
}

impl Kept {
    fn keep(&mut self, place: (usize, u64), kind: Kind, content: &Arc<Vec<u8>>) {
        if kind == Kind::Blob || content.len() > MAX_KEPT_ONE {
            return;
        }
        if self.bytes + content.len() > MAX_KEPT {
            *self = Self::default();
        }
        if self.by_place.insert(place, (kind, Arc::clone(content))).is_none() {
            self.bytes += content.len();
        }
    }
}

/// Where an object lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Number of the pack, and offset.
    Packed(usize, u64),
    /// A file of its own, or nowhere.
    Loose,
}

impl Database {
    /// Opens a folder of objects with what it borrows from.
    ///
    /// # Errors
    /// A pack that cannot be read.
    pub(super) fn open(objects: &Path) -> Result<Self, GitError> {
        let mut folders = vec![objects.to_owned()];
        let mut at = 0;
        while let Some(folder) = folders.get(at).cloned() {
            let list = std::fs::read_to_string(folder.join("info/alternates")).unwrap_or_default();
            for line in list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
                let other = folder.join(line);
                if folders.len() < MAX_ALTERNATES && !folders.contains(&other) {
                    folders.push(other);
                }
            }
            at += 1;
        }
        let mut packs = Vec::new();
        for folder in &folders {
            let Ok(entries) = std::fs::read_dir(folder.join("pack")) else { continue };
            let mut indices: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
            indices.retain(|path| path.extension().is_some_and(|extension| extension == "idx"));
            indices.sort();
            for index in indices {
                packs.push(Pack::open(&index)?);
            }
        }
        Ok(Self { folders, packs, kept: Mutex::default() })
    }

    /// Returns the packs.
    pub(super) fn packs(&self) -> &[Pack] {
        &self.packs
    }

    /// Says where an object lies.
    pub(super) fn place(&self, id: Id) -> Place {
        let packed = self.packs.iter().enumerate().find_map(|(number, pack)| Some((number, pack.find(id)?)));
        packed.map_or(Place::Loose, |(number, offset)| Place::Packed(number, offset))
    }

    /// Reads an object.
    ///
    /// # Errors
    /// It is missing or cannot be read.
    pub(super) fn read(&self, id: Id) -> Result<(Kind, Vec<u8>), GitError> {
        self.read_within(id, MAX_CHAIN)
    }

    /// Reads an object that must be of this kind.
    ///
    /// # Errors
    /// As [`Self::read`], or it is of another kind.
    pub(super) fn read_as(&self, kind: Kind, id: Id) -> Result<Vec<u8>, GitError> {
        let (found, content) = self.read(id)?;
        let is_right = found == kind;
        is_right.then_some(content).ok_or_else(|| GitError::malformed(format!("object {id} is a {found:?}")))
    }

    fn read_within(&self, id: Id, links: usize) -> Result<(Kind, Vec<u8>), GitError> {
        if let Place::Packed(number, offset) = self.place(id) {
            let (kind, content) = self.read_entry(number, offset, links)?;
            return Ok((kind, Arc::unwrap_or_clone(content)));
        }
        for folder in &self.folders {
            if let Some(found) = loose::read(folder, id)? {
                return Ok(found);
            }
        }
        Err(GitError::Missing(id))
    }

    fn read_entry(&self, number: usize, offset: u64, links: usize) -> Result<Shared, GitError> {
        let pack = self.packs.get(number).ok_or_else(|| GitError::malformed("a pack is gone"))?;
        let mut deltas = Vec::new();
        let mut at = offset;
        let (kind, mut content) = loop {
            if let Some((kind, content)) = self.kept().by_place.get(&(number, at)) {
                break (*kind, Arc::clone(content));
            }
            if deltas.len() >= links {
                return Err(GitError::malformed("a chain of deltas without end"));
            }
            let header = pack.header(at)?;
            let bytes = pack.unpack(&header)?;
            match header.stored {
                Stored::Whole(kind) => {
                    let content = Arc::new(bytes);
                    self.kept().keep((number, at), kind, &content);
                    break (kind, content);
                }
                Stored::Beside(base) => {
                    deltas.push((at, bytes));
                    at = base;
                }
                Stored::To(base) => {
                    deltas.push((at, bytes));
                    let left = links.saturating_sub(deltas.len());
                    let (kind, content) = self.read_within(base, left)?;
                    break (kind, Arc::new(content));
                }
            }
        };
        for (at, delta) in deltas.iter().rev() {
            content = Arc::new(delta::apply(&content, delta)?.content);
            self.kept().keep((number, *at), kind, &content);
        }
        Ok((kind, content))
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
