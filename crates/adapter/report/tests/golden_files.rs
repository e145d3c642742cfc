//! Reports of a fixed assessment are held to committed files, byte for byte. `SYNDIC_BLESS=1` writes them anew.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::path::Path;

use syndic_detect::Rulebook;
use syndic_evidence::Assessment;
use syndic_report::{Style, json, sarif, terminal};

fn hold(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("SYNDIC_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(golden == text, "{name} differs; see the change with `SYNDIC_BLESS=1 cargo test` and `git diff`\n{text}");
}

fn plain(assessment: &Assessment, width: usize) -> String {
    terminal(assessment, &Style { is_coloured: false, width, is_stored: true })
}

/// A rulebook of one rule, so that rewording a rule changes no golden file.
fn rules() -> Rulebook {
    let mut book = Rulebook::default();
    book.add("artifact/pickle-malicious.yaml", include_str!("fixtures/pickle-malicious.yaml")).unwrap();
    book
}

#[test]
fn json_is_as_committed() {
    hold("acme.json", &json(&support::acme()));
}

#[test]
fn sarif_is_as_committed() {
    hold("acme.sarif", &sarif(&support::acme(), &rules()));
}

#[test]
fn the_summary_is_as_committed_at_three_widths() {
    for width in [80, 100, 140] {
        hold(&format!("acme-{width}.txt"), &plain(&support::acme(), width));
    }
}

#[test]
fn the_summary_of_a_tree_without_ai_is_as_committed() {
    hold("nothing.txt", &plain(&support::nothing(), 100));
}

#[test]
fn colours_say_nothing_that_words_do_not() {
    let coloured = terminal(&support::acme(), &Style { is_coloured: true, width: 100, is_stored: true });
    hold("acme-coloured.txt", &coloured);
    let mut bare = String::new();
    for part in coloured.split('\u{1b}') {
        bare.push_str(part.split_once('m').filter(|_| part.starts_with('[')).map_or(part, |(_, text)| text));
    }
    assert_eq!(bare, plain(&support::acme(), 100));
}

#[test]
fn without_a_store_no_step_names_a_command_that_needs_one() {
    let text = terminal(&support::acme(), &Style { is_coloured: false, width: 100, is_stored: false });
    for command in ["syndic findings", "syndic assets", "syndic evidence", "syndic diff"] {
        assert!(!text.contains(command), "{command}\n{text}");
    }
    assert!(text.contains("syndic explain artifact."), "{text}");
}

#[test]
fn every_form_is_known_again_as_a_report() {
    let acme = support::acme();
    for text in [json(&acme), sarif(&acme, &rules()), plain(&acme, 80), syndic_report::html(&acme, &rules())] {
        assert!(syndic_report::is_own(text.as_bytes()), "{}", text.chars().take(80).collect::<String>());
    }
}
