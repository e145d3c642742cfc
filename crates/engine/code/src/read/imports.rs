//! AI packages a Python file imports.

use std::collections::HashSet;

use syndic_detect::AiCatalogue;
use syndic_evidence::Confidence;

use super::providers::provider_of_package;
use crate::ImportSeen;
use crate::python::Sketch;

/// Reads the imports, one entry a package; an import that some runs skip counts low.
pub(super) fn read(path: &str, sketch: &Sketch) -> Vec<ImportSeen> {
    let catalogue = AiCatalogue::builtin();
    let mut seen = HashSet::new();
    let mut found: Vec<ImportSeen> = Vec::new();
    let mut looked_up = HashSet::new();
    for import in &sketch.imports {
        if import.target.starts_with('.') || !looked_up.insert((import.target.as_str(), import.is_optional)) {
            continue;
        }
        let root = import.target.split('.').next().unwrap_or_default();
        if path.split('/').any(|folder| folder == root) {
            continue; // The package's own code.
        }
        let Some(sdk) = catalogue.import("pypi", &import.target) else { continue };
        let confidence = if import.is_optional { Confidence::Low } else { Confidence::Medium };
        if seen.insert(sdk.package) {
            found.push(ImportSeen {
                package: sdk.package.to_owned(),
                class: sdk.class.to_owned(),
                provider: provider_of_package(sdk.package).map(str::to_owned),
                confidence,
                at: import.at,
            });
        } else if let Some(known) = found.iter_mut().find(|known| known.package == sdk.package) {
            known.confidence = known.confidence.max(confidence);
        }
    }
    found
}
