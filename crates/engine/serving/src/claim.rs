//! What a text claims to be by its name and its words alone, for a text that cannot be read.
//!
//! One broken line must not make a manifest disappear: what cannot be read is reported as such, under the kind claimed.

use crate::kind::ManifestKind;
use crate::values;

/// Returns the kind of manifest that a text which cannot be read claims to be.
pub(crate) fn of(name: &str, text: &str) -> Option<ManifestKind> {
    if is_compose_name(name) {
        return Some(ManifestKind::Compose);
    }
    if values::may_be_named(name) {
        return Some(ManifestKind::HelmValues);
    }
    let is_yaml = is_yaml_name(name);
    if !is_yaml && !name.ends_with(".json") {
        return None;
    }
    if has_line(text, "apiVersion") && has_line(text, "kind") {
        return Some(ManifestKind::Kubernetes);
    }
    let is_compose = is_yaml && opens_services(text) && ["image", "build"].iter().any(|key| has_word_as_key(text, key));
    is_compose.then_some(ManifestKind::Compose)
}

/// Says whether a file is named as compose looks for it: `compose.yaml`, `docker-compose.prod.yml`.
pub(crate) fn is_compose_name(name: &str) -> bool {
    let rest = name.strip_prefix("docker-").unwrap_or(name).strip_prefix("compose");
    is_yaml_name(name) && rest.is_some_and(|rest| rest.starts_with(['.', '-', '_']))
}

/// Says whether a file is named as builders of images look for it: `Dockerfile`, `Dockerfile.gpu`, `api.dockerfile`.
pub(crate) fn is_dockerfile_name(name: &str) -> bool {
    let rest = ["dockerfile", "containerfile"].iter().find_map(|start| name.strip_prefix(start));
    let is_named = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']));
    (is_named || name.ends_with(".dockerfile") || name.ends_with(".containerfile")) && !name.ends_with("ignore")
}

pub(crate) fn is_yaml_name(name: &str) -> bool {
    name.ends_with(".yaml") || name.ends_with(".yml")
}

/// Says whether some line starts with the key, whatever stands around it.
fn has_line(text: &str, key: &str) -> bool {
    text.lines().any(|line| is_key(line.trim_start_matches([' ', '\t', '-', '{', ',', '"', '\'', '\u{feff}']), key))
}

fn has_word_as_key(text: &str, key: &str) -> bool {
    text.match_indices(key).any(|(at, _)| text.get(at..).is_some_and(|rest| is_key(rest, key)))
}

fn is_key(text: &str, key: &str) -> bool {
    let rest = text.strip_prefix(key).map(|rest| rest.trim_start_matches(['"', '\'']).trim_start_matches([' ', '\t']));
    rest.is_some_and(|rest| rest.starts_with(':'))
}

/// Says whether `services` stands at the top and is no list, as it is in the files of build services.
fn opens_services(text: &str) -> bool {
    // A tab before the first line is the fault that makes the text no YAML; the line is at the top all the same.
    let mut lines = text.trim_start_matches(['\u{feff}', '\t', '\n', '\r']).lines();
    let is_top = |line: &str| is_key(line.trim_start_matches(['{', '"', '\'']), "services");
    let Some(found) = lines.by_ref().find(|line| is_top(line)) else { return false };
    let has_list = found.split_once(':').is_some_and(|(_, value)| value.trim_start().starts_with('['));
    let below = lines.map(str::trim_start).find(|line| !line.is_empty() && !line.starts_with('#'));
    !has_list && !below.is_some_and(|line| line.starts_with("- "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_compose_files_are_known() {
        for name in ["compose.yaml", "docker-compose.yml", "docker-compose.prod.yml", "compose-gpu.yaml"] {
            assert!(is_compose_name(name), "{name}");
        }
        for name in ["composer.yaml", "compose.json", "compositor.yml", "docker.yaml"] {
            assert!(!is_compose_name(name), "{name}");
        }
    }

    #[test]
    fn names_of_dockerfiles_are_known() {
        for name in ["dockerfile", "containerfile", "dockerfile.gpu", "dockerfile-dev", "api.dockerfile"] {
            assert!(is_dockerfile_name(name), "{name}");
        }
        for name in ["dockerfile.dockerignore", "dockerfiles", "docker", "mydockerfile"] {
            assert!(!is_dockerfile_name(name), "{name}");
        }
    }

    #[test]
    fn a_tab_before_the_first_line_does_not_hide_a_compose_file() {
        assert_eq!(of("stack.yml", "\tservices:\n  web:\n    image: a\n"), Some(ManifestKind::Compose));
    }

    #[test]
    fn words_in_passing_claim_nothing() {
        for text in [
            "default:\n  image: a\n\tservices: b\n",
            "services:\n  - postgres\nimage: a\n\tx\n",
            "services: [a]\nimage: b\n",
            "# apiVersion and kind: of prose\n",
        ] {
            assert_eq!(of("ci.yml", text), None, "{text}");
        }
        assert_eq!(of("locale.json", "{\"services\": {\"image\": \"Bild\""), None);
    }
}
