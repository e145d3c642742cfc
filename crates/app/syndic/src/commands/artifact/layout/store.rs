//! Stores whose models are manifests: Ollama (`manifests/HOST/NAMESPACE/MODEL/TAG`, `blobs/sha256-…`) and the OCI image
//! layout (`oci-layout`, `index.json`, `blobs/sha256/…`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use syndic_evidence::Digest;

use super::super::scanned::{Inspector, Scanned};
use super::descriptor::Manifest;
use super::disk::{DiskBlobs, read_manifest};
use super::judge::judge;
use super::kept::Layouts;
use super::whole::{Fault, Whole};

/// Parts of the name of a model in Ollama's store: host, namespace, model, tag.
const OLLAMA_NAME_PARTS: usize = 4;
/// What may name the model that a manifest of an OCI layout is.
const REFERENCES: [&str; 2] = ["org.opencontainers.image.ref.name", "io.containerd.image.name"];

/// Returns an object for each model.
pub(super) fn models(layouts: &Layouts, inspector: &Inspector, shown: &dyn Fn(&Path) -> String) -> Vec<Scanned> {
    let mut found = BTreeMap::new();
    for path in layouts.files.keys() {
        let whole = of_ollama(path, layouts, inspector, shown).or_else(|| of_oci(path, layouts, inspector, shown));
        found.extend(whole.map(|whole| (path.clone(), whole)));
    }
    found.into_values().collect()
}

fn of_ollama(
    path: &Path,
    layouts: &Layouts,
    inspector: &Inspector,
    shown: &dyn Fn(&Path) -> String,
) -> Option<Scanned> {
    let (root, name) = above_manifests(path)?;
    let folder = root.join("blobs");
    if !folder.is_dir() {
        return None;
    }
    let parts: Vec<String> = name.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let (tag, rest) = parts.split_last()?;
    let model = Some(format!("{}:{tag}", rest.join("/")));
    let bytes = match read_manifest(path) {
        Ok(bytes) => bytes,
        Err(why) => {
            let mut whole = Whole::new(shown(path), "ollama_model", model);
            whole.lacks(why);
            return Some(whole.done());
        }
    };
    // Folders of other programs have manifests, too.
    let is_named = parts.len() == OLLAMA_NAME_PARTS && !tag.starts_with('.');
    if !is_named && Manifest::parse(&bytes).is_err() {
        return None;
    }
    let separators = &["-", ":"];
    let blobs = DiskBlobs { layouts, inspector, root, folder, separators, outside: Vec::new() };
    let mut scanned = put_together(shown(path), model, &bytes, blobs);
    scanned.sha256 = Some(Digest::of(&bytes).hex());
    Some(scanned)
}

/// Returns the folder with a `manifests` folder above a path, and what comes below that.
fn above_manifests(path: &Path) -> Option<(PathBuf, PathBuf)> {
    let above = path.ancestors().skip(1).find(|above| above.file_name().is_some_and(|name| name == "manifests"))?;
    Some((above.parent()?.to_path_buf(), path.strip_prefix(above).ok()?.to_path_buf()))
}

fn of_oci(path: &Path, layouts: &Layouts, inspector: &Inspector, shown: &dyn Fn(&Path) -> String) -> Option<Scanned> {
    let root = path.parent()?.to_path_buf();
    if path.file_name()? != "index.json" || !root.join("oci-layout").is_file() {
        return None;
    }
    let bytes = match read_manifest(path) {
        Ok(bytes) => bytes,
        Err(why) => {
            let mut whole = Whole::new(shown(&root), "oci_layout", None);
            whole.lacks(format!("index.json: {why}"));
            return Some(whole.done());
        }
    };
    let folder = root.join("blobs");
    let blobs = DiskBlobs { layouts, inspector, root: root.clone(), folder, separators: &["/"], outside: Vec::new() };
    let listed = Manifest::parse(&bytes).ok().and_then(|index| index.manifests).unwrap_or_default();
    let name = |descriptor: &super::Descriptor| {
        let annotations = descriptor.annotations.as_ref()?;
        REFERENCES.iter().find_map(|key| annotations.get(*key)).cloned()
    };
    let names: Vec<String> = listed.iter().filter_map(name).collect();
    let model = (!names.is_empty()).then(|| names.join(" "));
    let mut scanned = put_together(shown(&root), model, &bytes, blobs);
    if listed.len() != 1 {
        scanned.format = Some("oci_layout".to_owned());
    }
    Some(scanned)
}

fn put_together(path: String, model: Option<String>, bytes: &[u8], mut blobs: DiskBlobs<'_>) -> Scanned {
    let scanned = judge(path, model, bytes, &mut blobs);
    let mut whole = Whole::again(scanned);
    for (name, target) in blobs.outside {
        let why = format!("{name} is a link to {}, outside of the layout", target.display());
        whole.finds(Fault::Outside, &name, why);
    }
    whole.done()
}
