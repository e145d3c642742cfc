//! From facts to findings: one finding for each kind of value in a dataset or document.

use syndic_detect::{Detector, Findings, Place};
use syndic_evidence::{Confidence, Location};

use crate::entity;
use crate::facts::{ColumnEntity, ColumnFacts, Facts, Seen, TextEntity};

/// Columns named in one message.
const NAMED_COLUMNS: usize = 3;
/// Below this share of texts a dataset holds a kind by accident rather than by design.
const STRAY_SHARE: f64 = 0.01;
/// Different contacts in a document that make it a list of people.
const MANY_CONTACTS: u64 = 10;
/// Different contacts below which a configuration or prompt leaks little.
const FEW_CONTACTS: u64 = 5;
/// Files whose purpose is to name contributors.
const BYLINE_FILES: [&str; 10] = [
    "authors",
    "contributors",
    "maintainers",
    "codeowners",
    "owners",
    "changelog",
    "license",
    "notice",
    "security",
    "code_of_conduct",
];

/// The engine's detectors, one for each kind of value.
pub(crate) static DETECTORS: &[Detector<Facts>] = &[
    Detector { rule: "privacy.iban-number", run: |facts, out| report(facts, out, "privacy.iban-number") },
    Detector { rule: "privacy.card-number", run: |facts, out| report(facts, out, "privacy.card-number") },
    Detector { rule: "privacy.email-address", run: |facts, out| report(facts, out, "privacy.email-address") },
    Detector { rule: "privacy.ssn-number", run: |facts, out| report(facts, out, "privacy.ssn-number") },
    Detector { rule: "privacy.nhs-number", run: |facts, out| report(facts, out, "privacy.nhs-number") },
    Detector { rule: "privacy.npi-number", run: |facts, out| report(facts, out, "privacy.npi-number") },
    Detector { rule: "privacy.dea-number", run: |facts, out| report(facts, out, "privacy.dea-number") },
    Detector { rule: "privacy.fiscal-code", run: |facts, out| report(facts, out, "privacy.fiscal-code") },
    Detector { rule: "privacy.nir-number", run: |facts, out| report(facts, out, "privacy.nir-number") },
    Detector { rule: "privacy.dni-number", run: |facts, out| report(facts, out, "privacy.dni-number") },
    Detector { rule: "privacy.steuer-id", run: |facts, out| report(facts, out, "privacy.steuer-id") },
    Detector { rule: "privacy.pesel-number", run: |facts, out| report(facts, out, "privacy.pesel-number") },
    Detector { rule: "privacy.bsn-number", run: |facts, out| report(facts, out, "privacy.bsn-number") },
    Detector { rule: "privacy.register-number", run: |facts, out| report(facts, out, "privacy.register-number") },
    Detector { rule: "privacy.personnummer-id", run: |facts, out| report(facts, out, "privacy.personnummer-id") },
    Detector { rule: "privacy.nino-number", run: |facts, out| report(facts, out, "privacy.nino-number") },
    Detector { rule: "privacy.cpf-number", run: |facts, out| report(facts, out, "privacy.cpf-number") },
    Detector { rule: "privacy.aadhaar-number", run: |facts, out| report(facts, out, "privacy.aadhaar-number") },
    Detector { rule: "privacy.sin-number", run: |facts, out| report(facts, out, "privacy.sin-number") },
    Detector { rule: "privacy.passport-number", run: |facts, out| report(facts, out, "privacy.passport-number") },
    Detector { rule: "privacy.mrn-number", run: |facts, out| report(facts, out, "privacy.mrn-number") },
    Detector { rule: "privacy.icd-code", run: |facts, out| report(facts, out, "privacy.icd-code") },
    Detector { rule: "privacy.birth-date", run: |facts, out| report(facts, out, "privacy.birth-date") },
    Detector { rule: "privacy.phone-number", run: |facts, out| report(facts, out, "privacy.phone-number") },
    Detector { rule: "privacy.street-address", run: |facts, out| report(facts, out, "privacy.street-address") },
    Detector { rule: "privacy.ip-address", run: |facts, out| report(facts, out, "privacy.ip-address") },
    Detector { rule: "privacy.person-name", run: |facts, out| report(facts, out, "privacy.person-name") },
];

fn report(facts: &Facts, findings: &mut Findings<'_>, rule: &str) {
    match &facts.seen {
        Seen::Table { columns, .. } => report_table(facts, columns, findings, rule),
        Seen::Text { entities, .. } => report_text(facts, entities, findings, rule),
    }
}

