//! What columns say about each other: a `name` beside an e-mail address or a date of birth is a person's, and a few numbers
//! that all have the form of a citizen's number are that beside people.

use syndic_evidence::Confidence;

use crate::column::Judged;
use crate::column_name::ColumnName;
use crate::compiled::Patterns;
use crate::facts::{ColumnEntity, ColumnFacts};
use crate::table::{Column, TableSample};
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
/// Share of values that must be known full names in a column whose name says nothing.
const SHARE_KNOWN: f64 = 0.5;
/// Fewest values that make a pattern.
const FEW: u64 = 3;

/// Settles what the columns of one table say about each other.
pub(crate) fn settle(patterns: &Patterns, sample: &TableSample, judged: Vec<Judged>) -> Vec<ColumnFacts> {
    let mut candidates = Vec::with_capacity(judged.len());
    let mut columns = Vec::with_capacity(judged.len());
    for one in judged {
        candidates.push(one.beside_people);
        columns.push(one.facts);
    }
    name_people(patterns, sample, &mut columns);
    number_people(sample, &mut columns, candidates);
    columns
}

/// Returns the table a column belongs to: a dump holds many, and a column of it is called `table.column`.
fn table_of<'a>(sample: &TableSample, column: &'a str) -> &'a str {
    column.split_once('.').filter(|_| sample.format == "sql_dump").map_or("", |(table, _)| table)
}

fn is_contact(entity: &ColumnEntity) -> bool {
    entity.is_whole && CONTACTS.contains(&entity.rule.as_str())
}

/// Adds the numbers that a few values suggest to the tables that are about people, and makes sure of those by form alone.
fn number_people(sample: &TableSample, columns: &mut [ColumnFacts], candidates: Vec<Vec<ColumnEntity>>) {
    let is_unsure = |facts: &ColumnFacts| {
        facts.entities.iter().any(|entity| is_contact(entity) && entity.confidence < Confidence::Medium)
    };
    if candidates.iter().all(Vec::is_empty) && !columns.iter().any(is_unsure) {
        return;
    }
    let tells = |entity: &ColumnEntity| is_contact(entity) && entity.confidence >= Confidence::Medium;
    let people: Vec<(usize, String)> = columns
        .iter()
        .zip(&sample.columns)
        .enumerate()
        .filter(|(_, (facts, column))| {
            facts.entities.iter().any(|entity| tells(entity) || entity.rule == NAMES) || holds_people(column)
        })
        .map(|(index, (facts, _))| (index, table_of(sample, &facts.name).to_owned()))
        .collect();
    for (index, (facts, suggested)) in columns.iter_mut().zip(candidates).enumerate() {
        let table = table_of(sample, &facts.name);
        if !people.iter().any(|(other, its_table)| *other != index && its_table == table) {
            continue;
        }
        for entity in &mut facts.entities {
            if is_contact(entity) {
                entity.confidence = entity.confidence.max(Confidence::Medium);
            }
        }
        if !facts.entities.iter().any(|entity| entity.is_whole) {
            facts.entities.extend(suggested.into_iter().take(1));
        }
    }
}

/// Says whether the values of a column are mostly full names that start with a known given name, whatever it is called.
fn holds_people(column: &Column) -> bool {
    let known = column.values.iter().filter(|value| person::is_known_full_name(value.trim())).count();
    known >= 2 && known as f64 >= SHARE_KNOWN * column.values.len() as f64
}

/// Adds the entity to columns called just `name` whose values no list of given names knows.
fn name_people(patterns: &Patterns, sample: &TableSample, columns: &mut [ColumnFacts]) {
    let mut tables: Vec<String> = Vec::new();
    for column in columns.iter().filter(|column| column.entities.iter().any(is_contact)) {
        tables.push(table_of(sample, &column.name).to_owned());
    }
    let Some(pattern) = patterns.all.iter().find(|pattern| pattern.entity.rule == NAMES) else { return };
    for (facts, column) in columns.iter_mut().zip(&sample.columns) {
        let is_beside_contacts = tables.iter().any(|table| table == table_of(sample, &column.name));
        let is_candidate = facts.entities.is_empty() && person::is_plain_name(&ColumnName::new(&column.name));
        if !is_beside_contacts || !is_candidate {
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
