//! One byte form for one JSON value: keys sorted by code point, no white space.
//!
//! Equal facts must give equal payload bytes, so that a repeated observation has the same content address. The sort
//! is done here and not left to `serde_json`'s map, whose order depends on a feature another crate may switch on.

use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// Serialises a value with the keys of every object in code-point order.
pub(crate) struct Canonical<'a>(pub(crate) &'a Value);

impl Serialize for Canonical<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Array(items) => {
                let mut sequence = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    sequence.serialize_element(&Canonical(item))?;
                }
                sequence.end()
            }
            Value::Object(object) => {
                let mut entries: Vec<(&String, &Value)> = object.iter().collect();
                entries.sort_unstable_by_key(|(key, _)| *key);
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, &Canonical(value))?;
                }
                map.end()
            }
            scalar => scalar.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_sorted_at_every_depth() {
        let value = json!({"b": [{"z": 1, "a": null}], "a": {"y": 1.5, "x": "é"}});
        let text = serde_json::to_string(&Canonical(&value)).unwrap();
        assert_eq!(text, r#"{"a":{"x":"é","y":1.5},"b":[{"a":null,"z":1}]}"#);
    }
}
