//! Which of several `--exclude` patterns left something out: one that left out nothing is a mistake more often than not.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use crate::Scope;

impl Scope {
    /// Says whether this scope leaves out a place that a walk over the same roots listed by this path.
    pub fn leaves_out(&self, shown: &str) -> bool {
        self.roots.iter().any(|root| {
            let rest = shown.strip_prefix(root.prefix.as_str());
            rest.is_some_and(|rest| {
                let path = root.file_or_within(&real_path(rest));
                self.is_excluded(&path, true) || self.is_excluded(&path, false)
            })
        })
    }
}

/// Turns a path as reports write it back into the one that was met; see [`crate::display_path`].
fn real_path(shown: &str) -> PathBuf {
    let mut bytes = Vec::with_capacity(shown.len());
    let mut rest = shown.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = (*first == b'%').then(|| after.get(..2)).flatten().and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    PathBuf::from(OsStr::from_bytes(&bytes))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{display_path, walk};

    #[test]
    fn every_pattern_is_held_to_what_the_walk_left_out() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["models", "data"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
            std::fs::write(folder.path().join(name).join("100%.csv"), "x").unwrap();
        }
        let roots = [folder.path().join("models"), folder.path().join("data")];
        let patterns = ["100%.csv", "*.parquet"].map(str::to_owned);
        let left_out = walk(&Scope::new(&roots, None, &patterns).unwrap()).coverage.skipped;
        assert_eq!(left_out.len(), 2);
        let finds = |pattern: &str| {
            let alone = Scope::new(&roots, None, &[pattern.to_owned()]).unwrap();
            left_out.iter().filter(|place| alone.leaves_out(&place.path)).count()
        };
        assert_eq!((finds("100%.csv"), finds("*.parquet"), finds("100*")), (2, 0, 2));
    }

    proptest::proptest! {
        #[test]
        fn a_shown_path_is_turned_back(bytes: Vec<u8>) {
            let path = Path::new(OsStr::from_bytes(&bytes));
            let real = real_path(&display_path(path));
            proptest::prop_assert_eq!(real.as_os_str(), path.as_os_str());
        }
    }
}
