//! Tells by content whether a text is a deployment manifest.
//!
//! A cheap look for words comes first; nothing is parsed that cannot be one.

use syndic_detect::document::{Document, Node};

use crate::{claim, dockerfile, documents, serverless, values};

/// A text larger than this is no manifest a person wrote.
pub(crate) const MAX_TEXT: usize = 4 << 20;

/// What kind of manifest a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManifestKind {
    /// Instructions to build an image.
    Dockerfile,
    /// A compose file.
    Compose,
    /// Kubernetes objects, one or many.
    Kubernetes,
    /// A Helm template: it becomes a manifest only with values that are not here, so it is not inspected.
    HelmTemplate,
    /// Values of a Helm chart: the images it runs.
    HelmValues,
    /// Functions of the Serverless Framework.
    Serverless,
    /// Functions of an AWS SAM template.
    Sam,
    /// YAML that nests deeper than it is read, whatever it may be.
    Unreadable,
    /// A predictor packed into a model server: Cog, BentoML.
    Predictor,
}

impl ManifestKind {
    /// Returns the name used in facts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dockerfile => "dockerfile",
            Self::Compose => "compose",
            Self::Kubernetes => "kubernetes",
            Self::HelmTemplate => "helm_template",
            Self::HelmValues => "helm_values",
            Self::Serverless => "serverless",
            Self::Sam => "sam",
            Self::Unreadable => "unreadable",
            Self::Predictor => "predictor",
        }
    }
}

/// Returns what kind of manifest `text` is, or nothing if it is none.
///
/// The name decides nothing where the text can be read, but saves work: programs and pages by their ending are not
/// looked at. A text that cannot be read keeps the kind its name or its words claim, so that the fault is reported.
pub fn recognise(path: &str, text: &str) -> Option<ManifestKind> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    if dockerfile::may_be_named(&name) && dockerfile::looks_like(text) {
        return Some(ManifestKind::Dockerfile);
    }
    if claim::is_dockerfile_name(&name) && dockerfile::may_be_named(&name) && dockerfile::fault(text).is_some() {
        return Some(ManifestKind::Dockerfile);
    }
    let may_be_yaml = [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending)) || !name.contains('.');
    if !may_be_yaml {
        return None;
    }
    if text.len() > MAX_TEXT {
        return claim::of(&name, text);
    }
    if let Some(kind) = serverless::may_be(&name, text) {
        return Some(kind);
    }
    if values::may_be_named(&name) && text.contains("repository:") && text.contains("mage") {
        let (documents, problems) = documents::read(text);
        let is_values =
            !problems.is_empty() || documents.first().is_some_and(|first| values::names_images(first.root()));
        return is_values.then_some(ManifestKind::HelmValues);
    }
    let may_be_kubernetes = has_key(text, "apiVersion", |_| true) && has_key(text, "kind", |_| true);
    // Services are a mapping: a word of a vocabulary has a number for its value.
    let opens_mapping = |value: char| !value.is_ascii_alphanumeric() && !matches!(value, '"' | '\'' | '[');
    let may_be_compose = has_key(text, "services", opens_mapping) && (text.contains("image") || text.contains("build"));
    let is_claimed = claim::is_compose_name(&name) || values::may_be_named(&name);
    let is_too_deep = || claim::is_yaml_name(&name) && documents::nests_beyond(text);
    if !may_be_kubernetes && !may_be_compose && !is_claimed && !is_too_deep() {
        return None;
    }
    if may_be_kubernetes && is_template(text) {
        return Some(ManifestKind::HelmTemplate);
    }
    let (documents, problems) = documents::read(text);
    if let Some(kind) = of_documents(&documents) {
        return Some(kind);
    }
    if problems.is_empty() || is_template(text) {
        return None;
    }
    // What nests beyond the bound may hold anything, so the name is all there is to go by.
    claim::of(&name, text).or_else(|| is_too_deep().then_some(ManifestKind::Unreadable))
}

/// Says whether a word stands somewhere as a key, bare or quoted: `services:`, `"services" :`, `? services`; `fits` is
/// asked about the first character of a value on the same line.
fn has_key(text: &str, word: &str, fits: impl Fn(char) -> bool) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + word.len()..).unwrap_or_default());
        let is_explicit = before.trim_end_matches(['"', '\'']).trim_end_matches([' ', '\t']).ends_with('?');
        let value = after.trim_start_matches(['"', '\'']).trim_start().strip_prefix(':');
        is_explicit || value.is_some_and(|value| value.trim_start_matches([' ', '\t']).chars().next().is_none_or(&fits))
    })
}

fn of_documents(documents: &[Document]) -> Option<ManifestKind> {
    if documents.iter().any(|document| is_kubernetes_object(document.root())) {
        return Some(ManifestKind::Kubernetes);
    }
    documents.iter().any(|document| is_compose(document.root())).then_some(ManifestKind::Compose)
}

