//! The same bytes as another implementation: requests and cosignatures made with aics-tlog 0.2.1 (Python, no code in
//! common), from fixed keys, records and time. Ed25519 signatures have one value, so ours must equal theirs.
//!
//! `crates/app/syndic/tests/witness_interop.py` lets that implementation's client and our witness talk.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops loudly")]

use std::sync::Arc;

use syndic_attest::SigningKey;
use syndic_attest::note::{KeyUse, Note, NoteKey, NoteSigner};
use syndic_ledger::Clock;
use syndic_ledger::disk::SimDisk;
use syndic_ledger::witness::{Answer, Witness};
use syndic_tlog::{Checkpoint, Frontier, TreeHead, WitnessRequest, leaf_hash};

const TIME_S: i64 = 1_790_000_000;
const LOG_KEY: &str = "vector.example/log+cc62069f+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c";
const WITNESS_KEY: &str = "vector.example/witness+0b222f45+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU";
const ROOT_OF_THREE: &str = "EROfCuN4nLInq4w+V9ZuiSXjrblsJNVzEYMhUNaskFs=";
/// From 3 records to 7.
const REQUEST: &str = "old 3
eQtCVVwoF8KPO6ujvYzB2nR8wC1umQQeZPjGJ0bPBTs=
zgHiTyZCGwocqrHsogbzT7tOTci5RDQ4qWNCPZqvb50=
XDShEgWHfs8sTyjiVJXQgwGzPb+4YkGfeUb6b9+BJO8=
EtyAqalq3FVEKTfLRap2mL+X8JrjwFC6sFVLX4WzZDs=

vector.example/log
7
ZlCXn2yHiq2F84Dsicnip68Q0qZKqWqJGKp/UHsg+Y4=

— vector.example/log zGIGnwKm4zantzKLVVBpe8vGMEmDinzCTTtHYIx4XnVe+IQAwwJAHX/r0IsaSdcdgF+uacsZspT6EhK7pNKpYJMewwY=
";
const COSIGNATURE: &str = "— vector.example/witness CyIvRQAAAABqsTuAjel0BI0g1NUf5FzGHek5HH4DvGfC/99S+VpwCPxGQKFJ8OSzAovrjq0LHnn/3p7i9eB0cDrBGPF8Jlxnyn4eAg==\n";

struct Then;

impl Clock for Then {
    fn now_us(&self) -> i64 {
        TIME_S * 1_000_000
    }
}

fn signer(name: &str, key_use: KeyUse, seed: u8) -> NoteSigner {
    NoteSigner::new(name, key_use, SigningKey::from_seed([seed; 32])).unwrap()
}

fn head(records: u32) -> TreeHead {
    let mut frontier = Frontier::new();
    for index in 0..records {
        frontier.push(leaf_hash(format!("record {index}").as_bytes()));
    }
    frontier.head()
}

#[test]
fn our_witness_gives_the_cosignature_they_give_to_the_request_they_make() {
    let log = signer("vector.example/log", KeyUse::Note, 1);
    let own = signer("vector.example/witness", KeyUse::Cosignature, 2);
    assert_eq!((log.key().to_string(), own.key().to_string()), (LOG_KEY.to_owned(), WITNESS_KEY.to_owned()));
    let witness = Witness::open(Arc::new(SimDisk::new(1)), Arc::new(Then), own).unwrap();
    witness.add_log(LOG_KEY).unwrap();
    assert_eq!(head(3).root.to_string(), ROOT_OF_THREE);
    let three = Checkpoint::new("vector.example/log", head(3), &[]).unwrap().to_string();
    let first = format!("old 0\n\n{three}\n{}\n", log.sign(&three).unwrap());
    assert!(matches!(witness.add_checkpoint(first.as_bytes()), Answer::Cosigned(_)));
    assert_eq!(witness.add_checkpoint(REQUEST.as_bytes()), Answer::Cosigned(COSIGNATURE.to_owned()));
    assert_eq!(witness.head("vector.example/log"), Some(head(7)));
}

#[test]
fn their_cosigned_checkpoint_is_believed_and_their_request_written_as_we_write_it() {
    let request = WitnessRequest::parse(REQUEST).unwrap();
    assert_eq!(request.to_string(), REQUEST);
    request.proof().verify(&head(3), &head(7)).unwrap();
    let keys: [NoteKey; 2] = [LOG_KEY, WITNESS_KEY].map(|key| key.parse().unwrap());
    let signed = Note::parse(&format!("{}{COSIGNATURE}", request.checkpoint())).unwrap().verify(&keys).unwrap();
    assert_eq!(signed.iter().map(|by| by.time_s).collect::<Vec<_>>(), [None, Some(TIME_S.unsigned_abs())]);
}
