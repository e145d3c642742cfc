//! Manifests and descriptors, as OCI, Docker and Ollama write them. Source: OCI image specification 1.1, `manifest.md`,
//! `image-index.md`, `descriptor.md`; the CNCF model specification; KitOps.

use std::collections::BTreeMap;

use serde::Deserialize;
use syndic_artifact::{Family, Format};

/// Annotations that name the file a layer is unpacked to.
const TITLES: [&str; 3] = ["org.opencontainers.image.title", "org.cncf.model.filepath", "org.cnai.model.filepath"];

/// A manifest, or an index of manifests. A key that stands twice makes it unreadable: readers differ in which they take.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Manifest {
    #[serde(default)]
    pub(crate) artifact_type: Option<String>,
    #[serde(default)]
    pub(crate) config: Option<Descriptor>,
    #[serde(default)]
    pub(crate) layers: Option<Vec<Descriptor>>,
    /// Of an index: the manifests it names.
    #[serde(default)]
    pub(crate) manifests: Option<Vec<Descriptor>>,
}

/// A content by its digest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Descriptor {
    #[serde(default)]
    pub(crate) media_type: String,
    pub(crate) digest: String,
    pub(crate) size: u64,
    #[serde(default)]
    pub(crate) annotations: Option<BTreeMap<String, String>>,
    /// Other places to fetch it from; they are never asked.
    #[serde(default)]
    pub(crate) urls: Option<Vec<String>>,
}

/// What a media type promises of the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Promise {
    /// Readable text or JSON.
    Text,
    /// A GGUF, or safetensors.
    Weights,
    Nothing,
}

impl Descriptor {
    /// Returns the file's name that an annotation gives it.
    pub(crate) fn title(&self) -> Option<&str> {
        let annotations = self.annotations.as_ref()?;
        TITLES.iter().find_map(|title| annotations.get(*title)).map(String::as_str)
    }

    /// Returns every name that an annotation gives it.
    pub(super) fn titles(&self) -> impl Iterator<Item = &str> {
        TITLES.iter().filter_map(|title| self.annotations.as_ref()?.get(*title)).map(String::as_str)
    }

    /// Returns what a person may call it: the file's name, the last word of its media type, or its digest.
    pub(crate) fn called(&self) -> String {
        let short: String = self.digest.chars().take(19).collect();
        match (self.title(), self.media_type.rsplit_once('.')) {
            (Some(title), _) => title.to_owned(),
            (None, Some((_, kind))) if !kind.is_empty() => format!("{kind} {short}"),
            _ => short,
        }
    }

    /// Returns the digest in hexadecimal if it is a SHA-256.
    pub(crate) fn sha256(&self) -> Option<&str> {
        digest_of(&self.digest)
    }

    /// Says whether a content of this format breaks what the media type promises, in a way that can run code.
    pub(super) fn is_broken_by(&self, format: &str) -> bool {
        let Ok(format) = serde_json::from_value::<Format>(format.into()) else { return false };
        let can_run = format.may_run_code() || format.is_program() || format == Format::KerasH5;
        match self.promise() {
            Promise::Nothing => false,
            Promise::Text => can_run || format.family() == Family::Archive,
            Promise::Weights => can_run || matches!(format.family(), Family::Archive | Family::Text),
        }
    }

    fn promise(&self) -> Promise {
        let kind = self.media_type.as_str();
        if let Some(kind) = kind.strip_prefix("application/vnd.ollama.image.") {
            return match kind {
                "model" | "projector" | "adapter" | "tensor" => Promise::Weights,
                "template" | "system" | "license" | "prompt" | "params" | "messages" => Promise::Text,
                _ => Promise::Nothing,
            };
        }
        if kind.ends_with("+json") || kind == "application/json" { Promise::Text } else { Promise::Nothing }
    }
}

