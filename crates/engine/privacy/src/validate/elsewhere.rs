//! Identifiers of further countries, and passports.
//!
//! Sources: GOV.UK NIM39110 (national insurance numbers); Receita Federal (CPF modulus 11); UIDAI (Aadhaar, Verhoeff);
//! Service Canada (SIN, Luhn); ICAO Doc 9303 (passport numbers: up to nine letters and digits).

use syndic_evidence::Confidence;

use super::digits::Digits;
use super::{Candidate, Verdict};

fn judge(candidate: &Candidate<'_>, is_valid: bool) -> Option<Verdict> {
    (is_valid && candidate.stands_alone()).then_some(())?;
    candidate.accept_by_context(Confidence::High, Confidence::Low)
}

pub(super) fn british_nino(candidate: &Candidate<'_>) -> Option<Verdict> {
    const UNUSED: [&str; 7] = ["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"];
    let prefix = candidate.value.get(..2)?.to_ascii_uppercase();
    judge(candidate, !UNUSED.contains(&prefix.as_str()))
}

pub(super) fn brazilian_cpf(candidate: &Candidate<'_>) -> Option<Verdict> {
    let digits = Digits::of(candidate.value);
    let check = |length: usize| {
        let sum: u32 = (0..length)
            .zip((2..=length + 1).rev())
            .map(|(place, weight)| digits.at(place) * u32::try_from(weight).unwrap_or(0))
            .sum();
        (sum * 10 % 11) % 10
    };
    let is_valid = digits.len() == 11 && digits.variety() > 1 && check(9) == digits.at(9) && check(10) == digits.at(10);
    judge(candidate, is_valid)
}

pub(super) fn canadian_sin(candidate: &Candidate<'_>) -> Option<Verdict> {
    let digits = Digits::of(candidate.value);
    let is_valid = digits.len() == 9 && !matches!(digits.at(0), 0 | 8) && digits.variety() > 2 && digits.passes_luhn();
    judge(candidate, is_valid)
}

pub(super) fn indian_aadhaar(candidate: &Candidate<'_>) -> Option<Verdict> {
    let digits = Digits::of(candidate.value);
    let is_valid = digits.len() == 12 && digits.at(0) > 1 && digits.variety() > 2 && passes_verhoeff(&digits);
    judge(candidate, is_valid)
}

/// The Verhoeff check: composition in the dihedral group of ten elements, with its permutation by place.
fn passes_verhoeff(digits: &Digits) -> bool {
    const PERMUTATION: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let permuted = |digit: u32, times: usize| {
        (0..times % 8).fold(digit, |digit, _| {
            usize::try_from(digit).ok().and_then(|index| PERMUTATION.get(index)).copied().unwrap_or(0)
        })
    };
    let compose = |left: u32, right: u32| match (left < 5, right < 5) {
        (true, true) => (left + right) % 5,
        (true, false) => (left + right) % 5 + 5,
        (false, true) => (left - right) % 5 + 5,
        (false, false) => (left + 5 - right) % 5,
    };
    (0..digits.len()).fold(0, |sum, place| compose(sum, permuted(digits.at(digits.len() - 1 - place), place))) == 0
}

/// Passport numbers have no checksum outside the machine-readable zone: the label carries them.
pub(super) fn passport(candidate: &Candidate<'_>) -> Option<Verdict> {
    let digits = Digits::of(candidate.value);
    (candidate.stands_alone() && digits.len() >= 6 && digits.variety() > 2).then_some(())?;
    candidate.accept_by_context(Confidence::Medium, Confidence::Low)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(check: fn(&Candidate<'_>) -> Option<Verdict>, value: &str) -> bool {
        check(&Candidate { value, before: "", after: "", in_context: &|| true, column: None }).is_some()
    }

    #[test]
    fn each_identifier_passes_with_its_check_digit_and_fails_with_another() {
        assert!(passes(brazilian_cpf, "529.982.247-25") && !passes(brazilian_cpf, "529.982.247-26"));
        assert!(passes(canadian_sin, "130 692 544") && !passes(canadian_sin, "130 692 545"));
        assert!(passes(indian_aadhaar, "2341 2341 2346") && !passes(indian_aadhaar, "2341 2341 2347"));
        assert!(passes(british_nino, "AB123456C") && !passes(british_nino, "GB123456C"));
    }
}
