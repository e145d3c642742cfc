//! Names that imitate popular AI packages.
//!
//! One edit (Damerau-Levenshtein) from a popular name of at least six letters, the same letters with other separators,
//! or a popular name dressed with `python-`, `-python` or `py`. Real packages with near names are listed as such;
//! what remains is a question to a person, hence the low confidence. Source: the squatting forms catalogued by Vu et
//! al., "Typosquatting and Combosquatting Attacks on the Python Ecosystem" (2020).

use std::collections::BTreeSet;

use syndic_detect::Findings;
use syndic_evidence::{Confidence, Location, Severity};

use crate::ai::class_of;
use crate::facts::{Facts, Requirement, Role};
use crate::popular::{KNOWN_MALICIOUS, NEAR_BUT_REAL, POPULAR, POPULAR_NPM};

/// A name shorter than this has too many real neighbours.
const LEAST_LENGTH: usize = 6;

/// Reports each name that imitates another, or that was an attack for certain.
pub(super) fn typosquat(facts: &Facts, findings: &mut Findings<'_>) {
    let mut seen = BTreeSet::new();
    for found in facts.requirements.iter().filter(|found| found.source.is_index()) {
        let name = plain(&found.name);
        let ecosystem = found.ecosystem(facts.kind);
        if ecosystem == "pypi" && report_malicious(facts, found, &name, findings) {
            continue;
        }
        // A lock file holds what the resolver really found, mostly other people's choices.
        if facts.role == Role::Lock || seen.contains(&name) {
            continue;
        }
        if let Some(popular) = imitated(ecosystem, &name) {
            let message =
                format!("`{}` resembles the popular package `{popular}`: check that it is the one meant", found.name);
            findings.report(Location::line(&facts.path, found.line), message).discriminator.clone_from(&name);
            seen.insert(name);
        }
    }
}

fn report_malicious(facts: &Facts, found: &Requirement, name: &str, findings: &mut Findings<'_>) -> bool {
    let Some((_, what)) = KNOWN_MALICIOUS.iter().find(|(known, _)| *known == name) else { return false };
    let message = format!("`{}` {what}", found.name);
    let draft = findings.report(Location::line(&facts.path, found.line), message);
    draft.severity = Severity::Critical;
    draft.confidence = Confidence::High;
    name.clone_into(&mut draft.discriminator);
    true
}

fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', '.'], "-")
}

/// Returns the popular name that a plain name imitates.
fn imitated(ecosystem: &str, name: &str) -> Option<&'static str> {
    let is_real = class_of(ecosystem, name).is_some() || NEAR_BUT_REAL.contains(&name);
    match ecosystem {
        "npm" if !is_real && !POPULAR_NPM.contains(&name) => {
            POPULAR_NPM.iter().copied().find(|popular| popular.len() >= LEAST_LENGTH && is_near(name, popular))
        }
        "pypi" if !is_real && !POPULAR.iter().any(|(popular, _)| *popular == name) => {
            let near = POPULAR.iter().find(|(popular, _)| imitates(name, popular));
            near.map(|(popular, _)| *popular).or_else(|| (name == "pytorch").then_some("torch"))
        }
        _ => None,
    }
}

fn imitates(name: &str, popular: &str) -> bool {
    let is_ai = POPULAR.iter().any(|(known, class)| *known == popular && !class.is_empty());
    let left = name.bytes().filter(|byte| *byte != b'-');
    let right = popular.bytes().filter(|byte| *byte != b'-');
    let other_separators = popular.len() >= LEAST_LENGTH && left.eq(right);
    (popular.len() >= LEAST_LENGTH && is_near(name, popular))
        || other_separators
        || (is_ai && is_dressed(name, popular))
}

/// `python-openai`, `openai-python`, `py-openai`.
fn is_dressed(name: &str, popular: &str) -> bool {
    let rest =
        name.strip_prefix("python-").or_else(|| name.strip_prefix("py-")).or_else(|| name.strip_suffix("-python"));
    rest == Some(popular) && popular.len() >= LEAST_LENGTH
}

fn tail(bytes: &[u8], skip: usize) -> &[u8] {
    bytes.get(skip..).unwrap_or_default()
}

/// Says whether one insertion, deletion, substitution or swap of neighbours turns one name into the other.
///
/// A digit more or less is a version in the name (`psycopg2`), not a slip of the finger.
fn is_near(name: &str, popular: &str) -> bool {
    let (left, right) = (name.as_bytes(), popular.as_bytes());
    if left == right || left.len().abs_diff(right.len()) > 1 {
        return false;
    }
    let common = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    let next = |bytes: &[u8], skip: usize| bytes.get(common + skip).copied();
    let is_edit = match left.len().cmp(&right.len()) {
        std::cmp::Ordering::Greater => tail(left, common + 1) == tail(right, common),
        std::cmp::Ordering::Less => tail(left, common) == tail(right, common + 1),
        std::cmp::Ordering::Equal => {
            let swapped = next(left, 0) == next(right, 1) && next(left, 1) == next(right, 0);
            tail(left, common + 1) == tail(right, common + 1)
                || (swapped && tail(left, common + 2) == tail(right, common + 2))
        }
    };
    // Letters that look like digits are the exception: `1angchain`, `0penai`.
    let looks_alike = [next(left, 0), next(right, 0)].iter().flatten().any(|byte| matches!(byte, b'0' | b'1'));
    let is_digit = [next(left, 0), next(right, 0)].iter().flatten().any(u8::is_ascii_digit);
    is_edit && (!is_digit || (looks_alike && common == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_of_the_finger_is_near() {
        for name in ["langchian", "langchan", "langchainn", "lamgchain"] {
            assert!(is_near(name, "langchain"), "{name}");
        }
        assert!(!is_near("langchain", "langchain"));
        assert!(!is_near("lnagchian", "langchain"));
        assert!(!is_near("openai2", "openai"));
    }

    #[test]
    fn imitations_are_found_and_real_neighbours_are_not() {
        for (name, popular) in [
            ("langchian", "langchain"),
            ("opnai", "openai"),
            ("sentencetransformers", "sentence-transformers"),
            ("openai-python", "openai"),
            ("tensorflw", "tensorflow"),
            ("pytorch", "torch"),
        ] {
            assert_eq!(imitated("pypi", name), Some(popular), "{name}");
        }
        for name in [
            "scapy",
            "openapi",
            "dataset",
            "wand",
            "boto",
            "torch",
            "torchx",
            "flask",
            "dask",
            "httpx",
            "langchain-aws",
        ] {
            assert_eq!(imitated("pypi", name), None, "{name}");
        }
    }

    #[test]
    fn no_popular_name_imitates_another() {
        for (name, _) in POPULAR {
            assert_eq!(imitated("pypi", name), None, "{name}");
        }
    }
}
