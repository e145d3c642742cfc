//! A manifest and the contents it names, put together to one model; the same for a folder and for a registry.

use std::collections::BTreeMap;

use syndic_evidence::Digest;

use super::super::scanned::Scanned;
use super::descriptor::{Descriptor, Manifest, digest_of};
use super::whole::{Fault, Whole};

/// Indexes inside one another.
const MAX_DEPTH: u8 = 4;
/// Manifests looked at below one.
const MAX_MANIFESTS: usize = 256;
/// Contents looked at of one manifest.
const MAX_PARTS: usize = 20_000;

/// What a store says of a content.
#[derive(Debug)]
pub(crate) enum Blob {
    /// It was scanned. Without a digest nobody computed one.
    Scanned {
        part: Scanned,
        size_bytes: u64,
    },
    Missing,
    /// Why it was not looked at.
    Unread(String),
}

/// Where contents are.
pub(crate) trait Blobs {
    /// Returns a manifest's bytes.
    ///
    /// # Errors
    /// Why they cannot be had; nothing if there is no such content.
    fn manifest(&mut self, descriptor: &Descriptor) -> Result<Option<Vec<u8>>, String>;

    /// Returns what is to be said of a content that a manifest calls `name`.
    fn blob(&mut self, descriptor: &Descriptor, name: &str) -> Blob;
}

/// Puts the model together that a manifest describes. Of an index every manifest counts.
pub(crate) fn judge(path: String, model: Option<String>, bytes: &[u8], blobs: &mut dyn Blobs) -> Scanned {
    let mut whole = Whole::new(path, "oci_artifact", model);
    let mut left = MAX_MANIFESTS;
    one(&mut whole, bytes, blobs, MAX_DEPTH, &mut left);
    whole.done()
}

fn one(whole: &mut Whole, bytes: &[u8], blobs: &mut dyn Blobs, depth: u8, left: &mut usize) {
    let manifest = match Manifest::parse(bytes) {
        Ok(manifest) => manifest,
        Err(why) if why.contains("duplicate field") => return whole.finds(Fault::Ambiguous, "", why),
        Err(why) => return whole.lacks(why),
    };
    if manifest.manifests.is_none() {
        whole.set_format(manifest.kind());
    }
    if manifest.manifests.is_some() && manifest.layers.is_some() {
        let why = "it is a manifest and an index in one: readers differ in which they take".to_owned();
        whole.finds(Fault::Ambiguous, "", why);
    }
    ambiguities(whole, &manifest);
    let layers = manifest.layers.iter().flatten();
    for descriptor in manifest.config.iter().chain(layers).take(MAX_PARTS) {
        part(whole, descriptor, blobs);
    }
    if manifest.layers.as_ref().is_some_and(|layers| layers.len() > MAX_PARTS) {
        whole.lacks(format!("contents after {MAX_PARTS}: bound of one manifest"));
    }
    for descriptor in manifest.manifests.iter().flatten() {
        if depth == 0 || *left == 0 {
            return whole.lacks("manifests nest too deep, or there are too many".to_owned());
        }
        *left -= 1;
        match blobs.manifest(descriptor) {
            Ok(None) => whole.finds(Fault::Missing, &descriptor.digest, format!("{}: not there", descriptor.digest)),
            Err(why) => whole.lacks(format!("{}: {why}", descriptor.digest)),
            Ok(Some(inner)) => {
                let name = descriptor.called();
                agrees(whole, descriptor, &name, Some(&Digest::of(&inner).hex()), inner.len() as u64);
                one(whole, &inner, blobs, depth - 1, left);
            }
        }
    }
}

fn part(whole: &mut Whole, descriptor: &Descriptor, blobs: &mut dyn Blobs) {
    let name = descriptor.called();
    for title in descriptor.titles().filter(|title| leads_outside(title)) {
        let why = format!("{title:?} names a place outside of the folder it is unpacked to");
        whole.finds(Fault::Outside, &name, why);
    }
    if digest_of(&descriptor.digest).is_none() {
        return whole.lacks(format!("{name}: its digest {:?} is no SHA-256", descriptor.digest));
    }
    match blobs.blob(descriptor, &name) {
        Blob::Missing if descriptor.urls.as_ref().is_some_and(|urls| !urls.is_empty()) => {
            whole.lacks(format!("{name}: it lies at another place, which is not asked"));
        }
        Blob::Missing => whole.finds(Fault::Missing, &name, format!("{} is not there", descriptor.digest)),
        Blob::Unread(why) => whole.lacks(format!("{name}: {why}")),
        Blob::Scanned { part, size_bytes } => {
            agrees(whole, descriptor, &name, part.sha256.as_deref(), size_bytes);
            if let Some(format) = part.format.as_deref().filter(|format| descriptor.is_broken_by(format)) {
                let why = format!("stated as {}, and it is {format}", descriptor.media_type);
                whole.finds(Fault::Type, &name, why);
            }
            whole.holds(&name, &part);
        }
    }
}

