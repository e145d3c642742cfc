//! A state folder after a run, its ledger opened beside the binary to append what no command does, and its proofs
//! checked with an implementation that is not ours.

#![allow(dead_code, missing_docs, unreachable_pub, reason = "each test file uses a part of this")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use syndic_attest::SigningKey;
use syndic_ledger::disk::{Disk, RealDisk};
use syndic_ledger::keys::{Access, KeyStore, MasterKey};
use syndic_ledger::{Description, Entry, Ledger, Options, OsRandom, Ports, SystemClock};
use tlog_tiles::{Hash, check_record, record_hash};

use crate::support::Syndic;

/// A state folder after one run over a small system named `t` with one fault.
pub fn assessed() -> Syndic {
    let (folder, syndic) = (tempfile::tempdir().unwrap(), Syndic::new());
    let tree = folder.path().join("t");
    fs::create_dir(&tree).unwrap();
    fs::write(tree.join("app.py"), "import openai\nopenai.OpenAI().responses.create(model='gpt-4o')\n").unwrap();
    fs::write(tree.join("requirements.txt"), "openai\n").unwrap();
    syndic.assess(&tree, &[]);
    syndic
}

pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs `syndic ledger …` and returns what it said, having checked how it ended.
pub fn ledger(syndic: &Syndic, args: &[&str], code: i32) -> String {
    let output = syndic.run(&[&["ledger"], args].concat());
    assert_eq!(output.status.code(), Some(code), "{args:?}: {}", said(&output));
    said(&output)
}

/// Runs `syndic ledger …` and reads the lines of its result.
pub fn lines(syndic: &Syndic, args: &[&str]) -> Vec<Value> {
    let output = syndic.run(&[&["ledger"], args].concat());
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub fn indices(records: &[Value]) -> Vec<u64> {
    records.iter().map(|record| record["index"].as_u64().unwrap()).collect()
}

/// An entry about somebody, as a gateway would append it.
pub fn entry(subject: &str, content: &str) -> Entry {
    Entry {
        kind: "gateway.request".to_owned(),
        actor: "gateway/1".to_owned(),
        subject: Some(subject.to_owned()),
        tags: vec![("model".to_owned(), "gpt 4".to_owned())],
        content: content.as_bytes().to_vec(),
    }
}

/// Appends to the ledger of a state folder with the library; small segments let a test fill several.
pub fn append(state: &Path, entries: Vec<Entry>) {
    const SEGMENT_BYTES: u64 = 64 << 10;
    const BATCH: usize = 32;
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(state.join("ledger")));
    let master = MasterKey::read(&state.join("ledger-master.key")).unwrap();
    let (keys, _) = KeyStore::open(Arc::clone(&disk), Arc::new(OsRandom), &master, Access::Write).unwrap();
    let key = SigningKey::from_pkcs8_pem(&fs::read_to_string(state.join("signing-key.pem")).unwrap()).unwrap();
    let origin = Description::read(disk.as_ref()).unwrap().origin;
    let options = Options { segment_bytes: SEGMENT_BYTES, ..Options::new(origin, key) };
    let ports = Ports { disk, clock: Arc::new(SystemClock), sealer: Arc::new(keys) };
    let (ledger, _) = Ledger::open(&ports, &options).unwrap();
    let mut entries = entries.into_iter().peekable();
    while entries.peek().is_some() {
        ledger.append(entries.by_ref().take(BATCH).collect()).unwrap();
    }
    ledger.close().unwrap();
}

/// Every file below a folder, with its bytes.
pub fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push((entry.path(), fs::read(entry.path()).unwrap()));
        }
    }
    found.sort();
    found
}

/// The files below a folder in which some bytes stand.
pub fn holding(folder: &Path, bytes: &[u8]) -> Vec<PathBuf> {
    let is_in = |file: &[u8]| file.windows(bytes.len()).any(|window| window == bytes);
    files(folder).into_iter().filter(|(_, file)| is_in(file)).map(|(path, _)| path).collect()
}

fn hash(text: &Value) -> Hash {
    Hash(STANDARD.decode(text.as_str().unwrap()).unwrap().try_into().unwrap())
}

/// Says whether the foreign implementation believes the proof of an exported line.
pub fn is_proved(head: &Value, line: &Value) -> bool {
    let path: Vec<Hash> = line["proof"].as_array().unwrap().iter().map(hash).collect();
    let leaf = STANDARD.decode(line["leaf"].as_str().unwrap()).unwrap();
    let (size, index) = (head["size"].as_u64().unwrap(), line["index"].as_u64().unwrap());
    check_record(&path, size, hash(&head["root"]), index, record_hash(&leaf)).is_ok()
}

/// Exports everything with proofs, checks each, and returns the records.
pub fn proved(syndic: &Syndic) -> Vec<Value> {
    let mut lines = lines(syndic, &["export", "--proofs"]);
    let head = lines.remove(0);
    assert_eq!(lines.len() as u64, head["size"].as_u64().unwrap());
    for line in &lines {
        assert!(is_proved(&head, line), "{line}");
    }
    lines
}
