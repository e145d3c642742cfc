//! Models that are zips: torch checkpoints, TorchScript, skops, npz. Every pickle member is walked, every copy of it.

use std::io;

use syndic_detect::ReadAt;

use super::json_events::{self, Listener};
use super::pickled::{take_source, take_stream};
use super::{array, named_code};
use crate::facts::{Facts, ObservationKind};
use crate::zip::Zip;
use crate::{Format, pickle};

/// Bytes of one pickle member.
const MAX_MEMBER_BYTES: usize = 16 * 1024 * 1024;
/// Bytes read of a member to see whether it is a pickle under another name.
const SNIFFED_BYTES: usize = 4 * 1024;
/// Members sniffed.
const MAX_SNIFFED: usize = 256;
/// Disagreements reported one by one.
const MAX_FAULTS: usize = 20;
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
            if zip.entries.len() > MAX_ARRAYS {
                facts.skip(format!("archive: arrays after the first {MAX_ARRAYS}"));
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
    if facts.format == Format::TorchScript {
        read_script(&zip, source, facts)?;
    }
    walk_pickles(&zip, source, facts)
}

/// Notes where directory and local headers disagree.
pub(super) fn note_faults(zip: &Zip, facts: &mut Facts) {
    if zip.is_cut {
        facts.skip(format!("archive: members after the first {}", zip.entries.len()));
    }
    for (member, fault) in zip.faults.iter().take(MAX_FAULTS) {
        let detail = if member.is_empty() { fault.clone() } else { format!("`{member}` {fault}") };
        facts.observe(ObservationKind::ZipInconsistent, member.clone(), detail);
    }
}

fn walk_pickles(zip: &Zip, source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
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
        let name = entry.name.clone();
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

/// Functions of torch that a script can call and that touch files.
const SCRIPT_CALLS: [&str; 5] = ["torch.save(", "torch.load(", "torch.from_file(", "aten.save(", "aten.from_file("];

/// The code of a TorchScript archive runs on torch's own interpreter, which can write and read files.
fn read_script(zip: &Zip, source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    for entry in zip.entries.iter().filter(|entry| entry.name.ends_with(".py")) {
        let (bytes, is_whole) = entry.content(source, MAX_MEMBER_BYTES)?;
        if !is_whole {
            facts.skip(format!("{}: not read to its end", entry.name));
        }
        for call in SCRIPT_CALLS {
            if memchr::memmem::find(&bytes, call.as_bytes()).is_some() {
                let detail = format!("the script calls `{call})`, which reads or writes a file");
                facts.observe_at(ObservationKind::CustomOperator, call, detail, Some(&entry.name), None);
            }
        }
    }
    Ok(())
}

/// A skops schema names every type it builds; skops itself checks them against its trusted list.
fn read_skops(zip: &Zip, source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let Some(entry) = zip.find("schema.json") else { return Ok(()) };
    let (bytes, is_whole) = entry.content(source, MAX_MEMBER_BYTES)?;
    if !is_whole {
        facts.skip("schema.json: only the first part was read");
    }
    let is_sound = json_events::read_whole(&bytes, &mut Types { facts, open: Vec::new() })?;
    if !is_sound {
        facts.skip("schema.json: not JSON");
    }
    Ok(())
}

/// Keys of a skops schema that name a module and what is taken from it, and the version.
const SKOPS_KEYS: [&str; 7] =
    ["__module__", "__class__", "module_path", "function", "module", "name", "_skops_version"];
/// Longest name kept.
const MAX_NAME: usize = 512;

/// Hears of a skops schema and judges every type and function that it names.
struct Types<'f> {
    facts: &'f mut Facts,
    open: Vec<Vec<(&'static str, String)>>,
}

impl Listener for Types<'_> {
    fn open(&mut self, _: &str) {
        self.open.push(Vec::new());
    }

    fn text(&mut self, key: &str, text: &str) {
        let Some(object) = self.open.last_mut() else { return };
        if let Some(known) = SKOPS_KEYS.iter().find(|known| **known == key)
            && object.len() < 4 * SKOPS_KEYS.len()
        {
            object.push((*known, text.chars().take(MAX_NAME).collect()));
        }
    }

    fn close(&mut self) {
        let Some(object) = self.open.pop() else { return };
        let all =
            |key: &'static str| object.iter().filter(move |(known, _)| *known == key).map(|(_, text)| text.as_str());
        for (module, name) in [("__module__", "__class__"), ("module_path", "function"), ("module", "name")] {
            for module in all(module) {
                for name in all(name) {
                    named_code::note(&format!("{module}.{name}"), "the schema", self.facts);
                }
            }
        }
        if self.open.is_empty() {
            let first = |key: &'static str| all(key).next().unwrap_or_default();
            let (module, class) = (first("__module__"), first("__class__"));
            if !module.is_empty() {
                self.facts.property("library", module.split('.').next().unwrap_or_default());
                self.facts.property("estimator_class", format!("{module}.{class}"));
            }
            self.facts.property("library_version", first("_skops_version"));
        }
    }
}
