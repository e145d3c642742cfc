//! Phone numbers: international form with an assigned country code, the North American form, national forms beside a
//! label. Source: ITU-T E.164 (at most 15 digits), NANP numbering rules.

use syndic_evidence::Confidence;

use super::digits::Digits;
use super::{Candidate, Verdict};

/// Country codes of one and two digits; three-digit codes are told by their first two below.
const SHORT_CODES: [u64; 47] = [
    1, 7, 20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58, 60,
    61, 62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98, 28,
];
/// First two digits of assigned three-digit codes.
const LONG_CODES: [u64; 14] = [21, 22, 23, 24, 25, 26, 29, 35, 37, 38, 42, 50, 59, 67];
const MORE_LONG_CODES: [u64; 6] = [68, 85, 88, 96, 97, 99];

pub(super) fn check(candidate: &Candidate<'_>) -> Option<Verdict> {
    let value = candidate.value;
    let digits = Digits::of(value);
    if !(7..=15).contains(&digits.len()) || digits.variety() < 3 || is_bound(candidate) {
        return None;
    }
    if value.starts_with('+') {
        return international(candidate, &digits);
    }
    if (candidate.in_context)() && is_number_form(value) {
        return candidate.accept(Confidence::High);
    }
    north_american(candidate, &digits)
}

fn international(candidate: &Candidate<'_>, digits: &Digits) -> Option<Verdict> {
    let (one, two) = (digits.number(0, 1), digits.number(0, 2));
    let is_assigned = one == 1
        || one == 7
        || SHORT_CODES.contains(&two)
        || LONG_CODES.contains(&two)
        || MORE_LONG_CODES.contains(&two);
    let fits = if one == 1 { digits.len() == 11 } else { digits.len() >= 9 };
    if !is_assigned || !fits {
        return None;
    }
    if one == 1 && is_fiction(&digits_after(digits, 1)) {
        return candidate.accept(Confidence::Low);
    }
    candidate.accept(Confidence::High)
}

/// `(415) 865-2345`, `415-865-2345`, `1-415-865-2345`.
fn north_american(candidate: &Candidate<'_>, digits: &Digits) -> Option<Verdict> {
    let national = match (digits.len(), digits.at(0)) {
        (10, _) => digits.clone(),
        (11, 1) => digits_after(digits, 1),
        _ => return None,
    };
    let groups: Vec<usize> = candidate
        .value
        .split(|letter: char| !letter.is_ascii_digit())
        .map(str::len)
        .filter(|length| *length > 0)
        .collect();
    let is_grouped = matches!(groups.as_slice(), [3, 3, 4] | [1, 3, 3, 4]);
    let is_assigned = national.at(0) > 1 && national.at(3) > 1 && national.number(1, 3) != 11;
    if !is_grouped || !is_assigned {
        return None;
    }
    let area = national.number(0, 3);
    let is_toll_free = matches!(area, 800 | 888 | 877 | 866 | 855 | 844 | 833);
    // Digits grouped by dots or spaces alone are as often measurements.
    let is_plain = !candidate.value.contains(['-', '(']);
    let is_hint = is_toll_free || is_plain || is_fiction(&national);
    candidate.accept(if is_hint { Confidence::Low } else { Confidence::Medium })
}

fn digits_after(digits: &Digits, count: usize) -> Digits {
    Digits::of(&digits.number(count, digits.len()).to_string())
}

/// 555-0100 to 555-0199 are kept for fiction.
fn is_fiction(national: &Digits) -> bool {
    national.number(3, 6) == 555 && (national.number(6, 10) / 100 == 1 || national.number(0, 3) == 555)
}

/// Refuses dates, times and dotted decimals that stand beside a label by accident.
fn is_number_form(value: &str) -> bool {
    let groups: Vec<&str> =
        value.split(|letter: char| !letter.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let is_year = |group: &&str| group.len() == 4 && (group.starts_with("19") || group.starts_with("20"));
    let is_date = match lengths.as_slice() {
        [4, 2, 2] => groups.first().is_some_and(is_year),
        [2, 2, 4] => groups.last().is_some_and(is_year),
        _ => false,
    };
    !is_date
}

fn is_bound(candidate: &Candidate<'_>) -> bool {
    let previous = candidate.before.chars().next_back();
    let is_in_row = candidate.value.contains(' ') && candidate.is_in_number_row(2);
    let is_word = previous.is_some_and(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '+' | '*' | '^'));
    let mut after = candidate.after.chars();
    let (next, following) = (after.next(), after.next());
    // An extension (`x204`) may follow; any other letter makes it part of a token.
    let is_extension = next == Some('x') && following.is_some_and(|letter| letter.is_ascii_digit());
    let continues = next.is_some_and(|letter| letter.is_alphanumeric() || letter == '_') && !is_extension;
    let is_joined = matches!(next, Some('.' | '-' | '/')) && following.is_some_and(char::is_alphanumeric);
    let is_tail = matches!(previous, Some('.' | '-' | '/'));
    is_in_row || is_word || continues || is_joined || is_tail
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sureness(before: &str, value: &str, after: &str, in_context: bool) -> Option<Confidence> {
        let candidate = Candidate { value, before, after, in_context: &|| in_context, column: None };
        check(&candidate).map(|verdict| verdict.confidence)
    }

    #[test]
    fn the_international_form_needs_an_assigned_code() {
        assert_eq!(sureness("", "+49 170 4823915", "", false), Some(Confidence::High));
        assert_eq!(sureness("", "+999999", "", false), None);
        assert_eq!(sureness("", "+1234567", "", false), None);
    }

    #[test]
    fn the_north_american_form_is_likely_and_fiction_is_a_hint() {
        assert_eq!(sureness("", "(415) 865-2345", "", false), Some(Confidence::Medium));
        assert_eq!(sureness("", "415-555-0123", "", false), Some(Confidence::Low));
        assert_eq!(sureness("", "015-865-2345", "", false), None);
    }

    #[test]
    fn epochs_dates_and_identifiers_are_no_phone_numbers() {
        assert_eq!(sureness("", "1700000000", "", false), None);
        assert_eq!(sureness("", "2024-01-02", "", true), None);
        assert_eq!(sureness("a1-", "415-865-2345", "", false), None);
    }
}
