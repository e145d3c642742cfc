//! Measures the search index: making it, opening it, and common questions with cold and with warm files.
//!
//! `search_rate --dir DIR [--records 10000000] [--rounds 5]` writes such a log below DIR unless one is there, and keeps
//! it; remove the folder afterwards. `--contents 1000000` instead writes so many sealed contents, and measures their
//! index and the erasure of the subject with the number of `--erase` (`search_contents`). The records are spread over
//! half a year: 12 kinds, 2,000 actors, 50,000 subjects,
//! a request number each, and a mark on every millionth. Contents are 16 bytes: the index never reads them.

#![expect(clippy::print_stdout, reason = "an example speaks to its user")]

#[path = "search_contents/mod.rs"]
mod search_contents;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use syndic_attest::SigningKey;
use syndic_ledger::disk::{Disk, RealDisk};
use syndic_ledger::sealer::Unsealed;
use syndic_ledger::search::{Filter, SearchIndex};
use syndic_ledger::{Clock, Entry, Log, Options, Ports};

/// 2026-01-01T00:00:00Z in microseconds.
const START_US: i64 = 1_767_225_600_000_000;
const HALF_A_YEAR_US: u64 = 182 * 86_400 * 1_000_000;
const BATCH: u64 = 1024;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A clock that goes as fast as records are written.
struct Spread {
    now_us: AtomicI64,
    step_us: i64,
}

impl Clock for Spread {
    fn now_us(&self) -> i64 {
        self.now_us.fetch_add(self.step_us, Ordering::Relaxed)
    }
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| arguments.iter().position(|given| given == name).and_then(|at| arguments.get(at + 1));
    let number = |name: &str, default: u64| after(name).map_or(Ok(default), |given| given.parse());
    let (records, rounds) = (number("--records", 10_000_000)?, number("--rounds", 5)?);
    let folder = PathBuf::from(after("--dir").ok_or("--dir names the folder to write to")?);
    if after("--contents").is_some() {
        return search_contents::measure(&folder, number("--contents", 0)?, rounds, number("--erase", 7)?);
    }
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(&folder));
    if !folder.join("log.json").exists() {
        let started = Instant::now();
        write(&disk, records)?;
        println!("log of {records} records written in {:.1} s", started.elapsed().as_secs_f64());
    }
    if folder.join("index").exists() {
        std::fs::remove_dir_all(folder.join("index"))?;
    }
    let (started, before) = (Instant::now(), peak_megabytes());
    drop(SearchIndex::open(Arc::clone(&disk), records)?);
    let seconds = started.elapsed().as_secs_f64();
    println!("index made in {seconds:.1} s, {:.0} records/s", records as f64 / seconds);
    println!(
        "index {:.0} MB, peak memory {:.0} MB (before: {before:.0})",
        folder_megabytes(&folder.join("index"))?,
        peak_megabytes()
    );
    // A length of time before anything was asked is no part of the questions.
    println!("\n{:64} {:>9} {:>9} {:>9} {:>9}", "", "found", "cold ms", "asked ms", "warm ms");
    println!(
        "cold: open the index with no file of it in memory, and ask; asked: open already; warm: median of {rounds}"
    );
    for question in questions(records) {
        ask(&disk, &folder, records, rounds, &question)?;
    }
    println!("peak memory {:.0} MB", peak_megabytes());
    Ok(())
}

fn write(disk: &Arc<dyn Disk>, records: u64) -> Outcome<()> {
    let step_us = i64::try_from(HALF_A_YEAR_US * BATCH / records.max(1))?;
    let clock = Arc::new(Spread { now_us: AtomicI64::new(START_US), step_us });
    let ports = Ports { disk: Arc::clone(disk), clock, sealer: Arc::new(Unsealed) };
    let mut log = Log::create(&ports, &Options::new("search.example/log", SigningKey::from_seed([1; 32])))?;
    for first in (0..records).step_by(usize::try_from(BATCH)?) {
        let batch: Vec<Entry> = (first..records.min(first + BATCH)).map(entry).collect();
        log.append(&[&batch]).into_iter().collect::<Result<Vec<_>, _>>()?;
    }
    Ok(())
}

