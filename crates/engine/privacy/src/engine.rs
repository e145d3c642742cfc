//! The engine's face: find values in a text, inspect a document, inspect a table.

use std::collections::BTreeSet;

use syndic_detect::{Detector, RuleError, Rulebook};
use syndic_evidence::{
    Asset, AssetKind, Classification, Confidence, DataClass, Extent, Input, Inspection, Location, PredicateType, Urn,
    Zone,
};

use crate::compiled::Patterns;
use crate::detectors::{self, DETECTORS};
use crate::facts::{Facts, Seen};
use crate::find::Hit;
use crate::table::TableSample;
use crate::text;
use crate::{column, neighbours};

/// Columns judged in one table; a wider one names the rest by number.
const MOST_COLUMNS: usize = 2_000;
/// Columns listed on the asset.
const LISTED_COLUMNS: usize = 200;

/// Finds personal, financial and health data.
///
/// ```
/// let engine = syndic_privacy::PrivacyEngine::builtin().unwrap();
/// let hits = engine.find("Please call +49 170 4823915.");
/// assert_eq!((hits[0].entity, hits[0].span.clone()), ("phone", 12..27));
/// ```
#[derive(Debug)]
pub struct PrivacyEngine {
    rules: Rulebook,
    patterns: Patterns,
}

impl PrivacyEngine {
    /// Takes the built-in rules.
    ///
    /// # Errors
    /// A rule that is not of the form; the built-in ones are held right by tests.
    pub fn builtin() -> Result<Self, RuleError> {
        let rules = Rulebook::builtin("privacy")?;
        let patterns = Patterns::new(&rules)?;
        Ok(Self { rules, patterns })
    }

    /// Returns the rules, for explaining findings.
    pub fn rules(&self) -> &Rulebook {
        &self.rules
    }

    /// Returns every value found in a text, in order, none overlapping; hints included with low confidence.
    pub fn find(&self, text: &str) -> Vec<Hit> {
        let hits = self.patterns.search(text).into_iter().filter_map(|found| {
            let pattern = self.patterns.all.get(found.pattern)?;
            Some(Hit {
                rule: pattern.entity.rule.to_owned(),
                class: pattern.class,
                entity: pattern.entity.name,
                span: found.span,
                confidence: found.confidence,
            })
        });
        hits.collect()
    }

    /// Inspects a configuration, prompt, notebook or document; nothing when it holds nothing worth telling.
    pub fn inspect_text(&self, input: Input<'_>, text: &str) -> Option<Inspection> {
        if text::is_bill_of_materials(text) {
            return None;
        }
        let counted = text::count(&self.patterns, text);
        let mut entities = counted.entities;
        let told: Vec<bool> =
            entities.iter().map(|entity| detectors::is_worth_telling(entity, &entities, input.path)).collect();
        let mut told = told.into_iter();
        entities.retain(|_| told.next().unwrap_or(false));
        if entities.is_empty() {
            return None;
        }
        let classes = entities.iter().map(|entity| entity.class).collect();
        let seen = Seen::Text { bytes: text.len() as u64, entities };
        let mut inspection = self.judge(input, seen);
        if counted.is_cut {
            inspection.not_inspected.push("hits beyond the first 100,000: counts are lower bounds".to_owned());
        }
        if let Some(kind) = kind_of(input.subject) {
            inspection.assets.push(classified(input, kind, classes, Extent::Whole));
        }
        Some(inspection)
    }

