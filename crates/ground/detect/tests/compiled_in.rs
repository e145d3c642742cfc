//! What the build compiled in is what stands in `rules/`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, helpers included")]
#![expect(clippy::disallowed_methods, reason = "a test reads files; the ban is on the crate")]

use std::fs;
use std::path::Path;

use syndic_detect::{Rule, Rulebook};

/// Reads `rules/<engine>/*.yaml` as a person wrote it.
fn as_written() -> Rulebook {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../rules"));
    let mut book = Rulebook::default();
    for engine in fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for file in fs::read_dir(&engine).unwrap().map(|entry| entry.unwrap().path()) {
            let path = file.strip_prefix(root).unwrap().to_str().unwrap();
            if path.ends_with(".yaml") {
                book.add(path, &fs::read_to_string(&file).unwrap()).unwrap();
            }
        }
    }
    book
}

#[test]
fn every_rule_is_compiled_in_as_it_is_written() {
    let (written, built) = (as_written(), Rulebook::all().unwrap());
    assert!(written.rules().count() > 100);
    assert_eq!(written.rules().collect::<Vec<&Rule>>(), built.rules().collect::<Vec<&Rule>>());
}