fn report_table(facts: &Facts, columns: &[ColumnFacts], findings: &mut Findings<'_>, rule: &str) {
    let found: Vec<(&ColumnFacts, &ColumnEntity)> = columns
        .iter()
        .flat_map(|column| column.entities.iter().map(move |entity| (column, entity)))
        .filter(|(_, entity)| entity.rule == rule)
        .collect();
    let Some(surest) = found.iter().map(|(_, entity)| entity.confidence).max() else { return };
    let plural = entity::of_rule(rule).map_or(rule, |entity| entity.plural);
    let mut sentences: Vec<String> = found
        .iter()
        .take(NAMED_COLUMNS)
        .map(|(column, entity)| {
            let verb = if entity.is_whole { "are" } else { "contain" };
            let (matched, values) = (entity.matched, column.values);
            format!("column `{}`: {matched} of {values} sampled values {verb} {plural}", column.name)
        })
        .collect();
    if found.len() > NAMED_COLUMNS {
        sentences.push(format!("{} more columns", found.len() - NAMED_COLUMNS));
    }
    let names: Vec<&str> = found.iter().map(|(column, _)| column.name.as_str()).collect();
    let is_stray = found
        .iter()
        .all(|(column, entity)| !entity.is_whole && (entity.matched as f64) < STRAY_SHARE * column.values as f64);
    let location = Location::file(&facts.path).member(names.join(", "));
    let usual = findings.severity();
    let severity = if is_stray || !Place::of(&facts.path).is_product() { usual.milder() } else { usual };
    let draft = findings.report(location, sentences.join("; "));
    draft.severity = severity;
    draft.confidence = surest;
    draft.props.insert("columns".to_owned(), names.into());
}

fn report_text(facts: &Facts, entities: &[TextEntity], findings: &mut Findings<'_>, rule: &str) {
    let Some(entity) = entities.iter().find(|entity| entity.rule == rule) else { return };
    let plural = entity::of_rule(rule).map_or(rule, |entity| entity.plural);
    let (count, distinct, line) = (entity.count, entity.distinct, entity.first_line);
    let message = match count {
        1 => format!("{plural}: one, on line {line}"),
        _ => format!("{count} {plural}, {distinct} different, the first on line {line}"),
    };
    let is_few = entity.distinct < FEW_CONTACTS;
    let is_slight = is_few && (!is_strong(entity) || is_unchecked(entity));
    let mut severity = findings.severity();
    if is_slight || !Place::of(&facts.path).is_product() {
        severity = severity.milder();
    }
    // A handful of numbers that only a word nearby makes what they are is an example more often than a record.
    if is_few && is_unchecked(entity) {
        severity = severity.milder();
    }
    let draft = findings.report(Location::line(&facts.path, entity.first_line), message);
    draft.severity = severity;
    draft.confidence = if is_slight { Confidence::Medium } else { entity.confidence };
}

/// Kinds without a check digit: any number of the right length fits, and a code names an illness, not a person.
const UNCHECKED: [&str; 3] = ["privacy.passport-number", "privacy.mrn-number", "privacy.icd-code"];

fn is_unchecked(entity: &TextEntity) -> bool {
    UNCHECKED.contains(&entity.rule.as_str())
}

fn is_strong(entity: &TextEntity) -> bool {
    entity::of_rule(&entity.rule).is_some_and(|known| known.is_strong)
}

/// Says whether a kind found in a text is more than a contact address or an accident.
pub(crate) fn is_worth_telling(entity: &TextEntity, all: &[TextEntity], path: &str) -> bool {
    let is_certain = |one: &TextEntity| {
        is_strong(one) && (one.distinct >= 2 || (one.confidence == Confidence::High && !is_unchecked(one)))
    };
    if is_strong(entity) {
        return is_certain(entity);
    }
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    if BYLINE_FILES.iter().any(|byline| name.starts_with(byline)) {
        return false;
    }
    if all.iter().any(is_certain) {
        return true;
    }
    let weak = || all.iter().filter(|one| !is_strong(one));
    let (kinds, contacts) = (weak().count(), weak().map(|one| one.distinct).sum::<u64>());
    match Place::of(path) {
        Place::Product | Place::Test => contacts >= 2,
        Place::Documentation => contacts >= MANY_CONTACTS || (kinds >= 2 && contacts >= 3),
        Place::Vendored => false,
    }
}
