//! The text of a configuration file, as its loaders see it: whatever it is encoded in, with its escapes undone.
//!
//! JSON may come in UTF-16 (RFC 4627), YAML tells by a byte order mark (YAML 1.2, section 5.2), editors put one in front
//! of UTF-8.

/// Returns the text of a file or of a part of one.
pub(super) fn decoded(bytes: Vec<u8>) -> String {
    let sixteen = |bytes: &[u8], join: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| join(*pair)).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => sixteen(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => sixteen(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [first, 0, ..] if *first != 0 => sixteen(&bytes, u16::from_le_bytes),
        [0, second, ..] if *second != 0 => sixteen(&bytes, u16::from_be_bytes),
        _ => String::from_utf8(bytes).unwrap_or_else(|fault| String::from_utf8_lossy(fault.as_bytes()).into_owned()),
    }
}

/// Says whether a text that starts so takes two bytes a character.
pub(super) fn is_sixteen_bit(head: &[u8]) -> bool {
    matches!(head, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..])
}

/// Undoes `\xNN`, `\uNNNN` and `\UNNNNNNNN` of quoted texts; returns nothing where there are none.
pub(super) fn unescaped(text: &str) -> Option<String> {
    let is_escaped = ["\\x", "\\u", "\\U"].iter().any(|escape| text.contains(escape));
    is_escaped.then(|| {
        let mut plain = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('\\') {
            let (before, escape) = rest.split_at(at);
            plain.push_str(before);
            let (character, length) = character(escape).unwrap_or(('\\', 1));
            plain.push(character);
            rest = escape.get(length..).unwrap_or_default();
        }
        plain.push_str(rest);
        plain
    })
}

/// Returns what an escape stands for and how long it is.
fn character(escape: &str) -> Option<(char, usize)> {
    let digits = match escape.as_bytes().get(1)? {
        b'x' => 2,
        b'u' => 4,
        b'U' => 8,
        _ => return None,
    };
    let number = u32::from_str_radix(escape.get(2..2 + digits)?, 16).ok()?;
    Some((char::from_u32(number)?, 2 + digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "{\"a\": \"b\"}";
        let units = |join: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(join).collect::<Vec<u8>>();
        let (little, big) = (units(u16::to_le_bytes), units(u16::to_be_bytes));
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            [b"\xff\xfe", little.as_slice()].concat(),
            [b"\xfe\xff", big.as_slice()].concat(),
            little,
            big,
        ] {
            assert_eq!(decoded(bytes), text);
        }
    }

    #[test]
    fn escapes_are_undone_and_other_backslashes_stay() {
        assert_eq!(unescaped("\"\\x5ftarget\\u005f\": \"\\U0000006fs\\n\"").unwrap(), "\"_target_\": \"os\\n\"");
        assert_eq!(unescaped("C:\\dir"), None);
        assert_eq!(unescaped("\\xzz \\u12").unwrap(), "\\xzz \\u12");
    }
}
