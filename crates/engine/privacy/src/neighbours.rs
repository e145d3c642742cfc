//! What columns say about each other: a `name` beside an e-mail address or a date of birth is a person's.

use syndic_evidence::Confidence;

use crate::column_name::ColumnName;
use crate::compiled::Patterns;
use crate::facts::{ColumnEntity, ColumnFacts};
use crate::table::TableSample;
use crate::validate::person;

/// Kinds of values that belong to one person.
const CONTACTS: [&str; 5] = [
    "privacy.email-address",
    "privacy.phone-number",
    "privacy.birth-date",
    "privacy.iban-number",
    "privacy.ssn-number",
];
/// The rule for names.
const NAMES: &str = "privacy.person-name";
/// Share of values that must have the form of a full name.
const SHARE: f64 = 0.7;
/// Fewest values that make a pattern.
const FEW: u64 = 3;

/// Adds the entity to columns called just `name` whose values no list of given names knows.
pub(crate) fn name_people(patterns: &Patterns, sample: &TableSample, columns: &mut [ColumnFacts]) {
    let is_contact = |entity: &ColumnEntity| entity.is_whole && CONTACTS.contains(&entity.rule.as_str());
    if !columns.iter().any(|column| column.entities.iter().any(is_contact)) {
        return;
    }
    let Some(pattern) = patterns.all.iter().find(|pattern| pattern.entity.rule == NAMES) else { return };
    for (facts, column) in columns.iter_mut().zip(&sample.columns) {
        if !facts.entities.is_empty() || !person::is_plain_name(&ColumnName::new(&column.name)) {
            continue;
        }
        let matched = column.values.iter().filter(|value| person::has_form_of_full_name(value.trim())).count() as u64;
        if matched >= FEW && matched as f64 >= SHARE * facts.values as f64 {
            facts.entities.push(ColumnEntity {
                rule: NAMES.to_owned(),
                entity: pattern.entity.name.to_owned(),
                class: pattern.class,
                matched,
                is_whole: true,
                confidence: Confidence::Medium,
            });
        }
    }
}
