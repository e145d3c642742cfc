//! What an archive needs of the place it lies in, as a port: a bucket, or a folder.
//!
//! Paths are those of a ledger's folder. A write happens only if the object is as the writer last saw it; that is the one
//! promise everything else rests on.

use crate::body::Body;
use crate::error::Result;

/// When an object may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When<'a> {
    /// Only if there is none.
    Absent,
    /// Only if the one that is there is still this version.
    Is(&'a str),
}

/// What came of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// The object is written, durably.
    Done,
    /// It was not as demanded; nothing was written.
    Refused,
}

/// What a place knows of an object without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stat {
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, where the place keeps one.
    pub sha256: Option<[u8; 32]>,
    /// Which version it is; another content has another one.
    pub version: String,
}

/// Some bytes of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The bytes, fewer than asked for only at the object's end.
    pub bytes: Vec<u8>,
    /// The whole object's length.
    pub total: u64,
    /// Which version it is; may be empty for a part of an object.
    pub version: String,
}

/// An object of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name below the folder.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
}

/// A part of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The objects.
    pub objects: Vec<Listed>,
    /// Where the list goes on; nothing at its end.
    pub next: Option<String>,
}

/// A place of objects.
pub trait Objects: Send + Sync {
    /// Returns what to call it to a person, such as `s3://bucket/prefix`.
    fn name(&self) -> String;

    /// Writes an object as a whole, durably.
    ///
    /// # Errors
    /// The place cannot be reached or refuses for another reason than `when`.
    fn put(&self, path: &str, body: &Body, when: When<'_>) -> Result<Put>;

    /// Returns what is known of an object; nothing if there is none.
    ///
    /// # Errors
    /// The place cannot be reached or refuses.
    fn stat(&self, path: &str) -> Result<Option<Stat>>;

    /// Returns up to `most` bytes from byte `from` on; nothing if there is no such object.
    ///
    /// # Errors
    /// The place cannot be reached or refuses.
    fn read(&self, path: &str, from: u64, most: usize) -> Result<Option<Part>>;

    /// Lists the objects right in a folder, from the beginning or from where an earlier page ended.
    ///
    /// # Errors
    /// The place cannot be reached or refuses.
    fn list(&self, folder: &str, from: Option<&str>) -> Result<Page>;
}

/// Lists all objects right in a folder.
pub(crate) fn list_all(objects: &dyn Objects, folder: &str) -> Result<Vec<Listed>> {
    let mut all = Vec::new();
    let mut from = None;
    loop {
        let page = objects.list(folder, from.as_deref())?;
        all.extend(page.objects);
        match page.next {
            Some(next) if from.as_ref() != Some(&next) => from = Some(next),
            _ => return Ok(all),
        }
    }
}
