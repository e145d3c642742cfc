//! Models whose graph is one FlatBuffers table: TensorFlow Lite and ExecuTorch; CatBoost, whose weights are one.
//!
//! Weights are passed over. What matters are the operators: those that touch files, and those that only a library of
//! the application can run.
//! Source: TensorFlow Lite `schema.fbs`, ExecuTorch `schema/program.fbs`, CatBoost `model.cpp`.

use std::collections::BTreeSet;
use std::io;

use serde_json::json;
use syndic_detect::{ReadAt, read_vec_at};

use super::flat_table::Table;
use super::{custom, saved_model};
use crate::facts::{Facts, ObservationKind};

/// Bytes before the table in a CatBoost file: magic number and length.
const CATBOOST_HEAD: u64 = 8;
/// Longest name of an operator read.
const MAX_NAME_BYTES: usize = 256;
/// The code of TensorFlow Lite's operators that are not built in.
const CUSTOM_CODE: u32 = 32;
/// Operators under a name of their own that TensorFlow Lite and MediaPipe bring along themselves.
const TFLITE_SHIPPED: [&str; 27] = [
    "TFLite_Detection_PostProcess",
    "AudioSpectrogram",
    "Mfcc",
    "NumericVerify",
    "Convolution2DTransposeBias",
    "MaxPoolingWithArgmax2D",
    "MaxUnpooling2D",
    "TransformTensorBilinear",
    "TransformLandmarks",
    "Landmarks2TransformMatrix",
    "Resampler",
    "Where",
    "HashtableV2",
    "HashtableFind",
    "HashtableLookup",
    "HashtableImport",
    "HashtableSize",
    "RandomStandardNormal",
    "RandomUniform",
    "Multinomial",
    "Roll",
    "Irfft2d",
    "Sign",
    "Bucketize",
    "ReadVariable",
    "AssignVariable",
    "edgetpu-custom-op",
];
/// Libraries of operators that ExecuTorch's own sources hold.
const EXECUTORCH_SHIPPED: [&str; 12] = [
    "aten",
    "prim",
    "prims",
    "executorch_prim",
    "quantized_decomposed",
    "dim_order_ops",
    "llama",
    "torchao",
    "cortex_m",
    "cadence",
    "et_vk",
    "quantized",
];
/// Backends whose part of the file is a description; the others carry compiled code.
const EXECUTORCH_BACKENDS: [&str; 10] = [
    "XnnpackBackend",
    "CoreMLBackend",
    "MPSBackend",
    "QnnBackend",
    "VulkanBackend",
    "EthosUBackend",
    "VgfBackend",
    "NeuropilotBackend",
    "EnnBackend",
    "OpenvinoBackend",
];

/// Reads a TensorFlow Lite model.
pub(super) fn tflite(source: &dyn ReadAt, facts: &mut Facts) {
    facts.property("framework", "tflite");
    let Some(root) = Table::root(source) else {
        facts.skip("tflite: the root table cannot be read, so the file is cut off or no model");
        return;
    };
    if let Some(description) = root.text(3, MAX_NAME_BYTES) {
        facts.property("description", description);
    }
    if !root.has(1) {
        return;
    }
    let Some(codes) = root.elements(1) else {
        facts.skip("tflite: the list of operators cannot be read");
        return;
    };
    facts.property("operators", codes.count);
    let mut named = BTreeSet::new();
    let mut is_broken = codes.is_over_bound();
    for code in root.tables(codes) {
        let Some(code) = code else {
            is_broken = true;
            continue;
        };
        // Newer files say the code in field 3, older ones in a byte of field 0.
        let is_custom =
            code.number(3) == Some(CUSTOM_CODE) || code.number(0).is_some_and(|old| old & 0xff == CUSTOM_CODE);
        match code.text(1, MAX_NAME_BYTES) {
            Some(name) => drop(named.insert(name)),
            None => is_broken |= is_custom && code.has(1),
        }
    }
    if is_broken {
        facts.skip("tflite: some operators cannot be read");
    }
    note_tflite(&named, facts);
}

