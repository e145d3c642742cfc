//! Bytes in a file, encrypted in pages: a query decrypts the pages it needs, and no page passes for another.
//!
//! A page is 4,096 bytes: 4,080 encrypted with AES-256-GCM, and the tag. The key encrypts one file only, so the number
//! of the page is the nonce; the page is bound to what the file is for. The last page is filled up with zeros.

use std::io;
use std::sync::Arc;

use crate::disk::{DiskFile, read_full_at};
use aes_gcm::aead::AeadInPlace as _;
use aes_gcm::{Aes256Gcm, Nonce, Tag};

pub(super) const PAGE_BYTES: usize = 4096;
const TAG_BYTES: usize = 16;
pub(super) const BODY_BYTES: usize = PAGE_BYTES - TAG_BYTES;
/// Pages of a file kept decrypted while it is used.
const MOST_KEPT: usize = 16;
/// Bytes read in one go: what stands under one slot of a directory is far below.
const MOST_AT_ONCE: usize = 64 << 20;

/// Encrypts a body for what is `bound`.
///
/// # Errors
/// `FileTooLarge` past 2³² pages.
pub(super) fn seal(body: &[u8], cipher: &Aes256Gcm, bound: &[u8]) -> io::Result<Vec<u8>> {
    let mut file = Vec::with_capacity(body.len().div_ceil(BODY_BYTES).max(1) * PAGE_BYTES);
    for (number, part) in (0_u32..).zip(body.chunks(BODY_BYTES)) {
        let start = file.len();
        file.extend_from_slice(part);
        file.resize(start + BODY_BYTES, 0);
        let page = file.get_mut(start..).unwrap_or_default();
        let tag = cipher.encrypt_in_place_detached(&nonce(number), bound, page);
        file.extend_from_slice(&tag.map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?);
    }
    Ok(file)
}

fn nonce(page: u32) -> Nonce<aes_gcm::aead::consts::U12> {
    let mut nonce = Nonce::default();
    nonce.iter_mut().zip(page.to_le_bytes()).for_each(|(to, from)| *to = from);
    nonce
}

/// An encrypted file.
pub(super) struct Sealed {
    file: Arc<dyn DiskFile>,
    cipher: Aes256Gcm,
    bound: Vec<u8>,
    kept: Vec<(u32, Vec<u8>)>,
}

impl Sealed {
    pub(super) fn new(file: Arc<dyn DiskFile>, cipher: Aes256Gcm, bound: Vec<u8>) -> Self {
        Self { file, cipher, bound, kept: Vec::new() }
    }

    /// Says that these bytes of the body will be read soon.
    pub(super) fn will_read(&self, at: u64, count: usize) {
        let (first, end) = (at / BODY_BYTES as u64, (at + count as u64).div_ceil(BODY_BYTES as u64));
        self.file.will_read(first * PAGE_BYTES as u64, end.saturating_sub(first) * PAGE_BYTES as u64);
    }

    /// Reads `count` bytes of the body from `at` on.
    ///
    /// # Errors
    /// `InvalidData` if they are not what was encrypted, or end before.
    pub(super) fn bytes(&mut self, at: u64, count: usize) -> io::Result<Vec<u8>> {
        if count == 0 {
            return Ok(Vec::new());
        }
        if count > MOST_AT_ONCE {
            return Err(damaged());
        }
        let page_of = |at: u64| u32::try_from(at / BODY_BYTES as u64).map_err(|_| damaged());
        let end = at.checked_add(count as u64).ok_or_else(damaged)?;
        let (first, last) = (page_of(at)?, page_of(end - 1)?);
        let from = usize::try_from(at % BODY_BYTES as u64).map_err(|_| damaged())?;
        if first == last {
            return self.page(first)?.get(from..from + count).map(<[u8]>::to_vec).ok_or_else(damaged);
        }
        let mut bytes = self.open(first, last)?;
        bytes.drain(..from);
        bytes.truncate(count);
        Ok(bytes)
    }

    fn page(&mut self, number: u32) -> io::Result<&[u8]> {
        let place = if let Some(place) = self.kept.iter().position(|(kept, _)| *kept == number) {
            place
        } else {
            let page = self.open(number, number)?;
            if self.kept.len() >= MOST_KEPT {
                self.kept.remove(0);
            }
            self.kept.push((number, page));
            self.kept.len() - 1
        };
        self.kept.get(place).map(|(_, page)| page.as_slice()).ok_or_else(damaged)
    }

    /// Reads and decrypts the pages `first` to `last`.
    fn open(&self, first: u32, last: u32) -> io::Result<Vec<u8>> {
        let mut pages = vec![0; (last - first + 1) as usize * PAGE_BYTES];
        if read_full_at(self.file.as_ref(), &mut pages, u64::from(first) * PAGE_BYTES as u64)? < pages.len() {
            return Err(damaged());
        }
        let mut bytes = Vec::with_capacity(pages.len());
        for (number, page) in (first..=last).zip(pages.as_chunks_mut::<PAGE_BYTES>().0) {
            let (body, tag) = page.split_at_mut(BODY_BYTES);
            let opened = self.cipher.decrypt_in_place_detached(&nonce(number), &self.bound, body, Tag::from_slice(tag));
            opened.map_err(|_| damaged())?;
            bytes.extend_from_slice(body);
        }
        Ok(bytes)
    }
}

/// What is there is not what was written.
pub(super) fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the index of contents is damaged here")
}

/// Says whether a problem is damage, and not a disk that refuses.
pub(super) fn is_damage(problem: &io::Error) -> bool {
    matches!(problem.kind(), io::ErrorKind::InvalidData | io::ErrorKind::NotFound | io::ErrorKind::InvalidInput)
}
