//! `syndic ledger export`, through the binary: what is asked for, whole, and provable without our software.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod ledger_bench;
mod support;

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger_bench::{append, assessed, entry, indices, is_proved, ledger, lines, proved};
use serde_json::{Value, json};
use syndic_ledger::leaf::Leaf;

#[test]
fn another_implementation_believes_every_exported_proof_and_no_altered_one() {
    let syndic = assessed();
    append(syndic.state.path(), (0..300).map(|number| entry("anna", &format!("request {number}"))).collect());
    let mut lines = lines(&syndic, &["export", "--proofs"]);
    let head = lines.remove(0);
    assert_eq!(indices(&lines), (0..head["size"].as_u64().unwrap()).collect::<Vec<u64>>());
    for line in &lines {
        assert!(is_proved(&head, line), "{line}");
        let mut moved = line.clone();
        moved["index"] = json!(line["index"].as_u64().unwrap() ^ 1);
        let mut leaf = STANDARD.decode(line["leaf"].as_str().unwrap()).unwrap();
        leaf[20] ^= 1;
        let mut altered = line.clone();
        altered["leaf"] = json!(STANDARD.encode(leaf));
        let mut cut = line.clone();
        cut["proof"].as_array_mut().unwrap().pop();
        for forged in [moved, altered, cut] {
            assert!(!is_proved(&head, &forged), "{forged}");
        }
    }
}

/// The head states what its checkpoint signs, and a line what its leaf does.
#[test]
fn head_and_lines_say_nothing_that_is_not_in_the_checkpoint_and_the_leaf() {
    let syndic = assessed();
    let signed = ledger(&syndic, &["checkpoint"], 0);
    let mut lines = lines(&syndic, &["export", "--proofs", "--kind", "assessment.decision"]);
    let head = lines.remove(0);
    assert_eq!(head["form"], "syndic-ledger-export/1");
    assert_eq!(head["checkpoint"], signed);
    let stated: Vec<&str> = signed.lines().take(3).collect();
    let size = head["size"].to_string();
    assert_eq!(stated, [head["origin"].as_str().unwrap(), &size, head["root"].as_str().unwrap()]);
    assert_eq!(lines.len(), 1);
    let line = &lines[0];
    let leaf = Leaf::parse(&STANDARD.decode(line["leaf"].as_str().unwrap()).unwrap()).unwrap();
    assert_eq!(line["index"], leaf.index);
    assert_eq!(line["kind"], leaf.kind);
    assert_eq!(line["actor"], leaf.actor);
    assert_eq!(
        line["tags"],
        leaf.tags.iter().cloned().collect::<std::collections::BTreeMap<_, _>>().into_iter().collect::<Value>()
    );
    let time: jiff::Timestamp = line["time"].as_str().unwrap().parse().unwrap();
    assert_eq!(time.as_microsecond(), leaf.time_us);
}

#[test]
fn a_line_and_the_checkpoint_make_the_c2sp_proof_that_prove_prints() {
    let syndic = assessed();
    let mut lines = lines(&syndic, &["export", "--proofs"]);
    let head = lines.remove(0);
    let line = &lines[3];
    let leaf = line["leaf"].as_str().unwrap();
    let mut text = format!("c2sp.org/tlog-proof@v1\nextra {leaf}\nindex {}\n", line["index"]);
    for hash in line["proof"].as_array().unwrap() {
        writeln!(text, "{}", hash.as_str().unwrap()).unwrap();
    }
    let text = format!("{text}\n{}", head["checkpoint"].as_str().unwrap());
    assert_eq!(ledger(&syndic, &["prove", "3"], 0), text);
}

#[test]
fn conditions_choose_and_a_proof_does_not_depend_on_what_else_was_chosen() {
    let syndic = assessed();
    append(syndic.state.path(), vec![entry("anna", "one"), entry("berta", "two"), entry("anna", "three")]);
    let all = proved(&syndic);
    let mut chosen = lines(&syndic, &["export", "--proofs", "--subject", "anna"]);
    let head = chosen.remove(0);
    let contents: Vec<&str> = chosen.iter().map(|line| line["content"].as_str().unwrap()).collect();
    assert_eq!(contents, ["one", "three"]);
    assert!(chosen.iter().all(|line| is_proved(&head, line) && all.contains(line)));

    let time = chosen[0]["time"].as_str().unwrap();
    let before = lines(&syndic, &["export", "--until", time]);
    let after = lines(&syndic, &["export", "--since", time]);
    assert_eq!([indices(&before), indices(&after)].concat(), indices(&all));
    assert_eq!(indices(&lines(&syndic, &["export", "--tag", "verdict=allow"])).len(), 1);
    assert_eq!(indices(&lines(&syndic, &["export", "--actor", "nobody"])).len(), 0);
}

#[test]
fn who_stops_reading_stops_the_export() {
    let syndic = assessed();
    append(syndic.state.path(), (0..400).map(|number| entry("anna", &format!("{number}").repeat(999))).collect());
    let mut child = syndic.command(&["ledger", "export"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
