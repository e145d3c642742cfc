//! Measures how fast texts are searched: `cargo run --release -p syndic-privacy --example privacy_throughput -- FILE…`.

#![expect(clippy::print_stdout, reason = "an example's output is its purpose")]
#![expect(clippy::disallowed_methods, reason = "an example is no part of the pure engine")]

use std::time::Instant;

use syndic_privacy::PrivacyEngine;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = PrivacyEngine::builtin()?;
    let texts: Vec<String> = std::env::args()
        .skip(1)
        .filter_map(|path| std::fs::read(path).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect();
    let bytes: usize = texts.iter().map(String::len).sum();
    for _ in 0..3 {
        let start = Instant::now();
        let hits: usize = texts.iter().map(|text| engine.find(text).len()).sum();
        let seconds = start.elapsed().as_secs_f64();
        let rate = bytes as f64 / 1e6 / seconds;
        println!("{} texts, {bytes} bytes, {hits} hits: {rate:.0} MB/s", texts.len());
    }
    Ok(())
}
