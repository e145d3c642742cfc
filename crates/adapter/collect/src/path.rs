//! Paths as text: `/`-separated, relative, with every byte that is not UTF-8 (and control characters) as `%XX`.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// Returns a path as reports and URNs write it. Two different paths never give the same text.
///
/// A `%` is written `%25`, so that the text can be turned back.
pub fn display_path(path: &Path) -> String {
    let mut text = String::with_capacity(path.as_os_str().len());
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '%' => text.push_str("%25"),
                control if control.is_control() || is_invisible(control) => {
                    let mut buffer = [0; 4];
                    push_bytes(&mut text, control.encode_utf8(&mut buffer).as_bytes());
                }
                plain => text.push(plain),
            }
        }
        push_bytes(&mut text, chunk.invalid());
    }
    text
}

/// Characters that could make a reader see another name than the one there is: bidirectional controls, zero width.
const fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

fn push_bytes(text: &mut String, bytes: &[u8]) {
    use std::fmt::Write as _;
    for byte in bytes {
        let _ = write!(text, "%{byte:02X}");
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    fn shown(bytes: &[u8]) -> String {
        display_path(Path::new(OsStr::from_bytes(bytes)))
    }

    #[test]
    fn bytes_that_are_not_utf8_are_escaped() {
        assert_eq!(shown(b"models/\xff\xfe.pkl"), "models/%FF%FE.pkl");
    }

    #[test]
    fn a_name_cannot_break_out_of_its_line() {
        assert_eq!(shown("a\n\u{1b}[31mb\u{202e}c".as_bytes()), "a%0A%1B[31mb%E2%80%AEc");
    }

    proptest::proptest! {
        #[test]
        fn different_paths_have_different_texts(one: Vec<u8>, two: Vec<u8>) {
            proptest::prop_assert_eq!(one == two, shown(&one) == shown(&two));
        }
    }
}
