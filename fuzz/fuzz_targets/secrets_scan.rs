//! Any bytes under any name are scanned without panic, and every place that is told lies in them.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use syndic_secrets::{Reach, SecretsEngine};

static ENGINE: LazyLock<Option<SecretsEngine>> = LazyLock::new(|| SecretsEngine::builtin().ok());

fuzz_target!(|input: (String, Vec<u8>)| {
    let (path, content) = input;
    let Some(engine) = ENGINE.as_ref() else { return };
    for reach in [Reach::Product, Reach::Everything] {
        for hit in engine.scan_as_far_as(reach, &path, &content).hits {
            assert!(hit.length > 0 && hit.offset + hit.length <= content.len() as u64);
        }
    }
});
