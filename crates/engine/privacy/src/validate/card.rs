//! Payment card numbers: issuer range, length, grouping and Luhn.
//!
//! Source: ISO/IEC 7812-1; issuer ranges as the schemes publish them. A random 16-digit identifier passes about once
//! in twenty, so a bare run of digits is at most likely; grouped as on a card, or beside a label, it is sure.

use syndic_evidence::Confidence;

use super::digits::Digits;
use super::{Candidate, Verdict};

/// First four digits from–to and the lengths the issuer uses.
const ISSUERS: &[(u64, u64, &[usize])] = &[
    (4000, 4999, &[13, 16, 19]),
    (5100, 5599, &[16]),
    (2221, 2720, &[16]),
    (3400, 3499, &[15]),
    (3700, 3799, &[15]),
    (6011, 6011, &[16, 19]),
    (6440, 6599, &[16, 19]),
    (3528, 3589, &[16, 17, 18, 19]),
    (3000, 3059, &[14, 16]),
    (3600, 3699, &[14, 16, 19]),
    (3800, 3999, &[14, 16, 19]),
    (6200, 6299, &[16, 17, 18, 19]),
    (8100, 8199, &[16]),
    (2200, 2204, &[16, 17, 18, 19]),
    (9792, 9792, &[16]),
    (5000, 5099, &[12, 13, 14, 15, 16, 17, 18, 19]),
    (5600, 5899, &[12, 13, 14, 15, 16, 17, 18, 19]),
    (6304, 6304, &[12, 13, 14, 15, 16, 17, 18, 19]),
    (6759, 6763, &[12, 13, 14, 15, 16, 17, 18, 19]),
];

/// Numbers every payment documentation prints: nobody's card.
const TEST_NUMBERS: [u64; 16] = [
    4_111_111_111_111_111,
    4_242_424_242_424_242,
    4_012_888_888_881_881,
    4_000_056_655_665_556,
    5_555_555_555_554_444,
    5_105_105_105_105_100,
    5_200_828_282_828_210,
    2_223_003_122_003_222,
    378_282_246_310_005,
    371_449_635_398_431,
    6_011_111_111_111_117,
    6_011_000_990_139_424,
    30_569_309_025_904,
    38_520_000_023_237,
    3_530_111_333_300_000,
    3_566_002_020_360_505,
];

pub(super) fn check(candidate: &Candidate<'_>) -> Option<Verdict> {
    if !candidate.stands_alone() {
        return None;
    }
    let is_grouped = !candidate.value.bytes().all(|byte| byte.is_ascii_digit());
    if is_grouped && candidate.is_in_number_row(4) {
        return None;
    }
    // Three digits behind sixteen are more often a security code than the end of a 19-digit number.
    let without_code = candidate.value.rsplit_once([' ', '-']).filter(|(_, last)| last.len() == 3);
    without_code
        .and_then(|(number, _)| whole(candidate, number, is_grouped))
        .or_else(|| whole(candidate, candidate.value, is_grouped))
}

fn whole(candidate: &Candidate<'_>, value: &str, is_grouped: bool) -> Option<Verdict> {
    let digits = Digits::of(value);
    if !is_issued(&digits) || !is_card_grouping(value) || !digits.passes_luhn() || digits.variety() < 2 {
        return None;
    }
    let is_usual_length = matches!(digits.len(), 15 | 16);
    let confidence = match (is_grouped, (candidate.in_context)()) {
        _ if is_documented(&digits) => Confidence::Low,
        (true, _) if digits.len() < 14 => Confidence::Medium,
        (true, _) | (false, true) => Confidence::High,
        (false, false) if is_usual_length && digits.variety() > 3 => Confidence::Medium,
        (false, false) => Confidence::Low,
    };
    Some(Verdict { length: value.len(), confidence })
}

fn is_issued(digits: &Digits) -> bool {
    let prefix = digits.number(0, 4);
    ISSUERS.iter().any(|(from, to, lengths)| (*from..=*to).contains(&prefix) && lengths.contains(&digits.len()))
}

fn is_documented(digits: &Digits) -> bool {
    TEST_NUMBERS.contains(&digits.number(0, digits.len())) || digits.variety() <= 2
}

/// Says whether the groups are those printed on cards, with one separator throughout.
fn is_card_grouping(value: &str) -> bool {
    let has_space = value.contains(' ');
    if has_space && value.contains('-') {
        return false;
    }
    let groups: Vec<usize> = value.split([' ', '-']).map(str::len).collect();
    matches!(groups.as_slice(), [_] | [4, 6, 5 | 4] | [4, 4, 4, 4] | [4, 4, 4, 4, 3])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sureness(before: &str, value: &str, after: &str) -> Option<Confidence> {
        let candidate = Candidate { value, before, after, in_context: &|| false, column: None };
        check(&candidate).map(|verdict| verdict.confidence)
    }

    #[test]
    fn a_grouped_number_of_an_issuer_is_a_card() {
        assert_eq!(sureness("", "4539 1488 0343 6467", ""), Some(Confidence::High));
        assert_eq!(sureness("", "3714-496353-98431", ""), Some(Confidence::Low), "printed in every documentation");
    }

    #[test]
    fn a_security_code_behind_the_number_is_left_out() {
        let candidate =
            Candidate { value: "4539 1488 0343 6467 123", before: "", after: "", in_context: &|| true, column: None };
        assert_eq!(check(&candidate).unwrap().length, 19);
    }

    #[test]
    fn numbers_in_a_row_and_parts_of_tokens_are_no_cards() {
        assert_eq!(sureness("1234 ", "4539 1488 0343 6467", " 9876"), None);
        assert_eq!(sureness("0.", "4539148803436467", ""), None);
        assert_eq!(sureness("a8f3-", "4539148803436467", ""), None);
        assert_eq!(sureness("", "1700000000000", ""), None);
    }
}
