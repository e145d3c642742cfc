//! Names of Python callables outside of pickles: in YAML tags, configuration and archives that build objects by name.
//!
//! They are judged by the same tables as the imports of a pickle.

use crate::Standing;
use crate::facts::{Facts, ObservationKind};
use crate::pickle::judge;

/// Longest name judged.
const MAX_NAME_BYTES: usize = 512;

/// Notes a callable that does harm, named by `how`.
pub(super) fn note(name: &str, how: &str, facts: &mut Facts) {
    let name = name.trim();
    let Some((module, attribute)) = name.rsplit_once(['.', ':']) else { return };
    if name.len() > MAX_NAME_BYTES || module.is_empty() || attribute.is_empty() {
        return;
    }
    let judgement = judge(module, attribute);
    if judgement.standing == Standing::Denied {
        let detail = format!("{how} names `{name}`: {}", judgement.explain(module));
        facts.observe(ObservationKind::NamedCode, name, detail);
    }
}

/// Notes a callable that an object is built with: what is on no list needs a review.
pub(super) fn note_built(name: &str, how: &str, facts: &mut Facts) {
    note(name, how, facts);
    let Some((module, attribute)) = name.trim().rsplit_once('.') else { return };
    let standing = judge(module, attribute).standing;
    if matches!(standing, Standing::Unreviewed | Standing::Suspicious | Standing::Needless) {
        let detail = format!("{how} builds an object with `{name}`, which nobody has reviewed");
        facts.observe(ObservationKind::RemoteCode, name, detail);
    }
}
