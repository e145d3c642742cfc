//! Models that are zips: torch checkpoints, TorchScript, skops, npz. Every pickle member is walked, every copy of it.

use std::io;

use syndic_detect::ReadAt;

use super::pickled::{take_source, take_stream};
use super::{array, named_code};
use crate::facts::{Facts, ObservationKind};
use crate::zip::Zip;
use crate::{Format, pickle};

/// Bytes of one pickle member.
const MAX_MEMBER_BYTES: usize = 32 * 1024 * 1024;
/// Bytes read of a member to see whether it is a pickle under another name.
const SNIFFED_BYTES: usize = 4 * 1024;
/// Members sniffed.
const MAX_SNIFFED: usize = 256;
/// Disagreements reported one by one.
const MAX_FAULTS: usize = 20;
/// Values of a skops schema visited.
const MAX_SCHEMA_VALUES: usize = 2_000_000;
/// Arrays of an npz that are described.
const MAX_ARRAYS: usize = 10_000;

/// Reads such a zip.
pub(super) fn read(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let zip = Zip::read(source)?;
    note_faults(&zip, facts);
    facts.property("members", zip.entries.len());
    match facts.format {
        Format::Npz => {
            for entry in zip.entries.iter().take(MAX_ARRAYS) {
                array::read_member(entry, source, facts)?;
            }
            facts.property("framework", "numpy");
            return Ok(());
        }
        Format::Skops => facts.property("framework", "skops"),
        _ => facts.property("framework", "pytorch"),
    }
    if let Some(entry) = zip.find("version") {
        let text = entry.content(source, 64)?.0;
        facts.property("archive_version", String::from_utf8_lossy(&text).trim().to_owned());
    }
    if facts.format == Format::Skops {
        read_skops(&zip, source, facts)?;
    }
    walk_pickles(&zip, source, None, facts)
}

/// Walks the pickles of a zip that stands in a constant or another container.
pub(super) fn read_pickles(bytes: &[u8], member: Option<&str>, facts: &mut Facts) -> io::Result<()> {
    let owned = bytes.to_vec();
    let zip = Zip::read(&owned)?;
    let folder = member.map_or_else(|| "nested.zip".to_owned(), |member| format!("{member}!nested.zip"));
    walk_pickles(&zip, &owned, Some(&folder), facts)
}

/// Notes where directory and local headers disagree.
pub(super) fn note_faults(zip: &Zip, facts: &mut Facts) {
    for (member, fault) in zip.faults.iter().take(MAX_FAULTS) {
        let detail = if member.is_empty() { fault.clone() } else { format!("`{member}` {fault}") };
        facts.observe(ObservationKind::ZipInconsistent, member.clone(), detail);
    }
}

fn walk_pickles(zip: &Zip, source: &dyn ReadAt, folder: Option<&str>, facts: &mut Facts) -> io::Result<()> {
    let mut sniffed = 0;
    for entry in &zip.entries {
        let is_named = [".pkl", ".pickle", ".joblib"].iter().any(|ending| entry.name.ends_with(ending));
        // Weights stand under `data/`; nothing loads those as pickles, so they are not sniffed.
        let is_weights = entry.name.contains("/data/") || entry.name.starts_with("data/");
        if !is_named {
            if is_weights || entry.uncompressed < 4 || sniffed >= MAX_SNIFFED {
                continue;
            }
            sniffed += 1;
            let (start, _) = entry.content(source, SNIFFED_BYTES)?;
            if !matches!(start.as_slice(), [0x80, 2..=5, ..]) || pickle::probe(&start).structural == 0 {
                continue;
            }
        }
        let name = folder.map_or_else(|| entry.name.clone(), |folder| format!("{folder}!{}", entry.name));
        if let Some(stored) = entry.stored(source)?.filter(|stored| !stored.is_empty()) {
            take_source(&stored, 0, true, Some(&name), facts)?;
            continue;
        }
        let (bytes, is_whole) = entry.content(source, MAX_MEMBER_BYTES)?;
        if bytes.is_empty() {
            facts.skip(format!("{name}: empty, encrypted or in a compression this version does not undo"));
            continue;
        }
        take_stream(&bytes, is_whole, Some(&name), facts)?;
    }
    Ok(())
}

/// A skops schema names every type it builds; skops itself checks them against its trusted list.
fn read_skops(zip: &Zip, source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let Some(entry) = zip.find("schema.json") else { return Ok(()) };
    let (bytes, is_whole) = entry.content(source, MAX_MEMBER_BYTES)?;
    let Ok(schema) = serde_json::from_slice::<serde_json::Value>(&bytes) else {
        facts.skip("schema.json: not JSON");
        return Ok(());
    };
    if !is_whole {
        facts.skip("schema.json: only the first part was read");
    }
    let text = |key: &str| schema.get(key).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let class = format!("{}.{}", text("__module__"), text("__class__"));
    if class.len() > 1 {
        facts.property("library", class.split('.').next().unwrap_or_default().to_owned());
        facts.property("estimator_class", class);
    }
    facts.property("library_version", text("_skops_version"));
    skops_types(&schema, facts);
    Ok(())
}

/// Judges every type and function that a skops schema names.
fn skops_types(schema: &serde_json::Value, facts: &mut Facts) {
    let mut queue = vec![schema];
    for _ in 0..MAX_SCHEMA_VALUES {
        let Some(value) = queue.pop() else { return };
        let text = |key: &str| value.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
        for (module, name) in [("__module__", "__class__"), ("module_path", "function"), ("module", "name")] {
            let (module, name) = (text(module), text(name));
            if !module.is_empty() && !name.is_empty() {
                named_code::note(&format!("{module}.{name}"), "the schema", facts);
            }
        }
        match value {
            serde_json::Value::Array(items) => queue.extend(items),
            serde_json::Value::Object(entries) => queue.extend(entries.values()),
            _ => {}
        }
    }
    facts.skip("schema.json: more values than the bound");
}
