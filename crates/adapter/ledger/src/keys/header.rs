//! The header of the key store: which master key opens it, and the pseudonym key.
//!
//! | bytes | what |
//! | --- | --- |
//! | 8 | `SYNDKEYS` |
//! | 4 | format, 1 |
//! | 4 | generation of the master key, from 1 |
//! | 32 | salt of all derivations, random, for the store's life |
//! | 16 | check value of the master key |
//! | 16 | check value of the master key before it, zeros at first |
//! | 72 | pseudonym key, wrapped, bound to the bytes above |
//! | 4 | CRC-32C of all before |
//!
//! Integers are big-endian. A header never changes in place: a rotation writes a new file.

use super::error::KeyError;
use super::master::MasterKey;
use super::pseudonym::PseudonymKey;
use super::wrapping::{
    CHECK_BYTES, SALT_BYTES, WRAPPED_BYTES, Wrapped, check_value, new_key, unwrap, wrap, wrapping_key,
};
use super::xaes::Xaes;
use crate::clock::Random;

/// Length of an encoded header in bytes.
pub(super) const HEADER_BYTES: usize = BOUND_BYTES + WRAPPED_BYTES + 4;
/// Length of the part that the wrapped pseudonym key is bound to.
const BOUND_BYTES: usize = 16 + SALT_BYTES + 2 * CHECK_BYTES;
const MAGIC: &[u8; 8] = b"SYNDKEYS";
const FORMAT: u32 = 1;

/// What the header says, before any key was tried on it.
pub(super) struct Header {
    /// Counts the master keys the store has had, from 1.
    pub(super) generation: u32,
    salt: [u8; SALT_BYTES],
    check: [u8; CHECK_BYTES],
    check_before: [u8; CHECK_BYTES],
    pseudonym_key: Wrapped,
}

/// A header that its master key has opened.
pub(super) struct Unlocked {
    pub(super) header: Header,
    /// Wraps the subject keys.
    pub(super) wrapping: Xaes,
    pub(super) pseudonyms: PseudonymKey,
}

impl Header {
    /// Makes the header of a new store.
    pub(super) fn new(master: &MasterKey, random: &dyn Random) -> Result<Self, KeyError> {
        let salt = *new_key(random)?;
        Self::wrapped(master, random, (1, salt, [0; CHECK_BYTES]), &PseudonymKey::new(new_key(random)?))
    }

    fn wrapped(
        master: &MasterKey,
        random: &dyn Random,
        (generation, salt, check_before): (u32, [u8; SALT_BYTES], [u8; CHECK_BYTES]),
        pseudonyms: &PseudonymKey,
    ) -> Result<Self, KeyError> {
        let check = check_value(master, &salt)?;
        let mut header = Self { generation, salt, check, check_before, pseudonym_key: [0; WRAPPED_BYTES] };
        let under = wrapping_key(master, &salt, generation)?;
        header.pseudonym_key = wrap(&under, random, &header.bound(), pseudonyms.key())?;
        Ok(header)
    }

    fn bound(&self) -> Vec<u8> {
        let (format, generation) = (FORMAT.to_be_bytes(), self.generation.to_be_bytes());
        [&MAGIC[..], &format, &generation, &self.salt, &self.check, &self.check_before].concat()
    }

    /// Returns the bytes of one copy.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = [&self.bound()[..], &self.pseudonym_key].concat();
        bytes.extend(crc32c::crc32c(&bytes).to_be_bytes());
        bytes
    }

    /// Parses one copy.
    pub(super) fn decode(bytes: &[u8; HEADER_BYTES]) -> Result<Self, &'static str> {
        let (covered, crc) = bytes.split_at(HEADER_BYTES - 4);
        if crc != crc32c::crc32c(covered).to_be_bytes() {
            return Err("its checksum is wrong");
        }
        let parse = || -> Option<([u8; 8], u32, Self)> {
            let (magic, rest) = covered.split_first_chunk()?;
            let (format, rest) = rest.split_first_chunk()?;
            let (generation, rest) = rest.split_first_chunk()?;
            let (salt, rest) = rest.split_first_chunk()?;
            let (check, rest) = rest.split_first_chunk()?;
            let (check_before, rest) = rest.split_first_chunk()?;
            let header = Self {
                generation: u32::from_be_bytes(*generation),
                salt: *salt,
                check: *check,
                check_before: *check_before,
                pseudonym_key: rest.try_into().ok()?,
            };
            Some((*magic, u32::from_be_bytes(*format), header))
        };
        match parse() {
            Some((magic, FORMAT, header)) if magic == *MAGIC => Ok(header),
            Some((magic, _, _)) if magic == *MAGIC => Err("its format is unknown to this version"),
            _ => Err("it is no key store"),
        }
    }

    /// Whether this is the master key that opens the header.
    pub(super) fn is_opened_by(&self, master: &MasterKey) -> Result<bool, KeyError> {
        Ok(check_value(master, &self.salt)? == self.check)
    }

    /// Opens the header.
    ///
    /// # Errors
    /// `WrongMaster` if the master key is another; `BadHeader` if the header was altered.
    pub(super) fn unlock(self, master: &MasterKey) -> Result<Unlocked, KeyError> {
        let given = check_value(master, &self.salt)?;
        if given != self.check {
            let hint = if given == self.check_before {
                "it is the one before the last rotation, give the newer one"
            } else {
                "give the file the ledger was made with or last rotated to"
            };
            return Err(KeyError::WrongMaster { generation: self.generation, hint });
        }
        let wrapping = wrapping_key(master, &self.salt, self.generation)?;
        let altered = KeyError::BadHeader { why: "its pseudonym key does not open" };
        let key = unwrap(&wrapping, &self.bound(), &self.pseudonym_key).ok_or(altered)?;
        Ok(Unlocked { header: self, wrapping, pseudonyms: PseudonymKey::new(key) })
    }
}

impl Unlocked {
    /// Returns the same store's header under a new master key, opened.
    pub(super) fn rotated(&self, master: &MasterKey, random: &dyn Random) -> Result<Self, KeyError> {
        let too_large = KeyError::TooLarge { what: "master key generation", most: u64::from(u32::MAX) };
        let generation = self.header.generation.checked_add(1).ok_or(too_large)?;
        let state = (generation, self.header.salt, self.header.check);
        Header::wrapped(master, random, state, &self.pseudonyms)?.unlock(master)
    }
}
