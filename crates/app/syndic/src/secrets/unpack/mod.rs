//! Archives: ZIP (wheels, JARs, office documents), tar (container images and their layers), ar (Debian packages), streams
//! packed by gzip, Zstandard, xz, bzip2 or LZ4; inside of each other. Parquet and Arrow datasets.
//!
//! A member is shown as `archive!member`. Bounds: [`MAX_DEPTH`] archives inside of each other, [`MAX_UNPACKED`] bytes
//! out of one file; a ZIP inside of another archive is held in memory up to [`MAX_HELD`]. What lies beyond is a gap, and
//! so is what is packed in another way.

mod ar;
mod kind;
mod table;
mod tar;
mod zip;

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use syndic_detect::{ReadAt, fill_at};

use super::outcome::Seen;
use super::pieces;
use super::scanner::Scanner;
use kind::{HEAD, Kind, Packing};

const MAX_DEPTH: u32 = 5;
const MAX_UNPACKED: u64 = 8 << 30;
const MAX_HELD: u64 = 16 << 20;
/// Largest window of a Zstandard stream, as a power of two: what the format asks every reader to allow.
const MAX_WINDOW_LOG: u32 = 27;
/// Memory an xz stream may ask for, in KiB; `xz -9` asks for 64 MiB.
const MAX_XZ_KIB: u32 = 80 << 10;
/// Bytes of the record that ends a ZIP without a comment.
const ZIP_END: u64 = 22;

/// Looks at one file, and into it if it is an archive or dataset. A fault is a gap.
pub(super) fn look_file(scanner: &Scanner, path: &str, file: &Path, source: &(impl ReadAt + Sync), seen: &mut Seen) {
    let looker = Looker { scanner, left: Cell::new(MAX_UNPACKED) };
    let mut head = [0; 8];
    let looked = match fill_at(source, 0, &mut head).map(|read| Kind::of(head.get(..read).unwrap_or_default())) {
        Ok(Kind::Zip) => looker.zip(path, source, 1, seen),
        Ok(Kind::Table(table)) => {
            table::look(scanner, path, file, table, seen);
            Ok(())
        }
        // A program may stand before an archive: a zipapp, an installer.
        _ if ends_as_zip(source) => looker.behind_program(path, source, seen),
        _ => looker.stream(path, &mut Sequential { source, at: 0 }, 0, seen),
    };
    if let Err(error) = looked {
        seen.gap(path, error.to_string());
    }
}

/// Says whether a file that does not begin as a ZIP ends as one.
fn ends_as_zip(source: &impl ReadAt) -> bool {
    let mut tail = [0; 4];
    let at = source.len().saturating_sub(ZIP_END);
    fill_at(source, at, &mut tail).is_ok_and(|read| read == tail.len()) && tail == *b"PK\x05\x06" && at > 0
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
        let kind = Kind::of_named(path, &head);
        let is_nested = matches!(kind, Kind::Packed(_) | Kind::Tar | Kind::Ar | Kind::Zip);
        if depth >= MAX_DEPTH && is_nested {
            seen.gap(path, format!("archives more than {MAX_DEPTH} deep in each other"));
            return Ok(());
        }
        let mut whole = head.as_slice().chain(reader);
        match kind {
            Kind::Plain => pieces::look(self.scanner, path, &mut whole, seen),
            Kind::Packed(packing) => {
                let inner = unpacked(packing, Box::new(whole))?;
                let mut unpacked = Metered { inner, left: &self.left };
                self.stream(packing.unpacked_name(path), &mut unpacked, depth + 1, seen)
            }
            Kind::Tar => tar::each(&mut whole, |member, content| {
                self.stream(&format!("{path}!{member}"), content, depth + 1, seen)
            }),
            Kind::Ar => ar::each(&mut whole, |member, content| {
                self.stream(&format!("{path}!{member}"), content, depth + 1, seen)
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
            Kind::Table(_) => {
                seen.gap(path, "a dataset in an archive, a history or standard input: its columns are not unpacked");
                pieces::look(self.scanner, path, &mut whole, seen)
            }
            Kind::Closed(name) => {
                seen.gap(path, format!("{name}: what is packed in it is not looked at"));
                pieces::look(self.scanner, path, &mut whole, seen)
            }
        }
    }

    /// Looks at the program that stands before a ZIP and at the members; the bytes of members are not looked at twice.
    /// A file with an archive's end whose members cannot be found is looked at as it stands.
    fn behind_program(&self, path: &str, source: &(impl ReadAt + Sync), seen: &mut Seen) -> io::Result<()> {
        let program_end = zip::members(source).and_then(|members| zip::first_header(source, &members));
        let mut program = Sequential { source, at: 0 }.take(*program_end.as_ref().unwrap_or(&u64::MAX));
        self.stream(path, &mut program, 0, seen)?;
        program_end.and_then(|_| self.zip(path, source, 1, seen))
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

/// Undoes a compression on the way.
fn unpacked<'a>(packing: Packing, stream: Box<dyn Read + 'a>) -> io::Result<Box<dyn Read + 'a>> {
    let stream = BufReader::new(stream);
    Ok(match packing {
        Packing::Gzip => Box::new(MultiGzDecoder::new(stream)),
        Packing::Zstandard => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(stream)?;
            decoder.window_log_max(MAX_WINDOW_LOG)?;
            Box::new(decoder)
        }
        Packing::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(stream, true, MAX_XZ_KIB)),
        Packing::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(stream)),
        Packing::Lz4 => Box::new(Lz4Frames(lz4_flex::frame::FrameDecoder::new(stream))),
    })
}

/// Frames of LZ4, one after another.
struct Lz4Frames<R: Read>(lz4_flex::frame::FrameDecoder<R>);

impl<R: BufRead> Read for Lz4Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.0.read(buffer)?;
            if read > 0 || buffer.is_empty() || self.0.get_mut().fill_buf()?.is_empty() {
                return Ok(read);
            }
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
