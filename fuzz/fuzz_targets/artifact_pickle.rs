//! The pickle interpreter: a pickle that calls `os.system` is never clean, whatever sound pickle stands before it.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use syndic_artifact::{Scanner, Verdict};

static SCANNER: LazyLock<Option<Scanner>> = LazyLock::new(|| Scanner::builtin().ok());
const CALL: &[u8] = b"cos\nsystem\n(S'x'\ntR.";

fuzz_target!(|data: &[u8]| {
    let Some(scanner) = SCANNER.as_ref() else { panic!("the rules are not of their form") };
    let pickle = [b"\x80\x04".as_slice(), data].concat();
    let report = scanner.scan("m.pkl", &pickle).unwrap();
    // What walks to its end without a fault is followed by another pickle, which must be seen, or be behind a bound.
    if report.verdict == Verdict::Clean && report.not_inspected.is_empty() {
        let called = scanner.scan("m.pkl", &[pickle.as_slice(), b"\x80\x02", CALL].concat()).unwrap();
        assert_ne!(called.verdict, Verdict::Clean, "{called:?}");
    }
});
