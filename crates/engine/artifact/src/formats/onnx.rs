//! ONNX: a streaming walk over the protobuf that passes over the weights and reads names, shapes and operators.
//!
//! Source: `onnx.proto3`; operator domains from the ONNX specification and ONNX Runtime's contrib operators.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use serde_json::{Map, Value, json};
use syndic_detect::ReadAt;

use super::carried;
use super::onnx_types::data_type;
use super::outside::is_outside;
use crate::facts::{Facts, ObservationKind};
use crate::reader::{Field, Reader};

/// How deep graphs may nest in control-flow operators.
const MAX_DEPTH: u8 = 12;
/// Fields walked in all.
const MAX_FIELDS: u64 = 20_000_000;
/// Some exporters store weights as Constant nodes; smaller constants are shapes and axes, not parameters.
const LEAST_CONSTANT: u64 = 16;
/// Bytes of one entry of the metadata in which encoded pickles are looked for.
const MAX_METADATA_BYTES: u64 = 4 * 1024 * 1024;
/// Longest name read.
const MAX_NAME_BYTES: usize = 512;

#[derive(Default)]
struct Walk {
    fields: u64,
    tensors: u64,
    parameters: u64,
    dtypes: BTreeMap<&'static str, u64>,
    operators: u64,
    opset: BTreeMap<String, u64>,
    domains: BTreeMap<String, u64>,
    functions: Vec<String>,
    external: BTreeSet<String>,
    is_broken: bool,
}

/// Reads the model.
pub(super) fn read(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let mut reader = Reader::new(source);
    let mut walk = Walk::default();
    facts.property("framework", "onnx");
    let end = source.len();
    while let Some((number, field)) = reader.field(end) {
        match (number, field) {
            (1, Field::Varint(version)) => facts.property("ir_version", version),
            (2, Field::Bytes { start, end }) => facts.property("producer", reader.text(start, end, MAX_NAME_BYTES)),
            (3, Field::Bytes { start, end }) => {
                facts.property("producer_version", reader.text(start, end, MAX_NAME_BYTES));
            }
            (7, Field::Bytes { start, end }) => walk.graph(&mut reader, start, end, 0),
            (8, Field::Bytes { start, end }) => walk.opset(&mut reader, start, end),
            (14, Field::Bytes { start, end }) => metadata(&mut reader, start, end, facts),
            (25, Field::Bytes { start, end }) => walk.function(&mut reader, start, end),
            _ => {}
        }
    }
    if reader.position() < end || walk.is_broken {
        facts.skip("onnx graph: ends early or has fields that are not of the format");
    }
    walk.describe(facts);
    reader.finish()
}

/// Reads a value that stands by itself: what matters is whether its data lies elsewhere.
pub(super) fn read_value(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let mut reader = Reader::new(source);
    let mut walk = Walk::default();
    facts.property("framework", "onnx");
    walk.tensor(&mut reader, 0, source.len(), 0);
    walk.note_external(facts);
    reader.finish()
}

fn metadata(reader: &mut Reader<'_>, start: u64, end: u64, facts: &mut Facts) {
    if end.saturating_sub(start) <= MAX_METADATA_BYTES {
        let text = reader.text(start, end, usize::try_from(MAX_METADATA_BYTES).unwrap_or(usize::MAX));
        if carried::read_text(&text.into_bytes(), facts).is_err() {
            facts.skip("onnx metadata: not read");
        }
    }
    let (key, value) = pair(reader, start, end);
    match key.as_str() {
        "license" | "licence" => facts.property("licence", value),
        "author" => facts.property("author", value),
        _ => {}
    }
}

/// Reads a `StringStringEntryProto`.
fn pair(reader: &mut Reader<'_>, start: u64, end: u64) -> (String, String) {
    let back = reader.position();
    reader.seek(start);
    let (mut key, mut value) = (String::new(), String::new());
    while let Some((number, field)) = reader.field(end) {
        if let Field::Bytes { start, end } = field {
            match number {
                1 => key = reader.text(start, end, MAX_NAME_BYTES),
                2 => value = reader.text(start, end, MAX_NAME_BYTES),
                _ => {}
            }
        }
    }
    reader.seek(back);
    (key, value)
}

impl Walk {
    fn is_exhausted(&mut self) -> bool {
        self.fields += 1;
        self.is_broken |= self.fields > MAX_FIELDS;
        self.fields > MAX_FIELDS
    }

    fn graph(&mut self, reader: &mut Reader<'_>, start: u64, end: u64, depth: u8) {
        if depth > MAX_DEPTH {
            self.is_broken = true;
            return;
        }
        let back = reader.position();
        reader.seek(start);
        while let Some((number, field)) = reader.field(end) {
            if self.is_exhausted() {
                return;
            }
            let Field::Bytes { start, end } = field else { continue };
            match number {
                1 => self.node(reader, start, end, depth),
                5 => self.tensor(reader, start, end, 0),
                15 => self.sparse(reader, start, end),
                _ => {}
            }
        }
        self.is_broken |= reader.position() < end;
        reader.seek(back);
    }

    fn node(&mut self, reader: &mut Reader<'_>, start: u64, end: u64, depth: u8) {
        let back = reader.position();
        reader.seek(start);
        self.operators += 1;
        while let Some((number, field)) = reader.field(end) {
            if self.is_exhausted() {
                return;
            }
            let Field::Bytes { start, end } = field else { continue };
            match number {
                5 => self.attribute(reader, start, end, depth),
                7 => {
                    let domain = reader.text(start, end, MAX_NAME_BYTES);
                    if !domain.is_empty() && self.domains.len() < 1_000 {
                        *self.domains.entry(domain).or_insert(0) += 1;
                    }
                }
                _ => {}
            }
        }
        self.is_broken |= reader.position() < end;
        reader.seek(back);
    }

