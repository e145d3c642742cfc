//! A look at one file with foreign rules.

use std::collections::BTreeSet;

use syndic_detect::LineIndex;
use syndic_evidence::Confidence;

use super::allow::Match;
use super::{ForeignRule, ForeignRules};
use crate::SecretHit;
use crate::facts::{fingerprint, preview};
use crate::randomness::entropy;

/// Matches of one rule in one file.
const MATCH_LIMIT: usize = 2000;
/// What gitleaks takes for an accepted line.
const ALLOW_MARKS: [&[u8]; 2] = [b"gitleaks:allow", b"betterleaks:allow"];

/// A place that a foreign rule found.
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignHit {
    /// The place.
    pub hit: SecretHit,
    /// What the rule says it is.
    pub description: String,
}

impl ForeignRules {
    /// Looks at one file.
    pub fn scan(&self, path: &str, content: &[u8]) -> Vec<ForeignHit> {
        if self.allow.iter().any(|list| list.takes_path(path.as_bytes())) {
            return Vec::new();
        }
        let mut called: BTreeSet<usize> = self.unprompted.iter().copied().collect();
        for keyword in self.keywords.find_in(content) {
            called.extend(self.targets.get(keyword.word).into_iter().flatten());
        }
        let mut lines = None;
        let mut places = Vec::new();
        for rule in called.into_iter().filter_map(|number| self.rules.get(number)) {
            if rule.path.as_ref().is_some_and(|expression| !expression.is_match(path.as_bytes())) {
                continue;
            }
            match rule.expression {
                Some(_) => self.places(rule, path, content, &mut places),
                None => places.push((rule, 0, 0)),
            }
        }
        drop_generic(content, &mut places);
        let mut hits: Vec<ForeignHit> = places
            .into_iter()
            .map(|(rule, start, end)| {
                let lines = lines.get_or_insert_with(|| LineIndex::new(content));
                hit(rule, content, start, end, lines)
            })
            .collect();
        hits.sort_by(|a, b| (a.hit.offset, &a.hit.rule).cmp(&(b.hit.offset, &b.hit.rule)));
        hits
    }

    fn places<'a>(
        &self,
        rule: &'a ForeignRule,
        path: &str,
        content: &[u8],
        places: &mut Vec<(&'a ForeignRule, usize, usize)>,
    ) {
        let Some(expression) = &rule.expression else { return };
        for captures in expression.captures_iter(content).take(MATCH_LIMIT) {
            let Some(whole) = captures.get(0) else { continue };
            let group = if rule.secret_group > 0 {
                captures.get(rule.secret_group)
            } else {
                captures.iter().skip(1).flatten().find(|group| !group.is_empty())
            };
            let secret = group.unwrap_or(whole);
            if rule.entropy > 0.0 && entropy(secret.as_bytes()) <= rule.entropy {
                continue;
            }
            let line = line_around(content, whole.start(), whole.end());
            if ALLOW_MARKS.iter().any(|mark| memchr::memmem::find(line, mark).is_some()) {
                continue;
            }
            let whole = whole.as_bytes();
            let found = Match { rule: &rule.id, path: path.as_bytes(), secret: secret.as_bytes(), whole, line };
            if rule.allow.iter().chain(&self.allow).any(|list| list.takes(&found)) {
                continue;
            }
            places.push((rule, secret.start(), secret.end()));
        }
    }
}

/// A rule called generic gives way to any other that found the same value on the same line.
fn drop_generic(content: &[u8], places: &mut Vec<(&ForeignRule, usize, usize)>) {
    let others: Vec<(usize, usize)> =
        places.iter().filter(|(rule, ..)| !is_generic(rule)).map(|(_, start, end)| (*start, *end)).collect();
    places.retain(|(rule, start, end)| {
        !is_generic(rule)
            || !others.iter().any(|(other_start, other_end)| {
                let other = content.get(*other_start..*other_end).unwrap_or_default();
                let value = content.get(*start..*end).unwrap_or_default();
                let between = content.get(*start.min(other_start)..*start.max(other_start)).unwrap_or_default();
                memchr::memchr(b'\n', between).is_none() && memchr::memmem::find(value, other).is_some()
            })
    });
}

fn is_generic(rule: &ForeignRule) -> bool {
    rule.id.contains("generic")
}

fn line_around(content: &[u8], start: usize, end: usize) -> &[u8] {
    let from = content.get(..start).and_then(|before| memchr::memrchr(b'\n', before)).map_or(0, |at| at + 1);
    let rest = content.get(end..).unwrap_or_default();
    let to = end + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    content.get(from..to).unwrap_or_default()
}

fn hit(rule: &ForeignRule, content: &[u8], start: usize, end: usize, lines: &LineIndex) -> ForeignHit {
    let value = content.get(start..end).unwrap_or_default();
    let (line, column) = lines.position(start);
    let wide = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let hit = SecretHit {
        rule: rule.id.clone(),
        line,
        column,
        offset: wide(start),
        length: wide(value.len()),
        entropy: (entropy(value) * 100.0).round() / 100.0,
        validated: None,
        fingerprint: fingerprint(value),
        preview: preview(value, false),
        name: None,
        is_outside_product: false,
        weakness: None,
        confidence: Confidence::High,
    };
    let description = if rule.description.is_empty() { rule.id.clone() } else { rule.description.clone() };
    ForeignHit { hit, description }
}
