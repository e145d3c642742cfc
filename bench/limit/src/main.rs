//! The limit of the machine: how fast one core hashes bytes that already stand in its cache, with no file in the way.
//!
//! Prints the best of seven runs, in MB of content per second of CPU: the best run is the one the rest of the machine
//! disturbed least.

use sha2::{Digest as _, Sha256};

const CHUNK_BYTES: usize = 512 << 10;

const RUN_BYTES: usize = 512 << 20;

/// Nanoseconds this thread has been on a core.
fn cpu_nanoseconds() -> u64 {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").expect("a Linux with schedstat");
    line.split(' ').next().and_then(|field| field.parse().ok()).expect("schedstat begins with a number")
}

fn best_rate(mut work: impl FnMut(&[u8])) -> f64 {
    let chunk: Vec<u8> = (0..CHUNK_BYTES).map(|index| (index * 31 % 251) as u8).collect();
    (0..7)
        .map(|_| {
            let start = cpu_nanoseconds();
            (0..RUN_BYTES / CHUNK_BYTES).for_each(|_| work(&chunk));
            RUN_BYTES as f64 * 1e3 / (cpu_nanoseconds() - start) as f64
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
