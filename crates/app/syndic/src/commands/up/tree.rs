//! Is the assessed tree still there, and still the same folder? A name can be given to another one.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::time::SystemTime;

use anyhow::{Result, bail};
use syndic_collect::Scope;

/// Which folders the roots of a scope were when they were looked at: device, inode, and when it was made where the
/// system tells, since inodes are used again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tree(Vec<(u64, u64, Option<SystemTime>)>);

impl Tree {
    /// Looks at the roots.
    ///
    /// # Errors
    /// One of them is gone or cannot be reached.
    pub(super) fn of(scope: &Scope) -> Result<Self> {
        let mut folders = Vec::new();
        for root in scope.roots() {
            match fs::metadata(root) {
                Ok(metadata) => folders.push((metadata.dev(), metadata.ino(), metadata.created().ok())),
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    bail!("{} is not there any more: it was moved away or deleted", root.display())
                }
                Err(error) => bail!("{} cannot be reached: {error}", root.display()),
            }
        }
        Ok(Self(folders))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_the_same_name_is_another_tree_and_none_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tree");
        fs::create_dir(&path).unwrap();
        let scope = Scope::new(std::slice::from_ref(&path), None, &[]).unwrap();
        let first = Tree::of(&scope).unwrap();
        assert_eq!(Tree::of(&scope).unwrap(), first);
        fs::rename(&path, folder.path().join("elsewhere")).unwrap();
        let error = Tree::of(&scope).unwrap_err().to_string();
        assert!(error.contains("moved away or deleted"), "{error}");
        fs::create_dir(&path).unwrap();
        assert_ne!(Tree::of(&scope).unwrap(), first);
    }
}
