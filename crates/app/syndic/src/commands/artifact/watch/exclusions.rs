//! What a watch leaves out: the same globs as those of a scan, each read from the folder that is watched.

use std::path::{Path, PathBuf};

use anyhow::Result;
use ignore::overrides::{Override, OverrideBuilder};

use crate::commands::UsageError;

/// The globs, by folder.
#[derive(Debug, Clone, Default)]
pub(super) struct Exclusions {
    folders: Vec<(PathBuf, Override)>,
}

impl Exclusions {
    /// Reads the globs.
    ///
    /// # Errors
    /// One that is none, named.
    pub(super) fn of(folders: &[PathBuf], patterns: &[String]) -> Result<Self> {
        if patterns.is_empty() {
            return Ok(Self::default());
        }
        let folders = folders.iter().map(|folder| Ok((folder.clone(), matcher(folder, patterns)?)));
        Ok(Self { folders: folders.collect::<Result<_>>()? })
    }

    /// Says whether a path is left out, by itself or with a folder above it.
    pub(super) fn leave_out(&self, path: &Path) -> bool {
        self.folders.iter().any(|(root, matcher)| {
            let Ok(inside) = path.strip_prefix(root) else { return false };
            let is_out = |part: &Path, is_folder| matcher.matched(root.join(part), is_folder).is_ignore();
            let mut above = inside.ancestors().skip(1).filter(|part| !part.as_os_str().is_empty());
            (!inside.as_os_str().is_empty() && is_out(inside, path.is_dir())) || above.any(|part| is_out(part, true))
        })
    }
}

fn matcher(root: &Path, patterns: &[String]) -> Result<Override> {
    let wrong =
        |pattern: &str, error: &ignore::Error| UsageError(format!("`{pattern}` is not a glob pattern: {error}"));
    let mut builder = OverrideBuilder::new(root);
    for pattern in patterns {
        // In an override a leading `!` means "leave out".
        builder.add(&format!("!{pattern}")).map_err(|error| wrong(pattern, &error))?;
    }
    Ok(builder.build().map_err(|error| wrong(&patterns.join(" "), &error))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_left_out_by_its_name_and_by_a_folder_above_it() {
        let folders = [PathBuf::from("/m"), PathBuf::from("/n")];
        let patterns = ["*.tmp", "cache/", "/top/*.bin"].map(str::to_owned);
        let exclusions = Exclusions::of(&folders, &patterns).unwrap();
        for path in ["/m/a.tmp", "/n/deep/a.tmp", "/m/cache/x/y.bin", "/m/top/a.bin"] {
            assert!(exclusions.leave_out(Path::new(path)), "{path}");
        }
        for path in ["/m", "/m/a.bin", "/m/deep/top/a.bin", "/elsewhere/a.tmp", "/m/cached/x"] {
            assert!(!exclusions.leave_out(Path::new(path)), "{path}");
        }
        assert!(Exclusions::of(&folders, &["a{".to_owned()]).unwrap_err().to_string().contains("a{"));
        assert!(!Exclusions::of(&folders, &[]).unwrap().leave_out(Path::new("/m/a.tmp")));
    }
}
