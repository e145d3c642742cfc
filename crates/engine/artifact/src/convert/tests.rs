//! Laws of the conversion, over checkpoints put together here byte by byte.

mod build;

use syndic_detect::ReadAt;

use self::build::{Pickle, bytes_of, checkpoint, one};
use super::{Conversion, ConvertError, ConvertOptions, Refusal, RefusalKind};
use crate::Scanner;

fn converted_with(source: &dyn ReadAt, options: &ConvertOptions) -> Result<(Conversion, Vec<u8>), ConvertError> {
    let planned = Conversion::plan(&Scanner::builtin().unwrap(), "model.pt", source, options)?;
    let mut written = Vec::new();
    planned.write(source, &mut written)?;
    assert_eq!(written.len() as u64, planned.output_bytes());
    Ok((planned, written))
}

fn converted(source: &dyn ReadAt) -> Vec<u8> {
    converted_with(source, &ConvertOptions::default()).unwrap().1
}

fn refused(source: &dyn ReadAt) -> Refusal {
    match converted_with(source, &ConvertOptions::default()) {
        Err(ConvertError::Refused(refusal)) => *refusal,
        other => panic!("{:?}", other.map(|_| ())),
    }
}

fn parts(file: &[u8]) -> (serde_json::Value, &[u8]) {
    let length = usize::try_from(u64::from_le_bytes(file[..8].try_into().unwrap())).unwrap();
    (serde_json::from_slice(&file[8..8 + length]).unwrap(), &file[8 + length..])
}

/// The bytes of one tensor of the result.
fn tensor<'f>(file: &'f [u8], name: &str) -> &'f [u8] {
    let (header, data) = parts(file);
    let at = |index: usize| usize::try_from(header[name]["data_offsets"][index].as_u64().unwrap()).unwrap();
    &data[at(0)..at(1)]
}

/// Sizes, strides, offset, bytes of the result.
type Case<'a> = (&'a [i64], &'a [i64], i64, &'a [u8]);

#[test]
fn views_are_written_in_the_order_of_their_indices() {
    let data = bytes_of(12);
    let cases: [Case<'_>; 7] = [
        (&[12], &[1], 0, &data),
        (&[3, 4], &[4, 1], 0, &data),
        (&[4, 3], &[1, 4], 0, &[0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]),
        (&[3], &[4], 2, &[2, 6, 10]),
        (&[2, 3], &[0, 1], 5, &[5, 6, 7, 5, 6, 7]),
        (&[2, 2, 2], &[1, 6, 2], 1, &[1, 3, 7, 9, 2, 4, 8, 10]),
        (&[], &[], 11, &[11]),
    ];
    for (sizes, strides, offset, expected) in cases {
        let file = checkpoint(&one(("ByteStorage", "0", 12), offset, sizes, strides), &[("data/0", &data)]);
        let written = converted(&file);
        assert_eq!(tensor(&written, "w"), expected, "{sizes:?} {strides:?}");
        assert_eq!(parts(&written).0["w"]["shape"], serde_json::json!(sizes));
    }
}

#[test]
fn the_most_significant_byte_first_is_turned_around() {
    let pickle = one(("IntStorage", "0", 2), 0, &[2], &[1]);
    let data = [0, 0, 0, 1, 0, 0, 0, 2];
    let file = checkpoint(&pickle, &[("byteorder", b"big"), ("data/0", &data)]);
    assert_eq!(tensor(&converted(&file), "w"), [1, 0, 0, 0, 2, 0, 0, 0]);
    let file = checkpoint(&pickle, &[("byteorder", b"little"), ("data/0", &data)]);
    assert_eq!(tensor(&converted(&file), "w"), data);
    let file = checkpoint(&pickle, &[("byteorder", b"odd"), ("data/0", &data)]);
    assert_eq!(refused(&file).member.unwrap(), "m/byteorder");
}

#[test]
fn shared_memory_is_written_twice_and_said() {
    let pickle = Pickle::new()
        .op(b"}(")
        .text("b")
        .tensor(("ByteStorage", "0", 4), 0, &[4], &[1])
        .text("a")
        .tensor(("ByteStorage", "0", 4), 2, &[2], &[1])
        .op(b"u")
        .end();
    let file = checkpoint(&pickle, &[("data/0", b"wxyz")]);
    let (planned, written) = converted_with(&file, &ConvertOptions::default()).unwrap();
    assert_eq!((tensor(&written, "b"), tensor(&written, "a")), (&b"wxyz"[..], &b"yz"[..]));
    assert!(planned.notes()[0].contains("a, b share memory"), "{:?}", planned.notes());
    assert_eq!(parts(&written).0["__metadata__"]["syndic.shared_memory"], "[[\"a\",\"b\"]]");
}

