//! Keras 3 archives and the model description they share with Keras in HDF5: which layers carry code.
//!
//! A `Lambda` layer holds marshalled byte code; a callable named by a module outside Keras is imported when loading.
//! Source: Keras `saving/serialization_lib.py`; CVE-2024-3660, CVE-2025-1550.

use std::io;

use serde_json::Value;
use syndic_detect::ReadAt;

use super::{hdf5, zipped};
use crate::facts::{Facts, ObservationKind};
use crate::zip::Zip;

/// Bytes of `config.json`.
const MAX_CONFIG_BYTES: usize = 32 * 1024 * 1024;
/// JSON nodes visited.
const MAX_NODES: usize = 5_000_000;

/// Reads a `.keras` archive.
pub(super) fn read(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let zip = Zip::read(source)?;
    zipped::note_faults(&zip, facts);
    facts.property("framework", "keras");
    for entry in zip.ending_with("config.json") {
        let (bytes, is_whole) = entry.content(source, MAX_CONFIG_BYTES)?;
        if !is_whole {
            facts.skip(format!("{}: not read to its end", entry.name));
        }
        config(&bytes, Some(&entry.name), facts);
    }
    if let Some(entry) = zip.find("metadata.json")
        && let Ok(metadata) = serde_json::from_slice::<Value>(&entry.content(source, 1 << 16)?.0)
    {
        facts.property("library", "keras");
        facts.property("library_version", metadata.get("keras_version").and_then(Value::as_str).unwrap_or_default());
    }
    for entry in zip.ending_with(".h5") {
        let (bytes, _) = entry.content(source, MAX_CONFIG_BYTES)?;
        hdf5::look_for_config(&bytes, facts);
    }
    Ok(())
}

/// Looks through a model description for what runs code.
pub(super) fn config(bytes: &[u8], member: Option<&str>, facts: &mut Facts) {
    let Ok(root) = serde_json::from_slice::<Value>(bytes) else {
        facts.skip(format!("{}: not JSON", member.unwrap_or("model_config")));
        return;
    };
    if let Some(class) = root.get("class_name").and_then(Value::as_str) {
        facts.property("architecture", class);
    }
    let name = root.pointer("/config/name").and_then(Value::as_str);
    facts.property("name", name.unwrap_or_default());
    let (mut queue, mut visited, mut layers) = (vec![&root], 0, 0_u64);
    while let Some(value) = queue.pop() {
        visited += 1;
        if visited > MAX_NODES {
            facts.skip("model description: too many nodes");
            break;
        }
        match value {
            Value::Array(items) => queue.extend(items),
            Value::Object(entries) => {
                layers += u64::from(entries.contains_key("class_name"));
                judge(value, member, facts);
                queue.extend(entries.values());
            }
            _ => {}
        }
    }
    facts.property("layers", layers);
}

fn judge(value: &Value, member: Option<&str>, facts: &mut Facts) {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    let class = text("class_name");
    let layer = value.pointer("/config/name").and_then(Value::as_str).unwrap_or(class);
    if matches!(class, "Lambda" | "__lambda__") || class.ends_with(">Lambda") {
        let detail = format!("layer `{layer}` is a Lambda: it carries Python byte code that runs with the model");
        facts.observe_at(ObservationKind::KerasLambda, layer, detail, member, None);
    }
    let module = text("module");
    let root = module.split('.').next().unwrap_or_default();
    let is_callable = !class.is_empty() && !module.is_empty();
    if is_callable
        && !matches!(root, "keras" | "tf_keras" | "keras_hub" | "keras_nlp" | "keras_cv" | "tensorflow" | "numpy")
    {
        // `builtins` names plain functions registered by the program, which Keras resolves by `registered_name`.
        let is_registered = root == "builtins" && !text("registered_name").is_empty() && class != "function";
        if !is_registered {
            let detail = format!("`{module}.{class}` is imported when the model is loaded");
            facts.observe_at(ObservationKind::KerasLambda, format!("{module}.{class}"), detail, member, None);
        }
    }
    if module.starts_with("keras") && matches!(text("class_name"), "get_file" | "load_model" | "run_command") {
        let detail = format!("`{module}.{class}` does more than build a layer");
        facts.observe_at(ObservationKind::KerasLambda, format!("{module}.{class}"), detail, member, None);
    }
}
