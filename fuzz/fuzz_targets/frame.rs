//! Any bytes as what stands in a segment: a frame, and a record's leaf, that are read are written back byte for byte.

#![no_main]

use libfuzzer_sys::fuzz_target;
use syndic_ledger::frame::{FrameKind, Parsed, encode, encode_record, parse, split_record, total_bytes};
use syndic_ledger::leaf::Leaf;

fuzz_target!(|data: &[u8]| {
    check_frames(data);
    // A checksum is hardly ever guessed: the bytes are tried as a payload, and the frame of it once damaged.
    let Some(([at, change], payload)) = data.split_first_chunk() else { return };
    check_leaf(payload);
    if let Some((leaf, content)) = split_record(payload) {
        check_leaf(leaf);
        let mut framed = Vec::new();
        assert!(encode_record(leaf, content, &mut framed));
        let Parsed::Frame { kind: FrameKind::Record, payload: read, .. } = parse(&framed) else { panic!("no frame") };
        assert_eq!(read, payload);
        if let Some(byte) = framed.get_mut(usize::from(*at)).filter(|_| *change != 0) {
            *byte ^= *change;
            assert!(!matches!(parse(&framed), Parsed::Frame { .. }), "a changed byte passed");
        }
    }
});

fn check_frames(mut bytes: &[u8]) {
    while let Parsed::Frame { kind, payload, total_bytes: total } = parse(bytes) {
        let mut again = Vec::new();
        assert!(encode(kind, &[payload], &mut again));
        assert_eq!((again.as_slice(), again.len()), (&bytes[..total], total_bytes(payload.len())));
        bytes = &bytes[total..];
    }
}

fn check_leaf(bytes: &[u8]) {
    if let Ok(leaf) = Leaf::parse(bytes) {
        assert_eq!(leaf.encode().as_deref(), Ok(bytes));
    }
}
