//! Decides what a column holds from its sampled values and its name.
//!
//! A column *is* of a kind when enough of its values are such values as a whole: 30 % if the name agrees or the values
//! speak for themselves, 80 % of many different ones if only a checksum speaks, nearly all if only a form does. A column
//! of free text *holds* a kind when validated values stand inside its texts. What a few values suggest is left for the
//! table to decide: beside people it is so.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use syndic_evidence::Confidence;

use crate::column_name::ColumnName;
use crate::compiled::{Pattern, Patterns};
use crate::facts::{ColumnEntity, ColumnFacts};
use crate::find::Match;
use crate::table::Column;
use crate::validate::ContextUse;

/// Share of values that makes a column of a kind when its name or the values' own form agrees.
const SHARE: f64 = 0.3;
/// Share that is enough for two values, where three would be asked.
const SHARE_OF_FEW: f64 = 0.5;
/// Share asked when neither name nor form says more than a checksum or a mere shape does.
const SHARE_UNNAMED: f64 = 0.8;
/// Different values asked in that case.
const DISTINCT_UNNAMED: usize = 10;
/// Fewest values that make a pattern.
const FEW: u64 = 3;
/// Up to this share of bare long numbers in texts that pass as cards, chance explains them.
const SHARE_OF_CHANCE: f64 = 0.3;
/// Digits of a bare number that may be a card's.
const CARD_DIGITS: std::ops::RangeInclusive<usize> = 13..=19;
/// Share asked of a form without a check digit: nine in ten numbers of the form of a social security number could be one,
/// while a column of them holds hardly anything else.
const SHARE_BY_FORM: f64 = 0.97;
/// Different beginnings, of the first hundred values, that tell numbers given to people from ones counted up.
const SPREAD: f64 = 0.5;
const SPREAD_SEEN: usize = 100;
/// Share asked of a few values beside people.
const SHARE_BESIDE_PEOPLE: f64 = 0.95;
/// Different values asked beside people: in groups, and as bare digits, which pass a check digit one time in ten.
const DISTINCT_GROUPED: usize = 2;
const DISTINCT_BARE: usize = 5;
/// Words in a column's name that make its numbers those of things.
const THINGS: [&str; 18] = [
    "order",
    "part",
    "sku",
    "invoice",
    "ticket",
    "tracking",
    "serial",
    "product",
    "item",
    "batch",
    "lot",
    "case",
    "article",
    "asset",
    "shipment",
    "transaction",
    "version",
    "build",
];
/// A match is the whole value when it covers this share of it: a phone number with its extension.
const WHOLE: f64 = 0.6;

/// What one pattern did over a column's values.
#[derive(Debug, Default, Clone)]
struct Tally {
    /// Values that are one match as a whole.
    whole: u64,
    /// Those of them more than a hint, and quite sure.
    sure: u64,
    high: u64,
    /// Values that are or hold a supported match that is more than a hint.
    holding: u64,
    holding_high: u64,
    distinct: HashSet<u64>,
    /// What stands before the last four characters of whole values.
    leads: HashSet<u64>,
    /// Whole values of bare digits.
    bare: u64,
}

/// A column judged by itself.
#[derive(Debug)]
pub(crate) struct Judged {
    /// What it is.
    pub(crate) facts: ColumnFacts,
    /// What it is if another column of the table is about people: too few values to say so by themselves.
    pub(crate) beside_people: Vec<ColumnEntity>,
}

/// Judges one column.
pub(crate) fn classify(patterns: &Patterns, column: &Column) -> Judged {
    let name = ColumnName::new(&column.name);
    let mut tallies = vec![Tally::default(); patterns.all.len()];
    let (mut values, mut long_numbers) = (0, 0);
    for value in &column.values {
        let cell = cell_text(value);
        if cell.is_empty() {
            continue;
        }
        values += 1;
        long_numbers += u64::from(holds_long_number(cell));
        let mut counted = HashSet::new();
        for found in patterns.search_cell(cell, &name) {
            if let Some(tally) = tallies.get_mut(found.pattern) {
                tally.add(cell, &found, counted.insert(found.pattern));
            }
        }
    }
    let is_measure = matches!(column.logical_type.as_str(), "double" | "float" | "float32" | "float64" | "boolean");
    let is_of_things = THINGS.iter().any(|word| name.says(word));
    let judged = patterns.all.iter().zip(&tallies).filter_map(|(pattern, tally)| {
        let is_named = pattern.context.iter().any(|word| name.says(word));
        // Random numbers of a card's length pass its checks once in twenty; cards nearly always.
        let is_chance = pattern.validator.name == "card"
            && tally.holding_high == 0
            && tally.holding as f64 <= SHARE_OF_CHANCE * long_numbers as f64;
        let is_other = is_of_things && by_form(pattern);
        let label = Label { is_named, is_other };
        let judged = || judge(pattern, tally, values, label).filter(|entity| entity.is_whole || !is_chance);
        (is_named || !is_measure).then(judged).flatten()
    });
    let entities: Vec<ColumnEntity> = judged.collect();
    let is_settled = is_measure || is_of_things || entities.iter().any(|entity| entity.is_whole);
    let candidates = patterns.all.iter().zip(&tallies).filter(|(pattern, tally)| {
        let is_strong = pattern.entity.is_strong && pattern.validator.is_checked;
        !is_settled && is_strong && would_be_beside_people(tally, values)
    });
    let beside_people =
        candidates.map(|(pattern, tally)| entity(pattern, tally.whole, true, Confidence::Medium)).collect();
    let (name, logical_type, nulls) = (column.name.clone(), column.logical_type.clone(), column.nulls);
    Judged { facts: ColumnFacts { name, logical_type, values, nulls, entities }, beside_people }
}

