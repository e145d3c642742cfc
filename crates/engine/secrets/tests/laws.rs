//! The laws of the secrets engine, over its public interface. Tokens are put together at test time.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use proptest::prelude::*;
use syndic_detect::{Example, check_completeness};
use syndic_evidence::{AssetKind, Confidence, Input, Severity, Urn};
use syndic_secrets::{Reach, SecretsEngine, SecretsFacts, Weakness};

fn engine() -> &'static SecretsEngine {
    static ENGINE: std::sync::LazyLock<SecretsEngine> = std::sync::LazyLock::new(|| SecretsEngine::builtin().unwrap());
    &ENGINE
}

/// A token of the classic GitHub form with a right checksum, never written whole in this file.
fn github_token() -> String {
    ["ghp", "_zQWBuTSOoRi4A9spHc", "VY5ncnsDkxkJ0mLq17"].concat()
}

fn huggingface_token() -> String {
    ["hf", "_pVxKqWmZtRbYcLdG", "sNfHjAeUoTiQwXrZk"].concat()
}

fn scan(path: &str, text: &str) -> SecretsFacts {
    engine().scan(path, text.as_bytes())
}

fn rules_of(facts: &SecretsFacts) -> Vec<&str> {
    facts.hits.iter().map(|hit| hit.rule.as_str()).collect()
}

fn inspect(path: &str, text: &str) -> Option<syndic_evidence::Inspection> {
    let subject = Urn::local("acme", AssetKind::Configuration, path);
    let input = Input { system: "acme", path, subject: &subject, owner: &subject };
    engine().inspect(input, text.as_bytes())
}

#[test]
fn every_rule_is_whole_and_its_examples_hold() {
    let engine = engine();
    let ids: Vec<&str> = engine.rules().rules().map(|rule| rule.id.as_str()).collect();
    let found = |example: &Example| {
        let text = example.text.replace("{{cut}}", "");
        let mut rules: Vec<String> =
            engine.scan(&example.path, text.as_bytes()).hits.into_iter().map(|hit| hit.rule).collect();
        // What is known by the name of its service alone is tried only when everything is looked at; there names and
        // addresses are believed more easily than their examples say.
        let wide = engine.scan_as_far_as(Reach::Everything, &example.path, text.as_bytes()).hits;
        let is_judged = |rule: &str| rule.starts_with("secrets.assigned-") || rule.ends_with("-password");
        rules.extend(wide.into_iter().map(|hit| hit.rule).filter(|rule| !is_judged(rule)));
        rules
    };
    let faults = check_completeness("secrets", &ids, found);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_output_holds_a_planted_secret() {
    let secrets = [github_token(), huggingface_token(), "Tz9kLw4Qm2Vx".to_owned(), "Summer2031!".to_owned()];
    let text = format!(
        "T = '{}'\nHF_TOKEN = '{}'\nDB_PASSWORD = '{}'\npassword = \"{}\"\n",
        secrets[0], secrets[1], secrets[2], secrets[3]
    );
    let facts = scan("app.py", &text);
    assert_eq!(facts.hits.len(), 4, "{facts:?}");
    let inspection = inspect("app.py", &text).unwrap();
    let json = serde_json::to_string(&inspection).unwrap();
    for output in [format!("{facts:?}"), format!("{inspection:?}"), json] {
        for secret in &secrets {
            assert!(!output.contains(&secret[4..]), "a secret is in the output");
        }
    }
}

#[test]
fn one_secret_twice_in_a_file_is_one_finding() {
    let text = format!("a = '{0}'\nb = '{0}'\n", github_token());
    let findings = inspect("app.py", &text).unwrap().findings;
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].props["occurrences"], 2);
    assert_eq!(findings[0].props["lines"], serde_json::json!([1, 2]));
}

#[test]
fn a_finding_keeps_its_discriminator_when_its_line_moves() {
    let before = inspect("app.py", &format!("a = '{}'\n", github_token())).unwrap().findings;
    let after = inspect("app.py", &format!("\n\n  a = '{}'\n", github_token())).unwrap().findings;
    assert_eq!(before[0].discriminator, after[0].discriminator);
    assert_ne!(before[0].location.line, after[0].location.line);
}

#[test]
fn findings_follow_from_stored_facts_alone() {
    let inspection = inspect(".env", &format!("HF_TOKEN={}\n", huggingface_token())).unwrap();
    let facts: SecretsFacts = serde_json::from_value(inspection.facts).unwrap();
    assert_eq!(engine().findings(&facts), inspection.findings);
}

#[test]
fn a_file_without_secrets_gives_no_inspection() {
    assert!(inspect("app.py", "print('hello')\n").is_none());
}

#[test]
fn a_right_checksum_counts_even_in_a_test() {
    let finding = &inspect("tests/test_a.py", &format!("t = '{}'", github_token())).unwrap().findings[0];
    assert_eq!((finding.severity, finding.confidence), (Severity::Critical, Confidence::High));
}

