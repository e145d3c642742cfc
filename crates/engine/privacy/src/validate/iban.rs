//! International bank account numbers: length by country and remainder modulo 97 (ISO 13616-1, ISO 7064).

use syndic_evidence::Confidence;

use super::{Candidate, Verdict};

/// Length by country, from the SWIFT registry.
const LENGTHS: &[(&str, usize)] = &[
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BI", 27),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DJ", 27),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FK", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HN", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("LY", 25),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MN", 20),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NI", 28),
    ("NL", 18),
    ("NO", 15),
    ("OM", 23),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("RU", 33),
    ("SA", 24),
    ("SC", 31),
    ("SD", 18),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("SO", 23),
    ("ST", 25),
    ("SV", 28),
    ("TL", 23),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("VG", 24),
    ("XK", 20),
    ("YE", 30),
];

/// Numbers the registry and every manual print: nobody's account.
const PRINTED: [&str; 4] =
    ["DE89370400440532013000", "GB82WEST12345698765432", "GB29NWBK60161331926819", "FR1420041010050500013M02606"];

pub(super) fn check(candidate: &Candidate<'_>) -> Option<Verdict> {
    let country = candidate.value.get(..2)?.to_ascii_uppercase();
    let (_, length) = LENGTHS.iter().find(|(code, _)| *code == country)?;
    // The expression may have run into the next word: the country says where the number ends.
    let (compact, end) = take(candidate.value, *length)?;
    let rest = candidate.value.get(end..)?;
    let continues = rest.chars().next().or_else(|| candidate.after.chars().next().filter(|_| rest.is_empty()));
    let bound_before = candidate.before.chars().next_back().is_some_and(char::is_alphanumeric);
    if bound_before || continues.is_some_and(char::is_alphanumeric) || remainder(&compact) != Some(1) {
        return None;
    }
    let confidence = if PRINTED.contains(&compact.as_str()) { Confidence::Low } else { Confidence::High };
    Some(Verdict { length: end, confidence })
}

/// Takes `length` letters and digits, spaces and hyphens left out; returns them and where they end.
fn take(value: &str, length: usize) -> Option<(String, usize)> {
    let mut compact = String::with_capacity(length);
    for (index, letter) in value.char_indices() {
        if letter.is_ascii_alphanumeric() {
            compact.push(letter.to_ascii_uppercase());
        }
        if compact.len() == length {
            return Some((compact, index + letter.len_utf8()));
        }
    }
    None
}

fn remainder(compact: &str) -> Option<u32> {
    let (head, body) = compact.split_at_checked(4)?;
    body.chars().chain(head.chars()).try_fold(0, |sum, letter| {
        let value = letter.to_digit(36)?;
        Some(if value < 10 { (sum * 10 + value) % 97 } else { (sum * 100 + value) % 97 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(value: &str) -> Option<Verdict> {
        check(&Candidate { value, before: "", after: "", in_context: &|| false, column: None })
    }

    #[test]
    fn the_country_says_where_an_account_number_ends() {
        let verdict = run("DE02 1203 0000 0000 2020 51 BYLADEM").unwrap();
        assert_eq!(verdict, Verdict { length: 27, confidence: Confidence::High });
    }

    #[test]
    fn a_changed_digit_is_refused() {
        assert_eq!(run("DE02120300000000202052"), None);
        assert_eq!(run("ZZ02120300000000202051"), None);
    }
}
