//! A witness cosigns what extends what it saw, and nothing else; it never forgets, also not in a crash.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test's own steps stop it loudly"
)]

mod verify_world;

use std::sync::Arc;

use syndic_attest::SigningKey;
use syndic_attest::note::{KeyUse, NoteSigner};
use syndic_ledger::disk::{Disk as _, Faults, SimDisk};
use syndic_ledger::witness::{Answer, CosignError, Cosigner, Witness, WitnessError, WitnessPort, WitnessReply};
use syndic_ledger::{Ledger, SystemClock};
use syndic_tlog::{ConsistencyProof, TreeHead, WitnessRequest};
use verify_world::World;

fn signer(name: &str, key_use: KeyUse, seed: u8) -> NoteSigner {
    NoteSigner::new(name, key_use, SigningKey::from_seed([seed; 32])).unwrap()
}

fn open(disk: &SimDisk) -> Result<Witness, WitnessError> {
    Witness::open(Arc::new(disk.clone()), Arc::new(SystemClock), signer("w.example", KeyUse::Cosignature, 4))
}

/// A witness that knows the log of `world`, and the log opened.
fn scene(world: &World) -> (SimDisk, Witness, Ledger) {
    let disk = SimDisk::new(9);
    let witness = open(&disk).unwrap();
    witness.add_log(&world.trust().log_key().to_string()).unwrap();
    (disk, witness, Ledger::open(&world.ports, &world.options).unwrap().0)
}

fn request(old: u64, proof: ConsistencyProof, note: &str) -> Vec<u8> {
    WitnessRequest::new(old, proof, note).unwrap().to_string().into_bytes()
}

#[test]
fn a_growing_log_is_cosigned_and_the_cosignature_holds() {
    let world = World::new(60, 20, 0, 64 << 10);
    let (_, witness, ledger) = scene(&world);
    assert!(matches!(
        witness.add_checkpoint(&request(0, ConsistencyProof::default(), &world.notes[0])),
        Answer::Cosigned(_)
    ));
    let mut cosigner = Cosigner::new(witness.key().clone());
    let signed = ledger.checkpoint().unwrap();
    let note = cosigner.cosign(&signed, |old, new| ledger.prove_consistency(old, new), &witness).unwrap();
    assert_eq!(witness.head("a.example/log"), Some(signed.head));
    world.put("checkpoint", note.as_bytes());
    let trust = world.trust().witness(&witness.key().to_string()).unwrap().needing_witnesses(1);
    assert!(world.verify(&trust).is_intact());
    // The same checkpoint again is cosigned again.
    cosigner.cosign(&signed, |old, new| ledger.prove_consistency(old, new), &witness).unwrap();
}

#[test]
fn a_rollback_is_refused_with_the_size_the_witness_knows() {
    let world = World::new(60, 20, 0, 64 << 10);
    let (disk, witness, _ledger) = scene(&world);
    let none = ConsistencyProof::default;
    assert!(matches!(witness.add_checkpoint(&request(0, none(), &world.notes[1])), Answer::Cosigned(_)));
    let answer = witness.add_checkpoint(&request(0, none(), &world.notes[0]));
    assert_eq!((answer.status(), answer.content_type(), answer.body().as_str()), (409, "text/x.tlog.size", "40\n"));
    assert_eq!(witness.add_checkpoint(&request(20, none(), &world.notes[0])), Answer::OtherSize(40));
    assert_eq!(witness.add_checkpoint(&request(40, none(), &world.notes[0])).status(), 400);
    // Also after the power was lost.
    drop(witness);
    disk.lose_power();
    let witness = open(&disk).unwrap();
    assert_eq!(witness.add_checkpoint(&request(0, none(), &world.notes[0])), Answer::OtherSize(40));
}

#[test]
fn a_fork_is_refused_at_the_same_size_and_beyond() {
    let (world, other) = (World::new(60, 20, 0, 64 << 10), World::new(60, 15, 0, 64 << 10));
    let (_, witness, _ledger) = scene(&world);
    witness.add_checkpoint(&request(0, ConsistencyProof::default(), &world.notes[2]));
    assert_eq!(witness.add_checkpoint(&request(60, ConsistencyProof::default(), &other.notes[3])), Answer::Forked(60));
    let (_, witness, forked) = scene(&other);
    witness.add_checkpoint(&request(0, ConsistencyProof::default(), &world.notes[1]));
    let proof = forked.prove_consistency(40, 60).unwrap();
    assert_eq!(witness.add_checkpoint(&request(40, proof, &other.notes[3])).status(), 422);
}

