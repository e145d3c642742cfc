//! The key store as the log sees it: the port through which it seals and opens contents.

use super::store::KeyStore;
use crate::sealer::{Opened, SealError, Sealer};

/// The name of the log's own subject, to which entries without a subject belong.
const OWN_SUBJECT: &str = "";

impl Sealer for KeyStore {
    fn pseudonym(&self, subject: &str) -> Result<[u8; 32], SealError> {
        Ok(KeyStore::pseudonym(self, subject).0)
    }

    fn seal(&self, leaf_prefix: &[u8], subject: Option<&str>, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let subject = KeyStore::pseudonym(self, subject.unwrap_or(OWN_SUBJECT));
        KeyStore::seal(self, leaf_prefix, &subject, plain).map_err(SealError::new)
    }

    fn flush(&self) -> Result<(), SealError> {
        KeyStore::flush(self).map_err(SealError::new)
    }

    fn open(&self, leaf_prefix: &[u8], stored: &[u8]) -> Result<Opened, SealError> {
        self.unseal(leaf_prefix, stored).map_err(SealError::new)
    }
}
