//! Protobuf models have no magic number: told by a whole, valid walk over their top-level fields.
//!
//! Source: `onnx.proto` (ModelProto), TensorFlow `saved_model.proto` and `graph.proto`.

use std::io;

use syndic_detect::ReadAt;

use crate::Format;
use crate::reader::{Field, Reader};

/// Top-level fields walked before deciding; a GraphDef has one a node.
const MAX_FIELDS: usize = 64;

/// Returns which protobuf model this is, if it is one.
pub(super) fn identify(source: &dyn ReadAt) -> io::Result<Option<Format>> {
    let mut reader = Reader::new(source);
    let end = source.len();
    let (mut version, mut graph, mut onnx_fault, mut first_bytes) = (None, false, false, Vec::new());
    let (mut count, mut only_graph_def) = (0, true);
    while count < MAX_FIELDS && reader.position() < end {
        let Some((number, field)) = reader.field(end) else {
            // Field 7 comes last in a truncated file; anything else invalid means another format.
            return reader.finish().map(|()| None);
        };
        count += 1;
        match (number, field) {
            (1, Field::Varint(value)) => version = Some(value),
            (7, Field::Bytes { .. }) => graph = true,
            (2..=4 | 6 | 8 | 14 | 20 | 25, Field::Bytes { .. }) | (5, Field::Varint(_)) => {}
            _ => onnx_fault = true,
        }
        match (number, field) {
            (1 | 2, Field::Bytes { start, end }) => {
                if first_bytes.len() < 4 {
                    first_bytes.push((number, start, end));
                }
            }
            (4, Field::Bytes { .. }) | (3, Field::Varint(_)) => {}
            _ => only_graph_def = false,
        }
    }
    let is_onnx = graph && !onnx_fault && version.is_some_and(|version| version <= 100);
    if is_onnx {
        return reader.finish().map(|()| Some(Format::Onnx));
    }
    if version == Some(1) && !first_bytes.is_empty() && count <= 16 && is_meta_graph(&mut reader, &first_bytes) {
        return reader.finish().map(|()| Some(Format::TfSavedModel));
    }
    if version.is_none() && only_graph_def && count >= 2 && is_node_list(&mut reader, &first_bytes) {
        return reader.finish().map(|()| Some(Format::TfGraph));
    }
    if version.is_none() && is_graph_of_checkpoint(&mut reader, end) {
        return reader.finish().map(|()| Some(Format::TfMetaGraph));
    }
    reader.finish().map(|()| None)
}

/// A MetaGraphDef by itself: meta info (1) first, then a graph (2) whose nodes have names and operators.
fn is_graph_of_checkpoint(reader: &mut Reader<'_>, end: u64) -> bool {
    reader.seek(0);
    let Some((1, Field::Bytes { .. })) = reader.field(end) else { return false };
    let Some((2, Field::Bytes { start, end: graph_end })) = reader.field(end) else { return false };
    reader.seek(start);
    let mut nodes = Vec::new();
    while let Some((1, Field::Bytes { start, end })) = reader.field(graph_end).filter(|_| nodes.len() < 4) {
        nodes.push((1, start, end));
    }
    is_node_list(reader, &nodes)
}

/// Field 2 of a SavedModel holds a MetaGraphDef: meta info (1) and graph (2).
fn is_meta_graph(reader: &mut Reader<'_>, fields: &[(u64, u64, u64)]) -> bool {
    fields.iter().all(|(number, start, end)| {
        reader.seek(*start);
        *number == 2 && matches!(reader.field(*end), Some((1 | 2, Field::Bytes { .. })))
    })
}

/// Field 1 of a GraphDef holds a NodeDef: name (1) and operator (2), both text.
fn is_node_list(reader: &mut Reader<'_>, fields: &[(u64, u64, u64)]) -> bool {
    !fields.is_empty()
        && fields.iter().filter(|(number, ..)| *number == 1).all(|(_, start, end)| {
            reader.seek(*start);
            let is_name = matches!(reader.field(*end), Some((1, Field::Bytes { .. })));
            let Some((2, Field::Bytes { start, end })) = reader.field(*end) else { return false };
            let operator = reader.text(start, end, 64);
            is_name && operator.starts_with(|first: char| first.is_ascii_uppercase() || first == '_')
        })
        && fields.iter().any(|(number, ..)| *number == 1)
}
