//! Programs and libraries of an operating system: code, not models. They are named, so that nobody takes them for weights.
//!
//! Source: System V ABI (ELF), Microsoft PE format, Apple `mach-o/loader.h` and `fat.h`, WebAssembly core specification.

use std::io;

use syndic_detect::{ReadAt, read_vec_at};

use crate::Format;

/// A fat Mach-O file has at most so many architectures; Java classes share its magic number and have a version there.
const MAX_ARCHITECTURES: u32 = 40;

/// Returns what kind of program this is, if it is one.
pub(super) fn identify(head: &[u8], source: &dyn ReadAt) -> io::Result<Option<Format>> {
    let found = match *head {
        [0x7f, b'E', b'L', b'F', 1 | 2, 1 | 2, 1, ..] => Some(Format::Elf),
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] => Some(Format::MachO),
        [0xca, 0xfe, 0xba, 0xbe, a, b, c, d, ..]
            if (1..MAX_ARCHITECTURES).contains(&u32::from_be_bytes([a, b, c, d])) =>
        {
            Some(Format::MachO)
        }
        [0, b'a', b's', b'm', 1 | 2 | 13, 0, _, 0, ..] => Some(Format::Wasm),
        [b'M', b'Z', ..] if is_portable(head, source)? => Some(Format::Pe),
        _ => None,
    };
    Ok(found)
}

/// The old header of DOS says at byte 60 where the new one stands.
fn is_portable(head: &[u8], source: &dyn ReadAt) -> io::Result<bool> {
    let Some(at) = head.get(60..64).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes) else {
        return Ok(false);
    };
    Ok(read_vec_at(source, u64::from(at), 4)? == b"PE\0\0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(bytes: &[u8]) -> Option<Format> {
        identify(bytes, &bytes.to_vec()).unwrap()
    }

    #[test]
    fn programs_are_known_by_their_headers() {
        let mut portable = vec![0_u8; 80];
        portable[..2].copy_from_slice(b"MZ");
        assert_eq!(found(&portable), None);
        portable[60] = 70;
        portable[70..74].copy_from_slice(b"PE\0\0");
        assert_eq!(found(&portable), Some(Format::Pe));
        assert_eq!(found(b"\x7fELF\x02\x01\x01\0\0\0"), Some(Format::Elf));
        assert_eq!(found(&[0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1]), Some(Format::MachO));
        assert_eq!(found(&[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2]), Some(Format::MachO));
        assert_eq!(found(&[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52]), None, "a Java class");
        assert_eq!(found(b"\0asm\x01\0\0\0"), Some(Format::Wasm));
    }
}
