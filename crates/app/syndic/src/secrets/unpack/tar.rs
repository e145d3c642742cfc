//! The members of a tar stream: ustar, GNU long names, pax paths. Source: POSIX.1-2017 pax, "ustar Interchange Format".

use std::io::{self, Read};

const BLOCK: usize = 512;
/// Longest name in a record of its own, in bytes.
const NAME_LIMIT: u64 = 64 << 10;

/// Hands over each regular file: its name and a reader of its content.
///
/// # Errors
/// A header that is none, a stream that is cut, or what `look` returns.
pub(super) fn each(
    stream: &mut dyn Read,
    mut look: impl FnMut(&str, &mut dyn Read) -> io::Result<()>,
) -> io::Result<()> {
    let mut long_name: Option<String> = None;
    loop {
        let mut header = [0_u8; BLOCK];
        if !fill(stream, &mut header)? || header.iter().all(|byte| *byte == 0) {
            return Ok(());
        }
        let size = number(header.get(124..136).unwrap_or_default()).ok_or_else(|| malformed("a size is no number"))?;
        let padding = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
        let mut content = stream.take(size);
        match header.get(156).copied().unwrap_or(0) {
            b'L' => long_name = Some(text(&read(&mut content, size)?)),
            b'x' => long_name = pax_path(&read(&mut content, size)?).or(long_name),
            b'0' | b'7' | 0 => {
                let name = long_name.take().unwrap_or_else(|| name(&header));
                look(&name, &mut content)?;
            }
            // Links and folders have no content, and a name of their own does not pass to the next file.
            b'g' => {}
            _ => long_name = None,
        }
        let left = content.limit();
        let passed = io::copy(&mut stream.take(left + padding), &mut io::sink())?;
        if passed < left {
            return Err(malformed("a member is cut"));
        }
    }
}

fn read(content: &mut dyn Read, size: u64) -> io::Result<Vec<u8>> {
    if size > NAME_LIMIT {
        return Err(malformed("a name is too long"));
    }
    let mut bytes = Vec::new();
    content.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Fills the block; `false` at the end of the stream.
fn fill(stream: &mut dyn Read, block: &mut [u8]) -> io::Result<bool> {
    match stream.read_exact(block) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn name(header: &[u8]) -> String {
    let (name, prefix) = (text(header.get(..100).unwrap_or_default()), text(header.get(345..500).unwrap_or_default()));
    let has_prefix = header.get(257..263) == Some(b"ustar\0") && !prefix.is_empty();
    if has_prefix { format!("{prefix}/{name}") } else { name }
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned()
}

/// `length key=value\n`, as often as there are keys.
fn pax_path(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    text.lines().find_map(|line| line.split_once(' ')?.1.strip_prefix("path=").map(str::to_owned))
}

/// Octal digits, or base 256 when the highest bit is set.
fn number(field: &[u8]) -> Option<u64> {
    if let Some((first, rest)) = field.split_first().filter(|(first, _)| **first & 0x80 != 0) {
        let start = u64::from(first & 0x7f);
        return rest.iter().try_fold(start, |sum, byte| sum.checked_mul(256)?.checked_add(u64::from(*byte)));
    }
    let text = std::str::from_utf8(field).ok()?.trim_matches([' ', '\0']);
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}

fn malformed(problem: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("tar: {problem}"))
}
