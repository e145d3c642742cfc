//! What is written to an object: bytes with their length and SHA-256, readable as often as a retry needs.

use std::io::{self, Read};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use syndic_ledger::disk::{DiskFile, read_full_at};

/// Read at once.
const CHUNK_BYTES: usize = 1 << 20;

/// The content of an object.
#[derive(Clone)]
pub struct Body {
    source: Source,
    bytes: u64,
    sha256: [u8; 32],
}

#[derive(Clone)]
enum Source {
    Bytes(Arc<[u8]>),
    /// The beginning of a file.
    File(Arc<dyn DiskFile>),
}

impl Body {
    /// Returns a body of these bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let sha256 = Sha256::digest(bytes).into();
        Self { bytes: bytes.len() as u64, source: Source::Bytes(bytes.into()), sha256 }
    }

    /// Returns a body of the first `bytes` bytes of a file, which must not change any more; the file is read once for
    /// its SHA-256 and never held in memory.
    ///
    /// # Errors
    /// What the disk reports; `UnexpectedEof` if the file is shorter.
    pub fn of_file(file: Arc<dyn DiskFile>, bytes: u64) -> io::Result<Self> {
        let sha256 = digest_of_beginning(file.as_ref(), bytes)?;
        Ok(Self { source: Source::File(file), bytes, sha256 })
    }

    /// Returns its length.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns its SHA-256.
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// Returns the SHA-256 of its first `bytes` bytes.
    ///
    /// # Errors
    /// What the disk reports; `UnexpectedEof` if it is shorter.
    pub fn digest_of_beginning(&self, bytes: u64) -> io::Result<[u8; 32]> {
        match &self.source {
            _ if bytes == self.bytes => Ok(self.sha256),
            Source::File(file) => digest_of_beginning(file.as_ref(), bytes),
            Source::Bytes(all) => {
                let part = usize::try_from(bytes).ok().and_then(|bytes| all.get(..bytes));
                part.map(|part| Sha256::digest(part).into()).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
            }
        }
    }

    /// Returns its bytes from the first on.
    pub fn reader(&self) -> impl Read + use<> {
        BodyReader { source: self.source.clone(), at: 0, end: self.bytes }
    }
}

/// Hashes the first `bytes` bytes of a file.
fn digest_of_beginning(file: &dyn DiskFile, bytes: u64) -> io::Result<[u8; 32]> {
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut at = 0;
    while at < bytes {
        let wanted = usize::try_from(bytes - at).unwrap_or(usize::MAX).min(CHUNK_BYTES);
        let read = read_full_at(file, chunk.get_mut(..wanted).unwrap_or_default(), at)?;
        if read < wanted {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        hasher.update(chunk.get(..read).unwrap_or_default());
        at += read as u64;
    }
    Ok(hasher.finalize().into())
}

struct BodyReader {
    source: Source,
    at: u64,
    end: u64,
}

impl Read for BodyReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX).min(into.len());
        let into = into.get_mut(..left).unwrap_or_default();
        let read = match &self.source {
            _ if into.is_empty() => 0,
            Source::File(file) => match file.read_at(into, self.at)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => read,
            },
            Source::Bytes(all) => {
                let start = usize::try_from(self.at).unwrap_or(usize::MAX);
                all.get(start..).unwrap_or_default().read(into)?
            }
        };
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syndic_ledger::disk::{Disk as _, SimDisk, write_all_at};

    #[test]
    fn a_file_and_its_bytes_make_the_same_body() {
        let bytes: Vec<u8> =
            (0..3_000_000_u32).map(|number| number.to_le_bytes()[0] ^ number.to_le_bytes()[1]).collect();
        let file = SimDisk::new(1).create("f").unwrap();
        write_all_at(file.as_ref(), &bytes, 0).unwrap();
        for end in [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, bytes.len()] {
            let of_bytes = Body::of_bytes(&bytes[..end]);
            let of_file = Body::of_file(Arc::clone(&file), end as u64).unwrap();
            assert_eq!((of_bytes.bytes(), of_bytes.sha256()), (of_file.bytes(), of_file.sha256()));
            for body in [of_bytes, of_file] {
                let mut read = Vec::new();
                body.reader().read_to_end(&mut read).unwrap();
                assert!(read == bytes[..end]);
                assert_eq!(body.digest_of_beginning(0).unwrap(), <[u8; 32]>::from(Sha256::digest(b"")));
                assert!(body.digest_of_beginning(end as u64 + 1).is_err() || end < bytes.len());
            }
        }
    }
}
