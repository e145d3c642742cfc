//! What a run sets out to look at: the roots, their name, and what was excluded on purpose.

use std::path::{Path, PathBuf};

use ignore::overrides::{Override, OverrideBuilder};

/// Why a scope cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum ScopeError {
    /// A path does not exist or cannot be reached.
    #[error("cannot look at {}", path.display())]
    Path {
        /// As given.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// An `--exclude` pattern is not a glob.
    #[error("`{pattern}` is not a glob pattern: {problem}")]
    Exclude {
        /// As given.
        pattern: String,
        /// What the reader said.
        problem: String,
    },
    /// No path was given.
    #[error("no path to look at")]
    Empty,
}

/// The roots of one system.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Name of the system: the first part of every local URN.
    pub system: String,
    /// Absolute roots, each with the prefix its relative paths get (empty for a single root, and for a file).
    pub(crate) roots: Vec<Root>,
    pub(crate) excludes: Vec<(PathBuf, Override)>,
    /// Folders of our own that stand inside a root.
    pub(crate) own: Vec<PathBuf>,
}

#[derive(Debug, Clone)]
pub(crate) struct Root {
    pub(crate) path: PathBuf,
    pub(crate) prefix: String,
}

impl Root {
    /// Where a path relative to this root is: a root that is a file is its own only path.
    pub(crate) fn file_or_within(&self, rest: &Path) -> PathBuf {
        if self.is_file() { self.path.clone() } else { self.path.join(rest) }
    }

    fn is_file(&self) -> bool {
        self.path.is_file()
    }
}

/// The path of the file itself, without the member of an archive inside it.
fn own_path(path: &str) -> &str {
    path.split('!').next().unwrap_or(path)
}

impl Scope {
    /// Makes the scope of one system from the paths a user gave.
    ///
    /// The system is named `name`, or after the folder. Several roots are told apart by their folder names.
    ///
    /// # Errors
    /// A path that cannot be reached, an exclude that is no glob, or no path at all.
    pub fn new(paths: &[PathBuf], name: Option<&str>, excludes: &[String]) -> Result<Self, ScopeError> {
        let mut absolute = Vec::new();
        for path in paths {
            let found =
                std::fs::canonicalize(path).map_err(|source| ScopeError::Path { path: path.clone(), source })?;
            absolute.push(found);
        }
        absolute.sort();
        absolute.dedup();
        // A root inside another root would show every file twice.
        let all = absolute.clone();
        absolute.retain(|path| !all.iter().any(|other| other != path && path.starts_with(other)));
        let first = absolute.first().ok_or(ScopeError::Empty)?;
        let system = name.map_or_else(|| folder_name(first), str::to_owned);
        let is_single = absolute.len() == 1;
        let mut roots: Vec<Root> = Vec::new();
        for path in absolute {
            let prefix = if is_single { String::new() } else { prefix(&roots, &path) };
            roots.push(Root { path, prefix });
        }
        let excludes = roots.iter().map(|root| exclude_matcher(&root.path, excludes)).collect::<Result<_, _>>()?;
        Ok(Self { system, roots, excludes, own: Vec::new() })
    }

    /// Leaves out a folder that is Syndic's own, such as the state folder, wherever it stands.
    #[must_use]
    pub fn without_own(mut self, folder: &Path) -> Self {
        // A folder that does not exist yet cannot be walked into either.
        self.own.extend(std::fs::canonicalize(folder));
        self
    }

    /// Returns the absolute roots.
    pub fn roots(&self) -> impl Iterator<Item = &Path> {
        self.roots.iter().map(|root| root.path.as_path())
    }

    /// Returns a path of a report as it is reached from `folder` (absolute, without links), if its root lies in there.
    pub fn seen_from(&self, folder: &Path, path: &str) -> Option<String> {
        // A file has no prefix, so the longest that fits is the right one only if the root can hold the rest.
        let mut fitting: Vec<(&Root, &str)> = self
            .roots
            .iter()
            .filter_map(|root| Some((root, path.strip_prefix(root.prefix.as_str())?)))
            .filter(|(root, rest)| !root.is_file() || own_path(rest) == folder_name(&root.path))
            .collect();
        fitting.sort_by_key(|(root, _)| (root.prefix.len(), root.is_file()));
        let (root, rest) = fitting.pop()?;
        let base = if root.is_file() { root.path.parent()? } else { root.path.as_path() };
        let above = crate::display_path(base.strip_prefix(folder).ok()?);
        Some(match (above.as_str(), rest) {
            ("", rest) => rest.to_owned(),
            (above, "" | ".") => above.to_owned(),
            (above, rest) => format!("{above}/{rest}"),
        })
    }

    pub(crate) fn contains(&self, path: &Path) -> bool {
        self.roots.iter().any(|root| path.starts_with(&root.path))
    }

