//! Proofs of many records under one head: what near ones have in common is read and hashed once.

use std::collections::HashMap;
use std::hash::Hash as Key;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use syndic_tlog::{
    Hash, HashReader, InclusionProof, Node, Tile, TileHashReader, TileSource, TreeHead, leaf_hash, prove_inclusion,
};

use crate::error::Result;
use crate::ledger::{Inner, Ledger};
use crate::tiles::StoredTiles;

/// Tiles that are kept: one of each level for several places of the log.
const KEPT_TILES: usize = 64;
/// Nodes that are kept, 56 bytes each.
const KEPT_NODES: usize = 1 << 16;

/// Proves records under one head; see [`Ledger::prover`].
pub struct Prover {
    inner: Arc<Inner>,
    head: TreeHead,
    tiles: KnownTiles,
    nodes: Known<Node, Hash>,
}

impl Ledger {
    /// Returns what proves records of the tree of the first `size` records; `size` at most the newest checkpoint's.
    ///
    /// # Errors
    /// As [`Ledger::prove`].
    pub fn prover(&self, size: u64) -> Result<Prover> {
        let head = self.0.proving(size, size.saturating_sub(1), |_, head| Some(head))?;
        let tiles = KnownTiles { stored: StoredTiles(Arc::clone(&self.0.disk)), known: Known::at_most(KEPT_TILES) };
        Ok(Prover { inner: Arc::clone(&self.0), head, tiles, nodes: Known::at_most(KEPT_NODES) })
    }
}

impl Prover {
    /// Returns the head the proofs lead to.
    pub fn head(&self) -> TreeHead {
        self.head
    }

    /// Proves that the bytes `leaf` are those of record `index`.
    ///
    /// # Errors
    /// As [`Ledger::prove`]; also if they are other bytes.
    pub fn prove(&self, index: u64, leaf: &[u8]) -> Result<InclusionProof> {
        let (leaf, size) = (leaf_hash(leaf), self.head.size);
        let near = KnownNodes { stored: TileHashReader::new(&self.tiles, size), known: &self.nodes };
        if let Ok(proof) = prove_inclusion(&near, index, size)
            && proof.verify_hash(leaf, &self.head).is_ok()
        {
            return Ok(proof);
        }
        // A crash may have torn tiles: nothing that was read of them is kept, and they are made again.
        self.nodes.forget();
        self.tiles.known.forget();
        self.inner.proving(size, index, |tiles, head| {
            let proof = prove_inclusion(&tiles.reader(size), index, size).ok()?;
            proof.verify_hash(leaf, &head).is_ok().then_some(proof)
        })
    }
}

/// Values that were read already; when there are too many, all are forgotten.
struct Known<K, V> {
    limit: usize,
    values: Mutex<HashMap<K, V>>,
}

impl<K: Key + Eq, V: Clone> Known<K, V> {
    fn at_most(limit: usize) -> Self {
        Self { limit, values: Mutex::default() }
    }

    fn find(&self, key: &K) -> Option<V> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn keep(&self, key: K, value: V) {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        if values.len() >= self.limit {
            values.clear();
        }
        values.insert(key, value);
    }

    fn forget(&self) {
        self.values.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

struct KnownTiles {
    stored: StoredTiles,
    known: Known<Tile, Vec<u8>>,
}

impl TileSource for KnownTiles {
    type Error = io::Error;

    fn read_tile(&self, tile: &Tile) -> io::Result<Vec<u8>> {
        if let Some(bytes) = self.known.find(tile) {
            return Ok(bytes);
        }
        let bytes = self.stored.read_tile(tile)?;
        self.known.keep(*tile, bytes.clone());
        Ok(bytes)
    }
}

struct KnownNodes<'a> {
    stored: TileHashReader<'a, KnownTiles>,
    known: &'a Known<Node, Hash>,
}

impl HashReader for KnownNodes<'_> {
    type Error = <TileHashReader<'static, KnownTiles> as HashReader>::Error;

    fn read_hashes(&self, nodes: &[Node]) -> Result<Vec<Hash>, Self::Error> {
        let mut hashes: Vec<Option<Hash>> = nodes.iter().map(|node| self.known.find(node)).collect();
        let missing = || nodes.iter().zip(&hashes).filter(|(_, hash)| hash.is_none()).map(|(node, _)| *node);
        let missing: Vec<Node> = missing().collect();
        let mut read = self.stored.read_hashes(&missing)?.into_iter();
        for (node, hash) in nodes.iter().zip(&mut hashes).filter(|(_, hash)| hash.is_none()) {
            *hash = read.next();
            if let Some(hash) = hash {
                self.known.keep(*node, *hash);
            }
        }
        Ok(hashes.into_iter().flatten().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::{Disk as _, SimDisk};
    use crate::entry::Entry;
    use crate::sealer::Unsealed;
    use crate::{Options, Ports, SystemClock};
    use syndic_attest::SigningKey;

    const RECORDS: u64 = 700;

    fn ledger(disk: &Arc<SimDisk>) -> Ledger {
        let ports = Ports { disk: disk.clone(), clock: Arc::new(SystemClock), sealer: Arc::new(Unsealed) };
        let options =
            Options { segment_bytes: 1 << 16, ..Options::new("acme.example/log", SigningKey::from_seed([1; 32])) };
        let ledger = Ledger::create(&ports, &options).unwrap();
        let entry =
            |number: u64| Entry { kind: "k".to_owned(), content: number.to_be_bytes().to_vec(), ..Entry::default() };
        ledger.append((0..RECORDS).map(entry).collect()).unwrap();
        ledger.checkpoint().unwrap();
        ledger
    }

    fn leaf(ledger: &Ledger, index: u64) -> Vec<u8> {
        ledger.read(index).unwrap().leaf.encode().unwrap()
    }

    #[test]
    fn each_proof_is_the_one_that_is_made_alone_in_any_order() {
        let ledger = ledger(&Arc::new(SimDisk::new(1)));
        for size in [1, 255, 256, 257, 699, RECORDS] {
            let prover = ledger.prover(size).unwrap();
            for index in (0..size).chain((0..size).rev().step_by(7)) {
                let proof = prover.prove(index, &leaf(&ledger, index)).unwrap();
                assert_eq!(proof, ledger.prove(index, size).unwrap(), "{index} of {size}");
            }
        }
        assert!(ledger.prover(RECORDS + 1).is_err());
    }

    #[test]
    fn other_bytes_and_records_beyond_the_head_are_not_proved() {
        let ledger = ledger(&Arc::new(SimDisk::new(2)));
        let prover = ledger.prover(500).unwrap();
        assert!(prover.prove(3, &leaf(&ledger, 4)).is_err());
        assert!(prover.prove(500, &leaf(&ledger, 500)).is_err());
        assert!(prover.prove(3, &leaf(&ledger, 3)).is_ok());
    }

    #[test]
    fn tiles_that_were_torn_are_made_again() {
        let disk = Arc::new(SimDisk::new(3));
        let ledger = ledger(&disk);
        let prover = ledger.prover(RECORDS).unwrap();
        let proof = prover.prove(3, &leaf(&ledger, 3)).unwrap();
        prover.nodes.forget();
        prover.tiles.known.forget();
        let tiles = disk.list("tile/0").unwrap();
        assert!(disk.tamper(&format!("tile/0/{}", tiles[0]), |bytes| bytes.iter_mut().for_each(|byte| *byte ^= 1)));
        assert_eq!(prover.prove(3, &leaf(&ledger, 3)).unwrap(), proof);
    }
}
