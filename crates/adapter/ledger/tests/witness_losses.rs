//! What a witness is for: a log that lost what was cosigned, by a disk that lies or a hand that puts it back, is found
//! and named with its sizes. Real witness, real log, on simulated disks.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test's own steps stop it loudly")]

mod verify_world;

use std::sync::Arc;

use syndic_attest::SigningKey;
use syndic_attest::note::{KeyUse, Note, NoteSigner};
use syndic_ledger::disk::{Disk as _, Faults, SimDisk, read_file};
use syndic_ledger::sealer::Unsealed;
use syndic_ledger::verify::{Problem, ProblemKind};
use syndic_ledger::witness::{CosignError, Cosigner, Standing, Witness, WitnessPort, WitnessReply};
use syndic_ledger::{
    CHECKPOINT_PATH, DamageKind, Description, Entry, Ledger, LedgerError, Log, Options, Ports, SystemClock,
};
use syndic_tlog::{Tile, TileHashReader, TileSource, prove_consistency};
use verify_world::World;

fn witness(name: &str, seed: u8) -> Witness {
    let own = NoteSigner::new(name, KeyUse::Cosignature, SigningKey::from_seed([seed; 32])).unwrap();
    Witness::open(Arc::new(SimDisk::new(u64::from(seed))), Arc::new(SystemClock), own).unwrap()
}

/// What a log was told before its disk lost power.
struct Life {
    disk: SimDisk,
    ports: Ports,
    options: Options,
    witness: Witness,
}

/// Appends and has cosigned for a while on a disk whose syncs do nothing, then loses power.
fn live(seed: u64) -> Life {
    let disk = SimDisk::new(seed);
    let ports = Ports { disk: Arc::new(disk.clone()), clock: Arc::new(SystemClock), sealer: Arc::new(Unsealed) };
    let mut options = Options::new("a.example/log", SigningKey::from_seed([3; 32]));
    options.segment_bytes = 1 << 14;
    let mut log = Log::create(&ports, &options).unwrap();
    let witness = witness("w.example", 4);
    witness.add_log(&Description::read(&disk).unwrap().key).unwrap();
    let mut cosigner = Cosigner::new(witness.key().clone());
    for round in 0..6_u64 {
        // Half of the disks lie now and then, half stop working for good in some round and never say so.
        let lying_sync = match (seed % 2, round > seed % 5) {
            (0, _) => 400 + u32::try_from(seed * 37 % 600).unwrap(),
            (_, true) => 1_000,
            (_, false) => 0,
        };
        disk.set_faults(Faults { lying_sync, ..Faults::default() });
        for index in 0..=(seed + round) % 5 {
            let content = format!("{seed} {round} {index} ").repeat(30).into_bytes();
            let entry = Entry { kind: "test".to_owned(), content, ..Entry::default() };
            log.append(&[&[entry]]).remove(0).unwrap();
        }
        let signed = log.publish().unwrap();
        let prove = |old, new| {
            let tiles = Tiles(disk.clone());
            Ok(prove_consistency(&TileHashReader::new(&tiles, new), old, new).unwrap())
        };
        cosigner.cosign(&signed, prove, &witness).unwrap();
    }
    disk.set_faults(Faults::default());
    disk.lose_power();
    drop(log);
    Life { disk, ports, options, witness }
}

/// The tiles of a log, read from its disk.
struct Tiles(SimDisk);

impl TileSource for Tiles {
    type Error = std::io::Error;

    fn read_tile(&self, tile: &Tile) -> std::io::Result<Vec<u8>> {
        let bytes = read_file(&self.0, &tile.to_string(), 1 << 20)?;
        bytes.ok_or_else(|| std::io::ErrorKind::NotFound.into())
    }
}

