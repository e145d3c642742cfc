//! Files that are two things at once: by their magic number or their text one format, by their first opcode a pickle.
//!
//! A loader of pickles asks for no magic number: a tar archive whose first name is `cos`, a text that opens with a line
//! constant, a flatbuffer whose offset is an opcode all run. Only what names something harmful and calls it counts, so
//! that data which happens to begin with opcodes stays data.

use std::io;

use syndic_detect::{ReadAt, read_vec_at};

use super::pickled::take_source;
use crate::pickle::is_harmful_at;
use crate::{Facts, Format};

/// Walks a file that is taken for something else as a pickle, where that does harm.
pub(crate) fn read(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let is_walked =
        matches!(facts.format, Format::Pickle | Format::Joblib | Format::TorchLegacy) && !facts.pickles.is_empty();
    if is_walked || !may_start(&read_vec_at(source, 0, 2)?) || !is_harmful_at(source, 0) {
        return Ok(());
    }
    take_source(source, 0, true, None, facts)
}

/// Says whether a pickle that does something can start so. A persistent id ends every unpickler that knows none, and
/// those that know some look for a zip before.
fn may_start(head: &[u8]) -> bool {
    match *head {
        [b'S', quote, ..] => matches!(quote, b'"' | b'\''),
        [b'I' | b'L' | b'F', digit, ..] => digit.is_ascii_digit() || matches!(digit, b'-' | b'+' | b' ' | b'.'),
        [first, _, ..] => {
            matches!(first, 0x80 | 0x88..=0x8f | 0x95..=0x98 | b'(' | b')' | b']' | b'}')
                || b"BCGJKMNTUVXci".contains(&first)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Scanner, Verdict};

    const CALL: &[u8] = b"cos\nsystem\n(S'true'\ntR.";

    fn verdict(name: &str, bytes: &[u8]) -> Verdict {
        Scanner::builtin().unwrap().scan(name, &bytes.to_vec()).unwrap().verdict
    }

    fn tar_named(name: &[u8]) -> Vec<u8> {
        let mut header = vec![0_u8; 512];
        header[..name.len()].copy_from_slice(name);
        header[124..136].copy_from_slice(b"00000000000\0");
        header[257..262].copy_from_slice(b"ustar");
        header.extend([0; 1024]);
        header
    }

    #[test]
    fn an_archive_whose_first_name_is_a_pickle_is_one() {
        assert_eq!(verdict("m.tar", &tar_named(CALL)), Verdict::Malicious);
        assert_eq!(verdict("m.tar", &tar_named(b"cosmos.txt")), Verdict::Clean);
    }

    #[test]
    fn a_long_line_of_text_hides_no_call() {
        let prose = b"Very much like prose, with 12 dogs. ".repeat(4_000);
        let text = |rest: &[u8]| [&prose, b"\n0".as_slice(), rest].concat();
        for name in ["notes.txt", "m.csv", "m.pkl"] {
            assert_eq!(verdict(name, &text(CALL)), Verdict::Malicious, "{name}");
        }
        assert_eq!(verdict("notes.txt", &text(b" more of it\n")), Verdict::Clean);
    }

    #[test]
    fn a_magic_number_made_of_opcodes_hides_no_call() {
        let skipped = |magic: &[u8], length: usize| [magic, &vec![0_u8; length], b"0", CALL, &[0; 64]].concat();
        // `C` takes 66 bytes, `G` eight, `M` two.
        assert_eq!(verdict("m.cbm", &skipped(b"CBM1", 64)), Verdict::Malicious);
        assert_eq!(verdict("m.gguf", &skipped(b"GGUF\x03", 4)), Verdict::Malicious);
        assert_eq!(verdict("m.dll", &skipped(b"MZ\x90", 0)), Verdict::Malicious);
    }

    #[test]
    fn words_that_are_opcodes_are_words() {
        for text in [
            "cat\ndog\n(1)\n",
            "import os\nos.system('x')\n",
            "cos\nsystem\nof a down\n",
            "ios\nremove\nlinux\n",
            "G\nC\nM\n",
        ] {
            assert_eq!(verdict("words.txt", text.as_bytes()), Verdict::Clean, "{text}");
        }
    }
}
