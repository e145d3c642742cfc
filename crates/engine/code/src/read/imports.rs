//! AI packages a Python file imports.

use std::collections::HashSet;
use std::sync::LazyLock;

use syndic_detect::{AiCatalogue, AiSdk};
use syndic_evidence::Confidence;

use super::providers::provider_of_package;
use crate::ImportSeen;
use crate::python::Sketch;

/// First modules of the catalogue's Python packages: one look-up turns away nearly every import.
static ROOTS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let sdks = AiCatalogue::builtin().sdks().iter().filter(|sdk| sdk.ecosystem == "pypi");
    sdks.map(|sdk| root(sdk.import)).collect()
});

fn root(module: &str) -> &str {
    module.split(['.', '/', ':']).next().unwrap_or(module)
}

/// Returns the catalogue's package of a module.
pub(super) fn sdk(module: &str) -> Option<&'static AiSdk> {
    ROOTS.contains(root(module)).then(|| AiCatalogue::builtin().import("pypi", module)).flatten()
}

/// Reads the imports, one entry a package; an import that some runs skip counts low.
pub(super) fn read(path: &str, sketch: &Sketch) -> Vec<ImportSeen> {
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
        let Some(sdk) = sdk(&import.target) else { continue };
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
