//! The files of a policy pack and the digest that names them.

use sha2::{Digest as _, Sha256};
use syndic_evidence::Digest;

use crate::PolicyError;

mod files {
    include!(concat!(env!("OUT_DIR"), "/pack_files.rs"));
}

/// A pack holds at most this many files.
const FILE_LIMIT: usize = 1_000;

/// A file of a pack is at most this long.
const FILE_SIZE_LIMIT_BYTES: usize = 1 << 20;

/// Returns the compiled-in baseline pack.
pub(crate) fn builtin() -> Vec<(String, String)> {
    files::FILES.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

/// Returns the catalogue of the compiled-in pack, as JSON.
pub(crate) const fn builtin_catalogue() -> &'static str {
    files::CATALOGUE
}

/// Says whether a file is policy: Rego, and not a test. Tests enter the digest, but are not loaded.
pub(crate) fn is_policy(name: &str) -> bool {
    name.strip_suffix(".rego").is_some_and(|stem| !stem.ends_with("_test"))
}

/// Refuses a pack over the bounds.
pub(crate) fn check_size(files: &[(String, String)]) -> Result<(), PolicyError> {
    if files.len() > FILE_LIMIT {
        return Err(PolicyError::TooLarge { problem: format!("{} files, at most {FILE_LIMIT}", files.len()) });
    }
    match files.iter().find(|(_, text)| text.len() > FILE_SIZE_LIMIT_BYTES) {
        Some((name, text)) => Err(PolicyError::TooLarge {
            problem: format!("{name} has {} bytes, at most {FILE_SIZE_LIMIT_BYTES}", text.len()),
        }),
        None => Ok(()),
    }
}

/// Returns the SHA-256 over the files in name order, each with the length of its name and text before it.
pub(crate) fn digest(files: &[(String, String)]) -> Digest {
    let mut sorted: Vec<_> = files.iter().collect();
    sorted.sort();
    let mut hasher = Sha256::new();
    for (name, text) in sorted {
        for part in [name, text] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
    }
    Digest::from_bytes(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalogue;

    fn pack(files: &[(&str, &str)]) -> Vec<(String, String)> {
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn the_digest_does_not_depend_on_the_order_of_the_files() {
        assert_eq!(digest(&pack(&[("a", "1"), ("b", "2")])), digest(&pack(&[("b", "2"), ("a", "1")])));
    }

    #[test]
    fn the_compiled_in_catalogue_is_that_of_the_pack() {
        let files = builtin();
        let (_, written) = files.iter().find(|(name, _)| name == "catalogue.yaml").unwrap();
        assert_eq!(Catalogue::builtin().unwrap(), Catalogue::parse(written).unwrap());
    }

    #[test]
    fn text_cannot_flow_from_one_file_into_the_next() {
        assert_ne!(digest(&pack(&[("a", "1b"), ("c", "2")])), digest(&pack(&[("a", "1"), ("bc", "2")])));
    }
}
