//! Health identifiers: NHS numbers, US provider and DEA numbers, record numbers, diagnosis codes.
//!
//! Sources: NHS Data Dictionary (modulus 11), 45 CFR 162.406 (NPI: Luhn with prefix 80840), 21 CFR 1301 (DEA check
//! digit), WHO ICD-10 and ICD-10-CM for the form of codes.

use syndic_evidence::Confidence;

use super::digits::Digits;
use super::{Candidate, Verdict};

/// What the prefix 80840 adds to the Luhn sum of a ten-digit number.
const NPI_PREFIX_SUM: u32 = 24;

pub(super) fn nhs(candidate: &Candidate<'_>) -> Option<Verdict> {
    let digits = Digits::of(candidate.value);
    if !candidate.stands_alone() || digits.len() != 10 || digits.variety() < 3 {
        return None;
    }
    let sum = digits.weighted(&[10, 9, 8, 7, 6, 5, 4, 3, 2]);
    ((11 - sum % 11) % 11 == digits.last()).then_some(())?;
    candidate.accept_by_context(Confidence::High, Confidence::Low)
}

pub(super) fn npi(candidate: &Candidate<'_>) -> Option<Verdict> {
    let digits = Digits::of(candidate.value);
    let has_form = candidate.stands_alone() && digits.len() == 10 && matches!(digits.at(0), 1 | 2);
    (has_form && digits.variety() > 2 && digits.passes_luhn_with(NPI_PREFIX_SUM)).then_some(())?;
    candidate.accept_by_context(Confidence::High, Confidence::Low)
}

pub(super) fn dea(candidate: &Candidate<'_>) -> Option<Verdict> {
    let digits = Digits::of(candidate.value.get(2..)?);
    if !candidate.stands_alone() || digits.len() != 7 {
        return None;
    }
    let sum = digits.weighted(&[1, 2, 1, 2, 1, 2]);
    (sum % 10 == digits.last()).then_some(())?;
    candidate.accept_by_context(Confidence::High, Confidence::Low)
}

/// Record numbers have no checksum: the label carries them.
pub(super) fn medical_record_number(candidate: &Candidate<'_>) -> Option<Verdict> {
    let digits = Digits::of(candidate.value);
    if !candidate.stands_alone() || digits.len() < 5 || digits.variety() < 2 {
        return None;
    }
    candidate.accept_by_context(Confidence::Medium, Confidence::Low)
}

/// In text only the dotted form counts; a labelled column may leave the dot out.
pub(super) fn icd10(candidate: &Candidate<'_>) -> Option<Verdict> {
    let is_column = candidate.column.is_some() && (candidate.in_context)();
    if !candidate.stands_alone() || !(is_column || candidate.value.contains('.')) {
        return None;
    }
    candidate.accept_by_context(Confidence::High, Confidence::Low)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(check: fn(&Candidate<'_>) -> Option<Verdict>, value: &str) -> bool {
        check(&Candidate { value, before: "", after: "", in_context: &|| true, column: None }).is_some()
    }

    #[test]
    fn an_nhs_number_ends_in_its_check_digit() {
        assert!(passes(nhs, "943 476 5919") && !passes(nhs, "943 476 5918"));
    }

    #[test]
    fn a_provider_number_passes_luhn_with_its_prefix() {
        assert!(passes(npi, "1234567893") && !passes(npi, "1234567894"));
    }

    #[test]
    fn a_dea_number_ends_in_its_check_digit() {
        assert!(passes(dea, "BJ6125341") && !passes(dea, "BJ6125342"));
    }
}
