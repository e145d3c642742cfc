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
/// Bytes read in one go: the longest list of places and what stands around it is far below.
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

    /// Reads `count` bytes of the body from `at` on.
    ///
    /// # Errors
    /// `InvalidData` if they are not what was encrypted, or end before.
    pub(super) fn bytes(&mut self, at: u64, count: usize) -> io::Result<Vec<u8>> {
        if count > MOST_AT_ONCE {
            return Err(damaged());
        }
        let mut bytes = Vec::with_capacity(count);
        while bytes.len() < count {
            let here = at.checked_add(bytes.len() as u64).ok_or_else(damaged)?;
            let page = u32::try_from(here / BODY_BYTES as u64).map_err(|_| damaged())?;
            let from = usize::try_from(here % BODY_BYTES as u64).map_err(|_| damaged())?;
            let wanted = (count - bytes.len()).min(BODY_BYTES - from);
            bytes.extend_from_slice(self.page(page)?.get(from..from + wanted).ok_or_else(damaged)?);
        }
        Ok(bytes)
    }

    fn page(&mut self, number: u32) -> io::Result<&[u8]> {
        let place = if let Some(place) = self.kept.iter().position(|(kept, _)| *kept == number) {
            place
        } else {
            let page = self.open(number)?;
            if self.kept.len() >= MOST_KEPT {
                self.kept.remove(0);
            }
            self.kept.push((number, page));
            self.kept.len() - 1
        };
        self.kept.get(place).map(|(_, page)| page.as_slice()).ok_or_else(damaged)
    }

    fn open(&self, number: u32) -> io::Result<Vec<u8>> {
        let mut page = vec![0; PAGE_BYTES];
        let read = read_full_at(self.file.as_ref(), &mut page, u64::from(number) * PAGE_BYTES as u64)?;
        if read < PAGE_BYTES {
            return Err(damaged());
        }
        let tag = page.split_off(BODY_BYTES);
        let opened =
            self.cipher.decrypt_in_place_detached(&nonce(number), &self.bound, &mut page, Tag::from_slice(&tag));
        opened.map_err(|_| damaged())?;
        Ok(page)
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
