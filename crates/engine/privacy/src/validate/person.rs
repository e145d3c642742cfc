//! What only a label makes personal: names of people, dates of birth, street addresses.

use std::collections::HashSet;
use std::sync::LazyLock;

use syndic_evidence::Confidence;

use super::{Candidate, Verdict};
use crate::column_name::ColumnName;

/// Frequent given names of many languages, one a line; they tell a column `name` of people from one of products.
static GIVEN_NAMES: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("given_names.txt").split_whitespace().collect());

/// Words in a column's name that make its names those of things.
const THINGS: [&str; 16] = [
    "file", "model", "product", "company", "domain", "host", "column", "class", "event", "user", "brand", "city",
    "country", "dataset", "package", "project",
];
/// Last words of names of columns that hold the person, not a property (`patient`, but not `patient_status`).
const NAME_ENDINGS: [&str; 22] = [
    "name",
    "names",
    "surname",
    "firstname",
    "lastname",
    "fullname",
    "person",
    "patient",
    "employee",
    "holder",
    "cardholder",
    "beneficiary",
    "vorname",
    "nachname",
    "prénom",
    "nombre",
    "apellido",
    "apellidos",
    "first",
    "last",
    "full",
    "middle",
];
/// Longest name of a person, in characters.
const LONGEST_NAME: usize = 60;
/// Words that make a column of addresses one of machines or wallets.
const OTHER_ADDRESSES: [&str; 10] = ["email", "mail", "ip", "mac", "wallet", "web", "url", "contract", "memory", "btc"];

/// Accepts what has the form of a name in a column for names. A column called just `name` needs a known given name.
pub(super) fn name(candidate: &Candidate<'_>) -> Option<Verdict> {
    let column = candidate.column?;
    if !candidate.before.is_empty() || !candidate.after.is_empty() || !has_form_of_name(candidate.value) {
        return None;
    }
    if (candidate.in_context)() && NAME_ENDINGS.contains(&column.last_word()) {
        let is_known = starts_with_given_name(candidate.value);
        return candidate.accept(if is_known { Confidence::High } else { Confidence::Medium });
    }
    (is_plain_name(column) && starts_with_given_name(candidate.value)).then_some(())?;
    candidate.accept(Confidence::Medium)
}

/// Says whether a column is called just `name`, of nothing in particular.
pub(crate) fn is_plain_name(column: &ColumnName) -> bool {
    column.last_word() == "name" && !THINGS.iter().any(|thing| column.says(thing))
}

/// Says whether a value could be a given and a family name: two words or more, each with a capital.
pub(crate) fn has_form_of_full_name(value: &str) -> bool {
    let capitals = value.split_whitespace().filter(|word| word.chars().next().is_some_and(char::is_uppercase)).count();
    capitals >= 2 && has_form_of_name(value)
}

/// Says whether a value is surely a person's full name: its form, and a given name that is known.
pub(crate) fn is_known_full_name(value: &str) -> bool {
    has_form_of_full_name(value) && starts_with_given_name(value)
}

fn has_form_of_name(value: &str) -> bool {
    let words = value.split_whitespace().count();
    let is_name_letter = |letter: char| letter.is_alphabetic() || matches!(letter, ' ' | '\'' | '’' | '-' | '.' | ',');
    let starts_upper = value.chars().next().is_some_and(|letter| letter.is_alphabetic() && !letter.is_lowercase());
    (1..=5).contains(&words)
        && value.chars().count() <= LONGEST_NAME
        && value.chars().all(is_name_letter)
        && (starts_upper || starts_with_given_name(value))
}

fn starts_with_given_name(value: &str) -> bool {
    value
        .split(|letter: char| !letter.is_alphabetic())
        .filter(|word| word.chars().count() > 2)
        .take(2)
        .any(|word| GIVEN_NAMES.contains(word.to_lowercase().as_str()))
}

/// Accepts a calendar date between 1900 and 2029 where a label says birth.
pub(super) fn birth_date(candidate: &Candidate<'_>) -> Option<Verdict> {
    let is_word = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    let follows = candidate.after.chars().next().filter(|letter| *letter != 'T');
    if is_word(candidate.before.chars().next_back()) || is_word(follows) {
        return None;
    }
    let numbers: Vec<u32> = candidate.value.split(['-', '/', '.']).filter_map(|part| part.parse().ok()).collect();
    let (year, month, day) = match numbers.as_slice() {
        [year @ 1900..=2029, month, day] | [day, month, year @ 1900..=2029] => (*year, *month, *day),
        _ => return None,
    };
    let is_day = |month: u32, day: u32| (1..=12).contains(&month) && (1..=31).contains(&day);
    ((is_day(month, day) || is_day(day, month)) && year >= 1900).then_some(())?;
    candidate.accept_by_context(Confidence::High, Confidence::Low)
}

/// Accepts a street and a number; in a column for addresses any line with both words and digits.
pub(super) fn street_address(candidate: &Candidate<'_>) -> Option<Verdict> {
    let is_other = candidate.column.is_some_and(|column| OTHER_ADDRESSES.iter().any(|other| column.says(other)));
    let value = candidate.value;
    let bound = candidate.before.chars().next_back().is_some_and(char::is_alphanumeric);
    if is_other || bound || value.contains(['@', '{', '=']) || value.contains("://") {
        return None;
    }
    candidate.accept_by_context(Confidence::High, Confidence::Low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column_name::ColumnName;

    fn names(column: &str, value: &str, in_context: bool) -> bool {
        let column = ColumnName::new(column);
        name(&Candidate { value, before: "", after: "", in_context: &|| in_context, column: Some(&column) }).is_some()
    }

    #[test]
    fn a_column_called_name_needs_known_given_names() {
        assert!(names("name", "Maria Kowalska", false) && !names("name", "Wireless Mouse", false));
        assert!(!names("product_name", "Maria Biscuits", false));
        assert!(names("patient_name", "Oyelaran Adebayo", true) && !names("patient_name", "P-1043", true));
    }

    #[test]
    fn names_in_free_text_are_left_to_a_model() {
        let candidate =
            Candidate { value: "Maria Kowalska", before: "", after: "", in_context: &|| true, column: None };
        assert!(name(&candidate).is_none());
    }
}
