//! Proofs about an open ledger. Each is checked before it is handed out; tiles a crash tore are made again.

use std::sync::{Arc, PoisonError};

use syndic_tlog::{
    ConsistencyProof, InclusionProof, ProofText, TreeHead, leaf_hash, prove_consistency, prove_inclusion,
};

use crate::error::{LedgerError, Result};
use crate::ledger::{Inner, Ledger, damaged};
use crate::tiles::StoredTiles;

impl Ledger {
    /// Proves that record `index` is in the tree of the first `size` records; `size` at most the newest checkpoint's.
    ///
    /// # Errors
    /// [`LedgerError::OutOfRange`]; [`LedgerError::Damaged`] if tiles are wrong and cannot be made again.
    pub fn prove(&self, index: u64, size: u64) -> Result<InclusionProof> {
        let leaf = self.0.leaf_bytes(index)?;
        self.0.proving(size, index, |tiles, head| {
            let proof = prove_inclusion(&tiles.reader(head.size), index, head.size).ok()?;
            proof.verify_hash(leaf_hash(&leaf), &head).is_ok().then_some(proof)
        })
    }

    /// Proves that the tree of `size` records extends that of `old_size`; `size` at most the newest checkpoint's.
    ///
    /// # Errors
    /// As [`Ledger::prove`].
    pub fn prove_consistency(&self, old_size: u64, size: u64) -> Result<ConsistencyProof> {
        self.0.proving(size, old_size.saturating_sub(1), |tiles, head| {
            let old = syndic_tlog::tree_head(&tiles.reader(old_size), old_size).ok()?;
            let proof = prove_consistency(&tiles.reader(head.size), old_size, head.size).ok()?;
            proof.verify(&old, &head).is_ok().then_some(proof)
        })
    }

    /// Proves record `index` under a checkpoint signed now or before, in the text form of C2SP tlog-proof. Its `extra` line
    /// holds the bytes of the leaf, so that who has nothing else knows what is proved.
    ///
    /// # Errors
    /// As [`Ledger::prove`] and [`Ledger::checkpoint`].
    pub fn proof_text(&self, index: u64) -> Result<ProofText> {
        let signed = self.checkpoint()?;
        let proof = self.prove(index, signed.head.size)?;
        let leaf = self.0.leaf_bytes(index)?;
        ProofText::new(&leaf, proof, &signed.note).map_err(|problem| damaged(index, &problem.to_string()))
    }
}

impl Inner {
    /// Makes a proof from the tiles, which are made again once if what they give does not hold.
    pub(crate) fn proving<T>(
        &self,
        size: u64,
        index: u64,
        make: impl Fn(&StoredTiles, TreeHead) -> Option<T>,
    ) -> Result<T> {
        let mut publisher = self.shared.publisher.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = publisher.newest_head();
        if index >= size || size > newest.size {
            return Err(LedgerError::OutOfRange { index: index.max(size.saturating_sub(1)), size: newest.size });
        }
        let tiles = StoredTiles(Arc::clone(&self.disk));
        let attempt = || make(&tiles, tiles.head_under(size, newest)?);
        if let Some(proof) = attempt() {
            return Ok(proof);
        }
        publisher.rebuild()?;
        attempt().ok_or_else(|| damaged(index, "the tiles made again do not lead to the signed root"))
    }
}