impl Manifest {
    /// Reads a manifest or an index.
    ///
    /// # Errors
    /// Why it is none, for a person.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| format!("it is no manifest: {error}"))?;
        if manifest.layers.is_none() && manifest.manifests.is_none() && manifest.config.is_none() {
            return Err("it is no manifest: it names no content".to_owned());
        }
        Ok(manifest)
    }

    /// Returns what kind of model it says it is.
    pub(crate) fn kind(&self) -> &'static str {
        let config = self.config.as_ref().map_or("", |config| config.media_type.as_str());
        let types = || {
            let layers = self.layers.iter().flatten().map(|layer| layer.media_type.as_str());
            layers.chain([config, self.artifact_type.as_deref().unwrap_or_default()])
        };
        let has = |start: &str| types().any(|kind| kind.starts_with(start));
        if has("application/vnd.ollama.") {
            "ollama_model"
        } else if has("application/vnd.cncf.model.") || has("application/vnd.cnai.model.") {
            "model_pack"
        } else if has("application/vnd.kitops.modelkit.") {
            "model_kit"
        } else if config.starts_with("application/vnd.oci.image.config.")
            || config.starts_with("application/vnd.docker.container.image.")
        {
            "container_image"
        } else {
            "oci_artifact"
        }
    }
}

/// Returns the hexadecimal part of a SHA-256 digest; nothing if the text is none. No such text can be a path elsewhere.
pub(crate) fn digest_of(text: &str) -> Option<&str> {
    let hex = text.strip_prefix("sha256:")?;
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (hex.len() == 64 && hex.bytes().all(is_hex)).then_some(hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(media_type: &str) -> Descriptor {
        let digest = format!("sha256:{}", "0".repeat(64));
        Descriptor { media_type: media_type.to_owned(), digest, size: 0, annotations: None, urls: None }
    }

    #[test]
    fn only_a_sha_256_is_a_digest() {
        assert!(of("x").sha256().is_some());
        for text in ["", "sha256:", "sha256:../../etc/passwd", "sha512:00", &format!("sha256:{}", "A".repeat(64))] {
            assert_eq!(digest_of(text), None, "{text}");
        }
    }

    #[test]
    fn what_can_run_code_breaks_the_promise_of_text_and_weights() {
        for (media_type, format, expected) in [
            ("application/vnd.ollama.image.model", "gguf", false),
            ("application/vnd.ollama.image.model", "binary", false),
            ("application/vnd.ollama.image.model", "torch_zip", true),
            ("application/vnd.ollama.image.template", "text", false),
            ("application/vnd.ollama.image.template", "pickle", true),
            ("application/vnd.ollama.image.license", "elf", true),
            ("application/vnd.kitops.modelkit.config.v1+json", "zip", true),
            ("application/vnd.cncf.model.weight.v1.raw", "pickle", false),
        ] {
            assert_eq!(of(media_type).is_broken_by(format), expected, "{media_type} {format}");
        }
    }

    #[test]
    fn a_key_that_stands_twice_makes_a_manifest_unreadable() {
        assert!(Manifest::parse(br#"{"layers":[],"layers":[]}"#).unwrap_err().contains("duplicate"));
        assert!(Manifest::parse(b"{}").is_err());
        assert!(Manifest::parse(br#"{"layers":[]}"#).is_ok());
    }

    #[test]
    fn kinds_follow_from_the_media_types() {
        let with = |kind: &str| {
            let text = format!(r#"{{"config":{{"mediaType":"{kind}","digest":"d","size":0}},"layers":[]}}"#);
            Manifest::parse(text.as_bytes()).unwrap().kind()
        };
        assert_eq!(with("application/vnd.cncf.model.config.v1+json"), "model_pack");
        assert_eq!(with("application/vnd.kitops.modelkit.config.v1+json"), "model_kit");
        assert_eq!(with("application/vnd.oci.image.config.v1+json"), "container_image");
        assert_eq!(with("application/vnd.oci.empty.v1+json"), "oci_artifact");
    }
}
