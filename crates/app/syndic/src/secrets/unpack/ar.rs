//! The members of an `ar` archive: Debian packages, static libraries. Source: the manual page ar(5), with GNU's names.

use std::io::{self, Read};

/// Bytes before the first member.
const MAGIC: u64 = 8;
const HEADER: usize = 60;
/// Longest table of names read, in bytes.
const NAMES_LIMIT: u64 = 1 << 20;

/// Hands over each member: its name and a reader of its content.
///
/// # Errors
/// A header that is none, a stream that is cut, or what `look` returns.
pub(super) fn each(
    stream: &mut dyn Read,
    mut look: impl FnMut(&str, &mut dyn Read) -> io::Result<()>,
) -> io::Result<()> {
    io::copy(&mut (&mut *stream).take(MAGIC), &mut io::sink())?;
    let mut names = Vec::new();
    loop {
        let mut header = Vec::with_capacity(HEADER);
        (&mut *stream).take(HEADER as u64).read_to_end(&mut header)?;
        if header.is_empty() {
            return Ok(());
        }
        let text = |from: usize, to: usize| std::str::from_utf8(header.get(from..to)?).ok().map(str::trim_end);
        let (Some(name), Some(Ok(size))) = (text(0, 16), text(48, 58).map(str::parse::<u64>)) else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "ar: a header is none"));
        };
        let mut content = (&mut *stream).take(size);
        match name {
            // The index of symbols, then the table of long names.
            "/" | "/SYM64/" => {}
            "//" => {
                (&mut content).take(NAMES_LIMIT).read_to_end(&mut names)?;
            }
            name => look(&full_name(name, &names), &mut content)?,
        }
        let left = content.limit();
        let passed = io::copy(&mut (&mut *stream).take(left + size % 2), &mut io::sink())?;
        if passed < left {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "ar: a member is cut"));
        }
    }
}

/// `/12` points into the table of names; a short name may end with a slash.
fn full_name(name: &str, names: &[u8]) -> String {
    let at = name.strip_prefix('/').and_then(|at| at.parse::<usize>().ok());
    match at.and_then(|at| names.get(at..)) {
        Some(rest) => {
            let end = rest.iter().position(|byte| matches!(byte, b'/' | b'\n')).unwrap_or(rest.len());
            String::from_utf8_lossy(rest.get(..end).unwrap_or_default()).into_owned()
        }
        None => name.trim_end_matches('/').to_owned(),
    }
}
