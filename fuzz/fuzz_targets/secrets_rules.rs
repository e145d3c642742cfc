//! Any text is a rule file of gitleaks or refused; what is read scans anything, and what it tells lies in there.

#![no_main]

use libfuzzer_sys::fuzz_target;
use syndic_secrets::{ForeignRules, SecretsEngine};

fuzz_target!(|input: (String, Vec<u8>)| {
    let (rules, content) = input;
    if let Ok(rules) = ForeignRules::from_toml(&rules) {
        for found in rules.scan("a.py", &content) {
            assert!(found.hit.offset + found.hit.length <= content.len() as u64);
        }
    }
    let _ = SecretsEngine::with_rules(&[("secrets/fuzz-rule.yaml".to_owned(), rules)], false);
});
