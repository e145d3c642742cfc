//! An artifact in a registry: its manifest is judged like one on a disk, its contents are scanned where they lie.

use anyhow::{Result, bail};
use syndic_archive::remote::{Credentials, OciReference, Reach, Registry};
use syndic_evidence::Digest;

use super::super::layout::{Blob, Blobs, Descriptor, Fault, Whole, digest_of, judge};
use super::super::scanned::Scanned;
use super::{Reading, told, unread};

/// Hands over an object for every content of an artifact, then one for the artifact.
pub(super) fn each(
    given: &str,
    reach: &Reach,
    reading: Reading<'_>,
    take: &mut dyn FnMut(Scanned) -> Result<bool>,
) -> Result<bool> {
    let reference: OciReference = given.parse().map_err(told)?;
    let credentials = Credentials::from_environment(&reference.host);
    let registry = Registry::new(&reference, credentials, reach).map_err(told)?;
    let Some(manifest) = registry.manifest(&reference.reference).map_err(told)? else {
        bail!("{reference} is not there");
    };
    let sha256 = Digest::of(&manifest.bytes).hex();
    let base = format!("oci://{}/{}", reference.host, reference.repository);
    let model = format!("{}/{}@sha256:{sha256}", reference.host, reference.repository);
    let mut blobs = RegistryBlobs { registry, reading, base, parts: Vec::new() };
    let judged = judge(reference.to_string(), Some(model), &manifest.bytes, &mut blobs);
    let mut whole = Whole::again(judged);
    for (who, stated) in
        [("it was asked for as", reference.digest()), ("the registry states", manifest.stated_digest.as_deref())]
    {
        let is_other = stated.is_some_and(|stated| digest_of(stated).is_some_and(|hex| hex != sha256));
        if let Some(stated) = stated.filter(|_| is_other) {
            whole.finds(Fault::Digest, "", format!("its manifest is sha256:{sha256}, {who} {stated}"));
        }
    }
    let whole = Scanned { sha256: Some(sha256), ..whole.done() };
    for scanned in blobs.parts.into_iter().chain([whole]) {
        if !take(scanned)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The contents of a repository, and what was said of those that were scanned.
struct RegistryBlobs<'i> {
    registry: Registry,
    reading: Reading<'i>,
    base: String,
    parts: Vec<Scanned>,
}

impl Blobs for RegistryBlobs<'_> {
    fn manifest(&mut self, descriptor: &Descriptor) -> Result<Option<Vec<u8>>, String> {
        if descriptor.sha256().is_none() {
            return Err("its digest is no SHA-256".to_owned());
        }
        let manifest = self.registry.manifest(&descriptor.digest).map_err(|error| error.to_string())?;
        Ok(manifest.map(|manifest| manifest.bytes))
    }

    fn blob(&mut self, descriptor: &Descriptor, _: &str) -> Blob {
        // A title last: it tells what the file's name promises.
        let title = descriptor.title().map_or(String::new(), |title| format!("/{}", title.trim_start_matches('/')));
        let path = format!("{}@{}{title}", self.base, descriptor.digest);
        let file = match self.registry.blob(&descriptor.digest) {
            Ok(Some(file)) => file,
            Ok(None) => return Blob::Missing,
            Err(error) => {
                self.parts.push(unread(path, &error));
                return Blob::Unread(error.to_string());
            }
        };
        let part = self.reading.scan(&file, path);
        self.parts.push(part.clone());
        Blob::Scanned { part, size_bytes: syndic_detect::ReadAt::len(&file) }
    }
}
