//! Kills a process that appends, with SIGKILL at random moments, and looks for every record it had acknowledged.
//!
//! `cargo test -p syndic-ledger --test kill -- --rounds 500` runs more rounds than the 25 of every test run.
//! The process is this very program with the argument `child`: it prints a line for each acknowledged record.

#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test without the usual harness")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use syndic_attest::SigningKey;
use syndic_ledger::disk::RealDisk;
use syndic_ledger::sealer::Unsealed;
use syndic_ledger::{Content, Entry, Ledger, LedgerError, Options, Ports, SystemClock};

const WRITERS: u32 = 16;
const ROUNDS_A_FOLDER: u32 = 25;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| arguments.iter().position(|given| given == name).and_then(|at| arguments.get(at + 1));
    if let Some(folder) = after("child") {
        return append_for_ever(folder);
    }
    if arguments.iter().any(|given| given == "--list") {
        // What a test runner asks first: the names of the tests, or of those that are left out by default.
        if arguments.iter().all(|given| given != "--ignored") {
            println!("no_acknowledged_record_is_lost: test");
        }
        return;
    }
    let rounds: u32 = after("--rounds").map_or(25, |rounds| rounds.parse().unwrap());
    let seed: u64 = after("--seed").map_or_else(
        || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos().into(),
        |seed| seed.parse().unwrap(),
    );
    println!("{rounds} rounds, seed {seed}");
    // A fresh folder now and then: every round reads all records again.
    let starts = (0..rounds).step_by(ROUNDS_A_FOLDER as usize);
    let acknowledged: u64 =
        starts.map(|done| rounds_of_killing((rounds - done).min(ROUNDS_A_FOLDER), seed + u64::from(done))).sum();
    assert!(acknowledged > u64::from(rounds), "only {acknowledged} records were acknowledged: nothing was tested");
    println!("{acknowledged} records acknowledged, 0 lost");
}

fn rounds_of_killing(rounds: u32, seed: u64) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let mut acknowledged: BTreeMap<u64, String> = BTreeMap::new();
    let mut state = seed;
    for round in 0..rounds {
        // Knuth's constants; the high bits are good enough to choose a moment.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let lines = run_and_kill(folder, Duration::from_millis(1 + (state >> 33) % 250));
        for line in &lines {
            let (index, hash) = line.split_once(' ').unwrap();
            let twice = acknowledged.insert(index.parse().unwrap(), hash.to_owned());
            assert_eq!(twice, None, "round {round}: index {index} was given twice");
        }
        check(folder, &acknowledged, round);
    }
    acknowledged.len() as u64
}

/// Starts the process, kills it, returns the lines it had printed whole.
fn run_and_kill(folder: &str, after: Duration) -> Vec<String> {
    let program = std::env::current_exe().unwrap();
    let mut child = Command::new(program).args(["child", folder]).stdout(Stdio::piped()).spawn().unwrap();
    let output = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut output = BufReader::new(output);
        let (mut lines, mut line) = (Vec::new(), String::new());
        while output.read_line(&mut line).unwrap() > 0 {
            lines.extend(line.strip_suffix('\n').map(str::to_owned));
            line.clear();
        }
        lines
    });
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

/// Opens the ledger and compares every record that was acknowledged in any round.
fn check(folder: &str, acknowledged: &BTreeMap<u64, String>, round: u32) {
    let ledger = match Ledger::open(&ports(folder), &options()) {
        Ok((ledger, _)) => ledger,
        Err(LedgerError::NotALedger { .. }) if acknowledged.is_empty() => return,
        Err(problem) => panic!("round {round}: {problem}"),
    };
    let mut found: BTreeMap<u64, String> = BTreeMap::new();
    for record in ledger.tail(0) {
        let record = record.unwrap();
        assert!(matches!(&record.content, Content::Plain(plain) if plain.len() >= 8), "round {round}: {record:?}");
        found.insert(record.index, syndic_tlog::leaf_hash(&record.leaf.encode().unwrap()).to_string());
    }
    for (index, hash) in acknowledged {
        assert_eq!(found.get(index), Some(hash), "round {round}: record {index}");
    }
    if let Some(last) = acknowledged.keys().next_back() {
        let signed = ledger.checkpoint().unwrap();
        ledger.prove(*last, signed.head.size).unwrap();
    }
    ledger.close().unwrap();
}

fn append_for_ever(folder: &str) {
    let ledger = match Ledger::open(&ports(folder), &options()) {
        Err(LedgerError::NotALedger { .. }) => Ledger::create(&ports(folder), &options()),
        opened => opened.map(|(ledger, _)| ledger),
    };
    let ledger = ledger.unwrap();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let ledger = ledger.clone();
            scope.spawn(move || {
                for number in 0_u32.. {
                    let content = vec![7; 8 + (number as usize * 97 + writer as usize) % 3000];
                    let entry = Entry { kind: "killed".to_owned(), content, ..Entry::default() };
                    let receipts = ledger.append(vec![entry; 1 + number as usize % 3]).unwrap();
                    let lines: String =
                        receipts.iter().map(|receipt| format!("{} {}\n", receipt.index, receipt.leaf_hash)).collect();
                    std::io::stdout().lock().write_all(lines.as_bytes()).unwrap();
                }
            });
        }
    });
}

fn ports(folder: &str) -> Ports {
    Ports { disk: Arc::new(RealDisk::new(folder)), clock: Arc::new(SystemClock), sealer: Arc::new(Unsealed) }
}

fn options() -> Options {
    let mut options = Options::new("kill.example/log", SigningKey::from_seed([9; 32]));
    options.segment_bytes = 1 << 20;
    options.checkpoint_every = Duration::from_millis(40);
    options
}
