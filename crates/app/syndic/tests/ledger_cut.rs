//! A log that was cut back: its witness is asked although other damage shows too, and many torn frames hide none of it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;
mod witness_scene;

use std::fs;

use witness_scene::Scene;

const SEGMENT: &str = "ledger/segments/00000000000000000000.seg";

/// Copies the written part of the segment behind itself: every frame is whole, and none is due there.
fn double(segment: &[u8]) -> Vec<u8> {
    let end = segment.len() - segment.iter().rev().take_while(|byte| **byte == 0).count();
    // A frame ends at a multiple of eight bytes.
    let end = end.next_multiple_of(8);
    let mut doubled = segment.to_vec();
    doubled.splice(end..2 * end, segment[..end].to_vec());
    doubled
}

#[test]
fn a_log_cut_to_an_earlier_checkpoint_is_named_by_its_tiles_and_by_its_witness() {
    let scene = Scene::new();
    scene.assess();
    let state = scene.log.state.path();
    let (segment, checkpoint) = (state.join(SEGMENT), state.join("ledger/checkpoint"));
    let (before, cut, note) = (scene.size(), fs::read(&segment).unwrap(), fs::read(&checkpoint).unwrap());
    scene.assess();
    let after = scene.size();
    fs::write(&segment, cut).unwrap();
    fs::write(&checkpoint, note).unwrap();
    fs::remove_file(state.join("ledger-witnessed.note")).unwrap();
    let (code, said) = scene.run(&["ledger", "verify", "--store"]);
    assert_eq!(code, 1, "{said}");
    let of_tiles = format!("truncated: tile/0/000.p/{after} at byte 0, records {before} to {}", after - 1);
    assert!(said.contains(&of_tiles), "{said}");
    let of_witness = format!("rolled back: the witness w.example/1 has seen {after} records, the log has {before}");
    assert!(said.contains(&of_witness), "{said}");
    assert!(said.contains("not checked: the store"), "{said}");

    // Nobody to ask makes it no better, and no worse.
    fs::write(state.join("witnesses.json"), "no list").unwrap();
    let (code, said) = scene.run(&["ledger", "verify"]);
    assert!(code == 1 && said.contains(&of_tiles) && said.contains("not checked: "), "{said}");
}

#[test]
fn damage_is_shown_before_a_tail_of_many_frames() {
    let scene = Scene::new();
    for _ in 0..20 {
        scene.run(&["ledger", "hold", "place", "a", "--everything", "--reason", "r"]);
        scene.run(&["ledger", "hold", "release", "a", "--reason", "r"]);
    }
    let segment = scene.log.state.path().join(SEGMENT);
    let doubled = double(&fs::read(&segment).unwrap());
    fs::write(&segment, doubled).unwrap();
    let (code, said) = scene.run(&["ledger", "verify", "--offline"]);
    assert!(code == 1 && said.contains("more") && said.starts_with("tampered: "), "{said}");
}
