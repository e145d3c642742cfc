//! Any bytes: an entry bundle or hash tile that is read is written back byte for byte.

#![no_main]

use libfuzzer_sys::fuzz_target;
use syndic_tlog::{decode_entries, decode_hashes, encode_entries, encode_hashes};

fuzz_target!(|data: &[u8]| {
    if let Some(([width], bytes)) = data.split_first_chunk() {
        if let Ok(entries) = decode_entries(bytes, u16::from(*width)) {
            assert_eq!(encode_entries(&entries).ok().as_deref(), Some(bytes));
        }
    }
    if let Ok(hashes) = decode_hashes(data) {
        assert_eq!(encode_hashes(&hashes), data);
    }
});
