//! TensorFlow checkpoints: the index of variables, the older single file, and the data files beside an index.
//!
//! No part of them runs code; the graph that belongs to them stands in a `.meta` file of its own.
//! Source: TensorFlow `tensor_bundle.proto`, `tensor_shape.proto`, `types.proto`.

use std::collections::BTreeMap;
use std::io;

use syndic_detect::ReadAt;

use crate::facts::Facts;
use crate::reader::{Field, Reader};
use crate::table::{self, Index};

/// Names of the element types by their number.
const TYPES: [(u64, &str); 15] = [
    (1, "float32"),
    (2, "float64"),
    (3, "int32"),
    (4, "uint8"),
    (5, "int16"),
    (6, "int8"),
    (7, "string"),
    (8, "complex64"),
    (9, "int64"),
    (10, "bool"),
    (14, "bfloat16"),
    (17, "uint16"),
    (19, "float16"),
    (22, "uint32"),
    (23, "uint64"),
];

/// Reads what a part of a checkpoint tells.
pub(super) fn read(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    facts.property("framework", "tensorflow");
    match table::identify(source)? {
        Some(Index::Bundle) => bundle(source, facts),
        Some(Index::Slices) => {
            facts.property("part", "whole");
            Ok(())
        }
        None => {
            facts.property("part", "data");
            Ok(())
        }
    }
}

fn bundle(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    facts.property("part", "index");
    let (mut tensors, mut parameters, mut dtypes) = (0_u64, 0_u64, BTreeMap::new());
    let is_whole = table::values(source, |value| {
        let Some((dtype, elements)) = variable(value) else { return };
        tensors += 1;
        // A text is a part of the bookkeeping, not a weight.
        if dtype != "string" {
            parameters = parameters.saturating_add(elements);
        }
        *dtypes.entry(dtype).or_insert(0_u64) += 1;
    })?;
    if !is_whole {
        facts.skip("checkpoint index: compressed, damaged or over the bound");
    }
    facts.property("tensors", tensors);
    facts.property("parameters", parameters);
    facts.property("dtypes", serde_json::json!(dtypes));
    Ok(())
}

/// Reads a `BundleEntryProto`: element type (1) and shape (2).
fn variable(value: &[u8]) -> Option<(&'static str, u64)> {
    let value = value.to_vec();
    let mut reader = Reader::new(&value);
    let end = value.len() as u64;
    let (mut dtype, mut elements) = (None, 1);
    while let Some((number, field)) = reader.field(end) {
        match (number, field) {
            (1, Field::Varint(known)) => dtype = Some(known),
            (2, Field::Bytes { start, end }) => elements = shape(&mut reader, start, end),
            _ => {}
        }
    }
    let dtype = dtype?;
    Some((TYPES.iter().find(|(number, _)| *number == dtype).map_or("other", |(_, name)| name), elements))
}

/// Multiplies the sizes (1) of the dimensions (2); one that is not known counts as 0.
fn shape(reader: &mut Reader<'_>, start: u64, end: u64) -> u64 {
    let back = reader.position();
    reader.seek(start);
    let mut elements = 1_u64;
    while let Some((number, field)) = reader.field(end) {
        let (2, Field::Bytes { start, end }) = (number, field) else { continue };
        let outer = reader.position();
        reader.seek(start);
        let size = match reader.field(end) {
            Some((1, Field::Varint(size))) => i64::try_from(size).ok().and_then(|size| u64::try_from(size).ok()),
            _ => Some(0),
        };
        elements = elements.saturating_mul(size.unwrap_or(0));
        reader.seek(outer);
    }
    reader.seek(back);
    elements
}

#[cfg(test)]
mod tests {
    use crate::table::tests::table;
    use crate::{Format, Identified, identify};

    use super::*;

    fn facts_of(path: &str, content: &[u8]) -> (Identified, Facts) {
        let content = &content.to_vec();
        let identified = identify(path, content).unwrap();
        let mut facts = Facts::new(path, identified, content.len() as u64);
        crate::formats::read(content, &mut facts).unwrap();
        (identified, facts)
    }

    #[test]
    fn an_index_tells_its_variables_whatever_its_name() {
        // float32 of 3 × 4, and a text of bookkeeping.
        let weights: &[u8] = &[8, 1, 0x12, 8, 0x12, 2, 8, 3, 0x12, 2, 8, 4, 0x28, 48];
        let index = table(&[("", &[8, 1]), ("_graph", &[8, 7, 0x12, 0]), ("w", weights)]);
        for path in ["model.ckpt.index", "x.bin", "model.ckpt-7"] {
            let (identified, facts) = facts_of(path, &index);
            assert_eq!(identified.format, Format::TfCheckpoint, "{path}");
            assert_eq!(facts.properties["tensors"], 2);
            assert_eq!(facts.properties["parameters"], 12);
            assert_eq!(facts.properties["part"], "index");
            assert!(facts.not_inspected.is_empty());
        }
    }

    #[test]
    fn the_graph_of_a_checkpoint_is_walked_for_operators_that_run_python() {
        let field =
            |number: u8, content: &[u8]| [&[number << 3 | 2, u8::try_from(content.len()).unwrap()], content].concat();
        let node = |operator: &[u8]| field(1, &[field(1, b"n"), field(2, operator)].concat());
        let graph = [node(b"Const"), node(b"PyFunc")].concat();
        let content = [field(1, &field(4, b"serve")), field(2, &graph), field(3, b"\x0a\x01s")].concat();
        let (identified, facts) = facts_of("model.ckpt.meta", &content);
        assert_eq!(identified.format, Format::TfMetaGraph);
        assert_eq!(facts.observations.len(), 1);
        assert_eq!(facts.observations[0].subject, "PyFunc");
    }

    #[test]
    fn data_beside_an_index_is_known_by_its_numbering_alone() {
        let noise: Vec<u8> = (0..4_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8 | 1).collect();
        let (identified, facts) = facts_of("m/model.ckpt.data-00000-of-00002", &noise);
        assert_eq!((identified.format, facts.properties["part"].as_str()), (Format::TfCheckpoint, Some("data")));
        for path in ["m/model.data-0-of-2", "m/model.data", "m/model.data-00003-of-00002"] {
            assert_eq!(identify(path, &noise).unwrap().format, Format::Binary, "{path}");
        }
    }
}
