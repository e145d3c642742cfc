//! A scan of what standard input is: `-`. A file is read by the descriptor that was handed over, so that it is the very file
//! its holder goes on to load; a pipe is read into memory up to a bound.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::FileExt as _;

use syndic_detect::ReadAt;

use super::scanned::{Inspector, Scanned};

/// Bytes of a pipe held in memory.
const MAX_PIPED_BYTES: u64 = 64 << 20;

/// An open file by its descriptor; its position is not moved.
struct Handed {
    file: File,
    size_bytes: u64,
}

impl ReadAt for Handed {
    fn len(&self) -> u64 {
        self.size_bytes
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }
}

/// Scans standard input as a file called `name`.
pub(super) fn scan(inspector: &Inspector, name: &str) -> Scanned {
    read(inspector, name).unwrap_or_else(|error| Scanned::unread(name.to_owned(), error.to_string()))
}

fn read(inspector: &Inspector, name: &str) -> io::Result<Scanned> {
    let file = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let data = file.metadata()?;
    if data.is_file() {
        return Ok(inspector.opened(&Handed { file, size_bytes: data.len() }, name.to_owned()));
    }
    let mut bytes = Vec::new();
    io::stdin().lock().take(MAX_PIPED_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_PIPED_BYTES {
        let why = format!("more than {MAX_PIPED_BYTES} bytes came through a pipe: hand a file over instead");
        return Ok(Scanned::unread(name.to_owned(), why));
    }
    Ok(inspector.opened(&bytes, name.to_owned()))
}