#[test]
fn nested_dictionaries_take_dots_and_two_of_one_name_are_refused() {
    let nested = |inner: &str, outer: &str| {
        let pickle = Pickle::new()
            .op(b"}(")
            .text("m")
            .op(b"}")
            .text(inner)
            .tensor(("ByteStorage", "0", 1), 0, &[1], &[1])
            .op(b"s")
            .text(outer)
            .tensor(("ByteStorage", "0", 1), 0, &[1], &[1])
            .op(b"u")
            .end();
        checkpoint(&pickle, &[("data/0", b"x")])
    };
    assert_eq!(tensor(&converted(&nested("w", "n")), "m.w"), b"x");
    assert!(refused(&nested("w", "m.w")).reason.contains("\"m.w\""));
    assert!(refused(&nested("w", "__metadata__")).reason.contains("__metadata__"));
}

#[test]
fn a_part_of_a_training_checkpoint_is_converted_alone() {
    let pickle = Pickle::new()
        .op(b"}(")
        .text("epoch")
        .int(3)
        .text("model")
        .op(b"}")
        .text("w")
        .tensor(("ByteStorage", "0", 1), 0, &[1], &[1])
        .op(b"su")
        .end();
    let file = checkpoint(&pickle, &[("data/0", b"x")]);
    let refusal = refused(&file);
    assert!(refusal.reason.contains("\"epoch\" is a number"), "{refusal}");
    assert!(refusal.next_step.contains("--part model"), "{refusal}");
    assert_eq!(refusal.offset, Some(14));
    let part = |name: &str| ConvertOptions { part: Some(name.to_owned()), ..ConvertOptions::default() };
    assert_eq!(tensor(&converted_with(&file, &part("model")).unwrap().1, "w"), b"x");
    let Err(ConvertError::Refused(refusal)) = converted_with(&file, &part("weights")) else { panic!() };
    assert_eq!(refusal.kind, RefusalKind::Request);
    assert!(refusal.next_step.contains("model"));
}

#[test]
fn versions_of_modules_are_left_out_and_any_other_state_is_refused() {
    let with_state = |key: &str| {
        let pickle = Pickle::new()
            .global("collections", "OrderedDict")
            .op(b")R")
            .text("w")
            .tensor(("ByteStorage", "0", 1), 0, &[1], &[1])
            .op(b"s}")
            .text(key)
            .op(b"}sb")
            .end();
        checkpoint(&pickle, &[("data/0", b"x")])
    };
    assert_eq!(tensor(&converted(&with_state("_metadata")), "w"), b"x");
    assert!(refused(&with_state("__call__")).reason.contains("state of its own"));
}

#[test]
fn what_harms_or_is_on_no_list_is_refused_with_its_place() {
    let evil = Pickle::new().global("os", "system").text("true").op(b"\x85R").end();
    let refusal = refused(&checkpoint(&evil, &[]));
    assert_eq!(refusal.kind, RefusalKind::Harm);
    assert!(refusal.reason.contains("malicious") && refusal.reason.contains("os.system"), "{refusal}");
    let own = Pickle::new().op(b"}").text("w").global("acme", "Weights").op(b")\x81s").end();
    let refusal = refused(&checkpoint(&own, &[]));
    assert_eq!((refusal.kind, refusal.offset), (RefusalKind::Content, Some(9)));
    assert_eq!(refusal.member.as_deref(), Some("m/data.pkl"));
    assert!(refusal.reason.contains("acme.Weights"));
}

#[test]
fn complex_sparse_and_quantised_tensors_are_refused_by_what_they_are() {
    for (module, name, what) in [
        ("torch", "ComplexFloatStorage", "complex numbers"),
        ("torch._utils", "_rebuild_sparse_tensor", "sparse"),
        ("torch._utils", "_rebuild_qtensor", "quantised"),
    ] {
        let pickle = Pickle::new().op(b"}").text("w").global(module, name).op(b"s").end();
        let refusal = refused(&checkpoint(&pickle, &[]));
        assert!(refusal.reason.contains(what), "{refusal}");
    }
}

#[test]
fn storages_that_lie_are_refused() {
    let lies: [(Vec<u8>, &[u8], &str); 6] = [
        (one(("FloatStorage", "0", 4), 0, &[4], &[1]), &[0; 12], "the pickle says 16"),
        (one(("FloatStorage", "0", 4), 0, &[4], &[1]), &[0; 20], "the pickle says 16"),
        (one(("FloatStorage", "0", 4), 1, &[4], &[1]), &[0; 16], "byte 20"),
        (one(("FloatStorage", "0", 4), 0, &[2, 2], &[i64::MAX, 1]), &[0; 16], "overflow"),
        (one(("FloatStorage", "0", 4), 0, &[i64::MAX, 4], &[0, 0]), &[0; 16], "overflow"),
        (one(("FloatStorage", "1", 4), 0, &[4], &[1]), &[0; 16], "no such member"),
    ];
    for (pickle, data, reason) in lies {
        let refusal = refused(&checkpoint(&pickle, &[("data/0", data)]));
        assert!(refusal.reason.contains(reason), "{refusal}");
    }
    let negative = one(("FloatStorage", "0", 4), 0, &[4], &[-1]);
    assert!(refused(&checkpoint(&negative, &[("data/0", &[0; 16])])).reason.contains("strides"));
}

