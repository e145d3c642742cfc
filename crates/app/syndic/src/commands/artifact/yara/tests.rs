//! Laws of the rules of a user.

use std::path::PathBuf;

use super::pieces::MAX_WHOLE_BYTES;
use super::*;
use crate::cli::YaraArgs;

fn named(text: &str) -> anyhow::Result<Yara> {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("own.yar");
    std::fs::write(&path, text).unwrap();
    Yara::named(&YaraArgs { yara: vec![path], yara_timeout: 20 }).map(Option::unwrap)
}

const NEEDLE: &str = "rule needle { meta: severity = \"critical\" strings: $a = \"n33dle\" condition: $a }";

#[test]
fn a_rule_that_fits_is_told_with_its_name_its_places_and_its_severity() {
    let yara = named(NEEDLE).unwrap();
    let judged = yara.judge(&b"hay n33dle hay n33dle".to_vec());
    let [fitting] = judged.fitting.as_slice() else { panic!("{judged:?}") };
    assert_eq!((fitting.severity, fitting.offset), (Severity::Critical, Some(4)));
    assert!(fitting.message.starts_with("the rule needle of "), "{}", fitting.message);
    assert!(fitting.message.ends_with("own.yar fits: $a at byte 4, $a at byte 15"), "{}", fitting.message);
    assert_eq!(yara.judge(&b"hay".to_vec()), Judged::default());
}

#[test]
fn what_stands_across_pieces_of_a_long_file_is_found_once() {
    let yara = named(NEEDLE).unwrap();
    let mut bytes = vec![b'.'; MAX_WHOLE_BYTES + 4_000_000];
    let places = [(8 << 20) - 3, MAX_WHOLE_BYTES + 100, 5];
    for at in places {
        bytes[at..at + 6].copy_from_slice(b"n33dle");
    }
    let judged = yara.judge(&bytes);
    let message = &judged.fitting[0].message;
    assert_eq!(message.matches("at byte").count(), 3, "{message}");
    assert!(places.iter().all(|at| message.contains(&format!("at byte {at}"))), "{message}");
    assert_eq!(judged.not_inspected, None);
}

#[test]
fn rules_that_need_all_of_a_long_file_leave_it_incomplete() {
    let yara = named("rule big { condition: filesize > 10 }").unwrap();
    assert_eq!(yara.judge(&vec![0_u8; 11]).fitting.len(), 1);
    let judged = yara.judge(&vec![0_u8; MAX_WHOLE_BYTES + 1]);
    assert!(judged.not_inspected.is_some_and(|why| why.contains("size")));
}

#[test]
fn mistakes_in_rules_are_told_with_file_line_and_column() {
    let Err(error) = named("rule a { condition: true }\nrule b { condition: $x }\nrule c { condition: nothing }")
    else {
        panic!("taken")
    };
    let text = error.to_string();
    assert!(text.contains("own.yar:2:21") && text.contains("own.yar:3:21"), "{text}");
    assert!(named("// nothing").is_err());
}

#[test]
fn a_rule_without_end_stops_at_its_time() {
    let slow =
        "rule slow { condition: for all a in (0..100000000) : ( for all b in (0..100000000) : ( a + b >= 0 ) ) }";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("slow.yar");
    std::fs::write(&path, slow).unwrap();
    let yara = Yara::named(&YaraArgs { yara: vec![path], yara_timeout: 1 }).unwrap().unwrap();
    let start = std::time::Instant::now();
    let judged = yara.judge(&b"x".to_vec());
    assert!(start.elapsed().as_secs() < 15);
    assert!(judged.not_inspected.is_some_and(|why| why.contains("timeout")));
}
