//! Holds the example input to `policies/input.schema.json`: the same fields at every level, none missing, none more.
//!
//! Not a JSON Schema validator: it follows `$ref`, `properties`, `items`, `additionalProperties` and `oneOf`, which is
//! what "every field is present" needs. `tests/decide.rs` holds the example to what the engine sends.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test stops at the first surprise and reads the committed pack"
)]

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

fn load(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../policies").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    match schema.get("$ref").and_then(Value::as_str) {
        Some(reference) => root.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

fn check(root: &Value, schema: &Value, value: &Value, place: &str) {
    let schema = resolve(root, schema);
    if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
        let choice = choices.iter().find(|choice| (choice.get("type") == Some(&"null".into())) == value.is_null());
        return check(root, choice.unwrap(), value, place);
    }
    if let (Some(properties), Some(object)) = (schema.get("properties").and_then(Value::as_object), value.as_object()) {
        let (known, sent): (BTreeSet<_>, BTreeSet<_>) = (properties.keys().collect(), object.keys().collect());
        assert_eq!(known, sent, "fields at {place}");
        for (name, child) in object {
            check(root, &properties[name], child, &format!("{place}/{name}"));
        }
    } else if let Some(object) = value.as_object() {
        let Some(every) = schema.get("additionalProperties").filter(|every| every.is_object()) else { return };
        for (name, child) in object {
            check(root, every, child, &format!("{place}/{name}"));
        }
    }
    for (index, child) in value.as_array().into_iter().flatten().enumerate() {
        check(root, &schema["items"], child, &format!("{place}/{index}"));
    }
}

#[test]
fn every_field_of_the_input_is_described_and_every_described_field_is_sent() {
    let schema = load("input.schema.json");
    check(&schema, &schema, &load("example_input.json"), "");
}
