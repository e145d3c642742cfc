//! Retention over many small segments: a legal hold across their border, and the proofs of what went and what stayed.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "the helpers of tests")]

use std::sync::Arc;
use std::sync::atomic::Ordering;

use syndic_ledger::admin::{Admin, AdminError};
use syndic_ledger::disk::{Disk, RealDisk, SimDisk};
use syndic_ledger::hold::HoldScope;
use syndic_ledger::retention::{KeptBecause, Retirement};
use syndic_ledger::verify::{ProblemKind, Report, Scope, Trust, verify_scope};
use syndic_ledger::{Content, Description, SignedCheckpoint};
use syndic_tlog::InclusionProof;

#[allow(dead_code, reason = "not every helper is needed here")]
#[path = "retention/bench.rs"]
mod bench;

use bench::{Bench, assert_all_proved, cause, content, entry, plain};

const DAY_US: i64 = 86_400_000_000;
const SEGMENT_BYTES: u64 = 4 << 10;
/// Enough for some full bundles, over more than a hundred segments.
const RECORDS: u64 = 900;

fn text(index: u64) -> String {
    format!("{index:09}").repeat(12)
}

fn firsts(disk: &dyn Disk) -> Vec<u64> {
    let names = disk.list("segments").unwrap();
    names.iter().filter_map(|name| name.strip_suffix(".seg")?.parse().ok()).collect()
}

/// A log of old records, one a batch, so that borders fall anywhere; `border` is where the held ones lie on both sides.
struct World {
    disk: Arc<dyn Disk>,
    bench: Bench,
    admin: Admin,
    border: u64,
    /// A checkpoint kept elsewhere, and the proof of each record under it.
    kept: SignedCheckpoint,
    proofs: Vec<(Vec<u8>, InclusionProof)>,
}

impl World {
    fn new(disk: Arc<dyn Disk>) -> Self {
        // Records are equally long, so the borders of one log are those of another.
        let border = {
            let (disk, bench) = bench(Arc::new(SimDisk::new(9)));
            let admin = bench.create();
            fill(&admin, u64::MAX);
            let firsts = firsts(disk.as_ref());
            assert!(firsts.len() > 60, "{} segments", firsts.len());
            firsts[20]
        };
        let (disk, bench) = bench(disk);
        let admin = bench.create();
        fill(&admin, border);
        assert!(firsts(disk.as_ref()).contains(&border));
        let kept = admin.ledger().checkpoint().unwrap();
        let prove = |index| {
            let leaf = admin.ledger().read(index).unwrap().leaf.encode().unwrap();
            (leaf, admin.ledger().prove(index, kept.head.size).unwrap())
        };
        let proofs = (0..kept.head.size).map(prove).collect();
        Self { disk, bench, admin, border, kept, proofs }
    }

    fn retire(&self) -> Retirement {
        self.admin.retire(400 * DAY_US, &cause()).unwrap()
    }

    fn report(&self) -> Report {
        let trust = Trust::new(&Description::read(self.disk.as_ref()).unwrap().key).unwrap();
        verify_scope(&self.disk, &trust.known(&self.kept.note).unwrap(), Scope::LogAndKeys)
    }

    /// The log verifies, what was kept elsewhere still proves each record, and so does what is signed now.
    fn assert_proved(&self) {
        assert_all_proved(&self.admin);
        let report = self.report();
        assert!(report.is_intact() && report.problems.is_empty(), "{:#?}", report.problems);
        for (index, (leaf, proof)) in (0..).zip(&self.proofs) {
            proof.verify(leaf, &self.kept.head).unwrap();
            assert_eq!(self.admin.ledger().read(index).unwrap().leaf.encode().unwrap(), *leaf, "record {index}");
        }
        let newest = self.admin.ledger().checkpoint().unwrap().head;
        let extends = self.admin.ledger().prove_consistency(self.kept.head.size, newest.size).unwrap();
        extends.verify(&self.kept.head, &newest).unwrap();
    }

