//! A repository on disk: where its parts are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::database::Database;
use super::object::{GitError, Id};
use super::refs;

/// A repository.
#[derive(Debug)]
pub(crate) struct Repository {
    /// What belongs to this work tree alone: the index, the current commit.
    pub(super) git_dir: PathBuf,
    /// What all work trees share.
    pub(super) common: PathBuf,
    pub(super) objects: Database,
}

impl Repository {
    /// Opens the repository at or around a place.
    ///
    /// # Errors
    /// There is none, or of a format that is not read.
    pub(crate) fn open(place: &Path) -> Result<Self, GitError> {
        let (git_dir, common) = locate(place)?;
        let config = std::fs::read_to_string(common.join("config")).unwrap_or_default().to_ascii_lowercase();
        let is_other = config.lines().any(|line| {
            line.split_once('=').is_some_and(|(key, value)| key.trim() == "objectformat" && value.trim() != "sha1")
        });
        if is_other {
            return Err(GitError::Unsupported("repositories of the SHA-256 object format are not read".to_owned()));
        }
        let objects = Database::open(&common.join("objects"))?;
        Ok(Self { git_dir, common, objects })
    }

    /// Returns the folder of hooks.
    ///
    /// # Errors
    /// There is no repository.
    pub(crate) fn hooks(place: &Path) -> Result<PathBuf, GitError> {
        let (git_dir, common) = locate(place)?;
        let config = std::fs::read_to_string(common.join("config")).unwrap_or_default();
        let own = config.lines().find_map(|line| {
            let (key, value) = line.split_once('=')?;
            key.trim().eq_ignore_ascii_case("hookspath").then(|| PathBuf::from(value.trim().trim_matches('"')))
        });
        // Relative paths start where hooks run: at the top of the work tree.
        let top =
            if git_dir.ends_with(".git") { git_dir.parent().unwrap_or(&git_dir).to_owned() } else { common.clone() };
        Ok(own.map_or_else(|| common.join("hooks"), |path| top.join(path)))
    }

    /// Returns the commit that is checked out; nothing before the first.
    pub(super) fn head(&self) -> Option<Id> {
        refs::head(&self.git_dir, &self.common)
    }

    /// Returns every object with a name.
    pub(super) fn names(&self) -> BTreeSet<Id> {
        refs::all(&self.git_dir, &self.common)
    }
}

/// Returns the folders of the work tree's own part and of the shared part.
fn locate(place: &Path) -> Result<(PathBuf, PathBuf), GitError> {
    let start = std::fs::canonicalize(place).map_err(|error| GitError::read(place, error))?;
    let git_dir = start.ancestors().find_map(|folder| {
        if is_git_dir(folder) {
            return Some(folder.to_owned());
        }
        let inner = folder.join(".git");
        if is_git_dir(&inner) {
            return Some(inner);
        }
        let link = std::fs::read_to_string(&inner).ok()?;
        let target = folder.join(link.strip_prefix("gitdir:")?.trim());
        target.join("HEAD").is_file().then_some(target)
    });
    let git_dir = git_dir.ok_or_else(|| GitError::NoRepository(place.display().to_string()))?;
    let common = match std::fs::read_to_string(git_dir.join("commondir")) {
        Ok(path) => git_dir.join(path.trim()),
        Err(_) => git_dir.clone(),
    };
    Ok((git_dir, common))
}

fn is_git_dir(folder: &Path) -> bool {
    folder.join("HEAD").is_file() && folder.join("objects").is_dir()
}
