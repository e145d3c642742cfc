//! TensorFlow SavedModel, frozen graphs and the graphs of checkpoints: the operators, because a few of them touch files or run Python.
//!
//! Source: TensorFlow `saved_model.proto`, `meta_graph.proto`, `graph.proto`, `function.proto`; TensorFlow's own
//! security notes say that a model is a program.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use syndic_detect::ReadAt;

use crate::Format;
use crate::facts::{Facts, ObservationKind};
use crate::reader::{Field, Reader};

/// Nodes walked.
const MAX_NODES: u64 = 5_000_000;
/// Operators that read, write or list files, run Python or load code.
pub(super) const DANGEROUS: [&str; 20] = [
    "ReadFile",
    "WriteFile",
    "MatchingFiles",
    "PyFunc",
    "PyFuncStateless",
    "EagerPyFunc",
    "WholeFileReader",
    "WholeFileReaderV2",
    "DebugIdentity",
    "DebugIdentityV2",
    "DebugIdentityV3",
    "LoadLibrary",
    "ImmutableConst",
    "RpcCall",
    "CreateSummaryFileWriter",
    "CreateSummaryDbWriter",
    "DatasetToTFRecord",
    "SaveDataset",
    "SaveDatasetV2",
    "DistributedSave",
];
/// Operators that touch the file that their first argument names: the functions that save and restore a model are given
/// it, and no function of a model brings it along.
const WITH_PLACE: [&str; 14] = [
    "SaveV2",
    "Save",
    "SaveSlices",
    "RestoreV2",
    "Restore",
    "RestoreSlice",
    "MergeV2Checkpoints",
    "TextLineDataset",
    "TFRecordDataset",
    "TFRecordDatasetV2",
    "FixedLengthRecordDataset",
    "FixedLengthRecordDatasetV2",
    "CSVDataset",
    "CSVDatasetV2",
];
const MAX_OPERATOR_BYTES: usize = 128;
const MAX_NAME_BYTES: usize = 1_024;
/// Constants of one function of which the names are kept.
const MAX_CONSTANTS: usize = 100_000;

/// Reads the graph.
pub(super) fn read(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    facts.property("framework", "tensorflow");
    let mut reader = Reader::new(source);
    let mut walk = Walk::default();
    let end = source.len();
    if facts.format == Format::TfGraph {
        walk.graph(&mut reader, 0, end);
    } else if facts.format == Format::TfMetaGraph {
        walk.meta_graph(&mut reader, 0, end, facts);
    } else {
        while let Some((number, field)) = reader.field(end) {
            if let (2, Field::Bytes { start, end }) = (number, field) {
                walk.meta_graph(&mut reader, start, end, facts);
            }
        }
        walk.is_broken |= reader.position() < end;
    }
    if walk.is_broken || walk.nodes == 0 || walk.nodes > MAX_NODES {
        facts.skip("tensorflow graph: has no operators, ends early or is over the bound");
    }
    facts.property("operators", walk.nodes);
    for operator in DANGEROUS {
        if let Some(count) = walk.operators.get(operator) {
            let detail = format!("operator {operator} stands in the graph {count} times");
            facts.observe(ObservationKind::SavedModelIo, operator, detail);
        }
    }
    for (operator, count) in &walk.placed {
        let detail = format!("operator {operator} touches a file that the graph itself names, {count} times");
        facts.observe(ObservationKind::SavedModelIo, operator.clone(), detail);
    }
    reader.finish()
}

/// Looks through a graph kept as text.
pub(super) fn read_text(text: &str, facts: &mut Facts) {
    let has = |needle: &str| memchr::memmem::find(text.as_bytes(), needle.as_bytes()).is_some();
    if !has("op: \"") && !has("op:\"") {
        return;
    }
    let is_operator = |name: &str| has(&format!("op: \"{name}\"")) || has(&format!("op:\"{name}\""));
    for operator in DANGEROUS.iter().filter(|operator| is_operator(operator)) {
        let detail = format!("operator {operator} stands in the graph");
        facts.observe(ObservationKind::SavedModelIo, *operator, detail);
    }
    if is_operator("PrintV2") && has("\"file://") {
        facts.observe(ObservationKind::SavedModelIo, "PrintV2", "operator PrintV2 writes to a file");
    }
}