    /// Contents from `before` on are whole, and those before it are gone.
    fn assert_kept_from(&self, before: u64) {
        for index in 0..RECORDS {
            let expected = if index < before { Content::Retired } else { plain(&text(index)) };
            assert_eq!(content(&self.admin, index), expected, "record {index}");
        }
    }

    fn reopened(self) -> Self {
        self.admin.ledger().close().unwrap();
        let Self { disk, bench, admin, border, kept, proofs } = self;
        drop(admin);
        let admin = bench.open();
        Self { disk, bench, admin, border, kept, proofs }
    }
}

fn bench(disk: Arc<dyn Disk>) -> (Arc<dyn Disk>, Bench) {
    (Arc::clone(&disk), Bench::with_segments(disk, SEGMENT_BYTES))
}

/// Appends records of seven subjects; those at both sides of the border are of an eighth, as long by name.
fn fill(admin: &Admin, border: u64) {
    for index in 0..RECORDS {
        let subject = if index + 1 == border || index == border { 8 } else { index % 7 };
        admin.ledger().append(vec![entry(&format!("subject {subject}"), &text(index))]).unwrap();
    }
}

#[test]
fn a_hold_across_the_border_of_segments_keeps_both_and_every_proof_stays_valid() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(Arc::new(RealDisk::new(folder.path())));
    world.bench.clock.0.store(DAY_US, Ordering::Relaxed);
    let border = world.border;
    world.assert_proved();

    let scope = HoldScope::Subject("subject 8".to_owned());
    world.admin.hold("case 7", &scope, &cause()).unwrap();
    let retired = world.retire();
    let segments = firsts(world.disk.as_ref());
    // The segment that ends with the first held record is the oldest that stays, and the one behind it follows.
    assert!(retired.segments > 10 && segments[0] < border && segments[1] == border, "{retired:?} {segments:?}");
    assert_eq!(retired.keeping.clone().unwrap().because, KeptBecause::Held("case 7".to_owned()));
    world.assert_kept_from(retired.before);
    world.assert_proved();
    assert!(matches!(world.admin.erase("subject 8", &cause()), Err(AdminError::Held { .. })));
    assert_eq!((world.retire().segments, content(&world.admin, border)), (0, plain(&text(border))));

    // Still so after the ledger was opened anew; then the hold ends, and both go.
    let world = world.reopened();
    world.assert_kept_from(retired.before);
    world.assert_proved();
    world.admin.release("case 7", &cause()).unwrap();
    let rest = world.retire();
    assert!(rest.before > border, "{rest:?}");
    world.assert_kept_from(rest.before);
    let world = world.reopened();
    world.assert_proved();
    // What is erased of the records that stay leaves their proofs as they are.
    world.admin.erase("subject 3", &cause()).unwrap();
    world.assert_proved();
}

#[test]
fn a_kept_segment_that_is_taken_away_is_missing_and_the_retired_ones_are_not() {
    let sim = SimDisk::new(3);
    let world = World::new(Arc::new(sim.clone()));
    let retired = world.retire();
    assert!(retired.segments > 40, "{retired:?}");
    world.admin.ledger().checkpoint().unwrap();
    let segments = firsts(&sim);
    for (place, first) in segments.iter().enumerate().take(segments.len() - 1) {
        let path = format!("segments/{first:020}.seg");
        let next = segments[place + 1];
        sim.rename(&path, "segments/away").unwrap();
        let report = world.report();
        let is_it = |records: &std::ops::Range<u64>| records.end == next && records.start <= *first;
        let named =
            report.problems.iter().any(|problem| problem.kind == ProblemKind::Missing && is_it(&problem.records));
        assert!(named && !report.is_intact(), "{path}: {report:#?}");
        sim.rename("segments/away", &path).unwrap();
    }
    world.assert_proved();
}