/// Operators that TensorFlow runs for its smaller brother are judged as TensorFlow's.
fn note_tflite(named: &BTreeSet<String>, facts: &mut Facts) {
    for operator in named.iter().filter_map(|name| name.strip_prefix("Flex")) {
        if saved_model::DANGEROUS.contains(&operator) {
            let detail = format!("operator {operator} of TensorFlow stands in the model");
            facts.observe(ObservationKind::SavedModelIo, operator, detail);
        }
    }
    let unknown = named.iter().map(String::as_str);
    let unknown = unknown.filter(|name| !name.starts_with("Flex") && !TFLITE_SHIPPED.contains(name));
    custom::note("TensorFlow Lite operators", unknown, facts);
}

/// Reads an ExecuTorch program.
pub(super) fn executorch(source: &dyn ReadAt, facts: &mut Facts) {
    facts.property("framework", "executorch");
    let root = Table::root(source);
    let Some((root, plans)) = root.and_then(|root| Some((root, root.elements(1)?))) else {
        facts.skip("executorch: the list of methods cannot be read, so the file is cut off or no program");
        return;
    };
    let (mut operators, mut backends) = (BTreeSet::new(), BTreeSet::new());
    let mut is_broken = plans.is_over_bound();
    for plan in root.tables(plans) {
        let Some(plan) = plan else {
            is_broken = true;
            continue;
        };
        is_broken |= !names(&plan, 6, &mut operators) || !names(&plan, 7, &mut backends);
    }
    if is_broken {
        facts.skip("executorch: some operators or delegates cannot be read");
    }
    facts.property("methods", plans.count);
    facts.property("operators", operators.len());
    if !backends.is_empty() {
        facts.property("backends", json!(backends));
    }
    let is_shipped = |name: &str| EXECUTORCH_SHIPPED.contains(&name.split("::").next().unwrap_or(name));
    custom::note("ExecuTorch operators", operators.iter().map(String::as_str).filter(|name| !is_shipped(name)), facts);
    let unknown = backends.iter().map(String::as_str).filter(|name| !EXECUTORCH_BACKENDS.contains(name));
    custom::note("ExecuTorch backends, whose part may be compiled code,", unknown, facts);
}

/// Adds the first field of each table of a list, a text; `false` if one cannot be read.
fn names(plan: &Table<'_>, list: u64, into: &mut BTreeSet<String>) -> bool {
    if !plan.has(list) {
        return true;
    }
    let Some(elements) = plan.elements(list) else { return false };
    let mut is_whole = !elements.is_over_bound();
    for table in plan.tables(elements) {
        match table.and_then(|table| table.text(0, MAX_NAME_BYTES)) {
            Some(name) => drop(into.insert(name)),
            None => is_whole = false,
        }
    }
    is_whole
}