    fn attribute(&mut self, reader: &mut Reader<'_>, start: u64, end: u64, depth: u8) {
        let back = reader.position();
        reader.seek(start);
        while let Some((number, field)) = reader.field(end) {
            if self.is_exhausted() {
                return;
            }
            match (number, field) {
                (5 | 10, Field::Bytes { start, end }) => self.tensor(reader, start, end, LEAST_CONSTANT),
                (6 | 11, Field::Bytes { start, end }) => self.graph(reader, start, end, depth + 1),
                _ => {}
            }
        }
        reader.seek(back);
    }

    fn sparse(&mut self, reader: &mut Reader<'_>, start: u64, end: u64) {
        let back = reader.position();
        reader.seek(start);
        while let Some((number, field)) = reader.field(end) {
            if let (1 | 2, Field::Bytes { start, end }) = (number, field) {
                self.tensor(reader, start, end, if number == 1 { 0 } else { u64::MAX });
            }
        }
        reader.seek(back);
    }

    /// Reads a TensorProto; it counts as parameters from `least` elements on.
    fn tensor(&mut self, reader: &mut Reader<'_>, start: u64, end: u64, least: u64) {
        let back = reader.position();
        reader.seek(start);
        let (mut elements, mut dtype) = (1_u64, 0);
        while let Some((number, field)) = reader.field(end) {
            match (number, field) {
                (1, Field::Varint(size)) => elements = elements.saturating_mul(size),
                (1, Field::Bytes { start, end }) => elements = elements.saturating_mul(packed(reader, start, end)),
                (2, Field::Varint(kind)) => dtype = kind,
                (13, Field::Bytes { start, end }) => {
                    let (key, value) = pair(reader, start, end);
                    if key == "location" && self.external.len() < 10_000 {
                        self.external.insert(value);
                    }
                }
                _ => {}
            }
        }
        if elements >= least {
            self.tensors += 1;
            self.parameters = self.parameters.saturating_add(elements);
            let total = self.dtypes.entry(data_type(dtype)).or_insert(0);
            *total = total.saturating_add(elements);
        }
        reader.seek(back);
    }

    fn opset(&mut self, reader: &mut Reader<'_>, start: u64, end: u64) {
        let back = reader.position();
        reader.seek(start);
        let (mut domain, mut version) = (String::new(), 0);
        while let Some((number, field)) = reader.field(end) {
            match (number, field) {
                (1, Field::Bytes { start, end }) => domain = reader.text(start, end, MAX_NAME_BYTES),
                (2, Field::Varint(value)) => version = value,
                _ => {}
            }
        }
        if self.opset.len() < 1_000 {
            self.opset.insert(if domain.is_empty() { "ai.onnx".to_owned() } else { domain }, version);
        }
        reader.seek(back);
    }

    /// A FunctionProto: its domain is defined inside the model, so its operators are no unknown code.
    fn function(&mut self, reader: &mut Reader<'_>, start: u64, end: u64) {
        let back = reader.position();
        reader.seek(start);
        while let Some((number, field)) = reader.field(end) {
            if self.is_exhausted() {
                return;
            }
            if let Field::Bytes { start, end } = field {
                match number {
                    7 => self.node(reader, start, end, 1),
                    10 if self.functions.len() < 10_000 => {
                        self.functions.push(reader.text(start, end, MAX_NAME_BYTES));
                    }
                    _ => {}
                }
            }
        }
        reader.seek(back);
    }

    fn describe(self, facts: &mut Facts) {
        facts.property("tensors", self.tensors);
        facts.property("parameters", self.parameters);
        facts.property("operators", self.operators);
        let dtypes: Map<String, Value> =
            self.dtypes.iter().map(|(name, count)| ((*name).to_owned(), json!(count))).collect();
        facts.property("dtypes", dtypes);
        if let Some(version) = self.opset.get("ai.onnx") {
            facts.property("opset", *version);
        }
        facts.property("opset_imports", json!(self.opset));
        self.note_external(facts);
        for (domain, count) in &self.domains {
            if !is_standard(domain) && !self.functions.contains(domain) {
                let detail = format!("{count} operators of domain `{domain}` need a custom operator library");
                facts.observe(ObservationKind::OnnxCustomDomain, domain.clone(), detail);
            }
        }
    }
}

impl Walk {
    fn note_external(&self, facts: &mut Facts) {
        for location in self.external.iter().filter(|location| is_outside(location)) {
            let detail = format!("external data location `{location}` leads out of the model's folder");
            facts.observe(ObservationKind::OnnxExternalPath, location.clone(), detail);
        }
        if !self.external.is_empty() {
            facts.property("external_data_files", self.external.len());
        }
    }
}

/// Returns the product of packed varints.
fn packed(reader: &mut Reader<'_>, start: u64, end: u64) -> u64 {
    let back = reader.position();
    reader.seek(start);
    let mut product = 1_u64;
    while reader.position() < end {
        let Some(size) = reader.varint() else { break };
        product = product.saturating_mul(size);
    }
    reader.seek(back);
    product
}

fn is_standard(domain: &str) -> bool {
    let is_or_below =
        |root: &str| domain.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    is_or_below("ai.onnx")
        || is_or_below("com.microsoft")
        || is_or_below("org.pytorch.aten")
        || is_or_below("pkg.onnxscript")
}
