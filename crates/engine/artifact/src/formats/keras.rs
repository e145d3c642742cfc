//! Keras 3 archives and the model description they share with Keras in HDF5: which layers carry code.
//!
//! A `Lambda` layer holds marshalled byte code; a callable named by a module outside Keras is imported when loading.
//! Source: Keras `saving/serialization_lib.py`; CVE-2024-3660, CVE-2025-1550.

use std::io;

use serde_json::Value;
use syndic_detect::{ReadAt, read_vec_at};

use super::json_events::{self, Listener};
use super::{config_text, hdf5, outside, zipped};
use crate::facts::{Facts, ObservationKind};
use crate::zip::Zip;

/// Bytes of `config.json`.
const MAX_CONFIG_BYTES: usize = 16 * 1024 * 1024;

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
        // JSON in two bytes a character: Python's reader takes it, and Keras never writes it.
        let bytes = if config_text::is_sixteen_bit(&bytes) { config_text::decoded(bytes).into_bytes() } else { bytes };
        if config(&bytes, 0, Some(&entry.name), facts).is_none() {
            facts.skip(format!("{}: not JSON", entry.name));
        }
    }
    if let Some(entry) = zip.find("metadata.json")
        && let Ok(metadata) = serde_json::from_slice::<Value>(&entry.content(source, 1 << 16)?.0)
    {
        facts.property("library", "keras");
        facts.property("library_version", metadata.get("keras_version").and_then(Value::as_str).unwrap_or_default());
    }
    for entry in zip.ending_with(".h5") {
        if let Some(stored) = entry.stored(source)? {
            hdf5::look_for_config(&stored, facts)?;
            continue;
        }
        let (bytes, is_whole) = entry.content(source, MAX_CONFIG_BYTES)?;
        hdf5::look_for_config(&bytes, facts)?;
        if !is_whole {
            facts.skip(format!("{}: not read to its end", entry.name));
        }
    }
    Ok(())
}

/// Bytes looked at to see whether a JSON document describes a model of Keras.
const LOOKED_AT_BYTES: usize = 64 * 1024;

/// Looks through a JSON document that describes a model of Keras and nothing else.
pub(super) fn described(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let start = read_vec_at(source, 0, LOOKED_AT_BYTES)?;
    let has = |needle: &[u8]| memchr::memmem::find(&start, needle).is_some();
    if has(b"\"class_name\"") && has(b"\"config\"") && (has(b"keras") || has(b"__lambda__")) {
        let _ = config(source, 0, None, facts);
    }
    Ok(())
}

/// Looks through the model description that stands at an offset for what runs code; returns where it ends, if it
/// is sound.
pub(super) fn config(source: &dyn ReadAt, start: u64, member: Option<&str>, facts: &mut Facts) -> Option<u64> {
    let mut layers = Layers { facts, member, open: Vec::new(), count: 0, is_any: false };
    let end = json_events::read(source, start, &mut layers);
    let (count, is_any) = (layers.count, layers.is_any);
    facts.property("layers", count);
    end.filter(|_| is_any)
}

