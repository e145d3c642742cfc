//! US social security numbers. Source: SSA, "Social Security Number Randomization" (areas never assigned).

use syndic_evidence::Confidence;

use super::digits::Digits;
use super::{Candidate, Verdict};

/// Numbers that advertisements and forms made famous.
const PRINTED: [u64; 3] = [78_051_120, 219_099_999, 123_456_789];

pub(super) fn social_security_number(candidate: &Candidate<'_>) -> Option<Verdict> {
    let digits = Digits::of(candidate.value);
    let (area, group, serial) = (digits.number(0, 3), digits.number(3, 5), digits.number(5, 9));
    // Tax numbers of people without a social security number (ITIN) start with 9 and have groups of their own.
    let is_itin = area >= 900 && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99);
    let is_assigned =
        area != 0 && area != 666 && (area < 900 || (is_itin && (candidate.in_context)())) && group != 0 && serial != 0;
    if !candidate.stands_alone() || digits.len() != 9 || digits.variety() < 2 || !is_assigned {
        return None;
    }
    let is_dashed = candidate.value.contains(['-', ' ']);
    match (is_dashed, (candidate.in_context)()) {
        _ if PRINTED.contains(&digits.number(0, 9)) => candidate.accept(Confidence::Low),
        (true, true) => candidate.accept(Confidence::High),
        (false, true) => candidate.accept(Confidence::Medium),
        (true, false) => candidate.accept(Confidence::Low),
        // Nine bare digits have no checksum: without a label they are nothing.
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(value: &str, in_context: bool) -> bool {
        let candidate = Candidate { value, before: "", after: "", in_context: &|| in_context, column: None };
        social_security_number(&candidate).is_some()
    }

    #[test]
    fn areas_never_assigned_are_refused() {
        assert!(passes("536-22-1847", true));
        assert!(!passes("000-22-1847", true) && !passes("666-22-1847", true) && !passes("936-22-1847", true));
        assert!(passes("936-72-1847", true) && !passes("936-72-1847", false));
        assert!(!passes("536221847", false));
    }
}
