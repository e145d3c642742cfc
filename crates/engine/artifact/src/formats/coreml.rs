//! Core ML models: a walk over the protobuf for layers and models that are code of the application, and for files that
//! a model points to.
//!
//! Source: coremltools `Model.proto`, `NeuralNetwork.proto`, `MIL.proto`, `LinkedModel.proto`.

use std::collections::BTreeSet;
use std::io;

use syndic_detect::ReadAt;

use super::{custom, outside};
use crate::facts::{Facts, ObservationKind};
use crate::reader::{Field, Reader};

/// How deep models, blocks and operations may nest.
const MAX_DEPTH: u8 = 24;
/// Fields walked in all.
const MAX_FIELDS: u64 = 20_000_000;
/// Longest name read.
const MAX_NAME_BYTES: usize = 512;
/// Distinct names kept.
const MAX_NAMES: usize = 1_000;
/// Operations whose implementation is a class of the application.
const CUSTOM_OPERATIONS: [&str; 2] = ["custom", "custom_layer"];

/// Reads a model.
pub(super) fn read(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    facts.property("framework", "coreml");
    let mut walk = Walk::new(source);
    walk.message(Inside::Model, 0, source.len(), 0);
    if let Some(version) = walk.version {
        facts.property("specification_version", version);
    }
    facts.property("operators", walk.operations);
    if walk.is_broken {
        facts.skip("coreml model: ends early, nests too deep or has fields that are not of the format");
    }
    custom::note("Core ML layers or models", walk.custom.iter().map(String::as_str), facts);
    for file in walk.files.iter().filter(|file| outside::is_outside(file.trim_start_matches("@model_path/"))) {
        let detail = format!("the file `{file}` that the model reads stands outside of its folder");
        facts.observe(ObservationKind::OnnxExternalPath, file.clone(), detail);
    }
    walk.reader.finish()
}

struct Walk<'s> {
    reader: Reader<'s>,
    fields: u64,
    version: Option<u64>,
    operations: u64,
    custom: BTreeSet<String>,
    files: BTreeSet<String>,
    is_broken: bool,
}

/// What stands in a length-delimited field.
#[derive(Clone, Copy)]
enum Inside {
    Model,
    Pipeline,
    PipelineOf,
    Network,
    Layer,
    Program,
    /// An entry of a map, whose value (2) is a function or a block.
    Functions,
    Blocks,
    Function,
    Block,
    Operation,
}

impl<'s> Walk<'s> {
    fn new(source: &'s dyn ReadAt) -> Self {
        Self {
            reader: Reader::new(source),
            fields: 0,
            version: None,
            operations: 0,
            custom: BTreeSet::new(),
            files: BTreeSet::new(),
            is_broken: false,
        }
    }

    /// Walks one message and what in it matters.
    fn message(&mut self, inside: Inside, start: u64, end: u64, depth: u8) {
        if depth > MAX_DEPTH {
            self.is_broken = true;
            return;
        }
        self.reader.seek(start);
        while let Some((number, field)) = self.reader.field(end) {
            self.fields += 1;
            if self.fields > MAX_FIELDS {
                self.is_broken = true;
                return;
            }
            let next = self.reader.position();
            match field {
                Field::Bytes { start, end } => self.part(inside, number, (start, end), depth),
                Field::Varint(value) if matches!(inside, Inside::Model) && number == 1 => {
                    self.version.get_or_insert(value);
                }
                _ => {}
            }
            self.reader.seek(next);
        }
        self.is_broken |= self.reader.position() < end;
    }

    fn part(&mut self, inside: Inside, number: u64, (start, end): (u64, u64), depth: u8) {
        let deeper = match (inside, number) {
            (Inside::Model, 200 | 201) => Inside::PipelineOf,
            (Inside::Model, 202) | (Inside::PipelineOf, 1) => Inside::Pipeline,
            (Inside::Model, 303 | 403 | 500) => Inside::Network,
            (Inside::Model, 502) => Inside::Program,
            (Inside::Model, 555) | (Inside::Layer, 500) => return self.named_class(start, end),
            (Inside::Model, 556) => return self.linked(start, end, 0),
            (Inside::Pipeline, 1) => Inside::Model,
            (Inside::Network, 1) => Inside::Layer,
            (Inside::Program, 2) => Inside::Functions,
            (Inside::Functions, 2) => Inside::Function,
            (Inside::Function, 3) => Inside::Blocks,
            (Inside::Blocks, 2) | (Inside::Operation, 4) => Inside::Block,
            (Inside::Block, 3) => Inside::Operation,
            (Inside::Operation, 1) => return self.operation(start, end),
            (Inside::Operation, 5) => return self.attribute(start, end),
            _ => return,
        };
        self.message(deeper, start, end, depth + 1);
    }

    fn operation(&mut self, start: u64, end: u64) {
        self.operations += 1;
        let kind = self.reader.text(start, end, MAX_NAME_BYTES);
        if CUSTOM_OPERATIONS.contains(&kind.as_str()) {
            self.keep_custom(kind);
        }
    }

