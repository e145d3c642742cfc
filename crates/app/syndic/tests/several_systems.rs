//! One store with several systems: every list says whose a row is, and every choice that was made is told.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;
use support::{Syndic, repository};

fn two_systems() -> Syndic {
    let syndic = Syndic::new();
    let tree = repository().join("examples/acme-support");
    for (folder, system) in [("", "support"), ("models", "ranking")] {
        syndic.assess(&tree.join(folder), &["--system", system]);
    }
    syndic
}

fn lines(syndic: &Syndic, args: &[&str]) -> Vec<String> {
    String::from_utf8(syndic.run(args).stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn rows_of_several_systems_name_theirs_and_one_can_be_asked_for() {
    let syndic = two_systems();
    let is_of = |line: &String, system: &str| line.split("  ").any(|cell| cell.trim() == system);
    for verb in ["assets", "findings"] {
        let all = lines(&syndic, &[verb]);
        assert!(all.iter().all(|line| is_of(line, "support") != is_of(line, "ranking")), "{verb}: {all:?}");
        let of = |system: &str| all.iter().filter(|line| is_of(line, system)).count();
        for system in ["support", "ranking"] {
            let only = lines(&syndic, &[verb, "--system", system]);
            assert!(of(system) > 0 && only.len() == of(system), "{verb} {system}: {only:?}");
            assert!(!only.iter().all(|line| is_of(line, system)), "one system needs no column: {only:?}");
        }
        let json: Vec<Value> = serde_json::from_slice(&syndic.run(&[verb, "--json"]).stdout).unwrap();
        let ranking = json.iter().filter(|row| row["system"].as_str().unwrap().contains("ranking")).count();
        assert_eq!(ranking, of("ranking"));
    }
}

#[test]
fn a_diff_of_several_systems_says_which_it_took() {
    let syndic = two_systems();
    let said = String::from_utf8(syndic.run(&["diff"]).stderr).unwrap();
    assert!(said.contains("2 systems") && said.contains("`ranking`") && said.contains("--system"), "{said}");
    assert!(syndic.run(&["diff", "--system", "support"]).stderr.is_empty());
}

#[test]
fn a_system_without_a_name_is_refused() {
    let syndic = two_systems();
    let tree = repository().join("examples/acme-support/prompts");
    for args in [&["assess", tree.to_str().unwrap()][..], &["findings"], &["assets"], &["diff"]] {
        for name in ["", "  "] {
            let output = syndic.run(&[args, &["--system", name]].concat());
            assert_eq!(output.status.code(), Some(2), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

#[test]
fn a_state_folder_that_may_not_be_read_is_not_taken_for_an_empty_one() {
    let syndic = two_systems();
    let mode = |mode| std::fs::set_permissions(syndic.state.path(), std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o000);
    let is_root = std::fs::read_dir(syndic.state.path()).is_ok();
    let output = syndic.run(&["findings"]);
    mode(0o700);
    let said = String::from_utf8(output.stderr).unwrap();
    // Whoever may read everything is refused nothing.
    assert!(is_root || (output.status.code() == Some(3) && said.contains("ermission denied")), "{said}");
    assert!(!said.contains("no store"), "{said}");
}

#[test]
fn a_control_is_explained_with_the_rules_behind_it() {
    let syndic = Syndic::new();
    let listed = lines(&syndic, &["explain"]);
    let controls: Vec<&str> =
        listed.iter().map(|line| line.split(' ').next().unwrap()).filter(|id| !id.contains('.')).collect();
    assert!(controls.contains(&"SEC-01"), "{controls:?}");
    for control in controls {
        let output = syndic.run(&["explain", control]);
        let page = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{control}");
        for part in ["\nWhat must hold\n  ", "\nWhat is checked\n  ", "\nRules\n  ", "\nFix\n  "] {
            assert!(page.contains(part), "{control} has no `{}`:\n{page}", part.trim());
        }
    }
    let page = lines(&syndic, &["explain", "sec-01"]).join("\n");
    assert!(page.contains("  secrets."), "{page}");
    let said = String::from_utf8(syndic.run(&["explain", "zzz"]).stderr).unwrap();
    assert_eq!(said.trim_end(), "error: there is no rule `zzz`; `syndic explain` lists all");
}
