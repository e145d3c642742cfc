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

/// Says what the name of one folder makes of the files in it.
fn place_of_folder(folder: &str) -> Place {
    match folder {
        "node_modules" | "site-packages" | "dist-packages" | ".venv" | "venv" | "vendor" | "third_party"
        | "bower_components" | ".tox" | ".nox" => Place::Vendored,
        "test" | "tests" | "testing" | "__tests__" | "spec" | "specs" | "fixtures" | "testdata" | "test_data"
        | "e2e" | "cypress" | "benchmarks" | "mocks" | "__mocks__" => Place::Test,
        "docs" | "doc" | "documentation" | "examples" | "example" | "samples" | "tutorials" | "cookbook" | "demos" => {
            Place::Documentation
        }
        // `test_docker`, `component-test`, `example_configs`.
        _ if has_at_edge(folder, ["test", "tests"]) => Place::Test,
        _ if has_at_edge(folder, ["example", "examples"]) => Place::Documentation,
        _ => Place::Product,
    }
}

/// Says whether a name of several words begins or ends with one of `words`; in the middle a word may mean something else.
fn has_at_edge(name: &str, words: [&str; 2]) -> bool {
    let mut parts = name.split(['_', '-']).filter(|part| !part.is_empty());
    let (first, last) = (parts.next(), parts.next_back());
    last.is_some() && [first, last].into_iter().flatten().any(|part| words.contains(&part))
}

fn is_name_of_test(name: &str) -> bool {
    name.starts_with("test_")
        || ["_test.py", "_test.go", ".test.ts", ".test.tsx", ".test.js", ".spec.ts", ".spec.js"]
            .iter()
            .any(|ending| name.ends_with(ending))
        || name == "conftest.py"
}

/// A page of text, or an example by its own name: `example_config.yaml`, `router_example.yaml`.
fn is_name_of_documentation(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    [".md", ".rst", ".mdx", ".adoc"].iter().any(|ending| name.ends_with(ending))
        || has_at_edge(stem, ["example", "examples"])
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
        let mut place = Self::Product;
        for folder in folders.split('/') {
            match place_of_folder(folder) {
                Self::Vendored => return Self::Vendored,
                Self::Test => place = Self::Test,
                Self::Documentation if place == Self::Product => place = Self::Documentation,
                _ => {}
            }
        }
        match place {
            Self::Test => Self::Test,
            _ if is_name_of_test(name) => Self::Test,
            Self::Product if is_name_of_documentation(name) => Self::Documentation,
            _ => place,
        }
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
            ("app/tests_example.py", Place::Documentation),
            ("docs/tests/a.py", Place::Test),
            ("tests/docs/a.py", Place::Test),
            ("tests/vendor/a.py", Place::Vendored),
        ];
        for (path, place) in cases {
            assert_eq!(Place::of(path), place, "{path}");
        }
    }
}
