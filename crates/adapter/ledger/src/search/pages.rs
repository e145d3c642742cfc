//! A table in a file, in pages that each have a checksum: a query reads and checks the page it needs and no other.
//!
//! A page is up to 4,096 bytes and a CRC-32C over its place in the file and these bytes.

use std::io;

use crate::disk::{DiskFile, read_full_at};

/// Bytes of a full page; every item's length divides it.
const PAGE_BYTES: usize = 4096;
const CRC_BYTES: usize = 4;

/// Where a table stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pages {
    /// Byte of the file the first page starts at.
    pub(super) at: u64,
    pub(super) items: u64,
    pub(super) item_bytes: usize,
}

impl Pages {
    /// How many items a full page has.
    pub(super) fn items_a_page(&self) -> u64 {
        (PAGE_BYTES / self.item_bytes) as u64
    }

    pub(super) fn count(&self) -> u64 {
        self.items.div_ceil(self.items_a_page())
    }

    /// The byte of the file behind the table.
    pub(super) fn end(&self) -> u64 {
        self.at + self.items * self.item_bytes as u64 + self.count() * CRC_BYTES as u64
    }

    /// Returns where a page starts.
    pub(super) fn place_of(&self, number: u64) -> u64 {
        self.at + number * (PAGE_BYTES + CRC_BYTES) as u64
    }

    /// Reads one page.
    pub(super) fn read(&self, file: &dyn DiskFile, number: u64) -> io::Result<Vec<u8>> {
        let at = self.place_of(number);
        let items = self.items.saturating_sub(number * self.items_a_page()).min(self.items_a_page());
        let count = usize::try_from(items).map_err(io::Error::other)? * self.item_bytes + CRC_BYTES;
        let mut page = read_exactly(file, at, count)?;
        let crc = page.split_off(count - CRC_BYTES);
        if crc == crc_of(at, &page).to_le_bytes() { Ok(page) } else { Err(damaged()) }
    }
}

/// Appends a table to the bytes of a file, and tells where it stands.
pub(super) fn push_pages(table: &[u8], item_bytes: usize, into: &mut Vec<u8>) -> Pages {
    let pages = Pages { at: into.len() as u64, items: (table.len() / item_bytes) as u64, item_bytes };
    for page in table.chunks(PAGE_BYTES) {
        let crc = crc_of(into.len() as u64, page);
        into.extend_from_slice(page);
        into.extend_from_slice(&crc.to_le_bytes());
    }
    pages
}

fn crc_of(at: u64, page: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&at.to_le_bytes()), page)
}

/// Reads so many bytes, or says that the file is cut.
pub(super) fn read_exactly(file: &dyn DiskFile, at: u64, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    if read_full_at(file, &mut bytes, at)? < count {
        return Err(damaged());
    }
    Ok(bytes)
}

pub(super) fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the index is damaged here; remove index/ to make it again")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::{Disk as _, SimDisk, write_all_at};

    #[test]
    fn each_page_is_read_alone_and_every_flipped_byte_of_it_is_found() {
        let disk = SimDisk::new(1);
        for items in [1, 511, 512, 513, 1_024, 1_500_u64] {
            let table: Vec<u8> = (0..items).flat_map(u64::to_le_bytes).collect();
            let mut bytes = b"before".to_vec();
            let pages = push_pages(&table, 8, &mut bytes);
            assert_eq!((pages.items, pages.end()), (items, bytes.len() as u64));
            let file = disk.create(&items.to_string()).unwrap();
            write_all_at(file.as_ref(), &bytes, 0).unwrap();
            let read: Vec<u8> = (0..pages.count()).flat_map(|page| pages.read(file.as_ref(), page).unwrap()).collect();
            assert_eq!(read, table);
            for at in (6..bytes.len()).step_by(101) {
                write_all_at(file.as_ref(), &[bytes[at] ^ 4], at as u64).unwrap();
                let bad = (0..pages.count()).filter(|page| pages.read(file.as_ref(), *page).is_err()).count();
                assert_eq!(bad, 1, "byte {at} of {items} items");
                write_all_at(file.as_ref(), &bytes[at..=at], at as u64).unwrap();
            }
        }
    }
}
