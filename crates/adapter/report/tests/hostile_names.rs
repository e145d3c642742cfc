//! Whatever somebody calls a file, a column or a server: the summary moves no cursor and stays within its columns.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use proptest::prelude::*;
use support::{acme, finding};
use syndic_evidence::{Assessment, Location, Severity, SkipReason, Skipped};
use syndic_report::{Style, terminal};

const HOSTILE: &str = "a\u{1b}[2J\u{1b}]0;pwned\u{7}\u{9b}31m\u{202e}txt.exe\u{200b}\r\nALLOW: all good\u{8}";

fn with_name(name: &str) -> Assessment {
    let mut assessment = acme();
    for asset in &mut assessment.assets {
        name.clone_into(&mut asset.name);
        asset.sources = vec![Location::file(name)];
    }
    assessment.findings.push(finding(
        "code.pickle-load",
        name,
        Severity::High,
        Location::line(name, 3).member(name),
        name,
    ));
    for risk in &mut assessment.risks {
        name.clone_into(&mut risk.title);
    }
    for control in &mut assessment.decision.controls {
        name.clone_into(&mut control.title);
        control.reasons = vec![name.to_owned(), format!("{name} [code.pickle-load, high]")];
        name.clone_into(&mut control.remediation);
    }
    assessment.run.coverage.skip(Skipped { path: name.to_owned(), reason: SkipReason::Link, detail: name.to_owned() });
    assessment
}

#[test]
fn hostile_names_cannot_inject_escapes_or_forge_lines() {
    let text = terminal(&with_name(HOSTILE), &Style { is_coloured: false, width: 100, is_stored: true });
    assert!(!text.chars().any(|character| character.is_control() && character != '\n'), "{text:?}");
    assert!(!text.contains(['\u{202e}', '\u{200b}']));
    assert!(!text.lines().any(|line| line.trim_start().starts_with("ALLOW")), "{text}");
}

#[test]
fn a_coloured_page_holds_no_escape_but_its_own() {
    let text = terminal(&with_name(HOSTILE), &Style { is_coloured: true, width: 100, is_stored: true });
    for escape in text.split('\u{1b}').skip(1) {
        let code = escape.split('m').next().unwrap();
        assert!(["[0", "[1", "[2", "[33", "[1;31", "[1;32"].contains(&code), "{code:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_line_is_wider_than_the_terminal(name in ".{1,120}", width in 60_usize..140) {
        let text = terminal(&with_name(&name), &Style { is_coloured: false, width, is_stored: true });
        for line in text.lines() {
            let columns = unicode_width::UnicodeWidthStr::width(line);
            prop_assert!(columns <= width, "{columns} > {width}: {line:?}");
        }
    }
}
