//! What a path says about the role of a file: shipped code, test, documentation, somebody else's code.
//!
//! A fault in a test or an example is still a fault, but it does not ship: detectors use the place to lower severity
//! or confidence, never to drop a finding silently.

/// The role of a file, by its path alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Shipped: application code and configuration.
    Product,
    /// Tests, fixtures, benchmarks.
    Test,
    /// Documentation, examples, tutorials.
    Documentation,
    /// Third-party code inside the tree: `node_modules`, `site-packages`, a virtual environment.
    Vendored,
}

const VENDORED: [&str; 10] = [
    "node_modules",
    "site-packages",
    "dist-packages",
    ".venv",
    "venv",
    "vendor",
    "third_party",
    "bower_components",
    ".tox",
    ".nox",
];
const TESTS: [&str; 14] = [
    "test",
    "tests",
    "testing",
    "__tests__",
    "spec",
    "specs",
    "fixtures",
    "testdata",
    "test_data",
    "e2e",
    "cypress",
    "benchmarks",
    "mocks",
    "__mocks__",
];
const DOCUMENTATION: [&str; 9] =
    ["docs", "doc", "documentation", "examples", "example", "samples", "tutorials", "cookbook", "demos"];

/// Words that make a folder of several words one of tests: `test_docker`, `component-test`.
const TEST_WORDS: [&str; 2] = ["test", "tests"];
/// Words that make a folder of several words one of examples: `example_configs`.
const EXAMPLE_WORDS: [&str; 2] = ["example", "examples"];

/// Says whether a folder's name begins or ends with one of `words`; in the middle a word may mean something else.
fn has_word(folders: &str, words: &[&str]) -> bool {
    folders.split('/').any(|folder| {
        let mut parts = folder.split(['_', '-']).filter(|part| !part.is_empty());
        let (first, last) = (parts.next(), parts.next_back());
        last.is_some() && [first, last].into_iter().flatten().any(|part| words.contains(&part))
    })
}

/// Says whether a file is an example by its own name: `example_config.yaml`, `router_example.yaml`.
fn is_example(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let mut parts = stem.split(['_', '-']).filter(|part| !part.is_empty());
    let (first, last) = (parts.next(), parts.next_back());
    last.is_some() && [first, last].into_iter().flatten().any(|part| EXAMPLE_WORDS.contains(&part))
}

impl Place {
    /// Reads the role off a `/`-separated path relative to the assessed root.
    ///
    /// ```
    /// use syndic_detect::Place;
    /// assert_eq!(Place::of("app/main.py"), Place::Product);
    /// assert_eq!(Place::of("app/tests/test_main.py"), Place::Test);
    /// assert_eq!(Place::of("web/node_modules/x/index.js"), Place::Vendored);
    /// ```
    pub fn of(path: &str) -> Self {
        let lower = path.to_ascii_lowercase();
        let (folders, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
        let has = |names: &[&str]| folders.split('/').any(|folder| names.contains(&folder));
        if has(&VENDORED) {
            return Self::Vendored;
        }
        let is_test_name = name.starts_with("test_")
            || ["_test.py", "_test.go", ".test.ts", ".test.tsx", ".test.js", ".spec.ts", ".spec.js"]
                .iter()
                .any(|ending| name.ends_with(ending))
            || name == "conftest.py";
        if is_test_name || has(&TESTS) || has_word(folders, &TEST_WORDS) {
            return Self::Test;
        }
        let is_page = [".md", ".rst", ".mdx", ".adoc"].iter().any(|ending| name.ends_with(ending));
        if is_page || has(&DOCUMENTATION) || has_word(folders, &EXAMPLE_WORDS) || is_example(name) {
            return Self::Documentation;
        }
        Self::Product
    }

    /// Says whether the file belongs to what an installer wrote about a package: lists of its files, its bill of
    /// materials, its entry points. It describes software and is neither data nor configuration of the system.
    ///
    /// ```
    /// assert!(syndic_detect::Place::is_package_metadata("lib/x-1.0.dist-info/RECORD"));
    /// assert!(!syndic_detect::Place::is_package_metadata("app/dist-info.csv"));
    /// ```
    pub fn is_package_metadata(path: &str) -> bool {
        let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
        folders.split('/').any(|folder| folder.ends_with(".dist-info") || folder.ends_with(".egg-info"))
    }

    /// Says whether the file ships with the product.
    pub const fn is_product(self) -> bool {
        matches!(self, Self::Product)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_at_the_edge_of_a_folder_name_tells_its_role() {
        let cases = [
            ("test_docker/compose.yml", Place::Test),
            ("js/component-test/app.ts", Place::Test),
            ("proxy/example_config_yaml/azure.yaml", Place::Documentation),
            ("proxy/hooks/example_config.yaml", Place::Documentation),
            ("proxy/router_example.yaml", Place::Documentation),
            ("app/latest/main.py", Place::Product),
            ("app/attestation/main.py", Place::Product),
            ("lm/spec_decode/worker.py", Place::Product),
            ("app/pytest.py", Place::Product),
        ];
        for (path, place) in cases {
            assert_eq!(Place::of(path), place, "{path}");
        }
    }
}
