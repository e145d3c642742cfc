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
    "test", "tests", "testing", "__tests__", "spec", "specs", "fixtures", "testdata", "test_data", "e2e", "cypress",
    "benchmarks", "mocks", "__mocks__",
];
const DOCUMENTATION: [&str; 9] =
    ["docs", "doc", "documentation", "examples", "example", "samples", "tutorials", "cookbook", "demos"];

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
        if is_test_name || has(&TESTS) {
            return Self::Test;
        }
        let is_page = [".md", ".rst", ".mdx", ".adoc"].iter().any(|ending| name.ends_with(ending));
        if is_page || has(&DOCUMENTATION) {
            return Self::Documentation;
        }
        Self::Product
    }

    /// Says whether the file ships with the product.
    pub const fn is_product(self) -> bool {
        matches!(self, Self::Product)
    }
}
