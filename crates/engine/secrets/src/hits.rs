//! From candidates to hits: place, properties and fingerprint of each value, never the value.

use syndic_detect::LineIndex;
use syndic_evidence::Confidence;

use crate::engine::Reach;
use crate::facts::{fingerprint, preview};
use crate::form::FileForm;
use crate::illustration::Illustrations;
use crate::overlap::Candidate;
use crate::proposal::RANK_FORM;
use crate::randomness::entropy;
use crate::test_code::TestCode;
use crate::{SecretHit, Weakness};

/// Makes the hits of a file's first `limit` candidates.
pub(crate) fn of(path: &str, content: &[u8], form: FileForm, candidates: &[Candidate], limit: usize) -> Vec<SecretHit> {
    if candidates.is_empty() {
        return Vec::new();
    }
    let lines = LineIndex::new(content);
    let tests = TestCode::of(path, content);
    let hit_of = |candidate: &Candidate| {
        let is_product = form.is_product && !tests.covers(candidate.start);
        hit(candidate, content, &lines, FileForm { is_product, ..form })
    };
    candidates.iter().take(limit).map(hit_of).collect()
}

/// Notes which values the code shows rather than uses.
pub(crate) fn mark_illustrations(path: &str, content: &[u8], candidates: &mut [Candidate]) {
    if !candidates.iter().any(may_illustrate) {
        return;
    }
    let illustrations = Illustrations::of(path, content);
    for candidate in candidates.iter_mut().filter(|candidate| may_illustrate(candidate)) {
        let is_shown = illustrations.covers(content, candidate.start);
        candidate.weakness = candidate.weakness.or(is_shown.then_some(Weakness::Illustration));
    }
}

/// Says whether the value could be shown rather than used: everything but an issuer's own form.
fn may_illustrate(candidate: &Candidate) -> bool {
    candidate.rank != RANK_FORM || candidate.rule.ends_with("-header") || candidate.rule.ends_with("-password")
}

fn hit(candidate: &Candidate, content: &[u8], lines: &LineIndex, form: FileForm) -> SecretHit {
    let value = content.get(candidate.start..candidate.end).unwrap_or_default();
    let (line, column) = lines.position(candidate.start);
    let is_narrow = form.reach == Reach::Product;
    let is_shielded = is_narrow && !form.is_product && candidate.validated != Some(true);
    let is_weak = is_narrow && candidate.weakness.is_some_and(|weakness| weakness != Weakness::Default);
    SecretHit {
        rule: candidate.rule.clone(),
        line,
        column,
        offset: wide(candidate.start),
        length: wide(value.len()),
        entropy: (entropy(value) * 100.0).round() / 100.0,
        validated: candidate.validated,
        fingerprint: fingerprint(value),
        preview: preview(value, candidate.rank == RANK_FORM),
        name: candidate.name.clone(),
        is_outside_product: !form.is_product,
        weakness: candidate.weakness,
        confidence: if is_shielded || is_weak { Confidence::Low } else { candidate.confidence },
    }
}

pub(crate) fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