/// Checks a CatBoost model.
pub(super) fn catboost(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    facts.property("framework", "catboost");
    let length = read_vec_at(source, 4, 4)?;
    let claimed = length.try_into().map_or(0, |bytes| u64::from(u32::from_le_bytes(bytes)));
    let held = source.len().saturating_sub(CATBOOST_HEAD);
    if claimed == 0 || claimed > held {
        facts.skip(format!("catboost: the header claims {claimed} bytes of model, the file has {held}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::{Format, Report, Scanner, Verdict};

    /// A buffer built from its end: text and tables go in front of what they are pointed to by.
    fn offset(to: usize, from: usize) -> [u8; 4] {
        u32::try_from(to - from).unwrap().to_le_bytes()
    }

    /// One table at `at` with the offsets of its fields; every field takes four bytes.
    fn table(bytes: &mut Vec<u8>, fields: &[(usize, Option<u32>)], slots: usize) -> (usize, Vec<usize>) {
        let vtable = bytes.len();
        let vtable_bytes = 4 + slots * 2;
        let table_bytes = 4 + fields.len() * 4;
        bytes.extend(u16::try_from(vtable_bytes).unwrap().to_le_bytes());
        bytes.extend(u16::try_from(table_bytes).unwrap().to_le_bytes());
        for slot in 0..slots {
            let at = fields.iter().position(|(number, _)| *number == slot).map_or(0, |index| 4 + index * 4);
            bytes.extend(u16::try_from(at).unwrap().to_le_bytes());
        }
        let at = bytes.len();
        bytes.extend(offset(at, vtable));
        let mut places = Vec::new();
        for (_, value) in fields {
            places.push(bytes.len());
            bytes.extend(value.unwrap_or(0).to_le_bytes());
        }
        (at, places)
    }

    fn point(bytes: &mut [u8], place: usize, to: usize) {
        bytes[place..place + 4].copy_from_slice(&offset(to, place));
    }

    fn text(bytes: &mut Vec<u8>, text: &str) -> usize {
        let at = bytes.len();
        bytes.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
        bytes.extend(text.as_bytes());
        bytes.push(0);
        while !bytes.len().is_multiple_of(4) {
            bytes.push(0);
        }
        at
    }

    fn list(bytes: &mut Vec<u8>, count: usize) -> (usize, usize) {
        let at = bytes.len();
        bytes.extend(u32::try_from(count).unwrap().to_le_bytes());
        bytes.resize(bytes.len() + count * 4, 0);
        (at, at + 4)
    }

    fn tflite(operator: &str) -> Vec<u8> {
        let mut bytes = b"\0\0\0\0TFL3".to_vec();
        let (root, fields) = table(&mut bytes, &[(1, None)], 2);
        point(&mut bytes, 0, root);
        let (codes, first) = list(&mut bytes, 1);
        point(&mut bytes, fields[0], codes);
        let (code, fields) = table(&mut bytes, &[(1, None), (3, Some(32))], 4);
        point(&mut bytes, first, code);
        let name = text(&mut bytes, operator);
        point(&mut bytes, fields[0], name);
        bytes
    }

    fn executorch(operator: &str, backend: &str) -> Vec<u8> {
        let mut bytes = b"\0\0\0\0ET12".to_vec();
        let (root, fields) = table(&mut bytes, &[(1, None)], 2);
        point(&mut bytes, 0, root);
        let (plans, first) = list(&mut bytes, 1);
        point(&mut bytes, fields[0], plans);
        let (plan, fields) = table(&mut bytes, &[(6, None), (7, None)], 8);
        point(&mut bytes, first, plan);
        for (field, name) in fields.into_iter().zip([operator, backend]) {
            let (names, first) = list(&mut bytes, 1);
            point(&mut bytes, field, names);
            let (named, fields) = table(&mut bytes, &[(0, None)], 1);
            point(&mut bytes, first, named);
            let name = text(&mut bytes, name);
            point(&mut bytes, fields[0], name);
        }
        bytes
    }

    fn scanned(path: &str, bytes: &[u8]) -> Report {
        Scanner::builtin().unwrap().scan(path, &bytes.to_vec()).unwrap()
    }

    #[test]
    fn operators_of_tensorflow_lite_are_judged_by_name() {
        for (operator, expected) in [
            ("TFLite_Detection_PostProcess", Verdict::Clean),
            ("FlexMatMul", Verdict::Clean),
            ("FlexReadFile", Verdict::Suspicious),
            ("AcmeFuse", Verdict::Unreviewed),
        ] {
            let report = scanned("m.tflite", &tflite(operator));
            assert_eq!((report.format, report.verdict), (Format::TfLite, expected), "{operator} {report:?}");
        }
    }

    #[test]
    fn operators_and_backends_of_executorch_are_judged_by_name() {
        for (operator, backend, expected) in [
            ("aten::add", "XnnpackBackend", Verdict::Clean),
            ("acme::run", "XnnpackBackend", Verdict::Unreviewed),
            ("aten::add", "CudaBackend", Verdict::Unreviewed),
        ] {
            let report = scanned("m.pte", &executorch(operator, backend));
            assert_eq!(
                (report.format, report.verdict),
                (Format::ExecuTorch, expected),
                "{operator} {backend} {report:?}"
            );
        }
    }

    #[test]
    fn a_program_cut_off_anywhere_is_never_clean() {
        let whole = executorch("aten::add", "XnnpackBackend");
        for length in 8..whole.len() - 4 {
            let report = scanned("m.pte", &whole[..length]);
            assert_ne!(report.verdict, Verdict::Clean, "cut at {length}");
        }
    }
}
