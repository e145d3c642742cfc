//! What is converted is a sound file of data: clean, without code, of the planned size; and twice the same.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use syndic_artifact::{Conversion, ConvertOptions, Format, Scanner, Verdict};

static SCANNER: LazyLock<Option<Scanner>> = LazyLock::new(|| Scanner::builtin().ok());
const NAMES: [&str; 4] = ["m.pt", "m.npz", "m.npy", "m"];

fuzz_target!(|data: &[u8]| {
    let Some(scanner) = SCANNER.as_ref() else { panic!("the rules are not of their form") };
    let Some((choice, content)) = data.split_first() else { return };
    let name = NAMES[usize::from(*choice) % NAMES.len()];
    let options = ConvertOptions { part: None, ignore_checksums: choice & 0x80 != 0 };
    let content = content.to_vec();
    let written = || {
        let planned = Conversion::plan(scanner, name, &content, &options).ok()?;
        let mut written = Vec::new();
        planned.write(&content, &mut written).ok()?;
        Some(written)
    };
    let first = written();
    assert_eq!(written(), first);
    let Some(first) = first else { return };
    let report = scanner.scan("m.safetensors", &first).unwrap();
    assert_eq!((report.format, report.verdict), (Format::Safetensors, Verdict::Clean), "{:?}", report.findings);
});
