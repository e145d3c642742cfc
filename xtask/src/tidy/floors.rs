//! The floor law, from `cargo metadata`: app → adapter → engine → ground, and how many and how heavy crates may be.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::{Report, TextFile};

/// Own crates in one chain of dependencies.
const LONGEST_CHAIN: usize = 5;
/// Own crates in all.
const MOST_CRATES: usize = 22;
/// Cargo features in all.
const MOST_FEATURES: usize = 6;
/// A crate with less is probably a module, in lines.
const SMALLEST_CRATE: usize = 800;
/// Libraries that cost minutes to build or tie the design down; a name ending in `*` is a family.
const HEAVY: [&str; 10] =
    ["datafusion", "yara-x", "candle*", "regorus", "aya", "sqlx", "parquet", "arrow-ipc", "axum", "ruff_python_parser"];
/// Edges within one floor that are allowed: from, to.
const SIDEWAYS: [(&str, &str); 1] = [("syndic-detect", "syndic-evidence")];
/// Adapters any other adapter may use.
const SHARED_ADAPTERS: [&str; 2] = ["syndic-store", "syndic-ledger"];

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: String,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    manifest_path: String,
    #[serde(default)]
    dependencies: Vec<Dependency>,
    #[serde(default)]
    features: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

impl Package {
    /// Names of what it needs to run or build, not only to test.
    fn needs(&self) -> impl Iterator<Item = &str> {
        self.dependencies.iter().filter(|found| found.kind.as_deref() != Some("dev")).map(|found| found.name.as_str())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Floor {
    Ground,
    Engine,
    Adapter,
    App,
}

/// Checks the law on the output of `cargo metadata --no-deps`.
pub(super) fn check(metadata: &str, files: &[TextFile]) -> Result<Report> {
    let metadata: Metadata = serde_json::from_str(metadata).context("cannot read the output of cargo metadata")?;
    let mut report = Report::default();
    let mut floors = BTreeMap::new();
    for package in &metadata.packages {
        match floor(package, &metadata.workspace_root) {
            Some(Ok(floor)) => {
                floors.insert(package.name.as_str(), floor);
            }
            Some(Err(path)) => report.fault(format!("{}: {path} stands on no floor", package.name)),
            None => {}
        }
    }
    let own: Vec<&Package> =
        metadata.packages.iter().filter(|found| floors.contains_key(found.name.as_str())).collect();
    edges(&own, &floors, &mut report);
    counts(&metadata, &own, &mut report);
    heavy(&metadata.packages, &mut report);
    sizes(&metadata.workspace_root, &own, files, &mut report);
    Ok(report)
}

/// The floor a package stands on; nothing for one outside `crates/`, such as xtask.
fn floor(package: &Package, root: &str) -> Option<Result<Floor, String>> {
    let path = package.manifest_path.strip_prefix(root)?.trim_start_matches('/');
    let inside = path.strip_prefix("crates/")?;
    Some(match inside.split('/').next() {
        Some("ground") => Ok(Floor::Ground),
        Some("engine") => Ok(Floor::Engine),
        Some("adapter") => Ok(Floor::Adapter),
        Some("app") => Ok(Floor::App),
        _ => Err(path.to_owned()),
    })
}

fn edges(own: &[&Package], floors: &BTreeMap<&str, Floor>, report: &mut Report) {
    for package in own {
        let Some(from) = floors.get(package.name.as_str()) else { continue };
        for needed in package.needs() {
            let Some(to) = floors.get(needed) else { continue };
            let is_allowed = to < from
                || SIDEWAYS.contains(&(package.name.as_str(), needed))
                || (*from == Floor::Adapter && *to == Floor::Adapter && SHARED_ADAPTERS.contains(&needed));
            if !is_allowed {
                report.fault(format!("{} ({from:?}) may not depend on {needed} ({to:?})", package.name));
            }
        }
    }
}

fn counts(metadata: &Metadata, own: &[&Package], report: &mut Report) {
    let chain = longest_chain(own);
    if chain.len() > LONGEST_CHAIN {
        report.fault(format!("the chain {} is longer than {LONGEST_CHAIN} own crates", chain.join(" → ")));
    }
    if own.len() > MOST_CRATES {
        report.fault(format!("{} crates, at most {MOST_CRATES}", own.len()));
    }
    let features: Vec<String> = metadata
        .packages
        .iter()
        .flat_map(|package| {
            package.features.keys().filter(|name| *name != "default").map(|name| format!("{}/{name}", package.name))
        })
        .collect();
    if features.len() > MOST_FEATURES {
        report.fault(format!("{} Cargo features, at most {MOST_FEATURES}: {}", features.len(), features.join(", ")));
    }
    report.tables.push(format!(
        "{} crates, longest chain {}, {} features",
        own.len(),
        chain.join(" → "),
        features.len()
    ));
}

/// The longest path over own crates. Cargo refuses circles, the bound by the number of crates holds if it did not.
fn longest_chain(own: &[&Package]) -> Vec<String> {
    let mut longest: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for _ in 0..own.len() {
        for package in own {
            let below = package.needs().filter_map(|needed| longest.get(needed)).max_by_key(|chain| chain.len());
            let mut chain = vec![package.name.clone()];
            chain.extend(below.cloned().unwrap_or_default());
            if chain.len() <= own.len() {
                longest.insert(&package.name, chain);
            }
        }
    }
    longest.into_values().max_by_key(Vec::len).unwrap_or_default()
}

fn heavy(packages: &[Package], report: &mut Report) {
    for library in HEAVY {
        let is_it = |name: &str| match library.strip_suffix('*') {
            Some(family) => name.starts_with(family),
            None => name == library,
        };
        let users: Vec<&str> = packages
            .iter()
            .filter(|package| package.dependencies.iter().any(|found| is_it(&found.name)))
            .map(|package| package.name.as_str())
            .collect();
        if users.len() > 1 {
            report.fault(format!(
                "{library} stands in {} manifests, one is allowed: {}",
                users.len(),
                users.join(", ")
            ));
        }
    }
}

fn sizes(root: &str, own: &[&Package], files: &[TextFile], report: &mut Report) {
    for package in own {
        let folder = package.manifest_path.strip_prefix(root).unwrap_or_default().trim_start_matches('/');
        let folder = folder.trim_end_matches("Cargo.toml");
        let lines: usize = files
            .iter()
            .filter(|file| file.path.starts_with(folder) && is_rust(&file.path))
            .map(|file| file.text.lines().count())
            .sum();
        if lines < SMALLEST_CRATE {
            report.warn(format!("{} has {lines} lines: is it a crate of its own?", package.name));
        }
    }
}

/// Says whether a path names Rust source.
pub(super) fn is_rust(path: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|extension| extension == "rs")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn package(floor: &str, name: &str, needs: &[&str]) -> Value {
        let dependencies: Vec<Value> = needs.iter().map(|name| json!({"name": name, "kind": null})).collect();
        json!({"name": name, "manifest_path": format!("/r/crates/{floor}/{name}/Cargo.toml"), "dependencies": dependencies})
    }

    fn faults(packages: &[Value]) -> Vec<String> {
        let metadata = json!({"packages": packages, "workspace_root": "/r"}).to_string();
        check(&metadata, &[]).unwrap().faults
    }

    #[test]
    fn dependencies_go_down() {
        let fine = [
            package("ground", "syndic-evidence", &[]),
            package("ground", "syndic-detect", &["syndic-evidence"]),
            package("engine", "syndic-supply", &["syndic-detect", "serde"]),
            package("adapter", "syndic-store", &["syndic-evidence"]),
            package("adapter", "syndic-console", &["syndic-store", "axum"]),
            package("app", "syndic", &["syndic-console", "syndic-supply"]),
        ];
        assert_eq!(faults(&fine), Vec::<String>::new());
    }

    #[test]
    fn up_and_sideways_are_refused() {
        let up = [package("ground", "a", &["b"]), package("engine", "b", &[])];
        let between_engines = [package("engine", "a", &["b"]), package("engine", "b", &[])];
        let between_adapters = [package("adapter", "a", &["b"]), package("adapter", "b", &[])];
        for case in [&up, &between_engines, &between_adapters] {
            assert_eq!(faults(case).len(), 1, "{case:?}");
        }
        assert_eq!(faults(&[package("cellar", "a", &[])]).len(), 1);
    }

    #[test]
    fn a_test_may_look_at_its_neighbours() {
        let mut tested = package("engine", "a", &[]);
        tested["dependencies"] = json!([{"name": "b", "kind": "dev"}]);
        assert_eq!(faults(&[tested, package("engine", "b", &[])]), Vec::<String>::new());
    }

    #[test]
    fn a_heavy_library_stands_in_one_manifest() {
        let two = [package("engine", "a", &["candle-core"]), package("engine", "b", &["candle-nn"])];
        assert_eq!(faults(&two).len(), 1);
        assert_eq!(faults(&[package("engine", "a", &["candle-core", "candle-nn"])]), Vec::<String>::new());
    }

    #[test]
    fn chains_crates_and_features_are_counted() {
        let many: Vec<Value> = (0..23).map(|number| package("engine", &format!("e{number}"), &[])).collect();
        assert_eq!(faults(&many).len(), 1);
        let mut full = package("engine", "a", &[]);
        full["features"] = json!({"default": [], "a": [], "b": [], "c": [], "d": [], "e": [], "f": [], "g": []});
        assert_eq!(faults(&[full]).len(), 1);
        let chain = [
            package("ground", "syndic-evidence", &[]),
            package("ground", "syndic-detect", &["syndic-evidence"]),
            package("engine", "e", &["syndic-detect"]),
            package("adapter", "syndic-store", &["e"]),
            package("adapter", "syndic-ledger", &["syndic-store"]),
            package("app", "app", &["syndic-ledger"]),
        ];
        assert_eq!(faults(&chain).len(), 1);
    }
}
