//! What an open ledger promises: durability in words, faults that stop it, damage that is named, proofs that hold.

use std::sync::Arc;
use std::time::Duration;

use syndic_attest::SigningKey;
use syndic_attest::note::{KeyUse, Note, NoteSigner};
use syndic_ledger::disk::{Disk as _, Faults, SimDisk};
use syndic_ledger::sealer::Unsealed;
use syndic_ledger::{
    CHECKPOINT_PATH, Content, DamageKind, Entry, GAP_KIND, Ledger, LedgerError, OnFull, Options, Ports, Remains,
    SystemClock,
};
use syndic_tlog::{Checkpoint, InclusionProof, ProofText};

const FIRST_SEGMENT: &str = "segments/00000000000000000000.seg";

fn ports(disk: &SimDisk) -> Ports {
    Ports { disk: Arc::new(disk.clone()), clock: Arc::new(SystemClock), sealer: Arc::new(Unsealed) }
}

fn options() -> Options {
    let mut options = Options::new("semantics.example/log", SigningKey::from_seed([3; 32]));
    options.segment_bytes = 32 << 10;
    // Checkpoints only where a test asks for them.
    options.checkpoint_every = Duration::from_secs(3600);
    options
}

fn entry(content: &[u8]) -> Entry {
    Entry { kind: "test".to_owned(), actor: "tester".to_owned(), content: content.to_vec(), ..Entry::default() }
}

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn filled(disk: &SimDisk, count: u32) -> Ledger {
    let ledger = Ledger::create(&ports(disk), &options()).unwrap();
    for number in 0..count {
        ledger.append(vec![entry(&number.to_be_bytes())]).unwrap();
    }
    ledger
}

#[expect(clippy::panic, reason = "a helper of tests")]
fn damage_of(disk: &SimDisk, options: &Options) -> DamageKind {
    match Ledger::open(&ports(disk), options).err() {
        Some(LedgerError::Damaged(damage)) => damage.kind,
        other => panic!("expected damage, found {other:?}"),
    }
}

#[test]
fn records_come_back_in_order_from_any_index() {
    let disk = SimDisk::new(1);
    let ledger = filled(&disk, 700);
    for from in [0_u32, 1, 63, 64, 500, 699, 700] {
        let records: Vec<_> = ledger.tail(from.into()).map(Result::unwrap).collect();
        let contents: Vec<Content> = (from..700).map(|number| Content::Plain(number.to_be_bytes().to_vec())).collect();
        assert_eq!(records.into_iter().map(|record| record.content).collect::<Vec<_>>(), contents);
    }
    assert_eq!(ledger.read(321).unwrap().index, 321);
    assert!(matches!(ledger.read(700), Err(LedgerError::OutOfRange { index: 700, size: 700 })));
}

#[test]
fn a_tail_goes_on_when_more_is_appended() {
    let disk = SimDisk::new(1);
    let ledger = filled(&disk, 3);
    let mut tail = ledger.tail(2);
    assert_eq!(tail.next().unwrap().unwrap().index, 2);
    assert!(tail.next().is_none());
    ledger.append(vec![entry(b"more")]).unwrap();
    assert_eq!(tail.next().unwrap().unwrap().content, Content::Plain(b"more".to_vec()));
}

#[test]
fn a_batch_from_each_of_many_threads_is_adjacent() {
    let disk = SimDisk::new(1);
    let ledger = filled(&disk, 0);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let receipts = ledger.append(vec![entry(b"a"), entry(b"b"), entry(b"c")]).unwrap();
                    assert!(receipts.windows(2).all(|pair| pair[0].index + 1 == pair[1].index));
                }
            });
        }
    });
    assert_eq!(ledger.size(), 960);
}

#[test]
fn a_proof_text_holds_for_who_has_only_the_public_key() {
    let disk = SimDisk::new(1);
    let ledger = filled(&disk, 300);
    let text = ledger.proof_text(17).unwrap().to_string();
    let proof = ProofText::parse(&text).unwrap();
    let signer = NoteSigner::new("semantics.example/log", KeyUse::Note, SigningKey::from_seed([3; 32])).unwrap();
    let note = Note::parse(proof.checkpoint()).unwrap();
    note.verify(&[signer.key().clone()]).unwrap();
    let head = Checkpoint::parse(note.text()).unwrap().head();
    let leaf = ledger.read(17).unwrap().leaf.encode().unwrap();
    proof.proof().verify(&leaf, &head).unwrap();
    assert!(InclusionProof { index: 18, ..proof.proof().clone() }.verify(&leaf, &head).is_err());
}

#[test]
fn older_trees_are_proved_to_be_extended() {
    let disk = SimDisk::new(1);
    let ledger = filled(&disk, 200);
    let old = ledger.checkpoint().unwrap().head;
    ledger.append(vec![entry(b"x"); 400]).unwrap();
    let new = ledger.checkpoint().unwrap().head;
    ledger.prove_consistency(old.size, new.size).unwrap().verify(&old, &new).unwrap();
    ledger.prove(5, 100).unwrap();
    assert!(ledger.prove(5, 601).is_err() && ledger.prove(100, 100).is_err());
}