/// Numbers that look drawn, and are the same in every run.
fn drawn(index: u64, bound: u64) -> u64 {
    (index.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (index >> 7)).rotate_left(31).wrapping_mul(0xbf58_476d_1ce4_e5b9)
        % bound
}

fn entry(index: u64) -> Entry {
    // Two thirds of the records are of the commonest kind.
    let kind = drawn(index, 33).saturating_sub(21);
    let mut tags = vec![
        ("model".to_owned(), format!("model-{}", drawn(index + 1, 20))),
        ("request".to_owned(), format!("req-{index:08}")),
    ];
    if index % 1_000_000 == 500_000 {
        tags.push(("incident".to_owned(), "yes".to_owned()));
    }
    Entry {
        kind: format!("kind.{kind}"),
        actor: format!("actor-{}", drawn(index + 2, 2_000)),
        subject: Some(format!("subject-{}", drawn(index + 3, 50_000))),
        tags,
        content: [index.to_le_bytes(); 2].concat(),
    }
}

fn questions(records: u64) -> Vec<(String, usize)> {
    let all = usize::MAX;
    vec![
        (String::new(), 100),
        ("kind=kind.0".to_owned(), 100),
        ("kind=kind.7".to_owned(), 100),
        ("actor=actor-7".to_owned(), 100),
        ("subject=subject-7".to_owned(), 100),
        ("subject=subject-7".to_owned(), all),
        (format!("tag.request=req-{:08}", records / 3), 100),
        ("tag.incident=yes".to_owned(), all),
        ("tag.model=model-3 actor=actor-7".to_owned(), 100),
        ("kind=kind.7 since=2026-03-01 until=2026-03-02".to_owned(), all),
        ("since=2026-03-01T10:00:00Z until=2026-03-01T11:00:00Z".to_owned(), all),
        ("actor=actor-7 until=2026-02-01".to_owned(), 100),
        ("actor=nobody".to_owned(), 100),
        ("actor=actor-7 tag.incident=yes".to_owned(), 100),
        ("actor=actor-7".to_owned(), all),
        ("kind=kind.7".to_owned(), all),
        ("kind=kind.0 tag.model=model-3".to_owned(), all),
        ("kind=kind.0".to_owned(), all),
    ]
}

fn ask(disk: &Arc<dyn Disk>, folder: &Path, records: u64, rounds: u64, question: &(String, usize)) -> Outcome<()> {
    let (text, limit) = question;
    let filter = Filter::parse(text, &Unsealed)??;
    let milliseconds = |started: Instant| started.elapsed().as_secs_f64() * 1e3;
    forget_files(folder, &["index", "segments"])?;
    let started = Instant::now();
    let index = SearchIndex::open(Arc::clone(disk), records)?;
    let found = index.find(&filter, *limit)?.len();
    let cold = milliseconds(started);
    forget_files(folder, &["index", "segments"])?;
    let started = Instant::now();
    index.find(&filter, *limit)?;
    let asked = milliseconds(started);
    let mut warm = Vec::new();
    for _ in 0..rounds {
        let started = Instant::now();
        index.find(&filter, *limit)?;
        warm.push(milliseconds(started));
    }
    warm.sort_unstable_by(f64::total_cmp);
    let warm = warm.get(warm.len() / 2).copied().unwrap_or(f64::NAN);
    let limit = if *limit == usize::MAX { "all".to_owned() } else { format!("newest {limit}") };
    println!("{:64} {found:>9} {cold:>9.1} {asked:>9.1} {warm:>9.2}", format!("{limit}: {text}"));
    Ok(())
}

/// Has the system forget what it holds in memory of the files in these folders.
fn forget_files(folder: &Path, parts: &[&str]) -> Outcome<()> {
    for part in parts {
        if !folder.join(part).exists() {
            continue;
        }
        for file in std::fs::read_dir(folder.join(part))? {
            let file = std::fs::File::open(file?.path())?;
            file.sync_all()?;
            rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?;
        }
    }
    Ok(())
}

fn folder_megabytes(folder: &Path) -> Outcome<f64> {
    let mut bytes = 0;
    for file in std::fs::read_dir(folder)? {
        bytes += file?.metadata()?.len();
    }
    Ok(bytes as f64 / 1e6)
}

/// The largest resident set of this process so far, in 10^6 bytes.
fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).map_or(f64::NAN, |kib| kib * 1.024e-3)
}