/// What an object says of a layer or a callable.
#[derive(Default)]
struct Object {
    key: String,
    texts: Vec<(&'static str, String)>,
    /// The texts of the object under `config`.
    config: Vec<(&'static str, String)>,
}

/// Keys of which the texts are kept.
const KEYS: [&str; 6] = ["class_name", "module", "registered_name", "name", "vocabulary", "config"];
/// Longest text kept.
const MAX_TEXT: usize = 1_024;

/// How base64 of a marshalled code object opens: its type with and without the mark of a reference, then a count of
/// arguments below 256.
const MARSHALLED: [&str; 2] = ["4wEAAAAAAAAA", "4wIAAAAAAAAA"];
const MARSHALLED_LENGTH: usize = 100;

impl Object {
    fn text(&self, key: &str) -> &str {
        of(&self.texts, key)
    }
}

fn of<'t>(texts: &'t [(&'static str, String)], key: &str) -> &'t str {
    texts.iter().find(|(known, _)| *known == key).map_or("", |(_, text)| text.as_str())
}

/// Hears of a model description.
struct Layers<'f, 'm> {
    facts: &'f mut Facts,
    member: Option<&'m str>,
    open: Vec<Object>,
    count: u64,
    is_any: bool,
}

impl Listener for Layers<'_, '_> {
    fn open(&mut self, key: &str) {
        self.is_any = true;
        self.open.push(Object { key: key.chars().take(MAX_TEXT).collect(), ..Object::default() });
    }

    fn text(&mut self, key: &str, text: &str) {
        // A function kept as its byte code, which an activation or an initialiser of older versions is: the marshalled
        // code object of Python 3.8 and later begins with these bytes.
        if text.len() >= MARSHALLED_LENGTH && MARSHALLED.iter().any(|beginning| text.starts_with(beginning)) {
            let detail = "a value is marshalled Python byte code that runs with the model";
            self.facts.observe_at(ObservationKind::KerasLambda, "code", detail, self.member, None);
        }
        let Some(object) = self.open.last_mut() else { return };
        if let Some(known) = KEYS.iter().find(|known| **known == key)
            && object.texts.len() < 4 * KEYS.len()
        {
            object.texts.push((*known, text.chars().take(MAX_TEXT).collect()));
        }
    }

    fn close(&mut self) {
        let Some(object) = self.open.pop() else { return };
        let class = object.text("class_name");
        self.count += u64::from(!class.is_empty());
        judge(&object, self.member, self.facts);
        match self.open.last_mut() {
            Some(outer) if object.key == "config" => outer.config = object.texts,
            Some(_) => {}
            None => {
                self.facts.property("architecture", class);
                self.facts.property("name", of(&object.config, "name"));
            }
        }
    }
}

fn judge(object: &Object, member: Option<&str>, facts: &mut Facts) {
    // A key that stands twice counts both times: readers differ in which one they believe.
    let classes = || object.texts.iter().filter(|(key, _)| *key == "class_name").map(|(_, text)| text.as_str());
    for class in classes() {
        judge_class(object, class, member, facts);
    }
}

fn judge_class(object: &Object, class: &str, member: Option<&str>, facts: &mut Facts) {
    let name = of(&object.config, "name");
    let layer = if name.is_empty() { class } else { name };
    if matches!(class, "Lambda" | "__lambda__") || class.ends_with(">Lambda") {
        let detail = format!("layer `{layer}` is a Lambda: it carries Python byte code that runs with the model");
        facts.observe_at(ObservationKind::KerasLambda, layer, detail, member, None);
    }
    reads(object, class, layer, member, facts);
    let module = object.text("module");
    let root = module.split('.').next().unwrap_or_default();
    let is_callable = !class.is_empty() && !module.is_empty();
    if is_callable
        && !matches!(root, "keras" | "tf_keras" | "keras_hub" | "keras_nlp" | "keras_cv" | "tensorflow" | "numpy")
    {
        // `builtins` names plain functions registered by the program, which Keras resolves by `registered_name`.
        let is_registered = root == "builtins" && !object.text("registered_name").is_empty() && class != "function";
        if !is_registered {
            let detail = format!("`{module}.{class}` is imported when the model is loaded");
            facts.observe_at(ObservationKind::KerasLambda, format!("{module}.{class}"), detail, member, None);
        }
    }
    if module.starts_with("keras") && matches!(class, "get_file" | "load_model" | "run_command") {
        let detail = format!("`{module}.{class}` does more than build a layer");
        facts.observe_at(ObservationKind::KerasLambda, format!("{module}.{class}"), detail, member, None);
    }
}

/// Layers that open what their description names: a graph, a pickled module of torch, a list of words.
fn reads(object: &Object, class: &str, layer: &str, member: Option<&str>, facts: &mut Facts) {
    let vocabulary = of(&object.config, "vocabulary");
    let what = match class.rsplit('>').next().unwrap_or(class) {
        "TFSMLayer" => "runs a TensorFlow graph from a file".to_owned(),
        "TorchModuleWrapper" if !of(&object.config, "module").is_empty() => "unpickles a torch module".to_owned(),
        "StringLookup" | "IntegerLookup" | "IndexLookup" | "TextVectorization" if outside::is_outside(vocabulary) => {
            format!("reads its words from `{vocabulary}`")
        }
        _ => return,
    };
    let detail = format!("layer `{layer}` {what} when the model is loaded");
    facts.observe_at(ObservationKind::KerasLambda, layer, detail, member, None);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, identify};

    fn observed(layer: &str) -> usize {
        let identified = identify("", &b"x".to_vec()).unwrap();
        let mut facts = Facts::new("m.keras", crate::Identified { format: Format::KerasV3, ..identified }, 0);
        config(&format!("{{\"config\": {{\"layers\": [{layer}]}}}}").into_bytes(), 0, None, &mut facts);
        facts.observations.len()
    }

    #[test]
    fn layers_that_open_what_they_name_are_told() {
        for layer in [
            r#"{"class_name": "Lambda", "config": {}}"#,
            r#"{"class_name": "TFSMLayer", "config": {"filepath": "m"}}"#,
            r#"{"class_name": "TorchModuleWrapper", "config": {"module": "UEsDBA=="}}"#,
            r#"{"class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}}"#,
            r#"{"class_name": "TextVectorization", "config": {"vocabulary": "https://x/y"}}"#,
        ] {
            assert_eq!(observed(layer), 1, "{layer}");
        }
        for layer in [
            r#"{"class_name": "Dense", "config": {"units": 3}}"#,
            r#"{"class_name": "StringLookup", "config": {"vocabulary": ["a", "/b"]}}"#,
            r#"{"class_name": "StringLookup", "config": {"vocabulary": null}}"#,
        ] {
            assert_eq!(observed(layer), 0, "{layer}");
        }
    }
}