#[test]
fn torn_tiles_are_made_again_for_a_proof() {
    let disk = SimDisk::new(1);
    let ledger = filled(&disk, 600);
    ledger.checkpoint().unwrap();
    assert!(disk.tamper("tile/0/000", |bytes| bytes[40] ^= 1));
    ledger.prove(3, 600).unwrap();
    assert!(disk.tamper("tile/0/001", Vec::clear));
    ledger.prove(300, 600).unwrap();
}

#[test]
fn after_a_failed_sync_nothing_is_acknowledged_until_it_is_opened_again() {
    let disk = SimDisk::new(1);
    let ledger = filled(&disk, 5);
    disk.set_faults(Faults { sync_error: 1000, ..Faults::default() });
    assert!(matches!(ledger.append(vec![entry(b"a")]), Err(LedgerError::Stopped { .. })));
    disk.set_faults(Faults::default());
    assert!(matches!(ledger.append(vec![entry(b"b")]), Err(LedgerError::Stopped { .. })));
    assert_eq!(ledger.size(), 5);
    drop(ledger);
    let (ledger, _) = Ledger::open(&ports(&disk), &options()).unwrap();
    ledger.append(vec![entry(b"c")]).unwrap();
}

#[test]
fn a_full_disk_refuses_and_goes_on_when_there_is_space() {
    let disk = SimDisk::new(1);
    let ledger = filled(&disk, 5);
    disk.set_faults(Faults { no_space: 1000, ..Faults::default() });
    assert!(matches!(ledger.append(vec![entry(b"lost")]), Err(LedgerError::Full { .. })));
    disk.set_faults(Faults::default());
    assert_eq!(ledger.append(vec![entry(b"kept")]).unwrap()[0].index, 5);
    assert_eq!(ledger.read(5).unwrap().content, Content::Plain(b"kept".to_vec()));
}

#[test]
fn a_full_disk_says_whether_what_it_refused_may_stand_later() {
    let (mut surely_gone, mut may_stand, mut stood) = (0, 0, 0);
    for seed in 0..400 {
        let disk = SimDisk::new(seed);
        let ledger = filled(&disk, 5);
        disk.set_faults(Faults { no_space: 500, ..Faults::default() });
        let Err(LedgerError::Full { remains, .. }) = ledger.append(vec![entry(b"refused")]) else { continue };
        // Killed, so that nobody wipes anything later.
        disk.kill_process();
        drop(ledger);
        let (ledger, recovery) = Ledger::open(&ports(&disk), &options()).unwrap();
        assert!(recovery.records == 5 || remains == Remains::Unknown, "seed {seed}: it was said not to stand");
        match remains {
            Remains::Nothing | Remains::NoRecord => surely_gone += 1,
            Remains::Unknown => may_stand += 1,
        }
        stood += usize::from(ledger.size() == 6);
    }
    assert!(surely_gone > 20 && may_stand > 20, "{surely_gone} {may_stand} {stood}");
}

#[test]
fn a_batch_of_which_a_part_stands_is_not_said_to_be_gone() {
    let mut partly = 0;
    for seed in 0..200 {
        let disk = SimDisk::new(seed);
        let ledger = filled(&disk, 5);
        disk.set_faults(Faults { no_space: 200, ..Faults::default() });
        // Longer than a segment, so that its first records are durable before its last are written.
        let batch: Vec<_> = (0..60).map(|_| entry(&[7; 1_000])).collect();
        let Err(LedgerError::Full { remains, .. }) = ledger.append(batch) else { continue };
        disk.kill_process();
        drop(ledger);
        let records = Ledger::open(&ports(&disk), &options()).unwrap().1.records;
        assert!(records == 5 || remains == Remains::Unknown, "seed {seed}: {records} records");
        partly += usize::from(records > 5);
    }
    assert!(partly > 5, "{partly}");
}