/// What the column's name says about a kind of value.
#[derive(Debug, Clone, Copy)]
struct Label {
    /// It names the kind.
    is_named: bool,
    /// It names something else.
    is_other: bool,
}

/// Says whether only its form tells a value of this kind: no check digit.
fn by_form(pattern: &Pattern) -> bool {
    pattern.validator.name == "us_ssn"
}

fn would_be_beside_people(tally: &Tally, values: u64) -> bool {
    let few = if tally.bare * 2 > tally.whole { DISTINCT_BARE } else { DISTINCT_GROUPED };
    tally.distinct.len() >= few && tally.whole as f64 >= SHARE_BESIDE_PEOPLE * values as f64
}

fn entity(pattern: &Pattern, matched: u64, is_whole: bool, confidence: Confidence) -> ColumnEntity {
    ColumnEntity {
        rule: pattern.entity.rule.to_owned(),
        entity: pattern.entity.name.to_owned(),
        class: pattern.class,
        matched,
        is_whole,
        confidence,
    }
}

fn hash_of(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Trims, and takes the `.0` off a whole number that was stored as a float.
fn cell_text(value: &str) -> &str {
    let value = value.trim();
    let whole = value.strip_suffix(".0").filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    whole.unwrap_or(value)
}

fn holds_long_number(cell: &str) -> bool {
    cell.split(|letter: char| !letter.is_ascii_digit()).any(|run| CARD_DIGITS.contains(&run.len()))
}

impl Tally {
    fn add(&mut self, cell: &str, found: &Match, is_first: bool) {
        let is_sure = found.confidence >= Confidence::Medium;
        let is_high = found.confidence == Confidence::High;
        let is_whole = found.span.len() as f64 >= WHOLE * cell.len() as f64;
        if is_whole {
            self.whole += 1;
            self.sure += u64::from(is_sure);
            self.high += u64::from(is_high);
            let is_new = self.distinct.insert(hash_of(cell));
            if is_new && self.distinct.len() <= SPREAD_SEEN {
                let lead = cell.get(..cell.floor_char_boundary(cell.len().saturating_sub(4)));
                self.leads.insert(hash_of(lead.unwrap_or_default()));
            }
        }
        // Bare digits that are a whole cell may have passed their checksum by chance: a column of identifiers.
        let is_bare = is_whole && cell.bytes().all(|byte| byte.is_ascii_digit());
        self.bare += u64::from(is_bare);
        if is_first && is_sure && found.is_supported && !is_bare {
            self.holding += 1;
            self.holding_high += u64::from(is_high);
        }
    }
}

fn judge(pattern: &Pattern, tally: &Tally, values: u64, label: Label) -> Option<ColumnEntity> {
    let is_named = label.is_named;
    // A labelled column of addresses holds more than the street in each value.
    let by_label = pattern.validator.context == ContextUse::Required && !pattern.validator.is_checked && is_named;
    let matched = if by_label { tally.whole.max(tally.holding) } else { tally.whole };
    if is_of_kind(pattern, tally, matched, values, label) {
        let confidence = if tally.high * 2 >= tally.whole {
            Confidence::High
        } else if is_named || tally.sure * 2 >= tally.whole {
            Confidence::Medium
        } else {
            Confidence::Low
        };
        return Some(entity(pattern, matched, true, confidence));
    }
    let is_held =
        if pattern.entity.is_strong { tally.holding_high >= 1 || tally.holding >= 2 } else { tally.holding >= 2 };
    let confidence = if tally.holding_high >= FEW { Confidence::High } else { Confidence::Medium };
    is_held.then(|| entity(pattern, tally.holding, false, confidence))
}

fn is_of_kind(pattern: &Pattern, tally: &Tally, matched: u64, values: u64, label: Label) -> bool {
    let share = |count: u64| if values == 0 { 0.0 } else { count as f64 / values as f64 };
    let is_many = tally.distinct.len() >= DISTINCT_UNNAMED && share(tally.whole) >= SHARE_UNNAMED;
    if label.is_named {
        return share(matched) >= SHARE && (matched >= FEW || share(matched) >= SHARE_OF_FEW);
    }
    // The values' own form: an address, a grouped card, a name that starts with a known given name.
    let speaks_for_itself = share(tally.sure) >= SHARE && tally.sure >= FEW && tally.distinct.len() as u64 >= FEW;
    let is_spread = tally.leads.len() as f64 >= SPREAD * tally.distinct.len().min(SPREAD_SEEN) as f64;
    let has_form = share(tally.whole) >= SHARE_BY_FORM && is_spread && !label.is_other;
    let by_checksum = pattern.validator.is_checked && is_many && (!by_form(pattern) || has_form);
    let by_shape =
        pattern.validator.context == ContextUse::Raises && tally.whole >= FEW && share(tally.whole) >= SHARE_UNNAMED;
    speaks_for_itself || by_checksum || by_shape
}
