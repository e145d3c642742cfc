//! Objects in files of their own.

use std::io::Read as _;
use std::path::Path;

use flate2::read::ZlibDecoder;

use super::object::{GitError, Id, Kind, MAX_OBJECT};

/// Reads an object below a folder of objects; nothing if it is not there.
///
/// # Errors
/// The system's, or not of the format.
pub(super) fn read(objects: &Path, id: Id) -> Result<Option<(Kind, Vec<u8>)>, GitError> {
    let hex = id.to_string();
    let Some((folder, name)) = hex.split_at_checked(2) else { return Ok(None) };
    let path = objects.join(folder).join(name);
    let packed = match std::fs::File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(GitError::read(&path, error)),
    };
    let mut bytes = Vec::new();
    let bound = MAX_OBJECT + 64;
    let unpacked = ZlibDecoder::new(std::io::BufReader::new(packed)).take(bound).read_to_end(&mut bytes);
    unpacked.map_err(|error| GitError::read(&path, error))?;
    let parsed = parse(&bytes).ok_or_else(|| GitError::malformed(format!("object {id} is not of the format")))?;
    Ok(Some(parsed))
}

/// `kind size\0content`.
fn parse(bytes: &[u8]) -> Option<(Kind, Vec<u8>)> {
    let end = bytes.iter().take(64).position(|byte| *byte == 0)?;
    let (kind, size) = std::str::from_utf8(bytes.get(..end)?).ok()?.split_once(' ')?;
    let content = bytes.get(end + 1..)?;
    let is_whole = size.parse::<usize>().ok()? == content.len();
    Some((Kind::named(kind.as_bytes())?, content.to_vec())).filter(|_| is_whole)
}
