//! Seeded crashes: what was acknowledged survives every one of them.

use syndic_ledger::simulation::{Tally, run, run_lying};

#[expect(clippy::panic, reason = "the helper of tests")]
fn runs(seeds: std::ops::Range<u64>, one: fn(u64) -> Result<Tally, String>) -> Tally {
    let mut sum = Tally::default();
    for seed in seeds {
        sum.add(&one(seed).unwrap_or_else(|law| panic!("seed {seed}: {law}")));
    }
    sum
}

#[test]
fn no_acknowledged_record_is_lost_in_500_seeds_of_crashes() {
    let sum = runs(0..500, run);
    // The runs must reach what they are about.
    assert!(sum.acknowledged > 2_000 && sum.refused > 200 && sum.torn_tails > 50 && sum.checkpoints > 200, "{sum:?}");
    assert!(sum.unacknowledged_kept > 0 && sum.failed_openings > 20, "{sum:?}");
}

#[test]
fn a_loss_on_a_lying_disk_is_named_when_a_witness_knows_better() {
    let sum = runs(0..200, run_lying);
    assert!(sum.named_losses > 20, "{sum:?}");
}