#[test]
fn a_small_file_does_not_become_a_huge_one() {
    let file = checkpoint(&one(("ByteStorage", "0", 1), 0, &[1 << 40], &[0]), &[("data/0", b"x")]);
    assert!(refused(&file).reason.contains("1099511627776 bytes would come out"));
}

#[test]
fn a_checksum_that_disagrees_stops_the_conversion_unless_it_is_ignored() {
    let data = [7_u8; 64];
    let mut file = checkpoint(&one(("ByteStorage", "0", 64), 0, &[64], &[1]), &[("data/0", &data)]);
    let at = file.windows(64).position(|window| window == data).unwrap();
    file[at + 5] = 8;
    let refusal = refused(&file);
    assert!(refusal.next_step.contains("--ignore-checksums"), "{refusal}");
    let options = ConvertOptions { ignore_checksums: true, ..ConvertOptions::default() };
    assert_eq!(tensor(&converted_with(&file, &options).unwrap().1, "w"), &file[at..at + 64]);
}

#[test]
fn a_compressed_member_is_refused() {
    let mut file = checkpoint(&one(("ByteStorage", "0", 4), 0, &[4], &[1]), &[("data/0", b"wxyz")]);
    let name = b"m/data/0";
    let places: Vec<usize> = (0..file.len()).filter(|at| file[*at..].starts_with(name)).collect();
    file[places[0] - 30 + 8] = 8;
    file[places[1] - 46 + 10] = 8;
    let refusal = refused(&file);
    assert!(refusal.reason.contains("compressed") || refusal.kind == RefusalKind::Harm, "{refusal}");
}

#[test]
fn equal_content_gives_equal_bytes_whatever_the_order_it_was_saved_in() {
    let of = |names: [&str; 2], keys: [&str; 2]| {
        let tensor =
            |pickle: Pickle, at: usize| pickle.text(names[at]).tensor(("ByteStorage", keys[at], 1), 0, &[1], &[1]);
        let pickle = tensor(tensor(Pickle::new().op(b"}("), 0), 1).op(b"u").end();
        checkpoint(&pickle, &[("data/0", b"x"), ("data/1", b"y")])
    };
    assert_eq!(converted(&of(["a", "b"], ["0", "1"])), converted(&of(["b", "a"], ["1", "0"])));
}

#[test]
fn every_cut_of_a_checkpoint_is_refused() {
    let file = checkpoint(&one(("ByteStorage", "0", 64), 0, &[64], &[1]), &[("data/0", &[9; 64])]);
    assert!(converted_with(&file, &ConvertOptions::default()).is_ok());
    for end in 0..file.len() {
        let cut = file[..end].to_vec();
        let outcome = converted_with(&cut, &ConvertOptions::default());
        // What is cut may lie behind all that is converted; then the result is the whole one.
        assert!(outcome.is_err(), "cut at {end}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(256))]

    /// Every view is what indexing element by element gives.
    #[test]
    fn a_view_is_copied_as_indexing_would(
        dimensions in proptest::collection::vec((0_i64..5, 0_i64..7), 0..5),
        offset in 0_i64..4,
        is_wide in proptest::bool::ANY,
    ) {
        let (class, item) = if is_wide { ("LongStorage", 8) } else { ("ByteStorage", 1) };
        let data: Vec<u8> = (0..=255).cycle().take(120 * item).collect();
        let sizes: Vec<i64> = dimensions.iter().map(|(size, _)| *size).collect();
        let strides: Vec<i64> = dimensions.iter().map(|(_, stride)| *stride).collect();
        let file = checkpoint(&one((class, "0", 120), offset, &sizes, &strides), &[("data/0", &data)]);
        let mut expected = vec![usize::try_from(offset).unwrap()];
        for (size, stride) in &dimensions {
            expected = expected
                .iter()
                .flat_map(|start| (0..*size).map(move |index| start + usize::try_from(index * stride).unwrap()))
                .collect();
        }
        let expected: Vec<u8> = expected.iter().flat_map(|at| data[at * item..(at + 1) * item].to_vec()).collect();
        let written = converted(&file);
        proptest::prop_assert_eq!(tensor(&written, "w"), &expected[..]);
    }

    /// Damage anywhere is refused or harmless, never a panic.
    #[test]
    fn damage_never_panics(at in 0_usize..700, value: u8) {
        let pickle = one(("LongStorage", "0", 8), 1, &[2, 3], &[1, 2]);
        let mut file = checkpoint(&pickle, &[("data/0", &[5; 64])]);
        let at = at % file.len();
        file[at] = value;
        let _ = converted_with(&file, &ConvertOptions::default());
    }
}
