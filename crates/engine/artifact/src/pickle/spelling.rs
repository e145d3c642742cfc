//! What the spelling of a Python name tells: classes and rebuilding functions keep to conventions.

/// Names that libraries give to what rebuilds an object: they are called by every honest file of theirs.
pub(super) fn is_reconstructor(name: &str) -> bool {
    const BEGINNINGS: [&str; 10] =
        ["new", "unpickle", "reconstruct", "rebuild", "restore", "make", "from", "create", "construct", "pyx_unpickle"];
    let Some(rest) = name.strip_prefix('_') else { return name.starts_with("unpickle_") || name == "newObj" };
    let rest = rest.trim_start_matches('_');
    BEGINNINGS.iter().any(|beginning| rest.starts_with(beginning)) || rest.ends_with("_ctor")
}

/// CapWords, maybe private: what PEP 8 calls a class; also Cython's own unpicklers.
pub(super) fn is_class_name(name: &str) -> bool {
    let is_capitalised = |name: &str| name.starts_with(|first: char| first.is_ascii_uppercase());
    let bare = name.trim_start_matches('_');
    // Cython classes carry their element type in front: `dKalmanFilter`, `cKDTree`.
    let without_type = bare.strip_prefix(['b', 'c', 'd', 'f', 'i', 'n', 's', 'z']).unwrap_or_default();
    is_capitalised(bare) || is_capitalised(without_type) || name.starts_with("__pyx_unpickle_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_and_rebuilding_functions_are_told_by_their_names() {
        for name in ["Pipeline", "_Loss", "dKalmanFilter", "cKDTree", "__pyx_unpickle_Enum"] {
            assert!(is_class_name(name), "{name}");
        }
        for name in ["_new_Index", "__randomstate_ctor", "_rebuild_tensor", "unpickle_doc", "newObj"] {
            assert!(is_reconstructor(name), "{name}");
        }
        for name in ["savemat", "from_file", "create_archive", "_run", "system"] {
            assert!(!is_class_name(name) && !is_reconstructor(name), "{name}");
        }
    }
}
