//! Pickles that other files carry as data: encoded as text, in rows, in metadata.
//!
//! No library runs them by itself; a program that keeps its models so takes them out and loads them. Only what does harm
//! is told of, because text and rows hold all kinds of things.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use syndic_detect::{ReadAt, read_vec_at};

use super::pickled::take_stream;
use crate::decompress::decompress;
use crate::facts::{Facts, Standing};
use crate::pickle::{is_harmful_at, stray_pickles};
use crate::slice::Slice;
use crate::zip::Part;

/// Bytes of one file searched, and bytes searched at a time.
const MAX_SEARCHED: u64 = 64 * 1024 * 1024;
const WINDOW_BYTES: usize = 4 * 1024 * 1024;
const OVERLAP_BYTES: usize = 64 * 1024;
/// Characters of one encoded text undone.
const MAX_ENCODED: usize = 1024 * 1024;
/// Bytes that come out of a compressed one.
const MAX_UNDONE: usize = 4 * 1024 * 1024;
/// Encoded texts undone of one window.
const MAX_TRIED: usize = 512;
/// Shortest encoded text that can hold a call.
const FEWEST_CHARACTERS: usize = 20;

/// How a text opens whose bytes are a pickle of protocol 2 to 5, a zlib or a gzip stream.
const BASE64_OPENINGS: [&[u8]; 8] = [b"gAI", b"gAJ", b"gAM", b"gAN", b"gAR", b"gAS", b"gAU", b"gAV"];
const BASE64_PACKED: [&[u8]; 5] = [b"eJ", b"eN", b"eF", b"eA", b"H4sI"];
const HEX_OPENINGS: [&[u8]; 4] = [b"8002", b"8003", b"8004", b"8005"];

/// Looks through a text for encoded pickles.
pub(super) fn read_text(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let mut position = 0_u64;
    while position < source.len().min(MAX_SEARCHED) {
        let window = read_vec_at(source, position, WINDOW_BYTES)?;
        for (at, bytes) in encoded(&window) {
            keep_harmful(&bytes, position + at as u64, facts)?;
        }
        if window.len() < WINDOW_BYTES {
            break;
        }
        position += (WINDOW_BYTES - OVERLAP_BYTES) as u64;
    }
    Ok(())
}

/// Looks through bytes for pickles as they are, and for encoded ones.
pub(super) fn read_bytes(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let part = Part::new(source, 0, source.len().min(MAX_SEARCHED));
    for start in stray_pickles(&part)?.starts {
        if is_harmful_at(&part, start) {
            let bytes = read_vec_at(&part, start, MAX_UNDONE)?;
            keep_harmful(&bytes, start, facts)?;
        }
    }
    read_text(source, facts)
}

/// Takes over a pickle that calls what no model needs.
fn keep_harmful(bytes: &[u8], place: u64, facts: &mut Facts) -> io::Result<()> {
    if !is_harmful_at(&Slice::new(bytes), 0) {
        return Ok(());
    }
    let mut seen = Facts::new(
        &facts.path,
        crate::Identified { format: facts.format, confidence: facts.confidence, claimed: None },
        bytes.len() as u64,
    );
    take_stream(bytes, true, Some(&format!("pickle at byte {place}")), &mut seen)?;
    let is_denied = |pickle: &crate::PickleFacts| {
        pickle.imports.iter().any(|import| import.standing == Standing::Denied && import.calls > 0)
    };
    facts.pickles.extend(seen.pickles.into_iter().filter(is_denied));
    Ok(())
}

/// Returns the encoded texts of a window that may be pickles, undone, and where they stand.
fn encoded(window: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let mut found = Vec::new();
    let mut tried = 0;
    for (openings, undo) in [
        (BASE64_OPENINGS.as_slice(), base64 as fn(&[u8]) -> Option<Vec<u8>>),
        (&BASE64_PACKED, packed),
        (&HEX_OPENINGS, hexadecimal),
    ] {
        for opening in openings {
            for at in memchr::memmem::find_iter(window, opening) {
                let is_start = at == 0 || window.get(at - 1).is_some_and(|byte| !is_of_base64(*byte));
                if !is_start {
                    continue;
                }
                tried += 1;
                if tried > MAX_TRIED {
                    return found;
                }
                if let Some(bytes) = undo(window.get(at..).unwrap_or_default()) {
                    found.push((at, bytes));
                }
            }
        }
    }
    found
}

