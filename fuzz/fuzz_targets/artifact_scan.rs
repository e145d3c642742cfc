//! Any bytes under any name are scanned without panic, and to the same verdict twice.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use syndic_artifact::{Scanner, explain};

static SCANNER: LazyLock<Option<Scanner>> = LazyLock::new(|| Scanner::builtin().ok());
/// Names that break ties, each its own way.
const NAMES: [&str; 10] =
    ["m", "m.pkl", "m.pt", "m.onnx", "m.npy", "m.pb", "m.h5", "config.json", "m.yaml", "model.mlmodel"];

fuzz_target!(|data: &[u8]| {
    let Some(scanner) = SCANNER.as_ref() else { panic!("the rules are not of their form") };
    let Some((choice, content)) = data.split_first() else { return };
    let name = NAMES[usize::from(*choice) % NAMES.len()];
    let content = content.to_vec();
    let first = scanner.scan(name, &content).unwrap();
    assert_eq!(scanner.scan(name, &content).unwrap(), first);
    explain(name, &content).unwrap();
});