#[test]
fn what_a_lying_disk_lost_of_a_witnessed_log_is_named_when_it_is_opened_and_when_it_is_submitted() {
    let (mut lost, mut kept, mut unopened, mut put_back) = (0, 0, 0, 0);
    for seed in 0..150 {
        let life = live(seed);
        let seen = life.witness.head("a.example/log").unwrap();
        // Who knows the witness's head is told by opening, with both sizes.
        let known = Options { known_heads: vec![seen], ..life.options.clone() };
        let with_head = Log::open(&life.ports, &known).map(|(log, _)| log.head().size);
        // Who does not is told by the witness.
        match Ledger::open(&life.ports, &life.options) {
            Ok((ledger, _)) => {
                let size = ledger.size();
                let ports: &dyn WitnessPort = &life.witness;
                let standing = Cosigner::new(life.witness.key().clone()).standing(&ledger.checkpoint().unwrap(), ports);
                if size < seen.size {
                    lost += 1;
                    put_back += 1;
                    assert!(
                        matches!(standing, Err(CosignError::Behind { seen: told, size: has, .. })
                            if told == seen.size && has == size),
                        "seed {seed}: {standing:?}"
                    );
                    let Err(LedgerError::Damaged(damage)) = with_head else { panic!("seed {seed}: {with_head:?}") };
                    assert!(
                        damage.kind == DamageKind::Truncated
                            && damage.what.contains(&format!("{size} records are there"))
                            && damage.what.contains(&format!("over {}", seen.size)),
                        "seed {seed}: {damage:?}"
                    );
                } else {
                    kept += 1;
                    assert_eq!((standing.unwrap(), with_head.unwrap()), (Standing::Same, seen.size), "seed {seed}");
                }
            }
            // What was lost is so much that the log contradicts itself.
            Err(LedgerError::Damaged(_)) => {
                lost += 1;
                unopened += 1;
                assert!(matches!(with_head, Err(LedgerError::Damaged(_))), "seed {seed}: {with_head:?}");
            }
            Err(other) => panic!("seed {seed}: {other}"),
        }
        drop(life.disk);
    }
    assert!(lost >= 50 && kept >= 10 && lost == unopened + put_back, "{lost} {kept} {unopened} {put_back}");
}

#[test]
fn a_log_put_back_whole_is_named_by_the_witness_and_by_a_kept_head() {
    let world = World::new(40, 20, 0, 1 << 20);
    let witness = witness("w.example", 4);
    witness.add_log(&world.trust().log_key().to_string()).unwrap();
    let copy: Vec<(String, Vec<u8>)> = ["segments", "tile"]
        .iter()
        .flat_map(|folder| world.files(folder))
        .chain([CHECKPOINT_PATH.to_owned()])
        .map(|path| (path.clone(), world.bytes(&path)))
        .collect();
    let grown = {
        let ledger = Ledger::open(&world.ports, &world.options).unwrap().0;
        let more = Entry { kind: "test".to_owned(), ..Entry::default() };
        ledger.append(vec![more; 20]).unwrap();
        let submitted = ledger.submit_to(&mut [(Cosigner::new(witness.key().clone()), &witness)]).unwrap();
        assert!(submitted.is_witnessed());
        ledger.close().unwrap();
        submitted.checkpoint
    };
    assert_eq!(grown.head.size, 60);
    // The cosignature is in the file, and closing left it there.
    let trust = world.trust().witness(&witness.key().to_string()).unwrap().needing_witnesses(1);
    assert!(world.verify(&trust).is_intact());
    // Put back: tiles that came later tell of it as long as they stay.
    for (path, bytes) in &copy {
        world.put(path, bytes);
    }
    let report = world.verify(&world.trust());
    let is_cut = |problem: &Problem| problem.kind == ProblemKind::Truncated && problem.records == (40..60);
    let is_told = |problem: &Problem| is_cut(problem) || problem.kind == ProblemKind::TileMismatch;
    assert!(report.problems.iter().any(is_cut) && report.problems.iter().all(is_told), "{report:?}");
    for later in world.files("tile").iter().filter(|path| copy.iter().all(|(kept, _)| kept != *path)) {
        world.disk.remove(later).unwrap();
    }
    assert!(world.verify(&world.trust()).is_intact(), "the folder alone cannot tell");
    let report = world.verify(&world.trust().known(&grown.note).unwrap());
    assert!(!report.is_intact());
    assert!(report.problems.iter().any(|problem| problem.kind == ProblemKind::Rollback), "{:?}", report.problems);
    let known = Options { known_heads: vec![grown.head], ..world.options.clone() };
    let Err(LedgerError::Damaged(damage)) = Ledger::open(&world.ports, &known).map(|_| ()) else { panic!("opened") };
    assert!(damage.what.contains("40 records") && damage.what.contains("60"), "{damage:?}");
    let ledger = Ledger::open(&world.ports, &world.options).unwrap().0;
    let outcome = ledger.submit_to(&mut [(Cosigner::new(witness.key().clone()), &witness)]).unwrap().outcomes.remove(0);
    assert_eq!(
        outcome.unwrap_err().to_string(),
        "the witness w.example has seen 60 records, the log has 40: the log was put back; restore it"
    );
}

