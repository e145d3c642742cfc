//! The limit of the machine: how fast one core hashes bytes that already stand in its cache, with no file in the way.
//!
//! Prints the best of seven one-second runs, in MB of content per second of CPU: the best run is the one the rest of
//! the machine disturbed least.

use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

const CHUNK_BYTES: usize = 512 << 10;

fn best_rate(mut work: impl FnMut(&[u8])) -> f64 {
    let chunk: Vec<u8> = (0..CHUNK_BYTES).map(|index| (index * 31 % 251) as u8).collect();
    (0..7)
        .map(|_| {
            let start = Instant::now();
            let mut bytes = 0_usize;
            while start.elapsed() < Duration::from_secs(1) {
                work(&chunk);
                bytes += chunk.len();
            }
            bytes as f64 / start.elapsed().as_secs_f64() / 1e6
        })
        .fold(0.0, f64::max)
}

fn main() {
    let mut sha = Sha256::new();
    println!("sha256 {:.0}", best_rate(|chunk| sha.update(chunk)));
    let mut blake = blake3::Hasher::new();
    println!("blake3 {:.0}", best_rate(|chunk| {
        blake.update(chunk);
    }));
    println!("# {:02x} {}", sha.finalize()[0], blake.finalize());
}
