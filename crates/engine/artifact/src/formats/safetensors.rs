//! safetensors: eight bytes of length, a JSON header, then the tensors without gap or overlap.
//!
//! Source: the format description of huggingface/safetensors; the reference reader refuses what is noted here.

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value, json};
use syndic_detect::{ReadAt, read_vec_at};

use crate::facts::{Facts, ObservationKind};

/// The reference reader takes headers up to 100 MB; ours stops earlier and says so.
const MAX_HEADER_BYTES: u64 = 8 * 1024 * 1024;
/// Values of a header; each takes memory, however few bytes it is written with.
const MAX_VALUES: usize = 400_000;

/// Reads the header.
pub(super) fn read(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let prefix = read_vec_at(source, 0, 8)?;
    let length = <[u8; 8]>::try_from(prefix.as_slice()).map_or(0, u64::from_le_bytes);
    let available = source.len().saturating_sub(8);
    if length > available {
        malformed(facts, "header length", format!("the header claims {length} bytes, the file has {available}"));
        return Ok(());
    }
    if length > MAX_HEADER_BYTES {
        facts.skip(format!("safetensors header: {length} bytes, over the bound of {MAX_HEADER_BYTES}"));
        return Ok(());
    }
    let bytes = read_vec_at(source, 8, usize::try_from(length).unwrap_or(0))?;
    if bytes.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count() > MAX_VALUES {
        facts.skip(format!("safetensors header: more than {MAX_VALUES} values"));
        return Ok(());
    }
    let Ok(header) = serde_json::from_slice::<Entries>(&bytes) else {
        malformed(facts, "header", "the header is no JSON object".to_owned());
        return Ok(());
    };
    check(&header.0, available - length, facts);
    facts.property("framework", "safetensors");
    Ok(())
}

fn malformed(facts: &mut Facts, subject: &str, detail: String) {
    facts.observe(ObservationKind::SafetensorsMalformed, subject, detail);
}

fn check(entries: &[(String, Entry)], data_bytes: u64, facts: &mut Facts) {
    let mut names = std::collections::HashSet::new();
    let (mut spans, mut tensors, mut parameters, mut dtypes) = (Vec::new(), 0_u64, 0_u64, BTreeMap::new());
    for (name, entry) in entries {
        if !names.insert(name.as_str()) {
            malformed(facts, "duplicate key", format!("the header has `{name}` twice"));
        }
        let tensor = match entry {
            Entry::Metadata(value) => {
                describe(value, facts);
                continue;
            }
            Entry::Tensor(tensor) => tensor,
            Entry::Other => {
                malformed(facts, "entry", format!("`{name}` has no dtype, shape and data_offsets"));
                continue;
            }
        };
        tensors += 1;
        parameters = parameters.saturating_add(tensor.elements);
        *dtypes.entry(tensor.dtype.clone()).or_insert(0_u64) += tensor.elements;
        if tensor.start > tensor.end || tensor.end > data_bytes {
            malformed(facts, "offsets", format!("`{name}` lies outside of the {data_bytes} data bytes"));
            continue;
        }
        let size = bits(&tensor.dtype).and_then(|bits| tensor.elements.checked_mul(bits)).map(|bits| bits.div_ceil(8));
        if size.is_some_and(|size| size != tensor.end - tensor.start) {
            malformed(facts, "size", format!("`{name}` has another size than its dtype and shape say"));
        }
        spans.push((tensor.start, tensor.end));
    }
    check_spans(spans, data_bytes, facts);
    facts.property("tensors", tensors);
    facts.property("parameters", parameters);
    let dtypes: Map<String, Value> = dtypes.into_iter().map(|(dtype, count)| (dtype, json!(count))).collect();
    facts.property("dtypes", dtypes);
}

/// Tensors must cover the data from its first byte to its last, each byte once.
fn check_spans(mut spans: Vec<(u64, u64)>, data_bytes: u64, facts: &mut Facts) {
    spans.sort_unstable();
    let mut covered = 0;
    for (start, end) in spans {
        if start < covered && end > start {
            malformed(facts, "overlap", format!("two tensors share bytes from {start}"));
        } else if start > covered {
            malformed(facts, "gap", format!("bytes {covered} to {start} of the data belong to no tensor"));
        }
        covered = covered.max(end);
    }
    if covered < data_bytes {
        malformed(facts, "trailing data", format!("{} bytes follow the last tensor", data_bytes - covered));
    }
}

fn describe(metadata: &Value, facts: &mut Facts) {
    let Some(metadata) = metadata.as_object() else {
        malformed(facts, "metadata", "`__metadata__` is no object".to_owned());
        return;
    };
    let names = [
        ("format", "producer_format"),
        ("modelspec.architecture", "architecture"),
        ("modelspec.license", "licence"),
        ("modelspec.title", "title"),
        ("ss_base_model_version", "architecture"),
        ("license", "licence"),
    ];
    for (key, property) in names {
        if let Some(text) = metadata.get(key).and_then(Value::as_str) {
            facts.property(property, text.chars().take(200).collect::<String>());
        }
    }
    if let Some(base) = ["base_model", "ss_sd_model_name", "base_model_name_or_path"]
        .iter()
        .find_map(|key| metadata.get(*key).and_then(Value::as_str))
    {
        facts.base_models.push(base.chars().take(200).collect());
    }
}

/// What stands under one name; the tree it was read as is let go at once, because it is many times as large.
enum Entry {
    Metadata(Value),
    Tensor(Tensor),
    Other,
}

struct Tensor {
    dtype: String,
    elements: u64,
    start: u64,
    end: u64,
}

impl Tensor {
    fn read(value: &Value) -> Option<Self> {
        let offsets = value.get("data_offsets")?.as_array()?;
        let [start, end] = offsets.as_slice() else { return None };
        let shape = value.get("shape")?.as_array()?;
        let elements = shape.iter().try_fold(1_u64, |product, size| product.checked_mul(size.as_u64()?))?;
        Some(Self {
            dtype: value.get("dtype")?.as_str()?.to_owned(),
            elements,
            start: start.as_u64()?,
            end: end.as_u64()?,
        })
    }
}

fn bits(dtype: &str) -> Option<u64> {
    Some(match dtype {
        "F64" | "I64" | "U64" | "C64" => 64,
        "F32" | "I32" | "U32" => 32,
        "F16" | "BF16" | "I16" | "U16" => 16,
        "F8_E4M3" | "F8_E5M2" | "F8_E8M0" | "F8_E4M3FNUZ" | "F8_E5M2FNUZ" | "I8" | "U8" | "BOOL" => 8,
        "F6_E2M3" | "F6_E3M2" => 6,
        "F4" => 4,
        _ => return None,
    })
}

/// The header's entries in order, duplicates kept: a map would hide them.
struct Entries(Vec<(String, Entry)>);

impl<'de> serde::Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntryVisitor;
        impl<'de> Visitor<'de> for EntryVisitor {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    let entry = match Tensor::read(&value) {
                        _ if name == "__metadata__" => Entry::Metadata(value),
                        Some(tensor) => Entry::Tensor(tensor),
                        None => Entry::Other,
                    };
                    entries.push((name, entry));
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(EntryVisitor)
    }
}
