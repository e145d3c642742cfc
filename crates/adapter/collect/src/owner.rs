//! Which application a file belongs to: the nearest folder above it that is a project of its own.
//!
//! A folder is a project when it holds a file that only projects have (`pyproject.toml`, `package.json`, a Dockerfile
//! …). Files above every project belong to the application at the root.

use std::collections::BTreeSet;

use syndic_detect::Place;
use syndic_evidence::{AssetKind, Urn};

use crate::Entry;

/// Names that make their folder a project.
const MARKERS: [&str; 13] = [
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "requirements.txt",
    "Pipfile",
    "environment.yml",
    "package.json",
    "go.mod",
    "Cargo.toml",
    "pom.xml",
    "build.gradle",
    "Dockerfile",
    "composer.json",
];

/// The applications of a system.
#[derive(Debug)]
pub struct Owners {
    system: String,
    /// Project folders relative to the root; the root is the empty string.
    folders: BTreeSet<String>,
}

impl Owners {
    /// Finds the project folders among the files of a walk. Third-party code, tests and documentation are none.
    pub fn find(system: &str, files: &[Entry]) -> Self {
        let folders = files
            .iter()
            .filter(|file| !matches!(Place::of(&file.path), Place::Vendored | Place::Test | Place::Documentation))
            .filter_map(|file| {
                let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
                MARKERS.contains(&name).then(|| folder.to_owned())
            })
            .collect();
        Self { system: system.to_owned(), folders }
    }

    /// Returns the folder of the application that owns `path`; empty for the one at the root.
    pub fn folder<'a>(&self, path: &'a str) -> &'a str {
        let mut folder = path;
        while let Some((parent, _)) = folder.rsplit_once('/') {
            if self.folders.contains(parent) {
                return parent;
            }
            folder = parent;
        }
        ""
    }

    /// Returns the name a person uses for the application in `folder`.
    pub fn name<'a>(&'a self, folder: &'a str) -> &'a str {
        if folder.is_empty() { &self.system } else { folder }
    }

    /// Returns the identity of the application that owns `path`.
    pub fn urn(&self, path: &str) -> Urn {
        Urn::local(&self.system, AssetKind::Application, self.name(self.folder(path)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owners(paths: &[&str]) -> Owners {
        let folder = tempfile::tempdir().unwrap();
        for path in paths {
            let file = folder.path().join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "").unwrap();
        }
        let scope = crate::Scope::new(&[folder.path().into()], Some("acme"), &[]).unwrap();
        Owners::find("acme", &crate::walk(&scope).files)
    }

    #[test]
    fn the_nearest_project_folder_owns_a_file() {
        let owners = owners(&["app/requirements.txt", "app/api/main.py", "web/package.json", "train.py"]);
        assert_eq!(owners.folder("app/api/main.py"), "app");
        assert_eq!(owners.folder("web/src/index.ts"), "web");
        assert_eq!(owners.urn("train.py").as_str(), "urn:syndic:acme:application:acme");
    }

    #[test]
    fn somebody_elses_package_is_no_application_of_ours() {
        let owners = owners(&["web/package.json", "web/node_modules/left-pad/package.json"]);
        assert_eq!(owners.folder("web/node_modules/left-pad/index.js"), "web");
    }
}