    /// An attribute: an entry of a map whose value may name the file it lies in.
    fn attribute(&mut self, start: u64, end: u64) {
        let mut at = (start, end);
        // Entry (2) → Value (5) → BlobFileValue (1): the name of the file.
        for step in [2, 5] {
            let Some(found) = self.inside(at, step) else { return };
            at = found;
        }
        if let Some((start, end)) = self.inside(at, 1) {
            self.keep_file(start, end);
        }
    }

    /// Returns where the last field of this number stands.
    fn inside(&mut self, (start, end): (u64, u64), wanted: u64) -> Option<(u64, u64)> {
        self.reader.seek(start);
        let mut found = None;
        while let Some((number, field)) = self.reader.field(end) {
            if let Field::Bytes { start, end } = field
                && number == wanted
            {
                found = Some((start, end));
            }
        }
        found
    }

    /// A custom layer or model: field 10 is the class of the application that does the work.
    fn named_class(&mut self, start: u64, end: u64) {
        let class = self.inside((start, end), 10);
        let name =
            class.map_or_else(|| "unnamed".to_owned(), |(start, end)| self.reader.text(start, end, MAX_NAME_BYTES));
        self.keep_custom(name);
    }

    /// A model that is another file: its name and where it is looked for are parameters with default texts.
    fn linked(&mut self, start: u64, end: u64, depth: u8) {
        self.keep_custom("linked model".to_owned());
        let mut fields = Vec::new();
        self.reader.seek(start);
        while let Some((_, field)) = self.reader.field(end) {
            if let Field::Bytes { start, end } = field {
                fields.push((start, end));
            }
        }
        for (start, end) in fields.into_iter().take(MAX_NAMES) {
            self.keep_file(start, end);
            if depth < 3 {
                self.linked(start, end, depth + 1);
            }
        }
    }

    fn keep_custom(&mut self, name: String) {
        if self.custom.len() < MAX_NAMES {
            self.custom.insert(name);
        }
    }

    fn keep_file(&mut self, start: u64, end: u64) {
        let name = self.reader.text(start, end, MAX_NAME_BYTES);
        if self.files.len() < MAX_NAMES && name.chars().all(|letter| !letter.is_control()) {
            self.files.insert(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Format, Scanner, Verdict};

    fn varint(mut number: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while number >= 0x80 {
            bytes.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
            number >>= 7;
        }
        bytes.push(u8::try_from(number).unwrap());
        bytes
    }

    fn field(number: usize, content: &[u8]) -> Vec<u8> {
        [varint(number << 3 | 2), varint(content.len()), content.to_vec()].concat()
    }

    /// A model of version 5 with an empty description and one model of a kind.
    fn model(kind: usize, content: &[u8]) -> Vec<u8> {
        [vec![8, 5], field(2, b""), field(kind, content)].concat()
    }

    fn layer(kind: usize, content: &[u8]) -> Vec<u8> {
        field(1, &[field(1, b"layer"), field(kind, content)].concat())
    }

    /// A program of one operation, with one attribute that lies in a file.
    fn program(operation: &str, file: &str) -> Vec<u8> {
        let value = field(5, &field(1, file.as_bytes()));
        let attribute = [field(1, b"val"), field(2, &value)].concat();
        let operation = [field(1, operation.as_bytes()), field(5, &attribute)].concat();
        let block = field(3, &operation);
        let function = field(3, &[field(1, b"CoreML5"), field(2, &block)].concat());
        field(2, &[field(1, b"main"), field(2, &function)].concat())
    }

    fn scanned(bytes: &[u8]) -> (Format, Verdict) {
        let report = Scanner::builtin().unwrap().scan("m.mlmodel", &bytes.to_vec()).unwrap();
        (report.format, report.verdict)
    }

    #[test]
    fn code_of_the_application_needs_a_review_however_deep_it_stands() {
        let custom = layer(500, &field(10, b"AcmeLayer"));
        let plain = layer(140, b"");
        let inner = |network: &[u8]| model(202, &field(1, &model(500, network)));
        for (bytes, expected) in [
            (model(500, &plain), Verdict::Clean),
            (model(500, &custom), Verdict::Unreviewed),
            (model(403, &custom), Verdict::Unreviewed),
            (inner(&plain), Verdict::Clean),
            (inner(&custom), Verdict::Unreviewed),
            (model(555, &field(10, b"AcmeModel")), Verdict::Unreviewed),
            (model(502, &program("const", "@model_path/weights/weight.bin")), Verdict::Clean),
            (model(502, &program("custom_layer", "@model_path/weights/weight.bin")), Verdict::Unreviewed),
            (model(502, &program("const", "@model_path/../../secret")), Verdict::Suspicious),
        ] {
            assert_eq!(scanned(&bytes), (Format::CoreMl, expected), "{bytes:?}");
        }
    }

    #[test]
    fn a_model_cut_off_anywhere_is_never_clean() {
        let whole = model(500, &layer(500, &field(10, b"AcmeLayer")));
        for length in 1..whole.len() {
            assert_ne!(scanned(&whole[..length]).1, Verdict::Clean, "cut at {length}");
        }
    }
}
