//! TensorFlow SavedModel, frozen graphs and the graphs of checkpoints: the operators, because a few of them touch files or run Python.
//!
//! Source: TensorFlow `saved_model.proto`, `meta_graph.proto`, `graph.proto`, `function.proto`; TensorFlow's own
//! security notes say that a model is a program.

use std::collections::BTreeMap;
use std::io;

use syndic_detect::ReadAt;

use crate::Format;
use crate::facts::{Facts, ObservationKind};
use crate::reader::{Field, Reader};

/// Nodes walked.
const MAX_NODES: u64 = 5_000_000;
/// Operators that read, write or list files, run Python or load code.
pub(super) const DANGEROUS: [&str; 14] = [
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
];
const MAX_OPERATOR_BYTES: usize = 128;

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
    reader.finish()
}

#[derive(Default)]
struct Walk {
    nodes: u64,
    operators: BTreeMap<String, u64>,
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
            while let Some((number, field)) = reader.field(end) {
                if let (3, Field::Bytes { start, end }) = (number, field) {
                    self.node(reader, start, end);
                }
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