#[test]
fn a_wrong_checksum_is_a_low_finding_of_low_confidence() {
    let made_up = github_token().replace("0mLq17", "0mLq18");
    let facts = scan("app.py", &format!("t = '{made_up}'"));
    assert_eq!(facts.hits[0].weakness, Some(Weakness::ChecksumWrong));
    let finding = &inspect("app.py", &format!("t = '{made_up}'")).unwrap().findings[0];
    assert_eq!((finding.severity, finding.confidence), (Severity::Low, Confidence::Low));
}

#[test]
fn a_token_in_a_test_without_checksum_is_milder_and_doubted() {
    let text = format!("t = '{}'", huggingface_token());
    let product = inspect("app/main.py", &text).unwrap().findings.remove(0);
    let shielded = inspect("tests/test_main.py", &text).unwrap().findings.remove(0);
    assert!(shielded.severity < product.severity && shielded.confidence == Confidence::Low);
}

#[test]
fn a_secret_inside_a_binary_is_found_by_its_form() {
    let token = github_token();
    let length = [u8::try_from(token.len()).unwrap()];
    for before in [b"\0".as_slice(), &length] {
        let content = [b"\x80\x04\0\0\x8c", before, token.as_bytes(), b"\x94."].concat();
        assert_eq!(engine().scan("model.pkl", &content).hits.len(), 1);
    }
}

#[test]
fn a_secret_in_a_notebook_cell_is_found() {
    let text = r#"{"cells": [{"source": ["DB_PASSWORD = \"TzXkLw4Qm2Vx\"\n"]}]}"#.replace("TzX", "Tz9");
    assert_eq!(rules_of(&scan("a.ipynb", &text)), ["secrets.assigned-password"]);
}

#[test]
fn hard_negatives_are_left_alone() {
    let sha = "9f3c1b7ae04d5826c1f09be7d4a35c689f3c1b7a";
    for (path, text) in [
        ("a.py", format!("commit = '{sha}'")),
        ("a.py", "uuid = '123e4567-e89b-42d3-a456-426614174000'".to_owned()),
        ("a.html", format!("<script integrity=\"sha384-{sha}{sha}\"></script>")),
        ("i18n/en.json", "{\"password\": \"Password\", \"token\": \"Token2x!\"}".to_owned()),
        ("a.py", "tok = tokenizer(text, pad_token='[PAD]', eos_token=\"</s>\")".to_owned()),
        ("a.py", "model.load(token=token, api_key=self.api_key)".to_owned()),
        ("a.ts", "const password = document.getElementById('password1') as X".to_owned()),
        ("a.py", "password: str = Field(..., description='The password')".to_owned()),
        ("a.yaml", "secretKeyRef:\n  name: db\n  key: password".to_owned()),
        ("a.yaml", "password:\n  from_secret: db_password_1".to_owned()),
        ("a.md", "curl -H 'Authorization: Bearer $OPENAI_API_KEY'".to_owned()),
        (".env.example", "OPENAI_API_KEY=sk-...\nDB_PASSWORD=<password>\nSECRET=${SECRET}".to_owned()),
    ] {
        let facts = scan(path, &text);
        assert!(facts.hits.is_empty(), "{path}: {:?}", rules_of(&facts));
    }
}

#[test]
fn hits_over_the_limit_are_counted_and_reported() {
    let line = |index: usize| format!("DB_PASSWORD = \"Tz9kLw{index:04}Vx!\"\n");
    let text: String = (0..600).map(line).collect();
    let inspection = inspect("app.py", &text).unwrap();
    assert_eq!(inspection.facts["hits_omitted"], 100);
    assert_eq!(inspection.not_inspected.len(), 1);
}

proptest! {
    #[test]
    fn any_bytes_are_scanned_without_panic(bytes: Vec<u8>) {
        let _ = engine().scan("a.env", &bytes);
    }

    #[test]
    fn any_text_around_keywords_is_scanned_without_panic(text in "((sk-|hf_|password|token=|://|a:|@|\"|-----BEGIN |eyJ|\\.)|[ -~]{0,6}){0,40}") {
        let _ = engine().scan("a.env", text.as_bytes());
        let _ = engine().scan("a.py", text.as_bytes());
    }
}

#[test]
fn a_password_in_the_tests_of_a_rust_file_weighs_as_in_a_test() {
    let value = ["Summer", "2024!x"].concat();
    let line = format!("    let password = \"{value}\";\n");
    let product = format!("fn a() {{\n{line}}}\n#[cfg(test)]\nmod tests {{}}\n");
    let test = format!("#[cfg(test)]\nmod tests {{\n    fn a() {{\n{line}    }}\n}}\n");
    let severity = |text: &str| {
        let found = inspect("src/lib.rs", text).into_iter().flat_map(|seen| seen.findings);
        found.map(|draft| draft.severity).collect::<Vec<_>>()
    };
    assert!(severity(&product).iter().all(|severity| *severity > Severity::Low) && !severity(&product).is_empty());
    assert_eq!(severity(&test), [Severity::Low]);
}
