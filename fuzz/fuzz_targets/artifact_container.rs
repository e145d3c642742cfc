//! Containers: whatever stands around it, a stored member of a zip that is still in place is seen, and compressed bytes
//! of any kind are undone within bounds.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use syndic_artifact::Scanner;

static SCANNER: LazyLock<Option<Scanner>> = LazyLock::new(|| Scanner::builtin().ok());
const MAGIC: [&[u8]; 12] = [
    b"PK\x03\x04",
    b"\x1f\x8b\x08",
    b"BZh9",
    b"\xfd7zXZ\0",
    b"]\0\0",
    b"\x04\x22\x4d\x18",
    b"\x28\xb5\x2f\xfd",
    b"7z\xbc\xaf\x27\x1c",
    b"\x93NUMPY\x01\0",
    b"\x89HDF\r\n\x1a\n",
    b"GGUF",
    b"\x78\x9c",
];

fuzz_target!(|data: &[u8]| {
    let Some(scanner) = SCANNER.as_ref() else { panic!("the rules are not of their form") };
    let Some((choice, rest)) = data.split_first() else { return };
    let magic = MAGIC[usize::from(*choice) % MAGIC.len()];
    let bytes = [magic, rest].concat();
    scanner.scan("m", &bytes).unwrap();
});
