//! Measures what erasing one subject costs in a log of many: `erase_rate [RECORDS] [SUBJECTS] [FOLDER]`.
//!
//! Makes the log and the index of its contents, opens it anew as a command does, erases a subject with
//! RECORDS / SUBJECTS records, and prints a line for each step. What is in FOLDER already is used again.

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use syndic_attest::SigningKey;
use syndic_ledger::admin::{Admin, Cause};
use syndic_ledger::disk::{Disk, RealDisk};
use syndic_ledger::keys::{Access, KeyStore, MasterKey};
use syndic_ledger::search::{ContentIndex, SearchIndex};
use syndic_ledger::{Entry, Ledger, Options, OsRandom, Ports, SystemClock};

const BATCH: u64 = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let mut number = |default: u64| args.next().map_or(Ok(default), |text| text.parse());
    let (records, subjects) = (number(300_000)?, number(3_000)?);
    let temporary = tempfile::tempdir()?;
    let folder = std::env::args().nth(3).map_or_else(|| temporary.path().to_path_buf(), PathBuf::from);
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(&folder));
    if disk.open("log.json").is_err() {
        let (admin, keys) = timed("make", || open(&disk, false))?;
        timed("append", || append(&admin, records, subjects))?;
        timed("index contents", || Ok(ContentIndex::open(admin.ledger(), &keys)?.update()?))?;
        admin.ledger().close()?;
    }
    let (admin, _keys) = timed("open", || open(&disk, true))?;
    timed("index of leaves", || Ok(SearchIndex::open(Arc::clone(&disk), admin.ledger().size())?))?;
    let erased = std::env::args().nth(4).unwrap_or_else(|| "subject 7".to_owned());
    timed("erase", || Ok(admin.erase(&erased, &Cause::default())?))?;
    timed("close", || Ok(admin.ledger().close()?))
}

fn timed<T>(what: &str, step: impl FnOnce() -> Result<T, Box<dyn Error>>) -> Result<T, Box<dyn Error>> {
    let started = Instant::now();
    let done = step()?;
    println!("{what:16} {:9.3} s", started.elapsed().as_secs_f64());
    Ok(done)
}

fn open(disk: &Arc<dyn Disk>, is_there: bool) -> Result<(Admin, Arc<KeyStore>), Box<dyn Error>> {
    let (master, random) = (MasterKey::from_bytes([1; 32].into()), Arc::new(OsRandom));
    let keys = Arc::new(if is_there {
        KeyStore::open(Arc::clone(disk), random, &master, Access::Write)?.0
    } else {
        KeyStore::create(Arc::clone(disk), random, &master)?
    });
    let ports = Ports { disk: Arc::clone(disk), clock: Arc::new(SystemClock), sealer: keys.clone() };
    let options = Options::new("erase.example/log", SigningKey::from_seed([1; 32]));
    let ledger = if is_there { Ledger::open(&ports, &options)?.0 } else { Ledger::create(&ports, &options)? };
    Ok((Admin::open(ledger, Arc::clone(&keys), Arc::clone(disk))?, keys))
}

fn append(admin: &Admin, records: u64, subjects: u64) -> Result<(), Box<dyn Error>> {
    for start in (0..records).step_by(usize::try_from(BATCH)?) {
        let batch = start..records.min(start + BATCH);
        admin.ledger().append(batch.map(|index| entry(index, index % subjects)).collect())?;
    }
    Ok(())
}

fn entry(index: u64, subject: u64) -> Entry {
    Entry {
        kind: "gateway.request".to_owned(),
        actor: "gateway".to_owned(),
        subject: Some(format!("subject {subject}")),
        tags: vec![("route".to_owned(), format!("r{}", index % 11))],
        content: format!("request {index} of subject {subject} about order {}", index * 7 % 10_007).into_bytes(),
    }
}
