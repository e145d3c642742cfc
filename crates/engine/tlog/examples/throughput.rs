//! Measures how many records a second are hashed into leaves, joined to the tree and put into tiles, on one core.
//!
//! `cargo run --release --example throughput -p syndic-tlog [records]`

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a benchmark reads the clock and prints")]

use std::time::Instant;

use syndic_tlog::{
    Frontier, InclusionProof, Tile, TileEdge, TileHashReader, TileSource, encode_hashes, leaf_hash, prove_inclusion,
};

/// Bytes of a record's leaf (a header) and of a whole record.
const LEAF_BYTES: [usize; 2] = [256, 1_024];

/// Records pushed when none are asked for.
const RECORDS: u64 = 1_000_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let records: u64 = std::env::args().nth(1).map_or(Ok(RECORDS), |text| text.parse())?;
    for size_bytes in LEAF_BYTES {
        let mut leaf = vec![0x5a; size_bytes];
        measure(&format!("leaf hash of {size_bytes} B, frontier"), records, |frontier, index| {
            stamp(&mut leaf, index);
            frontier.push(leaf_hash(&leaf));
        });
        let mut edge = TileEdge::new();
        let mut tile_bytes = 0;
        measure(&format!("leaf hash of {size_bytes} B, frontier, tiles"), records, |_, index| {
            stamp(&mut leaf, index);
            edge.push(leaf_hash(&leaf), |_, hashes| tile_bytes += encode_hashes(hashes).len());
        });
    }
    prove_many(records.clamp(1, 100_000))
}

/// Times `records` pushes and prints records and roots.
fn measure(what: &str, records: u64, mut push: impl FnMut(&mut Frontier, u64)) {
    let mut frontier = Frontier::new();
    let start = Instant::now();
    (0..records).for_each(|index| push(&mut frontier, index));
    let seconds = start.elapsed().as_secs_f64();
    println!("{what}: {:.0} records/s ({records} in {seconds:.2} s)", records as f64 / seconds);
}

fn stamp(leaf: &mut [u8], index: u64) {
    if let Some(first) = leaf.first_chunk_mut() {
        *first = index.to_be_bytes();
    }
}

/// Tiles in memory, by place.
struct Tiles(std::collections::HashMap<Tile, Vec<u8>>);

impl TileSource for Tiles {
    type Error = std::fmt::Error;

    fn read_tile(&self, tile: &Tile) -> Result<Vec<u8>, std::fmt::Error> {
        self.0.get(tile).cloned().ok_or(std::fmt::Error)
    }
}

/// Times making proofs from tiles, and verifying them.
fn prove_many(records: u64) -> Result<(), Box<dyn std::error::Error>> {
    let mut edge = TileEdge::new();
    let mut tiles = Tiles(std::collections::HashMap::new());
    for index in 0..records {
        edge.push(leaf_hash(&index.to_be_bytes()), |tile, hashes| {
            tiles.0.insert(tile, encode_hashes(hashes));
        });
    }
    tiles.0.extend(edge.partial_tiles().map(|(tile, hashes)| (tile, encode_hashes(hashes))));
    let head = edge.frontier().head();
    let reader = TileHashReader::new(&tiles, records);
    let indices = || (0..records).step_by(usize::try_from(records / 2_000).unwrap_or(1).max(1));

    let start = Instant::now();
    let proofs: Vec<InclusionProof> =
        indices().map(|index| prove_inclusion(&reader, index, records)).collect::<Result<_, _>>()?;
    println!(
        "inclusion proofs made from tiles of {records}: {:.0}/s",
        proofs.len() as f64 / start.elapsed().as_secs_f64()
    );
    let start = Instant::now();
    for proof in &proofs {
        proof.verify(&proof.index.to_be_bytes(), &head)?;
    }
    println!("inclusion proofs verified: {:.0}/s", proofs.len() as f64 / start.elapsed().as_secs_f64());
    Ok(())
}