#[test]
fn shed_entries_are_counted_in_a_record_and_refused_ones_are_not() {
    for on_full in [OnFull::Shed, OnFull::FailClosed] {
        let disk = SimDisk::new(1);
        let options = Options { on_full, queue_entries: 0, ..options() };
        let ledger = Ledger::create(&ports(&disk), &options).unwrap();
        let outcome = ledger.submit(vec![entry(b"a"); 7]);
        assert_eq!(outcome.is_ok(), on_full == OnFull::Shed);
        ledger.append(vec![entry(b"b")]).unwrap();
        let gaps: Vec<_> = ledger.tail(0).map(Result::unwrap).filter(|record| record.leaf.kind == GAP_KIND).collect();
        let expected = if on_full == OnFull::Shed { vec![("dropped".to_owned(), "7".to_owned())] } else { Vec::new() };
        assert_eq!(gaps.into_iter().flat_map(|gap| gap.leaf.tags).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn what_was_submitted_is_written_before_it_closes() {
    let disk = SimDisk::new(1);
    let ledger = filled(&disk, 0);
    for _ in 0..50 {
        ledger.submit(vec![entry(b"s")]).unwrap();
    }
    ledger.close().unwrap();
    assert!(matches!(ledger.append(vec![entry(b"t")]), Err(LedgerError::Closed)));
    let (ledger, recovery) = Ledger::open(&ports(&disk), &options()).unwrap();
    assert_eq!((ledger.size(), recovery.records, recovery.cut_bytes, recovery.resynced_records), (50, 50, 0, 0));
}

#[test]
fn a_ledger_is_opened_by_one_at_a_time_and_with_its_own_key_only() {
    let disk = SimDisk::new(1);
    let ledger = filled(&disk, 1);
    assert!(matches!(Ledger::open(&ports(&disk), &options()), Err(LedgerError::InUse)));
    drop(ledger);
    let other = Options::new("semantics.example/log", SigningKey::from_seed([4; 32]));
    assert!(matches!(Ledger::open(&ports(&disk), &other), Err(LedgerError::NotALedger { .. })));
    assert!(matches!(Ledger::create(&ports(&disk), &options()), Err(LedgerError::NotALedger { .. })));
}

#[test]
fn every_flip_below_the_checkpoint_is_damage_and_behind_it_a_torn_tail() {
    let disk = SimDisk::new(1);
    let ledger = filled(&disk, 4);
    ledger.checkpoint().unwrap();
    let mut bytes = vec![0; 4096];
    disk.open(FIRST_SEGMENT).unwrap().read_at(&mut bytes, 0).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    drop(ledger);
    for at in 0..=end {
        let disk = SimDisk::new(1);
        let ledger = filled(&disk, 4);
        ledger.checkpoint().unwrap();
        drop(ledger);
        // The times in the records differ from run to run, the layout does not.
        disk.tamper(FIRST_SEGMENT, |bytes| bytes[at] ^= 0x10);
        let outcome = Ledger::open(&ports(&disk), &options());
        let is_checkpoint_frame =
            outcome.as_ref().is_ok_and(|(_, recovery)| recovery.records == 4 && recovery.cut_bytes > 0);
        let is_damage = matches!(outcome, Err(LedgerError::Damaged(_)));
        assert!(is_damage || is_checkpoint_frame, "byte {at}");
    }
}

#[test]
fn each_kind_of_damage_is_named() {
    let prepared = || {
        let disk = SimDisk::new(1);
        filled(&disk, 2000).close().unwrap();
        assert!(disk.list("segments").unwrap().len() > 3);
        disk
    };
    let segments = prepared().list("segments").unwrap();
    let (second, last) = (format!("segments/{}", segments[1]), format!("segments/{}", segments[segments.len() - 1]));

    let disk = prepared();
    disk.tamper(&last, |bytes| bytes.fill(0));
    assert_eq!(damage_of(&disk, &options()), DamageKind::Truncated);

    let disk = prepared();
    disk.tamper(CHECKPOINT_PATH, |bytes| bytes[30] ^= 1);
    assert_eq!(damage_of(&disk, &options()), DamageKind::BadSignature);

    let disk = prepared();
    disk.remove(CHECKPOINT_PATH).unwrap();
    assert_eq!(damage_of(&disk, &options()), DamageKind::Missing);

    let disk = prepared();
    disk.remove(CHECKPOINT_PATH).unwrap();
    disk.remove(&second).unwrap();
    assert_eq!(damage_of(&disk, &options()), DamageKind::Missing);
}

#[test]
fn a_rollback_is_found_by_who_knows_a_later_head_and_another_log_by_its_root() {
    let disk = SimDisk::new(1);
    let ledger = filled(&disk, 10);
    let mut head = ledger.checkpoint().unwrap().head;
    drop(ledger);
    head.size += 1;
    let ahead = Options { known_heads: vec![head], ..options() };
    assert_eq!(damage_of(&disk, &ahead), DamageKind::Truncated);
    head.size = 7;
    let other = Options { known_heads: vec![head], ..options() };
    assert_eq!(damage_of(&disk, &other), DamageKind::Diverged);
}

#[test]
fn the_ledgers_own_kinds_cannot_be_forged_by_an_entry() {
    let disk = SimDisk::new(9);
    let ledger = filled(&disk, 3);
    let forged = || vec![entry(b"fine"), Entry { kind: "ledger.released".to_owned(), ..entry(b"forged") }];
    assert!(matches!(ledger.append(forged()), Err(LedgerError::OwnKind { number: 1, .. })));
    assert!(matches!(ledger.submit(forged()), Err(LedgerError::OwnKind { number: 1, .. })));
    assert_eq!(ledger.size(), 3);
}
