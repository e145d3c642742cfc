//! Known ways past pickle scanners, one test each. The payloads only name a callable; nothing here is ever loaded.

use crate::facts::Standing;
use crate::pickle::read_stream;

fn worst(bytes: &[u8]) -> Standing {
    let stream = read_stream(&bytes.to_vec(), 0, None, crate::pickle::Tracing::Off).unwrap();
    let imports = stream.pickles.iter().flat_map(|pickle| &pickle.imports);
    imports.map(|import| import.standing).max().unwrap_or(Standing::Allowed)
}

const CALL: &[u8] = b"cos\nsystem\n(S'echo'\ntR.";

fn denied(bytes: &[u8]) {
    assert_eq!(worst(bytes), Standing::Denied, "{}", String::from_utf8_lossy(bytes));
}

#[test]
fn numbers_only_c_accepts_do_not_stop_the_walk() {
    denied(&[b"I0x10\n0L0x12L\n0I 007\n0".as_slice(), CALL].concat());
}

#[test]
fn a_wrong_frame_length_hides_nothing() {
    denied(&[b"\x80\x04\x95\x01\0\0\0\0\0\0\0".as_slice(), CALL].concat());
}

#[test]
fn an_argument_across_the_end_of_a_frame_is_suspicious() {
    let framed = |length: u8, rest: &[u8]| [b"\x80\x04\x95".as_slice(), &[length, 0, 0, 0, 0, 0, 0, 0], rest].concat();
    // C reads `os.Net` here, everything else `acmeos.Net`.
    assert_eq!(worst(&framed(5, b"cacmeos\nNet\n(tR.")), Standing::Suspicious);
    assert_eq!(worst(&framed(3, b"]\x8c\x06abcdefa.")), Standing::Suspicious);
    assert_eq!(worst(&framed(10, b"]\x8c\x06abcdefa.")), Standing::Allowed);
}

#[test]
fn a_popped_result_was_still_called() {
    denied(b"cos\nsystem\n(S'echo'\ntR0N.");
}

#[test]
fn obj_inst_and_newobj_ex_call_too() {
    denied(b"(cos\nsystem\nS'echo'\no.");
    denied(b"(S'echo'\nios\nsystem\n.");
    denied(b"\x80\x04\x8c\x0asubprocess\x8c\x05Popen\x93)}\x92.");
}

#[test]
fn a_name_behind_memo_and_escapes_is_still_the_name() {
    denied(b"\x80\x04\x8c\x02os\x94\x8c\x06system\x9400h\x00h\x01\x93)R.");
    denied(b"V\\u006fs\nVsyst\\u0065m\n\x93)R.");
}

#[test]
fn a_planted_callable_is_found_without_any_call() {
    denied(b"\x80\x04\x8c\x0bcollections\x8c\x0bOrderedDict\x93}\x8c\x0c__setstate__\x8c\x02os\x8c\x06system\x93sb.");
}

#[test]
fn every_pickle_of_a_stream_is_walked() {
    denied(&[b"\x80\x04N.".as_slice(), b"\x80\x04}.", CALL].concat());
}

#[test]
fn a_pickle_inside_a_constant_is_walked() {
    let mut bytes = b"\x80\x04C".to_vec();
    let inner = [b"\x80\x02".as_slice(), CALL].concat();
    bytes.push(u8::try_from(inner.len()).unwrap());
    bytes.extend(inner);
    bytes.push(b'.');
    denied(&bytes);
}

#[test]
fn getattr_leads_nowhere_dangerous_unseen() {
    denied(
        b"\x80\x04\x8c\x08builtins\x8c\x07getattr\x93\x8c\x08builtins\x8c\x06object\x93\x8c\x0e__subclasses__\x86R)R.",
    );
    assert_eq!(worst(b"cbuiltins\ngetattr\n(cdatetime\ndatetime\nS'now'\ntR."), Standing::Allowed);
    assert_eq!(worst(b"cbuiltins\ngetattr\n(NS'now'\ntR."), Standing::Suspicious);
}

#[test]
fn what_is_computed_or_hidden_in_the_registry_is_suspicious() {
    assert_eq!(worst(b"\x80\x02\x82\x01)R."), Standing::Suspicious);
    assert_eq!(worst(b"\x80\x04NN\x93)R."), Standing::Suspicious);
}

#[test]
fn a_broken_stack_does_not_end_the_walk() {
    denied(&[b"\x80\x04R0bsu".as_slice(), CALL].concat());
}

#[test]
fn a_million_opcodes_first_do_not_tire_the_walk() {
    denied(&[b"\x80\x04".as_slice(), &b"N0".repeat(600_000), CALL].concat());
}

#[test]
fn a_memo_index_of_four_billion_costs_nothing() {
    denied(&[b"\x80\x04Nr\xff\xff\xff\xff0".as_slice(), CALL].concat());
}