    pub(crate) fn is_excluded(&self, path: &Path, is_folder: bool) -> bool {
        self.excludes
            .iter()
            .any(|(root, matcher)| path.starts_with(root) && matcher.matched(path, is_folder).is_ignore())
    }
}

fn folder_name(path: &Path) -> String {
    path.file_name().map_or_else(|| "root".to_owned(), |name| crate::display_path(Path::new(name)))
}

/// What stands before the paths of one root of several: its folder's name. A file is a root by its own name, and only
/// a second file of that name needs its folder before it.
fn prefix(roots: &[Root], path: &Path) -> String {
    if !path.is_file() {
        return unused_prefix(roots, &folder_name(path));
    }
    let is_taken = roots.iter().any(|root| root.prefix.is_empty() && root.path.file_name() == path.file_name());
    if is_taken { unused_prefix(roots, &folder_name(path.parent().unwrap_or(path))) } else { String::new() }
}

fn unused_prefix(roots: &[Root], name: &str) -> String {
    let is_taken = |prefix: &str| roots.iter().any(|root| root.prefix == prefix);
    let mut prefix = format!("{name}/");
    let mut number = 2;
    while is_taken(&prefix) {
        prefix = format!("{name}-{number}/");
        number += 1;
    }
    prefix
}

fn exclude_matcher(root: &Path, patterns: &[String]) -> Result<(PathBuf, Override), ScopeError> {
    let mut builder = OverrideBuilder::new(root);
    for pattern in patterns {
        // In an override a leading `!` means "leave out".
        builder
            .add(&format!("!{pattern}"))
            .map_err(|error| ScopeError::Exclude { pattern: pattern.clone(), problem: error.to_string() })?;
    }
    let matcher = builder
        .build()
        .map_err(|error| ScopeError::Exclude { pattern: patterns.join(" "), problem: error.to_string() })?;
    Ok((root.to_path_buf(), matcher))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_inside_another_is_looked_at_once() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("inner")).unwrap();
        let scope = Scope::new(&[folder.path().into(), folder.path().join("inner")], None, &[]).unwrap();
        assert_eq!(scope.roots().count(), 1);
    }

    #[test]
    fn a_missing_path_is_an_error_that_names_it() {
        let error = Scope::new(&["no/such/folder".into()], None, &[]).unwrap_err();
        assert!(error.to_string().contains("no/such/folder"), "{error}");
    }

    #[test]
    fn two_roots_of_one_name_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> = ["a/app", "b/app"].iter().map(|name| folder.path().join(name)).collect();
        for path in &paths {
            std::fs::create_dir_all(path).unwrap();
        }
        let scope = Scope::new(&paths, None, &[]).unwrap();
        assert_eq!(scope.roots.iter().map(|root| root.prefix.as_str()).collect::<Vec<_>>(), ["app/", "app-2/"]);
    }

    #[test]
    fn a_file_beside_folders_is_a_root_by_its_own_name() {
        let folder = tempfile::tempdir().unwrap();
        let base = std::fs::canonicalize(folder.path()).unwrap();
        for name in ["app", "k8s", "other"] {
            std::fs::create_dir(base.join(name)).unwrap();
            std::fs::write(base.join(name).join("compose.yml"), name).unwrap();
        }
        std::fs::write(base.join("compose.yml"), "x").unwrap();
        let shown = |names: &[&str]| {
            let paths: Vec<PathBuf> = names.iter().map(|name| base.join(name)).collect();
            let scope = Scope::new(&paths, None, &[]).unwrap();
            let files = crate::walk(&scope).files;
            let seen = files.iter().map(|file| scope.seen_from(&base, &file.path).unwrap());
            (files.iter().map(|file| file.path.clone()).collect::<Vec<_>>(), seen.collect::<Vec<_>>())
        };
        let both = ["app/compose.yml", "compose.yml", "k8s/compose.yml"].map(str::to_owned).to_vec();
        assert_eq!(shown(&["app", "k8s", "compose.yml"]), (both.clone(), both));
        let two = ["compose.yml", "other/compose.yml"].map(str::to_owned).to_vec();
        assert_eq!(shown(&["compose.yml", "other/compose.yml"]), (two.clone(), two));
        assert_eq!(shown(&["app"]), (vec!["compose.yml".to_owned()], vec!["app/compose.yml".to_owned()]));
        assert_eq!(shown(&["app/compose.yml"]), (vec!["compose.yml".to_owned()], vec!["app/compose.yml".to_owned()]));
        let elsewhere = Scope::new(&[base.join("app")], None, &[]).unwrap();
        assert_eq!(elsewhere.seen_from(&base.join("k8s"), "compose.yml"), None);
    }
}