#[test]
fn cosignatures_of_several_witnesses_stand_in_one_checkpoint_each_once() {
    let world = World::new(5, 5, 0, 1 << 20);
    let witnesses: Vec<Witness> = (0..3).map(|place| witness(&format!("w{place}.example"), 10 + place)).collect();
    let ledger = Ledger::open(&world.ports, &world.options).unwrap().0;
    let mut trust = world.trust().needing_witnesses(3);
    for witness in &witnesses {
        witness.add_log(&world.trust().log_key().to_string()).unwrap();
        trust = trust.witness(&witness.key().to_string()).unwrap();
    }
    for round in 0..2 {
        let mut ports: Vec<(Cosigner, &dyn WitnessPort)> = Vec::new();
        for witness in &witnesses {
            ports.push((Cosigner::new(witness.key().clone()), witness));
        }
        let submitted = ledger.submit_to(&mut ports).unwrap();
        assert!(submitted.outcomes.iter().all(Result::is_ok), "round {round}: {:?}", submitted.outcomes);
        let stored = String::from_utf8(world.bytes(CHECKPOINT_PATH)).unwrap();
        assert_eq!(stored, submitted.checkpoint.note);
        assert_eq!(Note::parse(&stored).unwrap().signatures().len(), 4, "round {round}: {stored}");
    }
    ledger.close().unwrap();
    drop(ledger);
    assert!(world.verify(&trust).is_intact());
    // A reopened log keeps them until it grows.
    let ledger = Ledger::open(&world.ports, &world.options).unwrap().0;
    assert_eq!(Note::parse(&ledger.checkpoint().unwrap().note).unwrap().signatures().len(), 4);
    ledger.append(vec![Entry { kind: "test".to_owned(), ..Entry::default() }]).unwrap();
    assert_eq!(Note::parse(&ledger.checkpoint().unwrap().note).unwrap().signatures().len(), 1);
}

/// A witness, or whoever answers in its place, that names a size.
struct Claims(&'static str);

impl WitnessPort for Claims {
    fn add_checkpoint(&self, _: &[u8]) -> std::io::Result<WitnessReply> {
        Ok(WitnessReply { status: 409, body: self.0.as_bytes().to_vec() })
    }
}

#[test]
fn a_size_that_no_log_has_is_no_sign_of_a_loss() {
    let disk = SimDisk::new(1);
    let ports = Ports { disk: Arc::new(disk), clock: Arc::new(SystemClock), sealer: Arc::new(Unsealed) };
    let mut log = Log::create(&ports, &Options::new("a.example/log", SigningKey::from_seed([3; 32]))).unwrap();
    log.append(&[&[Entry { kind: "test".to_owned(), ..Entry::default() }]]).remove(0).unwrap();
    let signed = log.publish().unwrap();
    let mut cosigner = Cosigner::new(witness("w.example", 4).key().clone());
    for (claim, is_loss) in [("7\n", true), ("1099511627777\n", false), ("18446744073709551615\n", false)] {
        let error = cosigner.standing(&signed, &Claims(claim)).unwrap_err();
        assert_eq!(error.is_loss(), is_loss, "{claim}: {error}");
    }
    assert!(
        matches!(cosigner.standing(&signed, &Claims("0\n")), Ok(Standing::Fewer(0))),
        "what it says is still asked for"
    );
}
