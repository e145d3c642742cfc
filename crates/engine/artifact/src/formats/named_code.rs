//! Names of Python callables outside of pickles: in YAML tags, configuration and archives that build objects by name.
//!
//! They are judged by the same tables as the imports of a pickle.

use crate::Standing;
use crate::facts::{Facts, ObservationKind};
use crate::pickle::{is_standard, judge};

/// Longest name judged.
const MAX_NAME_BYTES: usize = 512;

/// Notes a callable that does harm, named by `how`.
pub(super) fn note(name: &str, how: &str, facts: &mut Facts) {
    let name = name.trim();
    let Some((module, attribute)) = parted(name) else { return };
    let judgement = judge(module, attribute);
    if judgement.standing == Standing::Denied {
        let detail = format!("{how} names `{name}`: {}", judgement.explain(module));
        facts.observe(ObservationKind::NamedCode, name, detail);
    }
}

/// Notes a callable that a configuration has its program call. A program that is configured calls functions of libraries
/// as it likes: what only fetches, reads or is of a library that does more is for a person to look at.
pub(super) fn note_target(name: &str, how: &str, facts: &mut Facts) {
    let name = name.trim();
    let Some((module, attribute)) = parted(name) else { return };
    let judgement = judge(module, attribute);
    let is_of_library = judgement.is_by_module && !is_standard(module);
    let is_fetched = attribute.rsplit('.').next() == Some("from_pretrained");
    if judgement.standing != Standing::Denied {
        return;
    }
    if is_of_library || is_fetched {
        let detail = format!("{how} names `{name}`, which does more than build a part of a model");
        facts.observe(ObservationKind::RemoteCode, name, detail);
    } else {
        note(name, how, facts);
    }
}

/// Parts a name into its module and what stands in it, which begins with the first class if there is one.
fn parted(name: &str) -> Option<(&str, &str)> {
    let is_class = |part: &str| part.trim_start_matches('_').starts_with(|first: char| first.is_ascii_uppercase());
    let mut at = 0;
    let class = name.split('.').find_map(|part| {
        let start = at;
        at += part.len() + 1;
        (start > 0 && is_class(part)).then_some(start)
    });
    let (module, attribute) = match class {
        Some(start) => (name.get(..start - 1)?, name.get(start..)?),
        None => name.rsplit_once(['.', ':'])?,
    };
    (name.len() <= MAX_NAME_BYTES && !module.is_empty() && !attribute.is_empty()).then_some((module, attribute))
}

/// Notes a callable that an object is built with: what is on no list needs a review.
pub(super) fn note_built(name: &str, how: &str, facts: &mut Facts) {
    note(name, how, facts);
    let Some((module, attribute)) = parted(name.trim()) else { return };
    let standing = judge(module, attribute).standing;
    if matches!(standing, Standing::Unreviewed | Standing::Suspicious | Standing::Needless) {
        let detail = format!("{how} builds an object with `{name}`, which nobody has reviewed");
        facts.observe(ObservationKind::RemoteCode, name, detail);
    }
}