#[test]
fn a_wrong_key_a_wrong_proof_and_an_unknown_log_are_refused() {
    let world = World::new(60, 20, 0, 64 << 10);
    let (_, witness, ledger) = scene(&world);
    let none = ConsistencyProof::default;
    let changed = world.notes[0].replacen("\n20\n", "\n21\n", 1);
    assert_eq!(witness.add_checkpoint(&request(0, none(), &changed)).status(), 403);
    assert_eq!(
        witness.add_checkpoint(&request(0, none(), &world.notes[0].replace("a.example", "b.example"))),
        Answer::UnknownLog
    );
    assert_eq!(witness.head("a.example/log"), Some(TreeHead::EMPTY), "nothing was remembered");
    witness.add_checkpoint(&request(0, none(), &world.notes[0]));
    assert_eq!(witness.add_checkpoint(&request(20, none(), &world.notes[1])).status(), 422);
    let mut proof = ledger.prove_consistency(20, 40).unwrap();
    proof.path.reverse();
    assert_eq!(witness.add_checkpoint(&request(20, proof, &world.notes[1])).status(), 422);
    let proof = ledger.prove_consistency(20, 60).unwrap();
    assert_eq!(witness.add_checkpoint(&request(20, proof, &world.notes[1])).status(), 422);
    for body in [b"".as_slice(), b"old 1\n", b"\xff", b"old 20\n\nnot a note\n"] {
        assert_eq!(witness.add_checkpoint(body).status(), 400);
    }
}

#[test]
fn a_log_whose_key_has_another_name_is_known_by_its_origin_also_after_a_restart() {
    let log = signer("key.example", KeyUse::Note, 8);
    let disk = SimDisk::new(9);
    let witness = open(&disk).unwrap();
    assert!(witness.add_log(&format!("go.sum database tree={}", log.key())).unwrap());
    let text = |size: u64| {
        let head = TreeHead { size, root: syndic_tlog::leaf_hash(b"a") };
        let text = syndic_tlog::Checkpoint::new("go.sum database tree", head, &[]).unwrap().to_string();
        format!("{text}\n{}\n", log.sign(&text).unwrap())
    };
    assert_eq!(witness.add_checkpoint(&request(0, ConsistencyProof::default(), &text(1))).status(), 200);
    drop(witness);
    disk.lose_power();
    let witness = open(&disk).unwrap();
    assert_eq!(witness.logs().len(), 1);
    assert_eq!(witness.add_checkpoint(&request(0, ConsistencyProof::default(), &text(1))), Answer::OtherSize(1));
    assert_eq!(witness.add_checkpoint(&request(1, ConsistencyProof::default(), &text(1))).status(), 200);
    let by_key = text(1).replace("go.sum database tree", "key.example");
    assert_eq!(witness.add_checkpoint(&request(1, ConsistencyProof::default(), &by_key)), Answer::UnknownLog);
}

#[test]
fn a_witness_whose_clock_is_not_set_cosigns_nothing() {
    struct Stopped;
    impl syndic_ledger::Clock for Stopped {
        fn now_us(&self) -> i64 {
            -5
        }
    }
    let world = World::new(5, 5, 0, 64 << 10);
    let own = signer("w.example", KeyUse::Cosignature, 4);
    let witness = Witness::open(Arc::new(SimDisk::new(9)), Arc::new(Stopped), own).unwrap();
    witness.add_log(&world.trust().log_key().to_string()).unwrap();
    assert_eq!(witness.add_checkpoint(&request(0, ConsistencyProof::default(), &world.notes[0])).status(), 500);
    assert_eq!(witness.head("a.example/log"), Some(TreeHead::EMPTY));
}

#[test]
fn what_could_not_be_stored_is_not_cosigned() {
    let world = World::new(60, 20, 0, 64 << 10);
    let (disk, witness, _ledger) = scene(&world);
    for faults in [Faults { sync_error: 1_000, ..Faults::default() }, Faults { no_space: 1_000, ..Faults::default() }] {
        disk.set_faults(faults);
        assert_eq!(witness.add_checkpoint(&request(0, ConsistencyProof::default(), &world.notes[0])).status(), 500);
    }
    disk.set_faults(Faults::default());
    assert_eq!(witness.add_checkpoint(&request(0, ConsistencyProof::default(), &world.notes[0])).status(), 200);
}

