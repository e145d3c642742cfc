//! AI packages a Python file imports.

use std::sync::LazyLock;

use syndic_detect::{AiCatalogue, AiSdk};
use syndic_evidence::Confidence;

use super::providers::provider_of_package;
use crate::ImportSeen;
use crate::maps::{HashMap, HashSet};
use crate::python::{Sketch, split_last};

/// The catalogue's Python packages by the module that is imported.
static MODULES: LazyLock<HashMap<&str, &AiSdk>> = LazyLock::new(|| {
    let sdks = AiCatalogue::builtin().sdks().iter();
    sdks.filter(|sdk| sdk.ecosystem == "pypi" && !sdk.import.contains(':')).map(|sdk| (sdk.import, sdk)).collect()
});

/// Returns the catalogue's package of a module: the one of the longest beginning of its path.
pub(super) fn sdk(module: &str) -> Option<&'static AiSdk> {
    let mut beginnings = std::iter::successors(Some(module), |path| split_last(path).map(|(outer, _)| outer));
    beginnings.find_map(|path| MODULES.get(path).copied())
}

/// Reads the imports, one entry a package; an import that some runs skip counts low.
pub(super) fn read(path: &str, sketch: &Sketch) -> Vec<ImportSeen> {
    let mut seen = HashSet::default();
    let mut found: Vec<ImportSeen> = Vec::new();
    let mut looked_up = HashSet::default();
    for import in &sketch.imports {
        if import.target.starts_with('.') || !looked_up.insert((import.target.as_str(), import.is_optional)) {
            continue;
        }
        let Some(sdk) = sdk(&import.target).filter(|sdk| !is_own(path, sdk.import)) else { continue };
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

/// Says whether a file is the package's own code: it lies in folders of the package's name. A package in a namespace
/// needs all of them, because a folder called `airflow` or `azure` may be anybody's.
pub(super) fn is_own(path: &str, module: &str) -> bool {
    let folders: Vec<&str> = path.split('/').collect();
    let parts: Vec<&str> = module.split('.').collect();
    folders.windows(parts.len()).any(|window| window == parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_named_as_a_namespace_is_not_the_package() {
        assert!(!is_own("airflow/dags/ingest.py", "airflow.providers.weaviate"));
        assert!(is_own("providers/src/airflow/providers/weaviate/hooks.py", "airflow.providers.weaviate"));
        assert!(is_own("libs/langchain/agents.py", "langchain") && !is_own("app/langchain.py", "langchain"));
    }
}
