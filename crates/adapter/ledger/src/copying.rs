//! What somebody who copies a ledger has to know of its files: which segments there are, and where what is signed ends.

use std::io;
use std::sync::Arc;

use crate::disk::{Disk, DiskFile};
use crate::error::Result;
use crate::frame::FrameKind;
use crate::scan::{FrameReader, Step};
use crate::segment;

/// The folder segments lie in.
pub const SEGMENT_FOLDER: &str = segment::FOLDER;

/// Returns the path of the segment that starts with record `first`.
pub fn segment_path(first: u64) -> String {
    segment::path_of(first)
}

/// Lists the first records of all segments, ascending.
///
/// # Errors
/// What the disk reports.
pub fn segment_firsts(disk: &dyn Disk) -> Result<Vec<u64>> {
    segment::list(disk)
}

/// Returns the byte behind record `size - 1` in the segment that starts with record `first`; nothing if its frames end
/// before. The checkpoint over `size` records stands behind that byte.
///
/// # Errors
/// What the disk reports.
pub fn end_of_records(file: &Arc<dyn DiskFile>, first: u64, size: u64) -> io::Result<Option<u64>> {
    let mut reader = FrameReader::new(Arc::clone(file), 0);
    let mut next = first;
    while next < size {
        match reader.step()? {
            Step::Frame { kind: FrameKind::Record, .. } => next += 1,
            Step::Frame { kind: FrameKind::Checkpoint, .. } => {}
            Step::End { .. } | Step::Bad { .. } => return Ok(None),
        }
    }
    Ok(Some(reader.offset()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::{SimDisk, write_all_at};
    use crate::frame::{encode, encode_record};

    #[test]
    fn the_end_is_behind_the_last_record_and_before_what_follows() {
        let mut bytes = Vec::new();
        let mut ends = Vec::new();
        for index in 0..5_u8 {
            assert!(encode_record(&[index; 9], &[index; 100], &mut bytes));
            ends.push(bytes.len() as u64);
            assert!(encode(FrameKind::Checkpoint, &[b"a note"], &mut bytes));
        }
        bytes.resize(bytes.len() + 64, 0);
        let file = SimDisk::new(1).create("s").unwrap();
        write_all_at(file.as_ref(), &bytes, 0).unwrap();
        for (size, end) in (8..).zip(&ends) {
            assert_eq!(end_of_records(&file, 7, size).unwrap(), Some(*end));
        }
        assert_eq!(end_of_records(&file, 7, 7).unwrap(), Some(0));
        assert_eq!(end_of_records(&file, 7, 13).unwrap(), None);
    }
}