#[test]
fn a_name_put_together_by_a_call_is_hidden_on_purpose() {
    denied(b"\x80\x04cbuiltins\nstr.join\n\x8c\x00\x8c\x01o\x8c\x01s\x86\x86R\x8c\x06system\x93)R.");
}

#[test]
fn writing_a_file_through_a_harmless_class_is_denied() {
    denied(b"\x80\x02cpathlib\nPath.write_text\n)R.");
    denied(b"\x80\x02cuuid\n_get_command_stdout\n)R.");
}

#[test]
fn a_bound_method_of_a_constant_is_harmless() {
    assert_eq!(worst(b"\x80\x04\x8c\x08builtins\x8c\x07getattr\x93\x8c\x03abc\x8c\x05upper\x86R."), Standing::Allowed);
}

#[test]
fn methods_of_reviewed_classes_are_named_without_harm_and_not_called() {
    let method = b"cbuiltins\ngetattr\n(cpandas\nDataFrame\n)RS'to_csv'\ntR";
    assert_eq!(worst(&[method.as_slice(), b"."].concat()), Standing::Unreviewed);
    assert_eq!(worst(&[method.as_slice(), b"(S'x'\ntR."].concat()), Standing::Suspicious);
    assert_eq!(worst(b"cpandas\nDataFrame.to_csv\n(NtR."), Standing::Suspicious);
    assert_eq!(worst(b"cpandas\nDataFrame.to_csv\n."), Standing::Unreviewed);
}

#[test]
fn functions_of_reviewed_libraries_are_not_called() {
    assert_eq!(worst(b"cscipy.io\nsavemat\n(S'x'\n}tR."), Standing::Suspicious);
    assert_eq!(worst(b"cscipy.io\nsavemat\n."), Standing::Unreviewed);
    assert_eq!(worst(b"cpandas.core.x\n_new_Thing\n(tR."), Standing::Unreviewed);
    assert_eq!(worst(b"cacme.models\nbuild\n(tR."), Standing::Unreviewed);
}

#[test]
fn a_callable_judged_by_its_arguments_is_not_handed_over() {
    assert_eq!(worst(b"cfunctools\npartial\n(cbuiltins\ngetattr\nNtR."), Standing::Suspicious);
    assert_eq!(worst(b"](cbuiltins\ngetattr\ne."), Standing::Suspicious);
    assert_eq!(worst(b"cfunctools\npartial\n(cbuiltins\nint\nS'7'\ntR."), Standing::Allowed);
    assert_eq!(worst(b"cfunctools\npartial\n(cbuiltins\nint\nS'7'\ntR)R."), Standing::Suspicious);
}

#[test]
fn a_method_that_an_opcode_looks_up_is_not_planted() {
    let plant = |key: &str| format!("ctypes\nSimpleNamespace\n)\u{81}}}(S'{key}'\ncbuiltins\ndict\nub.");
    let latin1 = |text: String| text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect::<Vec<_>>();
    assert_eq!(worst(&latin1(plant("append"))), Standing::Suspicious);
    assert_eq!(worst(&latin1(plant("name"))), Standing::Allowed);
}

#[test]
fn a_class_known_by_its_library_is_given_no_path() {
    assert_eq!(worst(b"cxgboost.core\nDMatrix\n(S'../x.bin'\ntR."), Standing::Suspicious);
    assert_eq!(worst(b"ctransformers.models.bert.x\nKind\n(S'steps'\ntR."), Standing::Allowed);
    assert_eq!(worst(b"cnumpy._core.memmap\nmemmap\n."), Standing::Allowed);
    assert_eq!(worst(b"cnumpy._core.memmap\nmemmap\n(S'x'\ntR."), Standing::Suspicious);
}

#[test]
fn bytes_that_only_begin_like_a_pickle_are_bytes() {
    let bytes = b"\x80\x05\x96\x06\0\0\0\0\0\0\0\x80\x04\x80\x04\x80\x04.";
    assert_eq!(read_stream(&bytes.to_vec(), 0, None, crate::pickle::Tracing::Off).unwrap().pickles.len(), 1);
}

#[test]
fn what_a_reduce_method_names_rebuilds_and_what_a_constructor_opens_is_not_constructed() {
    assert_eq!(worst(b"cpandas.core.indexes.interval\n_new_IntervalIndex\n(NNtR."), Standing::Allowed);
    assert_eq!(worst(b"cscipy.io\nFortranFile\n(S'x'\ntR."), Standing::Suspicious);
    assert_eq!(worst(b"\x80\x02cscipy.io\nFortranFile\n)\x81."), Standing::Allowed);
    assert_eq!(worst(b"csklearn.metrics._classification\nfbeta_score\n."), Standing::Allowed);
    assert_eq!(worst(b"csklearn.metrics._classification\nfbeta_score\n(NNtR."), Standing::Suspicious);
}
