//! GGUF: a header of typed keys and tensor descriptions; the weights behind it are never read.
//!
//! Source: `gguf.md` of ggml-org/ggml, versions 1 to 3.

use std::collections::BTreeMap;
use std::io;

use serde_json::{Map, Value, json};
use syndic_detect::ReadAt;
use syndic_evidence::Digest;

use super::chat_template;
use crate::facts::{Facts, ObservationKind};
use crate::reader::Reader;

/// Keys and tensors a header may have.
const MAX_ITEMS: u64 = 1_000_000;
/// Bytes of header walked.
const MAX_HEADER_BYTES: u64 = 256 * 1024 * 1024;
/// Longest text kept.
const MAX_TEXT_BYTES: usize = 1 << 20;
/// Elements of one array.
const MAX_ARRAY: u64 = 50_000_000;

/// Reads the header.
pub(super) fn read(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let mut reader = Reader::new(source);
    facts.property("framework", "ggml");
    if let Err(problem) = header(&mut reader, facts) {
        let detail = format!("{problem}, at byte {}", reader.position());
        facts.observe(ObservationKind::GgufMalformed, problem.split(':').next().unwrap_or(&problem), detail);
    }
    reader.finish()
}

fn header(reader: &mut Reader<'_>, facts: &mut Facts) -> Result<(), String> {
    let magic = reader.bytes(4).ok_or("ends in the magic number")?;
    let version = reader.u32_le().ok_or("ends in the version")?;
    if magic == b"FUGG" || version > 0xffff {
        facts.skip("big-endian GGUF: this version reads little-endian headers only");
        return Ok(());
    }
    if !(2..=3).contains(&version) {
        return Err(format!("unknown version: {version}"));
    }
    facts.property("gguf_version", version);
    let tensor_count = reader.u64_le().ok_or("ends in the tensor count")?;
    let key_count = reader.u64_le().ok_or("ends in the key count")?;
    if tensor_count > MAX_ITEMS || key_count > MAX_ITEMS {
        return Err(format!("counts over any file's need: {tensor_count} tensors, {key_count} keys"));
    }
    let mut keys = BTreeMap::new();
    for _ in 0..key_count {
        let key = text(reader)?.ok_or("a key of absurd length")?;
        let kind = reader.u32_le().ok_or("ends in a key's type")?;
        let value = value(reader, kind)?;
        if keys.insert(key.clone(), value).is_some() {
            facts.observe(ObservationKind::GgufMalformed, "duplicate key", format!("key `{key}` stands twice"));
        }
        if reader.position() > MAX_HEADER_BYTES {
            facts.skip("gguf header: over the bound");
            return Ok(());
        }
    }
    describe(&keys, facts);
    tensors(reader, tensor_count, facts)
}

