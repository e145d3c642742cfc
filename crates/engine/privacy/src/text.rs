//! Counts what stands in a free text.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashSet};
use std::hash::{Hash, Hasher};

use syndic_detect::LineIndex;
use syndic_evidence::Confidence;

use crate::compiled::Patterns;
use crate::facts::TextEntity;
use crate::find::MOST_HITS;

/// A bill of materials says so within this many bytes.
const HEAD_BYTES: usize = 4096;

/// Says whether a text is a software bill of materials (CycloneDX, SPDX): the people in it are authors of software.
pub(crate) fn is_bill_of_materials(text: &str) -> bool {
    let head = text.get(..text.floor_char_boundary(HEAD_BYTES)).unwrap_or_default();
    ["\"bomFormat\"", "\"spdxVersion\"", "SPDXVersion:", "cyclonedx.org/schema/bom"]
        .iter()
        .any(|mark| head.contains(mark))
}

/// What a text holds.
#[derive(Debug)]
pub(crate) struct TextCount {
    pub(crate) entities: Vec<TextEntity>,
    /// Whether the bound on hits was reached, so that counts are lower bounds.
    pub(crate) is_cut: bool,
}

/// Counts by kind; hints are left out.
pub(crate) fn count(patterns: &Patterns, text: &str) -> TextCount {
    let matches = patterns.search(text);
    let is_cut = matches.len() >= MOST_HITS;
    let mut kinds: BTreeMap<usize, (TextEntity, HashSet<u64>)> = BTreeMap::new();
    let mut lines = None;
    for found in matches.iter().filter(|found| found.confidence >= Confidence::Medium) {
        let Some(pattern) = patterns.all.get(found.pattern) else { continue };
        let (entity, values) = kinds.entry(found.pattern).or_insert_with(|| {
            let lines = lines.get_or_insert_with(|| LineIndex::new(text.as_bytes()));
            let entity = TextEntity {
                rule: pattern.entity.rule.to_owned(),
                entity: pattern.entity.name.to_owned(),
                class: pattern.class,
                count: 0,
                distinct: 0,
                confidence: found.confidence,
                first_line: lines.line(found.span.start),
            };
            (entity, HashSet::new())
        });
        let mut hasher = DefaultHasher::new();
        text.get(found.span.clone()).map(str::to_lowercase).hash(&mut hasher);
        values.insert(hasher.finish());
        entity.count += 1;
        entity.distinct = values.len() as u64;
        entity.confidence = entity.confidence.max(found.confidence);
    }
    TextCount { entities: kinds.into_values().map(|(entity, _)| entity).collect(), is_cut }
}
