//! Archives: ZIP (wheels, JARs, office documents), tar (container images and their layers), gzip; inside of each other.
//!
//! A member is shown as `archive!member`. Bounds: [`MAX_DEPTH`] archives inside of each other, [`MAX_UNPACKED`] bytes
//! out of one file; a ZIP inside of another archive is held in memory up to [`MAX_HELD`]. What lies beyond is a gap.

mod tar;
mod zip;

use std::cell::Cell;
use std::io::{self, Read};

use flate2::bufread::MultiGzDecoder;
use syndic_detect::ReadAt;

use super::outcome::Seen;
use super::pieces;
use super::scanner::Scanner;

const MAX_DEPTH: u32 = 5;
const MAX_UNPACKED: u64 = 8 << 30;
const MAX_HELD: u64 = 16 << 20;
/// Bytes that tell the format.
const HEAD: usize = 512;

/// Looks at one file, and into it if it is an archive. A fault is a gap.
pub(super) fn look_file(scanner: &Scanner, path: &str, source: &(impl ReadAt + Sync), seen: &mut Seen) {
    let looker = Looker { scanner, left: Cell::new(MAX_UNPACKED) };
    let mut head = [0; 4];
    let is_zip = source.read_at(0, &mut head).is_ok_and(|read| read == head.len()) && head == *b"PK\x03\x04";
    let looked = if is_zip {
        looker.zip(path, source, 1, seen)
    } else {
        looker.stream(path, &mut Sequential { source, at: 0 }, 0, seen)
    };
    if let Err(error) = looked {
        seen.gap(path, error.to_string());
    }
}

/// Says whether content is an archive that is looked into.
pub(super) fn is_archive(content: &[u8]) -> bool {
    Kind::of(content) != Kind::Plain
}

/// Looks at what a reader gives. A fault is a gap.
pub(super) fn look_stream(scanner: &Scanner, path: &str, reader: &mut dyn Read, seen: &mut Seen) {
    let looker = Looker { scanner, left: Cell::new(MAX_UNPACKED) };
    if let Err(error) = looker.stream(path, reader, 0, seen) {
        seen.gap(path, error.to_string());
    }
}

struct Looker<'a> {
    scanner: &'a Scanner,
    /// Bytes that may still be unpacked.
    left: Cell<u64>,
}

impl Looker<'_> {
    fn stream(&self, path: &str, reader: &mut dyn Read, depth: u32, seen: &mut Seen) -> io::Result<()> {
        let mut head = Vec::with_capacity(HEAD);
        (&mut *reader).take(HEAD as u64).read_to_end(&mut head)?;
        let kind = Kind::of(&head);
        if depth >= MAX_DEPTH && kind != Kind::Plain {
            seen.gap(path, format!("archives more than {MAX_DEPTH} deep in each other"));
            return Ok(());
        }
        let mut whole = head.as_slice().chain(reader);
        match kind {
            Kind::Plain => pieces::look(self.scanner, path, &mut whole, seen),
            Kind::Gzip => {
                let mut unpacked = Metered { inner: MultiGzDecoder::new(io::BufReader::new(whole)), left: &self.left };
                let name = path.strip_suffix(".gz").or_else(|| path.strip_suffix(".tgz")).unwrap_or(path);
                self.stream(name, &mut unpacked, depth + 1, seen)
            }
            Kind::Tar => tar::each(&mut whole, |member, content| {
                let shown = format!("{path}!{member}");
                self.stream(&shown, content, depth + 1, seen)
            }),
            Kind::Zip => {
                let mut held = Vec::new();
                whole.take(MAX_HELD + 1).read_to_end(&mut held)?;
                if held.len() as u64 > MAX_HELD {
                    seen.gap(path, format!("an archive in an archive with more than {MAX_HELD} bytes"));
                    return Ok(());
                }
                self.zip(path, &Held(&held), depth + 1, seen)
            }
        }
    }

    fn zip(&self, path: &str, source: &(impl ReadAt + Sync), depth: u32, seen: &mut Seen) -> io::Result<()> {
        for member in zip::members(source)? {
            let shown = format!("{path}!{}", member.name);
            let looked = zip::open(source, &member).and_then(|content| {
                let mut content = Metered { inner: content, left: &self.left };
                self.stream(&shown, &mut content, depth, seen)
            });
            if let Err(error) = looked {
                seen.gap(&shown, error.to_string());
            }
            if self.left.get() == 0 {
                break;
            }
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Gzip,
    Tar,
    Zip,
}

impl Kind {
    fn of(head: &[u8]) -> Self {
        if head.starts_with(&[0x1f, 0x8b, 8]) {
            Self::Gzip
        } else if head.starts_with(b"PK\x03\x04") {
            Self::Zip
        } else if head.get(257..262) == Some(b"ustar") {
            Self::Tar
        } else {
            Self::Plain
        }
    }
}

/// Counts down what may be unpacked.
struct Metered<'a, R> {
    inner: R,
    left: &'a Cell<u64>,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let left = self.left.get().checked_sub(read as u64);
        self.left.set(left.unwrap_or(0));
        if left.is_none() {
            return Err(io::Error::other(format!("more than {MAX_UNPACKED} bytes unpacked")));
        }
        Ok(read)
    }
}

/// Reads a source from its beginning to its end.
struct Sequential<'a, S> {
    source: &'a S,
    at: u64,
}

impl<S: ReadAt> Read for Sequential<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read_at(self.at, buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// An archive in memory.
struct Held<'a>(&'a [u8]);

impl ReadAt for Held<'_> {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.0.get(at..)).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(rest) {
            *to = *from;
        }
        Ok(length)
    }
}

#[cfg(test)]
mod tests;