fn text(reader: &mut Reader<'_>) -> Result<Option<String>, String> {
    let length = reader.u64_le().ok_or("ends in a text's length")?;
    if length > reader.remaining() {
        return Err(format!("text beyond the end: {length} bytes"));
    }
    let Ok(short) = usize::try_from(length)
        .map_err(|_| ())
        .and_then(|length| if length <= MAX_TEXT_BYTES { Ok(length) } else { Err(()) })
    else {
        reader.skip(length).ok_or("ends in a text")?;
        return Ok(None);
    };
    let bytes = reader.bytes(short).ok_or("ends in a text")?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Reads one value; arrays give their length only.
fn value(reader: &mut Reader<'_>, kind: u32) -> Result<Value, String> {
    let ends = "ends in a value";
    Ok(match kind {
        0 | 1 | 7 => json!(reader.byte().ok_or(ends)?),
        2 | 3 => {
            let low = reader.byte().ok_or(ends)?;
            json!(u16::from_le_bytes([low, reader.byte().ok_or(ends)?]))
        }
        4 | 5 => json!(reader.u32_le().ok_or(ends)?),
        6 => json!(f32::from_bits(reader.u32_le().ok_or(ends)?)),
        8 => text(reader)?.map_or(Value::Null, Value::String),
        9 => {
            let element = reader.u32_le().ok_or(ends)?;
            let count = reader.u64_le().ok_or(ends)?;
            if count > MAX_ARRAY {
                return Err(format!("array too long: {count} elements"));
            }
            let width = match element {
                0 | 1 | 7 => 1,
                2 | 3 => 2,
                4..=6 => 4,
                10..=12 => 8,
                8 => {
                    for _ in 0..count {
                        let length = reader.u64_le().ok_or(ends)?;
                        reader.skip(length).ok_or("text beyond the end")?;
                    }
                    return Ok(json!(count));
                }
                other => return Err(format!("unknown array type: {other}")),
            };
            reader.skip(count.saturating_mul(width)).ok_or(ends)?;
            json!(count)
        }
        10 | 11 => json!(reader.u64_le().ok_or(ends)?),
        12 => json!(f64::from_bits(reader.u64_le().ok_or(ends)?)),
        other => return Err(format!("unknown value type: {other}")),
    })
}

fn describe(keys: &BTreeMap<String, Value>, facts: &mut Facts) {
    let text = |key: &str| keys.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let architecture = text("general.architecture");
    let own = |key: &str| keys.get(&format!("{architecture}.{key}")).cloned().unwrap_or(Value::Null);
    facts.property("name", text("general.name"));
    facts.property("licence", text("general.license"));
    facts.property("producer", text("general.quantized_by"));
    facts.property("size_label", text("general.size_label"));
    facts.property("organization", text("general.organization"));
    facts.property("tokenizer", text("tokenizer.ggml.model"));
    facts.property("tokenizer_pre", text("tokenizer.ggml.pre"));
    facts.property("vocabulary_size", keys.get("tokenizer.ggml.tokens").cloned().unwrap_or(Value::Null));
    for key in ["context_length", "block_count", "embedding_length", "attention.head_count"] {
        facts.property(key, own(key));
    }
    if let Some(kind) = keys.get("general.file_type").and_then(Value::as_u64) {
        facts.property("quantisation", file_type(kind));
    }
    facts.property("architecture", architecture);
    templates(keys, facts);
    base_models(keys, facts);
}

fn templates(keys: &BTreeMap<String, Value>, facts: &mut Facts) {
    for (key, value) in keys.iter().filter(|(key, _)| key.starts_with("tokenizer.chat_template")) {
        let Some(template) = value.as_str() else { continue };
        facts.property("chat_template_sha256", Digest::of(template.as_bytes()).hex());
        let found = chat_template::suspicious(template);
        if !found.is_empty() {
            let detail = format!("key `{key}` uses {}", found.join(", "));
            facts.observe(ObservationKind::GgufTemplate, key.clone(), detail);
        }
    }
}

fn base_models(keys: &BTreeMap<String, Value>, facts: &mut Facts) {
    for index in 0..8 {
        let text = |part: &str| keys.get(&format!("general.base_model.{index}.{part}")).and_then(Value::as_str);
        let repository =
            text("repo_url").and_then(|url| url.split_once("huggingface.co/")).map(|(_, repo)| repo.to_owned());
        let named = || Some(format!("{}/{}", text("organization")?, text("name")?.replace(' ', "-")));
        if let Some(base) = repository.or_else(named).or_else(|| text("name").map(str::to_owned)) {
            facts.base_models.push(base.chars().take(200).collect());
        }
    }
}

fn tensors(reader: &mut Reader<'_>, count: u64, facts: &mut Facts) -> Result<(), String> {
    let ends = "ends in a tensor's description";
    let (mut parameters, mut dtypes) = (0_u64, BTreeMap::new());
    let mut furthest = 0;
    for _ in 0..count {
        text(reader)?;
        let dimensions = reader.u32_le().ok_or(ends)?;
        if dimensions > 8 {
            return Err(format!("tensor with too many dimensions: {dimensions}"));
        }
        let mut elements = 1_u64;
        for _ in 0..dimensions {
            let size = reader.u64_le().ok_or(ends)?;
            elements = elements.checked_mul(size).ok_or("tensor of overflowing size")?;
        }
        let kind = reader.u32_le().ok_or(ends)?;
        furthest = reader.u64_le().ok_or(ends)?.max(furthest);
        parameters = parameters.saturating_add(elements);
        *dtypes.entry(tensor_type(kind)).or_insert(0_u64) += 1;
    }
    if furthest > reader.remaining() {
        let detail = "a tensor's data starts beyond the end of the file".to_owned();
        facts.observe(ObservationKind::GgufMalformed, "tensor offset", detail);
    }
    facts.property("tensors", count);
    facts.property("parameters", parameters);
    let dtypes: Map<String, Value> = dtypes.into_iter().map(|(dtype, count)| (dtype, json!(count))).collect();
    facts.property("dtypes", dtypes);
    Ok(())
}

fn tensor_type(kind: u32) -> String {
    const NAMES: [&str; 36] = [
        "F32", "F16", "Q4_0", "Q4_1", "Q4_2", "Q4_3", "Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K",
        "Q6_K", "Q8_K", "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S", "IQ2_S", "IQ4_XS", "I8", "I16",
        "I32", "I64", "F64", "IQ1_M", "BF16", "Q4_0_4_4", "Q4_0_4_8", "Q4_0_8_8", "TQ1_0", "TQ2_0",
    ];
    let name = usize::try_from(kind).ok().and_then(|index| NAMES.get(index));
    name.map_or_else(|| format!("type{kind}"), |name| (*name).to_owned())
}

/// `general.file_type`: what most tensors are, as llama.cpp names it.
fn file_type(kind: u64) -> String {
    const NAMES: [&str; 33] = [
        "F32", "F16", "Q4_0", "Q4_1", "Q4_1_F16", "Q4_2", "Q4_3", "Q8_0", "Q5_0", "Q5_1", "Q2_K", "Q3_K_S", "Q3_K_M",
        "Q3_K_L", "Q4_K_S", "Q4_K_M", "Q5_K_S", "Q5_K_M", "Q6_K", "IQ2_XXS", "IQ2_XS", "Q2_K_S", "IQ3_XS", "IQ3_XXS",
        "IQ1_S", "IQ4_NL", "IQ3_S", "IQ3_M", "IQ2_S", "IQ2_M", "IQ4_XS", "IQ1_M", "BF16",
    ];
    let name = usize::try_from(kind).ok().and_then(|index| NAMES.get(index));
    name.map_or_else(|| format!("file_type {kind}"), |name| (*name).to_owned())
}
