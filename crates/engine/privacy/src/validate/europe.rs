//! National identifiers of European countries, each by its published check digit.
//!
//! Sources: DE BZSt "Steuerliche Identifikationsnummer" (ISO 7064 MOD 11,10); ES Real Decreto 1553/2005; IT D.M.
//! 23/12/1976; FR INSEE NIR (key 97); NL BSN "elfproef"; PL Dz.U. 2010 nr 217 (PESEL); BE register number (97);
//! SE SKV 704 (Luhn over ten digits).

use syndic_evidence::Confidence;

use super::digits::Digits;
use super::{Candidate, Verdict};

fn judge(candidate: &Candidate<'_>, is_valid: bool) -> Option<Verdict> {
    (is_valid && candidate.stands_alone()).then_some(())?;
    candidate.accept_by_context(Confidence::High, Confidence::Low)
}

pub(super) fn german_tax_id(candidate: &Candidate<'_>) -> Option<Verdict> {
    let digits = Digits::of(candidate.value);
    // Among the first ten digits one stands two or three times, so not all differ and not all are alike.
    let has_form = digits.len() == 11 && digits.at(0) != 0 && (7..=10).contains(&digits.variety());
    let product = (0..10).fold(10, |product, place| {
        let sum = (digits.at(place) + product) % 10;
        (if sum == 0 { 10 } else { sum } * 2) % 11
    });
    judge(candidate, has_form && (11 - product) % 10 == digits.last())
}

pub(super) fn spanish_dni(candidate: &Candidate<'_>) -> Option<Verdict> {
    const LETTERS: &str = "TRWAGMYFPDXBNJZSQVHLCKE";
    let value = candidate.value.to_ascii_uppercase();
    let series = match value.chars().next()? {
        'Y' => 10_000_000,
        'Z' => 20_000_000,
        _ => 0,
    };
    let number = series + Digits::of(&value).number(0, 8);
    let expected = LETTERS.chars().nth(usize::try_from(number % 23).ok()?);
    judge(candidate, value.chars().next_back() == expected && Digits::of(&value).variety() > 1)
}

pub(super) fn italian_fiscal_code(candidate: &Candidate<'_>) -> Option<Verdict> {
    /// What a letter or digit at an odd place counts, by its value 0–25.
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let value = candidate.value.to_ascii_uppercase();
    let worth = |letter: char| letter.to_digit(36).map(|number| if number > 9 { number - 10 } else { number });
    let sum = value.chars().take(15).enumerate().try_fold(0, |sum, (place, letter)| {
        let worth = worth(letter)?;
        let counts = if place % 2 == 0 { ODD.get(usize::try_from(worth).ok()?).copied()? } else { worth };
        Some(sum + counts)
    })?;
    let expected = char::from_digit(sum % 26 + 10, 36).map(|letter| letter.to_ascii_uppercase());
    let is_valid = value.chars().next_back() == expected;
    (is_valid && candidate.stands_alone()).then_some(())?;
    // The form is so peculiar that it needs no label.
    candidate.accept(Confidence::High)
}

pub(super) fn french_nir(candidate: &Candidate<'_>) -> Option<Verdict> {
    // Corsican departments are written 2A and 2B and count as 19 and 18.
    let value = candidate.value.to_ascii_uppercase().replace("2A", "19").replace("2B", "18");
    let digits = Digits::of(&value);
    let is_valid = digits.len() == 15
        && matches!(digits.at(0), 1..=4 | 7 | 8)
        && matches!(digits.number(3, 5), 1..=12 | 20..=42 | 50..=99)
        && 97 - digits.number(0, 13) % 97 == digits.number(13, 15);
    judge(candidate, is_valid)
}

pub(super) fn dutch_bsn(candidate: &Candidate<'_>) -> Option<Verdict> {
    let digits = Digits::of(candidate.value);
    let sum = digits.weighted(&[9, 8, 7, 6, 5, 4, 3, 2]);
    judge(candidate, digits.len() == 9 && digits.variety() > 2 && sum % 11 == digits.last())
}

pub(super) fn polish_pesel(candidate: &Candidate<'_>) -> Option<Verdict> {
    let digits = Digits::of(candidate.value);
    let sum = digits.weighted(&[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]);
    // The month carries the century: 80 is added for 18xx, 20 for 20xx and so on.
    let is_date = (1..=12).contains(&(digits.number(2, 4) % 20)) && (1..=31).contains(&digits.number(4, 6));
    judge(candidate, digits.len() == 11 && is_date && (10 - sum % 10) % 10 == digits.last())
}

pub(super) fn belgian_register_number(candidate: &Candidate<'_>) -> Option<Verdict> {
    let digits = Digits::of(candidate.value);
    let (body, key) = (digits.number(0, 9), digits.number(9, 11));
    // Who was born from 2000 on has a 2 put before the nine digits.
    let is_keyed = 97 - body % 97 == key || 97 - (2_000_000_000 + body) % 97 == key;
    let is_date = digits.number(2, 4) % 20 <= 12 && digits.number(4, 6) <= 31;
    judge(candidate, digits.len() == 11 && is_date && is_keyed)
}

pub(super) fn swedish_personnummer(candidate: &Candidate<'_>) -> Option<Verdict> {
    let digits = Digits::of(candidate.value);
    let short = match digits.len() {
        10 => digits,
        12 if matches!(digits.number(0, 2), 18..=20) => Digits::of(&format!("{:010}", digits.number(2, 12))),
        _ => return None,
    };
    // A coordination number has 60 added to its day.
    let is_date = (1..=12).contains(&short.number(2, 4)) && matches!(short.number(4, 6), 1..=31 | 61..=91);
    judge(candidate, is_date && short.passes_luhn())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(check: fn(&Candidate<'_>) -> Option<Verdict>, value: &str) -> bool {
        check(&Candidate { value, before: "", after: "", in_context: &|| true, column: None }).is_some()
    }

    #[test]
    fn each_identifier_passes_with_its_check_digit_and_fails_with_another() {
        assert!(passes(german_tax_id, "86095742719") && !passes(german_tax_id, "86095742718"));
        assert!(passes(spanish_dni, "12345678Z") && !passes(spanish_dni, "12345678A"));
        assert!(passes(spanish_dni, "X1234567L") && !passes(spanish_dni, "Y1234567L"));
        assert!(passes(italian_fiscal_code, "RSSMRA85T10A562S") && !passes(italian_fiscal_code, "RSSMRA85T10A562T"));
        assert!(passes(french_nir, "2 55 08 14 168 025 38") && !passes(french_nir, "2 55 08 14 168 025 39"));
        assert!(passes(dutch_bsn, "111222333") && !passes(dutch_bsn, "111222334"));
        assert!(passes(polish_pesel, "44051401359") && !passes(polish_pesel, "44051401358"));
        assert!(passes(belgian_register_number, "85.07.30-033.28"));
        assert!(!passes(belgian_register_number, "85.07.30-033.29"));
        assert!(passes(swedish_personnummer, "811228-9874") && !passes(swedish_personnummer, "811228-9875"));
    }
}