/// What one node says of files: a constant by its name, an operator by what names its file.
fn note_place(
    reader: &mut Reader<'_>,
    start: u64,
    end: u64,
    constants: &mut BTreeSet<String>,
    placed: &mut Vec<(String, String)>,
) {
    let back = reader.position();
    reader.seek(start);
    let (mut name, mut operator, mut input, mut prints) = (String::new(), String::new(), None, false);
    while let Some((number, field)) = reader.field(end) {
        let Field::Bytes { start, end } = field else { continue };
        match number {
            1 => name = reader.text(start, end, MAX_NAME_BYTES),
            2 => operator = reader.text(start, end, MAX_OPERATOR_BYTES),
            3 if input.is_none() => input = Some(reader.text(start, end, MAX_NAME_BYTES)),
            5 if operator == "PrintV2" => {
                prints |= reader.text(start, end, MAX_NAME_BYTES).contains("file://");
            }
            _ => {}
        }
    }
    reader.seek(back);
    if operator == "Const" && constants.len() < MAX_CONSTANTS {
        constants.insert(name);
    } else if prints {
        // Written to whatever stands behind `file://`: that is a constant by itself.
        constants.insert(name.clone());
        placed.push((operator, name));
    } else if WITH_PLACE.contains(&operator.as_str()) {
        let input = input.unwrap_or_default();
        let from = input.split(':').next().unwrap_or_default().trim_start_matches('^').to_owned();
        placed.push((operator, from));
    }
}

#[derive(Default)]
struct Walk {
    nodes: u64,
    operators: BTreeMap<String, u64>,
    /// Operators of functions that bring along the name of the file they touch.
    placed: BTreeMap<String, u64>,
    is_broken: bool,
}

impl Walk {
    fn meta_graph(&mut self, reader: &mut Reader<'_>, start: u64, end: u64, facts: &mut Facts) {
        let back = reader.position();
        reader.seek(start);
        while let Some((number, field)) = reader.field(end) {
            let Field::Bytes { start, end } = field else { continue };
            match number {
                1 => meta_info(reader, start, end, facts),
                2 => self.graph(reader, start, end),
                _ => {}
            }
        }
        self.is_broken |= reader.position() < end;
        reader.seek(back);
    }

    /// A GraphDef: nodes (1) and a library (2) of functions (1) with nodes (3).
    fn graph(&mut self, reader: &mut Reader<'_>, start: u64, end: u64) {
        let back = reader.position();
        reader.seek(start);
        while let Some((number, field)) = reader.field(end) {
            match (number, field) {
                (1, Field::Bytes { start, end }) => self.node(reader, start, end),
                (2, Field::Bytes { start, end }) => self.library(reader, start, end),
                _ => {}
            }
        }
        self.is_broken |= reader.position() < end;
        reader.seek(back);
    }

    fn library(&mut self, reader: &mut Reader<'_>, start: u64, end: u64) {
        let back = reader.position();
        reader.seek(start);
        while let Some((number, field)) = reader.field(end) {
            let (1, Field::Bytes { start, end }) = (number, field) else { continue };
            let outer = reader.position();
            reader.seek(start);
            let (mut constants, mut placed) = (BTreeSet::new(), Vec::new());
            while let Some((number, field)) = reader.field(end) {
                if let (3, Field::Bytes { start, end }) = (number, field) {
                    self.node(reader, start, end);
                    note_place(reader, start, end, &mut constants, &mut placed);
                }
            }
            for (operator, _) in placed.iter().filter(|(_, input)| constants.contains(input)) {
                *self.placed.entry(operator.clone()).or_insert(0) += 1;
            }
            reader.seek(outer);
        }
        reader.seek(back);
    }

    fn node(&mut self, reader: &mut Reader<'_>, start: u64, end: u64) {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return;
        }
        let back = reader.position();
        reader.seek(start);
        while let Some((number, field)) = reader.field(end) {
            if let (2, Field::Bytes { start, end }) = (number, field) {
                let operator = reader.text(start, end, MAX_OPERATOR_BYTES);
                if self.operators.len() < 10_000 || self.operators.contains_key(&operator) {
                    *self.operators.entry(operator).or_insert(0) += 1;
                }
                break;
            }
        }
        reader.seek(back);
    }
}

/// MetaInfoDef: the TensorFlow version that wrote the file stands in field 5.
fn meta_info(reader: &mut Reader<'_>, start: u64, end: u64, facts: &mut Facts) {
    let back = reader.position();
    reader.seek(start);
    while let Some((number, field)) = reader.field(end) {
        if let (5, Field::Bytes { start, end }) = (number, field) {
            facts.property("library", "tensorflow");
            facts.property("library_version", reader.text(start, end, 64));
        }
    }
    reader.seek(back);
}