#[test]
fn a_cosigned_head_survives_every_crash() {
    let world = World::new(60, 20, 0, 64 << 10);
    let notes = [&world.notes[0], &world.notes[1], &world.notes[2]];
    let ledger = Ledger::open(&world.ports, &world.options).unwrap().0;
    for (seed, power_off_at) in (0..200).map(|seed| (seed, 1 + seed % 25)) {
        let disk = SimDisk::new(seed);
        let witness = open(&disk).unwrap();
        witness.add_log(&world.trust().log_key().to_string()).unwrap();
        disk.set_faults(Faults { power_off_at, ..Faults::default() });
        let mut cosigned = 0;
        for (note, size) in notes.iter().zip([20, 40, 60]) {
            let proof = if cosigned == 0 {
                ConsistencyProof::default()
            } else {
                ledger.prove_consistency(cosigned, size).unwrap()
            };
            match witness.add_checkpoint(&request(cosigned, proof, note)) {
                Answer::Cosigned(_) => cosigned = size,
                _ => break,
            }
        }
        drop(witness);
        disk.lose_power();
        let size = open(&disk).unwrap().head("a.example/log").unwrap().size;
        assert!(size >= cosigned, "seed {seed}: {size} remembered, {cosigned} cosigned");
    }
}

#[test]
fn a_damaged_or_doubly_opened_memory_is_refused() {
    let world = World::new(5, 5, 0, 64 << 10);
    let (disk, witness, _ledger) = scene(&world);
    assert!(matches!(open(&disk), Err(WitnessError::Disk { .. })));
    assert!(
        !witness.add_log(&world.trust().log_key().to_string()).unwrap(),
        "known with this key: nothing is forgotten"
    );
    let other = signer("a.example/log", KeyUse::Note, 77).key().to_string();
    assert!(matches!(witness.add_log(&other), Err(WitnessError::Known { .. })));
    for line in
        ["", "a", &signer("a.example/log", KeyUse::Cosignature, 3).key().to_string(), "=a", &format!("={other}")]
    {
        assert!(matches!(witness.add_log(line), Err(WitnessError::Key { .. })), "{line:?}");
    }
    drop(witness);
    let path = format!("logs/{}", disk.list("logs").unwrap()[0]);
    for change in
        [("\"size\":0", "\"size\":1"), ("\"format\":1", "\"format\":2"), ("a.example", "b.example"), ("{", "")]
    {
        let bytes = syndic_ledger::disk::read_file(&disk, &path, 10_000).unwrap().unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap().replacen(change.0, change.1, 1);
        assert!(disk.tamper(&path, |old| *old = text.into_bytes()));
        assert!(matches!(open(&disk), Err(WitnessError::Damaged { .. })), "{change:?}");
        assert!(disk.tamper(&path, |old| *old = bytes));
    }
}

/// A witness on the other side of a wire that changes what passes.
struct Wire(WitnessReply);

impl WitnessPort for Wire {
    fn add_checkpoint(&self, _: &[u8]) -> std::io::Result<WitnessReply> {
        Ok(self.0.clone())
    }
}

#[test]
fn the_log_believes_no_answer_that_does_not_hold_and_learns_that_it_was_put_back() {
    let world = World::new(60, 20, 0, 64 << 10);
    let (_, witness, ledger) = scene(&world);
    let signed = ledger.checkpoint().unwrap();
    let stranger = signer("w.example", KeyUse::Cosignature, 5);
    let line = format!("{}\n", stranger.cosign(&signed.note, 1).unwrap());
    let ask = |status, body: &str| {
        let port = Wire(WitnessReply { status, body: body.as_bytes().to_vec() });
        Cosigner::new(witness.key().clone())
            .cosign(&signed, |old, new| ledger.prove_consistency(old, new), &port)
            .unwrap_err()
    };
    assert!(matches!(ask(200, &line), CosignError::BadCosignature { .. }));
    let other_text = format!("{}\n", signer("w.example", KeyUse::Cosignature, 4).cosign("another\n", 1).unwrap());
    assert!(matches!(ask(200, &other_text), CosignError::BadCosignature { .. }));
    assert!(matches!(ask(200, ""), CosignError::BadCosignature { .. }));
    assert!(matches!(ask(409, "61\n"), CosignError::Behind { seen: 61, size: 60, .. }));
    assert!(matches!(ask(409, "60\n"), CosignError::Forked { size: 60, .. }));
    assert!(matches!(ask(409, "soon\n"), CosignError::Refused { status: 409, .. }));
    // A witness that names one size and then refuses its proof has seen other records.
    assert!(matches!(ask(422, "no\n"), CosignError::Refused { status: 422, .. }), "nothing was proved from 0");
    let fickle = Wire(WitnessReply { status: 422, body: Vec::new() });
    let diverged = Cosigner::new(witness.key().clone()).at(20).cosign(
        &signed,
        |old, new| ledger.prove_consistency(old, new),
        &fickle,
    );
    assert!(matches!(diverged, Err(CosignError::Diverged { seen: 20, size: 60, .. })));
    let standing = Cosigner::new(witness.key().clone()).standing(&signed, &fickle);
    assert!(matches!(standing, Err(CosignError::Forked { size: 60, .. })), "{standing:?}");
    assert!(matches!(ask(503, "later\n"), CosignError::Refused { status: 503, .. }));
}