/// Holds a content against its descriptor. Without a digest only its size is known.
fn agrees(whole: &mut Whole, descriptor: &Descriptor, name: &str, sha256: Option<&str>, size_bytes: u64) {
    if let (Some(found), Some(stated)) = (sha256, descriptor.sha256())
        && found != stated
    {
        whole.finds(Fault::Digest, name, format!("its content is sha256:{found}, stated is sha256:{stated}"));
    } else if size_bytes != descriptor.size {
        let why = format!("it has {size_bytes} bytes, its manifest states {}", descriptor.size);
        whole.finds(Fault::Digest, name, why);
    }
}

/// Of statements that contradict each other a reader may take either. The same content under the same name and type
/// twice is none: two equal files have one digest.
fn ambiguities(whole: &mut Whole, manifest: &Manifest) {
    let mut by_digest: BTreeMap<&str, &Descriptor> = BTreeMap::new();
    let mut by_title: BTreeMap<&str, &Descriptor> = BTreeMap::new();
    for descriptor in manifest.config.iter().chain(manifest.layers.iter().flatten()) {
        let earlier = by_digest.entry(&descriptor.digest).or_insert(descriptor);
        if earlier.size != descriptor.size || earlier.media_type != descriptor.media_type {
            let why = format!("{} is named twice, with different sizes or media types", descriptor.digest);
            whole.finds(Fault::Ambiguous, &descriptor.called(), why);
        }
        // Ollama knows one of each of these; which of two it takes has changed.
        let role = ["template", "system", "params", "messages"]
            .into_iter()
            .find(|role| descriptor.media_type == format!("application/vnd.ollama.image.{role}"));
        for title in descriptor.titles().chain(role) {
            let earlier = by_title.entry(title).or_insert(descriptor);
            if earlier.digest != descriptor.digest {
                let why = format!("{title:?} is named twice, with different contents");
                whole.finds(Fault::Ambiguous, title, why);
            }
        }
    }
}

/// Says whether a name leads out of the folder it is unpacked to.
fn leads_outside(name: &str) -> bool {
    let name = name.replace('\\', "/");
    let has_drive = name.as_bytes().get(1) == Some(&b':');
    name.starts_with('/') || has_drive || name.split('/').any(|part| part == "..") || name.contains('\0')
}

#[cfg(test)]
mod tests {
    use syndic_artifact::Verdict;

    use super::*;

    /// Every content is there, clean, and what its digest says.
    struct Honest;

    impl Blobs for Honest {
        fn manifest(&mut self, _: &Descriptor) -> Result<Option<Vec<u8>>, String> {
            Ok(None)
        }

        fn blob(&mut self, descriptor: &Descriptor, name: &str) -> Blob {
            let mut part = Scanned::unread(name.to_owned(), String::new());
            part.not_inspected.clear();
            (part.verdict, part.sha256) = (Verdict::Clean, descriptor.sha256().map(str::to_owned));
            Blob::Scanned { part, size_bytes: descriptor.size }
        }
    }

    fn layer(digit: char, media_type: &str, title: &str) -> String {
        let digest = digit.to_string().repeat(64);
        format!(
            r#"{{"mediaType":"{media_type}","digest":"sha256:{digest}","size":7,"annotations":{{"org.opencontainers.image.title":"{title}"}}}}"#
        )
    }

    fn rules(layers: &[String]) -> Vec<String> {
        let text = format!(r#"{{"layers":[{}]}}"#, layers.join(","));
        let scanned = judge("m".to_owned(), None, text.as_bytes(), &mut Honest);
        scanned.findings.into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn equal_files_under_two_names_are_no_finding_and_contradictions_are() {
        assert!(rules(&[layer('a', "t", "one"), layer('a', "t", "two"), layer('b', "t", "three")]).is_empty());
        assert_eq!(rules(&[layer('a', "t", "one"), layer('a', "u", "two")]), ["layout.ambiguous"]);
        assert_eq!(rules(&[layer('a', "t", "one"), layer('b', "t", "one")]), ["layout.ambiguous"]);
    }

    #[test]
    fn names_that_lead_outside_are_found() {
        for title in ["../x", "/etc/cron.d/x", "a/../../x", "..\\\\x"] {
            assert_eq!(rules(&[layer('a', "t", title)]), ["layout.outside"], "{title}");
        }
        assert!(rules(&[layer('a', "t", "a..b/c.bin")]).is_empty());
    }

    #[test]
    fn an_index_of_what_is_not_there_is_incomplete() {
        let text = format!(r#"{{"manifests":[{}]}}"#, layer('a', "t", "x"));
        let scanned = judge("m".to_owned(), None, text.as_bytes(), &mut Honest);
        assert_eq!((scanned.verdict, scanned.findings[0].rule.as_str()), (Verdict::Incomplete, "layout.missing-blob"));
    }
}
