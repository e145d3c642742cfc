//! Places that a model names: a file it reads must stand beside or below it.

/// Says whether a path leads out of the folder of the file that names it.
pub(super) fn is_outside(location: &str) -> bool {
    let path = location.replace('\\', "/");
    let has_drive = path.as_bytes().get(1) == Some(&b':');
    path.starts_with('/')
        || path.starts_with('~')
        || has_drive
        || path.contains("://")
        || path.split('/').any(|part| part == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_places_below_the_model_are_inside() {
        for inside in ["weights.bin", "data/a..b/weights.bin", "./w.bin"] {
            assert!(!is_outside(inside), "{inside}");
        }
        for outside in ["../w.bin", "a/../../w", "/etc/passwd", "C:\\w", "~/w", "https://x/w", "a\\..\\w"] {
            assert!(is_outside(outside), "{outside}");
        }
    }
}
