//! Validators: what a candidate must pass beside its expression, by the name rules give them.
//!
//! Each says how sure it is and how much of the candidate is the value. The table below is the whole list.

use syndic_evidence::Confidence;

use crate::column_name::ColumnName;
use crate::window::LeastDigits::{self, Loose, Tight};

mod card;
mod digits;
mod elsewhere;
mod email;
mod europe;
mod health;
mod iban;
mod ip;
pub(crate) mod person;
mod phone;
mod united_states;

/// What the expression proposed, with its surroundings.
pub(crate) struct Candidate<'a> {
    /// The proposed value.
    pub(crate) value: &'a str,
    /// Text before it, up to the context reach.
    pub(crate) before: &'a str,
    /// Text after it, up to the context reach.
    pub(crate) after: &'a str,
    /// Says whether one of the rule's context words stands near or in the column's name. Looking costs more than most
    /// checksums, so it is asked last.
    pub(crate) in_context: &'a dyn Fn() -> bool,
    /// The column the value stands in, if it stands in one.
    pub(crate) column: Option<&'a ColumnName>,
}

/// A validator's answer to a value it accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Bytes of the candidate that are the value.
    pub(crate) length: usize,
    /// How sure.
    pub(crate) confidence: Confidence,
}

/// Which cheap test opens a window for the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// An `@`.
    At,
    /// A cluster of digits.
    Digits,
    /// One of the rule's keywords.
    Keyword,
    /// Nothing in free text: only cells of a table are tried.
    Column,
}

/// What the rule's context words do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContextUse {
    /// Without one the candidate is nothing in free text.
    Required,
    /// They make a candidate surer that also stands by itself.
    Raises,
}

/// One validator.
pub(crate) struct Validator {
    pub(crate) name: &'static str,
    pub(crate) gate: Gate,
    pub(crate) context: ContextUse,
    /// Digits a value has at least, for the gate of digits.
    pub(crate) least_digits: LeastDigits,
    /// Whether a value of the right shape passes by chance at most one time in ten, so that a whole column of passing
    /// values proves itself without a telling name.
    pub(crate) is_checked: bool,
    pub(crate) run: fn(&Candidate<'_>) -> Option<Verdict>,
}

impl std::fmt::Debug for Validator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Validator").field("name", &self.name).finish_non_exhaustive()
    }
}

type Run = fn(&Candidate<'_>) -> Option<Verdict>;

const fn raises(name: &'static str, gate: Gate, least_digits: LeastDigits, run: Run) -> Validator {
    Validator { name, gate, context: ContextUse::Raises, least_digits, is_checked: true, run }
}

const fn checked(name: &'static str, least_digits: LeastDigits, run: Run) -> Validator {
    Validator { name, gate: Gate::Digits, context: ContextUse::Required, least_digits, is_checked: true, run }
}

const fn labelled(name: &'static str, gate: Gate, least_digits: LeastDigits, run: Run) -> Validator {
    Validator { name, gate, context: ContextUse::Required, least_digits, is_checked: false, run }
}

static VALIDATORS: &[Validator] = &[
    raises("email", Gate::At, Tight(0), email::check),
    raises("card", Gate::Digits, Tight(12), card::check),
    raises("iban", Gate::Digits, Tight(2), iban::check),
    raises("phone", Gate::Digits, Loose(7), phone::check),
    raises("codice_fiscale", Gate::Digits, Tight(0), europe::italian_fiscal_code),
    checked("us_ssn", Tight(9), united_states::social_security_number),
    checked("us_npi", Tight(10), health::npi),
    checked("us_dea", Tight(7), health::dea),
    checked("uk_nhs", Tight(10), health::nhs),
    checked("fr_nir", Loose(14), europe::french_nir),
    checked("es_dni", Tight(7), europe::spanish_dni),
    checked("de_steuer_id", Tight(11), europe::german_tax_id),
    checked("pl_pesel", Tight(11), europe::polish_pesel),
    checked("nl_bsn", Tight(9), europe::dutch_bsn),
    checked("be_national_number", Tight(11), europe::belgian_register_number),
    checked("se_personnummer", Tight(10), europe::swedish_personnummer),
    checked("br_cpf", Tight(11), elsewhere::brazilian_cpf),
    checked("in_aadhaar", Tight(12), elsewhere::indian_aadhaar),
    checked("ca_sin", Tight(9), elsewhere::canadian_sin),
    checked("ip", Tight(4), ip::public_address),
    labelled("uk_nino", Gate::Digits, Tight(6), elsewhere::british_nino),
    labelled("passport", Gate::Digits, Tight(6), elsewhere::passport),
    labelled("birth_date", Gate::Digits, Tight(6), person::birth_date),
    labelled("mrn", Gate::Keyword, Tight(0), health::medical_record_number),
    labelled("icd10", Gate::Keyword, Tight(0), health::icd10),
    labelled("street_address", Gate::Keyword, Tight(0), person::street_address),
    labelled("person_name", Gate::Column, Tight(0), person::name),
];

/// Returns the validator a rule names.
pub(crate) fn by_name(name: &str) -> Option<&'static Validator> {
    VALIDATORS.iter().find(|validator| validator.name == name)
}

impl Candidate<'_> {
    /// Accepts the whole candidate.
    #[expect(clippy::unnecessary_wraps, reason = "validators end in it, and they return an option")]
    fn accept(&self, confidence: Confidence) -> Option<Verdict> {
        Some(Verdict { length: self.value.len(), confidence })
    }

    /// Accepts it, surer where a context word stands.
    fn accept_by_context(&self, with: Confidence, without: Confidence) -> Option<Verdict> {
        self.accept(if (self.in_context)() { with } else { without })
    }

    /// Says whether the value is a token of its own: not a part of a longer number, a UUID, a version or a path.
    fn stands_alone(&self) -> bool {
        let mut before = self.before.chars().rev();
        let mut after = self.after.chars();
        let (previous, second) = (before.next(), before.next());
        let (next, following) = (after.next(), after.next());
        let is_word = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
        let is_joint = |letter: Option<char>| letter.is_some_and(|letter| matches!(letter, '.' | '-' | '/' | '+'));
        // The expression may have started after a `+` or `(` of a number: those are the expressions' business.
        let bound_before = is_word(previous) || (is_joint(previous) && is_word(second)) || previous == Some('@');
        let bound_after = is_word(next) || (is_joint(next) && is_word(following)) || next == Some('@');
        !bound_before && !bound_after
    }

    /// Says whether a group of digits precedes or follows across one space: an array, a table of numbers.
    fn is_in_number_row(&self, group: usize) -> bool {
        let trailing = self.before.strip_suffix(' ').map(|text| count_digits(text.chars().rev()));
        let leading = self.after.strip_prefix(' ').map(|text| count_digits(text.chars()));
        trailing.is_some_and(|digits| digits >= group) || leading.is_some_and(|digits| digits >= group)
    }
}

fn count_digits(letters: impl Iterator<Item = char>) -> usize {
    letters.take_while(char::is_ascii_digit).count()
}
