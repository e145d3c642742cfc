//! Any text: what is read as checkpoint, proof, request to a witness or tile path is written back byte for byte.

#![no_main]

use libfuzzer_sys::fuzz_target;
use syndic_tlog::{Checkpoint, ProofText, Tile, WitnessRequest};

fuzz_target!(|text: &str| {
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.to_string(), text);
    }
    if let Ok(proof) = ProofText::parse(text) {
        assert_eq!(proof.to_string(), text);
    }
    if let Ok(request) = WitnessRequest::parse(text) {
        assert_eq!(request.to_string(), text);
    }
    if let Ok(tile) = text.parse::<Tile>() {
        assert_eq!(tile.to_string(), text);
    }
});
