//! Every rule of the engine has its parts, finds its positive examples and leaves its near misses alone.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking, helpers included")]

use std::path::Path;

use syndic_detect::{Example, Rulebook, check_completeness};
use syndic_evidence::{AssetKind, Input, Urn};
use syndic_privacy::{Column, PrivacyEngine, TableSample};

/// Examples ending in `.csv` are plain tables without quotes.
fn table(text: &str) -> TableSample {
    let mut rows = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = rows.next().unwrap();
    let rows: Vec<_> = rows.collect();
    let columns = header.iter().enumerate().map(|(index, name)| Column {
        name: name.clone(),
        logical_type: "string".into(),
        values: rows.iter().map(|row| row[index].clone()).collect(),
        nulls: 0,
    });
    TableSample {
        format: "csv".into(),
        columns: columns.collect(),
        rows_inspected: rows.len() as u64,
        rows_total: Some(rows.len() as u64),
        bytes_total: text.len() as u64,
        note: Vec::new(),
    }
}

fn rules_found(engine: &PrivacyEngine, example: &Example) -> Vec<String> {
    let is_table = Path::new(&example.path).extension().is_some_and(|ending| ending == "csv");
    let kind = if is_table { AssetKind::Dataset } else { AssetKind::Prompt };
    let subject = Urn::local("acme", kind, &example.path);
    let input = Input { system: "acme", path: &example.path, subject: &subject, owner: &subject };
    let inspection = if is_table {
        Some(engine.inspect_table(input, &table(&example.text)))
    } else {
        engine.inspect_text(input, &example.text)
    };
    inspection.into_iter().flat_map(|one| one.findings).map(|finding| finding.rule).collect()
}

#[test]
fn every_rule_is_complete_and_holds_its_examples() {
    let engine = PrivacyEngine::builtin().unwrap();
    let book = Rulebook::builtin("privacy").unwrap();
    let ids: Vec<&str> = book.rules().map(|rule| rule.id.as_str()).collect();
    let faults = check_completeness("privacy", &ids, |example| rules_found(&engine, example));
    assert!(faults.is_empty(), "{faults:#?}");
}