fn is_of_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// Undoes base64, on several lines too, of either alphabet.
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut characters = Vec::new();
    let mut rest = text.iter().copied().take(MAX_ENCODED).peekable();
    while let Some(byte) = rest.next() {
        match byte {
            b'-' => characters.push(b'+'),
            b'_' => characters.push(b'/'),
            _ if is_of_base64(byte) => characters.push(byte),
            // A line that is broken, by itself or by an escape.
            b'\n' | b'\r' => while rest.next_if(|next| matches!(next, b' ' | b'\t' | b'\n')).is_some() {},
            b'\\' if rest.next_if_eq(&b'n').is_some() => {}
            _ => break,
        }
    }
    let whole = characters.len() - usize::from(characters.len() % 4 == 1);
    let characters = characters.get(..whole).filter(|text| text.len() >= FEWEST_CHARACTERS)?;
    // The last bits of a run that was cut mean nothing.
    let even = characters.get(..characters.len() / 4 * 4)?;
    STANDARD_NO_PAD.decode(characters).or_else(|_| STANDARD_NO_PAD.decode(even)).ok()
}

fn packed(text: &[u8]) -> Option<Vec<u8>> {
    decompress(&base64(text)?, MAX_UNDONE).map(|undone| undone.bytes).filter(|bytes| !bytes.is_empty())
}

fn hexadecimal(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let digits: Vec<u8> = text.iter().take(MAX_ENCODED).map_while(|byte| digit(*byte)).collect();
    let bytes = digits.as_chunks::<2>().0.iter().map(|[high, low]| high << 4 | low).collect();
    (digits.len() >= FEWEST_CHARACTERS).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use crate::{Scanner, Verdict};

    const CALL: &[u8] = b"\x80\x02cposix\nsystem\nU\x04true\x85R.";
    const PLAIN: &[u8] = b"\x80\x02}q\x00(U\x01aK\x01U\x06systemK\x02u.";

    fn verdict(path: &str, bytes: &[u8]) -> Verdict {
        Scanner::builtin().unwrap().scan(path, &bytes.to_vec()).unwrap().verdict
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_pickle_encoded_in_a_text_is_judged() {
        for (pickle, expected) in [(CALL, Verdict::Malicious), (PLAIN, Verdict::Clean)] {
            let text = STANDARD.encode(pickle);
            let (first, second) = text.split_at(24);
            let hex: String = pickle.iter().map(|byte| format!("{byte:02x}")).collect();
            for (path, carrier) in [
                ("m.json", format!("{{\"model\": \"{text}\"}}")),
                ("m.json", format!("{{\"model\": \"{}\"}}", STANDARD.encode(zlib(pickle)))),
                ("m.json", format!("{{\"model\": \"{hex}\"}}")),
                ("m.csv", format!("id,model\n1,{text}\n2,x\n")),
                ("m.yaml", format!("model: !!binary |\n  {first}\n  {second}\n")),
                ("m.txt", text.clone()),
            ] {
                assert_eq!(verdict(path, carrier.as_bytes()), expected, "{path} {carrier}");
            }
        }
    }

    #[test]
    fn a_pickle_in_rows_and_unknown_bytes_is_judged_if_it_does_harm() {
        for (pickle, expected) in [(CALL, Verdict::Malicious), (PLAIN, Verdict::Clean)] {
            let sqlite = [b"SQLite format 3\0".as_slice(), &[0; 200], pickle, &[0; 50]].concat();
            assert_eq!(verdict("m.db", &sqlite), expected);
        }
        let unknown = [b"\xeePLAN\x01\xff\xfe".as_slice(), &[3; 100], CALL].concat();
        assert_eq!(verdict("plan", &unknown), Verdict::Malicious);
    }
}