    /// Inspects a sampled table; always says what it is, even if nothing protected stands in it.
    pub fn inspect_table(&self, input: Input<'_>, sample: &TableSample) -> Inspection {
        let judged =
            sample.columns.iter().take(MOST_COLUMNS).map(|one| column::classify(&self.patterns, one)).collect();
        let columns = neighbours::settle(&self.patterns, sample, judged);
        let left_out = sample.columns.len().saturating_sub(MOST_COLUMNS) as u64;
        let classes = columns.iter().flat_map(|one| one.entities.iter().map(|entity| entity.class)).collect();
        let asset = table_asset(input, sample, classes);
        let seen = Seen::Table {
            format: sample.format.clone(),
            rows_inspected: sample.rows_inspected,
            rows_total: sample.rows_total,
            columns,
            columns_left_out: left_out,
        };
        let asset = with_columns(asset, &seen);
        let mut inspection = self.judge(input, seen);
        inspection.assets.push(asset);
        inspection.not_inspected.extend(sample.note.iter().cloned());
        if left_out > 0 {
            inspection.not_inspected.push(format!("{left_out} columns: beyond the first {MOST_COLUMNS}"));
        }
        inspection
    }

    fn judge(&self, input: Input<'_>, seen: Seen) -> Inspection {
        let facts = Facts { path: input.path.to_owned(), seen };
        let value = serde_json::to_value(&facts).unwrap_or_default();
        let mut inspection = Inspection::new(input.subject.clone(), PredicateType::DatasetProfile, value);
        inspection.findings = Detector::run_all(DETECTORS, &self.rules, &facts);
        inspection
    }
}

fn table_asset(input: Input<'_>, sample: &TableSample, classes: BTreeSet<DataClass>) -> Asset {
    let is_whole = sample.rows_total == Some(sample.rows_inspected) && sample.note.is_empty();
    let extent = if is_whole {
        Extent::Whole
    } else {
        Extent::Sampled { inspected: sample.rows_inspected, total: sample.rows_total }
    };
    let mut asset = classified(input, AssetKind::Dataset, classes, extent).prop("format", sample.format.as_str());
    if let Some(rows) = sample.rows_total {
        asset = asset.prop("rows", rows);
    }
    asset.size_bytes = Some(sample.bytes_total);
    asset
}

/// Adds the columns, and those that hold protected data with the share that does.
fn with_columns(asset: Asset, seen: &Seen) -> Asset {
    let Seen::Table { columns, .. } = seen else { return asset };
    let listed: Vec<_> = columns
        .iter()
        .take(LISTED_COLUMNS)
        .map(|column| serde_json::json!({"name": column.name, "type": column.logical_type}))
        .collect();
    let protected: Vec<_> = columns
        .iter()
        .flat_map(|column| column.entities.iter().map(move |entity| (column, entity)))
        .map(|(column, entity)| {
            let share = entity.matched as f64 / column.values.max(1) as f64;
            serde_json::json!({
                "column": column.name,
                "entity": entity.entity,
                "class": entity.class,
                "share": (share * 1000.0).round() / 1000.0,
            })
        })
        .collect();
    let asset = asset.prop("column_count", columns.len() as u64).prop("columns", listed);
    if protected.is_empty() { asset } else { asset.prop("protected_columns", protected) }
}

fn classified(input: Input<'_>, kind: AssetKind, classes: BTreeSet<DataClass>, extent: Extent) -> Asset {
    let zone = match kind {
        AssetKind::Dataset | AssetKind::DataStore | AssetKind::VectorStore => Zone::Data,
        AssetKind::Notebook | AssetKind::Pipeline => Zone::Pipeline,
        _ => Zone::Application,
    };
    let file = input.path.rsplit('/').next().unwrap_or(input.path);
    // An application is not called what one of its documents is, nor a prompt in code what its file is.
    let own = input.subject.local_parts().filter(|(_, name)| name != input.path).map(|(_, name)| name);
    let name = own.as_deref().map_or(file, |own| own.rsplit(['/', '#']).next().unwrap_or(own));
    let mut asset = Asset::new(input.subject.clone(), kind, name, zone, Location::file(input.path));
    asset.confidence = Confidence::High;
    asset.classification = Some(Classification { classes, extent });
    asset
}

/// Reads the kind off `urn:syndic:<system>:<kind>:<name>`.
fn kind_of(urn: &Urn) -> Option<AssetKind> {
    let kind = urn.as_str().split(':').nth(3)?;
    AssetKind::ALL.into_iter().find(|known| known.as_str() == kind)
}
