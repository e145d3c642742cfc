//! What stands around a dependency manifest: lock files above it, build files that read it.

use std::collections::{BTreeMap, BTreeSet};

use syndic_collect::{Entry, FileReader};
use syndic_detect::read_vec_at;
use syndic_supply::Surroundings;

/// Names of lock files, each with the ecosystem it pins.
const LOCKS: [(&str, &str); 12] = [
    ("poetry.lock", "pypi"),
    ("uv.lock", "pypi"),
    ("pdm.lock", "pypi"),
    ("Pipfile.lock", "pypi"),
    ("pylock.toml", "pypi"),
    ("conda-lock.yml", "pypi"),
    ("package-lock.json", "npm"),
    ("pnpm-lock.yaml", "npm"),
    ("yarn.lock", "npm"),
    ("bun.lock", "npm"),
    ("Cargo.lock", "cargo"),
    ("go.sum", "go"),
];

/// Files that build a Python package and may read a list of requirements.
const BUILD_FILES: [&str; 3] = ["setup.py", "setup.cfg", "pyproject.toml"];

/// A build file is read up to here.
const MAX_BUILD_FILE_BYTES: usize = 1 << 20;

/// Lock files and build files by folder.
#[derive(Debug, Default)]
pub(crate) struct SurroundingFiles {
    locks: BTreeSet<(&'static str, String)>,
    builds: BTreeMap<String, String>,
}

impl SurroundingFiles {
    /// Finds them among the files of a walk.
    pub(crate) fn find(files: &[Entry]) -> Self {
        let mut found = Self::default();
        for file in files {
            let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
            if let Some((_, ecosystem)) = LOCKS.iter().find(|(lock, _)| *lock == name) {
                found.locks.insert((*ecosystem, folder.to_owned()));
            }
            if BUILD_FILES.contains(&name) {
                // One that cannot be read here is reported when it is inspected itself.
                let text = FileReader::open(file)
                    .ok()
                    .and_then(|reader| read_vec_at(&reader, 0, MAX_BUILD_FILE_BYTES).ok())
                    .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
                found.builds.entry(folder.to_owned()).or_default().push_str(&text.unwrap_or_default());
            }
        }
        found
    }

    /// Says what stands around the manifest at `path`.
    pub(crate) fn of(&self, ecosystem: &'static str, path: &str) -> Surroundings {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        Surroundings {
            has_lock: self.has_lock(ecosystem, path),
            feeds_package: self.builds.get(folder).is_some_and(|text| text.contains(name)),
        }
    }

    fn has_lock(&self, ecosystem: &'static str, path: &str) -> bool {
        let mut folder = path;
        loop {
            folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
            if self.locks.contains(&(ecosystem, folder.to_owned())) {
                return true;
            }
            if folder.is_empty() {
                return false;
            }
        }
    }
}