pub(crate) fn is_kubernetes_object(node: Node<'_>) -> bool {
    let text = |key: &str| node.get(key).and_then(Node::as_str).is_some_and(|text| !text.is_empty());
    text("apiVersion") && text("kind") && (node.get("metadata").is_some() || node.get("items").is_some())
}

fn is_compose(node: Node<'_>) -> bool {
    // GitLab CI and GitHub workflows have `services` too, but as a list, or below a job.
    node.get("services").is_some_and(|services| {
        services.is_mapping()
            && services
                .entries()
                .iter()
                .any(|entry| ["image", "build", "extends"].iter().any(|key| entry.value.get(key).is_some()))
    })
}

/// A Go template action at the start of a line, or as a value, means the text is no YAML yet.
fn is_template(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start();
        line.starts_with("{{")
            || [".Values.", ".Release.", ".Chart."].iter().any(|word| line.contains(word) && line.contains("{{"))
            || line.contains("{{ include ")
            || line.contains("{{- include ")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_known_by_content_not_by_name() {
        let docker = "# syntax=docker/dockerfile:1\nARG V=3\nFROM python:${V}\nRUN true\n";
        assert_eq!(recognise("build/image.gpu", docker), Some(ManifestKind::Dockerfile));
        let compose = "x-a: &a\n  image: b\nservices:\n  w:\n    <<: *a\n";
        assert_eq!(recognise("stack.yml", compose), Some(ManifestKind::Compose));
        let pods = "---\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n";
        assert_eq!(recognise("k8s/all.yaml", pods), Some(ManifestKind::Kubernetes));
    }

    #[test]
    fn a_key_is_one_however_it_is_written() {
        for text in [
            "{\"services\" : {\"w\": {\"image\": \"b\"}}}",
            "services: # all\n  w:\n    image: b\n",
            "services: &all\n  w:\n    image: b\n",
            "'services':\n  w: {image: b}\n",
        ] {
            assert_eq!(recognise("stack.yml", text), Some(ManifestKind::Compose), "{text}");
        }
        assert_eq!(recognise("tokenizer.json", "{\"services\": 12, \"image\": 3}"), None);
    }

    #[test]
    fn helm_templates_are_told_from_manifests() {
        let text = "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Values.name }}\n";
        assert_eq!(recognise("templates/service.yaml", text), Some(ManifestKind::HelmTemplate));
    }

    #[test]
    fn values_of_a_chart_are_known_by_their_images() {
        let text = "image:\n  repository: a/b\n  tag: latest\n";
        assert_eq!(recognise("chart/values.yaml", text), Some(ManifestKind::HelmValues));
        assert_eq!(recognise("chart/other.yaml", text), None);
        assert_eq!(recognise("chart/values.yaml", "imageUrl: x\nrepository: git\n"), None);
    }

    #[test]
    fn a_manifest_that_cannot_be_read_keeps_the_kind_of_its_name() {
        for (path, text, kind) in [
            ("Dockerfile", "FROM\nRUN", ManifestKind::Dockerfile),
            ("api/Dockerfile.gpu", "RUN pip install torch\n", ManifestKind::Dockerfile),
            ("chart/values.yaml", "a: [1,\n b: }", ManifestKind::HelmValues),
            ("docker-compose.yml", "\tservices:\n", ManifestKind::Compose),
            ("flow.yaml", &format!("a: {}", "[".repeat(5_000)), ManifestKind::Unreadable),
        ] {
            assert_eq!(recognise(path, text), Some(kind), "{path}");
        }
        assert_eq!(recognise("chart/values.yaml", "a: {{ .Values.b }}\n{{ end }}\n"), None);
        assert_eq!(recognise("Dockerfile.md", "how to build\n"), None);
        assert_eq!(recognise("flow.yaml", "a: [1,\n b: }"), None);
    }

    #[test]
    fn near_misses_are_left_alone() {
        let cases = [
            ("ci.yml", "test:\n  image: python\n  services:\n    - postgres\n"),
            ("notes.txt", "FROM the beginning\nwe built an image of services\n"),
            ("query.sql", "FROM users\nSELECT 1\n"),
            ("crd.yaml", "description: apiVersion and kind are needed\n"),
            ("Modelfile", "FROM llama3\nPARAMETER temperature 1\nSYSTEM hello\n"),
            ("main.py", "FROM = 1\n"),
        ];
        for (path, text) in cases {
            assert_eq!(recognise(path, text), None, "{path}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_recognised_or_not(text in "\\PC{0,200}") {
            let _ = recognise("Dockerfile", &text);
            let _ = recognise("a.yaml", &text);
        }
    }
}
