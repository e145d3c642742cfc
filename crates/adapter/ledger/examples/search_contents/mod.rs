//! The index of contents: making it, and common questions, with sealed contents of about 235 bytes.
//!
//! Words are drawn from 200,000 as they are in texts (Zipf), over 50,000 subjects; each record has a request number of
//! its own, and one in a million is about `incident-alpha`. Nothing is published, so that no tiles are written, and the
//! ledger stays open: the cost of opening it is not measured here.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::{Duration, Instant};

use syndic_attest::SigningKey;
use syndic_ledger::admin::{Admin, Cause};
use syndic_ledger::disk::{Disk, RealDisk};
use syndic_ledger::keys::{Access, KeyStore, MasterKey};
use syndic_ledger::search::{Asked, ContentIndex, Filter, Order, Question, SearchIndex, Seen};
use syndic_ledger::{Entry, Ledger, Options, OsRandom, Ports};

use super::{HALF_A_YEAR_US, Outcome, START_US, Spread, drawn, folder_megabytes, forget_files, peak_megabytes};

const BATCH: u64 = 8_192;
const VOCABULARY: usize = 200_000;
/// Hits of a first page.
const PAGE: usize = 50;
/// Contents opened for a question that the index does not answer.
const MOST_LOOKS: u64 = 15_000;
const FOLDERS: [&str; 4] = ["contents", "segments", "index", "keys"];

/// Writes a sealed log below `folder` unless one is there, indexes it, asks, and erases the subject of this number.
pub(super) fn measure(folder: &Path, records: u64, rounds: u64, erased: u64) -> Outcome<()> {
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(folder));
    disk.create_dir("")?;
    let (path, random) = (folder.with_extension("master"), Arc::new(OsRandom));
    let (ledger, keys) = if folder.join("log.json").exists() {
        let (keys, _) = KeyStore::open(Arc::clone(&disk), random, &MasterKey::read(&path)?, Access::Write)?;
        let keys = Arc::new(keys);
        let (ports, options) = ports(&disk, &keys, records)?;
        (Ledger::open(&ports, &options)?.0, keys)
    } else {
        let master = MasterKey::create(&path, &OsRandom)?;
        let keys = Arc::new(KeyStore::create(Arc::clone(&disk), random, &master)?);
        let started = Instant::now();
        let ledger = write(&disk, &keys, records)?;
        let seconds = started.elapsed().as_secs_f64();
        let megabytes = folder_megabytes(&folder.join("segments"))?;
        println!("log of {records} sealed records, {megabytes:.0} MB, written in {seconds:.1} s");
        (ledger, keys)
    };
    index(folder, &ledger, &keys, records)?;
    drop(SearchIndex::open(Arc::clone(&disk), ledger.size())?);
    println!("\n{:58} {:>6} {:>7} {:>8} {:>8} {:>8}", "first 50", "found", "opened", "cold ms", "fresh ms", "warm ms");
    println!("cold: no file in memory; fresh: files in memory, indexes opened anew; warm: median of {rounds}, open");
    for (words, filter) in questions(records) {
        let question = match words.strip_prefix("text:") {
            Some(text) => Question::default().text(text),
            None => Question::default().words(&words)?,
        };
        let filter_read = Filter::parse(filter, keys.as_ref())??;
        let asked = Asked { question, filter: filter_read, order: Order::NewestFirst, most_looks: MOST_LOOKS };
        ask(&ledger, &keys, folder, rounds, &asked, &format!("{words}  {filter}"))?;
    }
    erase(&ledger, &keys, &disk, erased)?;
    println!("peak memory {:.0} MB", peak_megabytes());
    // Closing would publish, and write tiles.
    std::mem::forget(ledger);
    Ok(())
}

/// Makes the index of contents, or what it lacks.
fn index(folder: &Path, ledger: &Ledger, keys: &Arc<KeyStore>, records: u64) -> Outcome<()> {
    let (started, before) = (Instant::now(), peak_megabytes());
    let mut index = ContentIndex::open(ledger, keys)?;
    index.update()?;
    drop(index);
    let seconds = started.elapsed().as_secs_f64();
    let (bytes, rate) = (folder_megabytes(&folder.join("contents"))?, records as f64 / seconds);
    println!("contents indexed in {seconds:.1} s, {rate:.0} records/s, {bytes:.0} MB");
    println!(
        "{:.1} bytes a record, peak memory {:.0} MB (before: {before:.0})",
        bytes * 1e6 / records as f64,
        peak_megabytes()
    );
    Ok(())
}

/// Erases a subject, and asks for its words.
fn erase(ledger: &Ledger, keys: &Arc<KeyStore>, disk: &Arc<dyn Disk>, number: u64) -> Outcome<()> {
    let admin = Admin::open(ledger.clone(), Arc::clone(keys), Arc::clone(disk))?;
    let started = Instant::now();
    let index = admin.erase(&format!("subject-{number}"), &Cause::default())?.index;
    let seconds = started.elapsed().as_secs_f64();
    let mut contents = ContentIndex::open(ledger, keys)?;
    println!(
        "subject-{number} erased in {seconds:.1} s as record {index}; to be indexed again: {}",
        contents.missing()
    );
    let question = Question::default().words(&format!("user-{number}"))?;
    let asked = Asked { question, filter: Filter::default(), order: Order::NewestFirst, most_looks: MOST_LOOKS };
    let started = Instant::now();
    let (found, seen) = first_page(&mut contents, &asked)?;
    let milliseconds = started.elapsed().as_secs_f64() * 1e3;
    println!(
        "user-{number} after it: {found} found, {} erased, {} opened, {milliseconds:.1} ms",
        seen.erased, seen.looked
    );
    Ok(())
}

fn questions(records: u64) -> Vec<(String, &'static str)> {
    let word = |rank| word_of(rank);
    vec![
        ("incident-alpha".to_owned(), ""),
        (format!("req-{:08}", records / 3), ""),
        (word(0), ""),
        (word(300), ""),
        (word(20_000), ""),
        (format!("{} {}", word(0), word(1)), ""),
        (format!("{} {}", word(30), word(20_000)), ""),
        (format!("{} {} {}", word(500), word(900), word(2_000)), ""),
        (word(30), "subject=subject-7"),
        (word(300), "kind=kind.7"),
        (word(3_000), "kind=kind.7 since=2026-02-01 until=2026-02-08"),
        ("incident-alpha".to_owned(), "kind=kind.0"),
        (word(0), "actor=nobody"),
        ("neverseen".to_owned(), ""),
        ("never-seen-7f3a".to_owned(), ""),
        (format!("text:a {} b", word(300)), ""),
        ("text:neverseen".to_owned(), ""),
    ]
}

fn ask(ledger: &Ledger, keys: &Arc<KeyStore>, folder: &Path, rounds: u64, asked: &Asked, name: &str) -> Outcome<()> {
    let milliseconds = |started: Instant| started.elapsed().as_secs_f64() * 1e3;
    forget_files(folder, &FOLDERS)?;
    let mut timed = Vec::new();
    let mut answer = (0, Seen::default());
    for _ in 0..2 {
        let started = Instant::now();
        answer = first_page(&mut ContentIndex::open(ledger, keys)?, asked)?;
        timed.push(milliseconds(started));
    }
    let mut index = ContentIndex::open(ledger, keys)?;
    let mut warm = Vec::new();
    for _ in 0..rounds {
        let started = Instant::now();
        first_page(&mut index, asked)?;
        warm.push(milliseconds(started));
    }
    warm.sort_unstable_by(f64::total_cmp);
    timed.extend(warm.get(warm.len() / 2));
    let times: String = timed.iter().map(|time| format!(" {time:>8.1}")).collect();
    let (found, seen) = answer;
    let cut = if seen.is_cut { " (cut)" } else { "" };
    println!("{name:58} {found:>6} {:>7}{times}{cut}", seen.looked);
    Ok(())
}

fn first_page(index: &mut ContentIndex, asked: &Asked) -> Outcome<(usize, Seen)> {
    let mut finder = index.find(asked.clone())?;
    let mut found = 0;
    while found < PAGE && finder.step()?.is_some() {
        found += 1;
    }
    Ok((found, finder.seen()))
}

fn ports(disk: &Arc<dyn Disk>, keys: &Arc<KeyStore>, records: u64) -> Outcome<(Ports, Options)> {
    let step_us = i64::try_from(HALF_A_YEAR_US * BATCH / records.max(1))?;
    let clock = Arc::new(Spread { now_us: AtomicI64::new(START_US), step_us });
    let ports = Ports { disk: Arc::clone(disk), clock, sealer: keys.clone() };
    let mut options = Options::new("search.example/log", SigningKey::from_seed([1; 32]));
    options.checkpoint_every = Duration::from_secs(1 << 30);
    Ok((ports, options))
}

fn write(disk: &Arc<dyn Disk>, keys: &Arc<KeyStore>, records: u64) -> Outcome<Ledger> {
    let (ports, options) = ports(disk, keys, records)?;
    let ledger = Ledger::create(&ports, &options)?;
    let texts = Texts::new();
    for first in (0..records).step_by(usize::try_from(BATCH)?) {
        ledger.append((first..records.min(first + BATCH)).map(|index| texts.entry(index)).collect())?;
    }
    Ok(ledger)
}

/// Draws texts.
struct Texts {
    /// For each rank the share of words up to it, of 2³².
    shares: Vec<u32>,
    words: Vec<String>,
}

impl Texts {
    fn new() -> Self {
        let weights: Vec<f64> = (0..VOCABULARY).map(|rank| 1.0 / (rank as f64 + 2.7).powf(1.05)).collect();
        let whole: f64 = weights.iter().sum();
        let mut sum = 0.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of 2³²")]
        let share = |weight: &f64| {
            sum += weight;
            (sum / whole * f64::from(u32::MAX)) as u32
        };
        let shares = weights.iter().map(share).collect();
        Self { shares, words: (0..VOCABULARY).map(word_of).collect() }
    }

    fn entry(&self, index: u64) -> Entry {
        let user = drawn(index + 3, 50_000);
        let mut content = format!("{{\"request\":\"req-{index:08}\",\"user\":\"user-{user}\",\"prompt\":\"");
        let mut number = 0;
        while content.len() < 210 {
            number += 1;
            let share = u32::try_from(drawn(index.wrapping_mul(64) + number, 1 << 32)).unwrap_or(u32::MAX);
            let rank = self.shares.partition_point(|own| *own < share).min(VOCABULARY - 1);
            content.extend(self.words.get(rank).map(String::as_str));
            content.push(' ');
        }
        if index % 1_000_000 == 500_000 {
            content.push_str("incident-alpha");
        }
        content.push_str("\",\"model\":\"gpt-4o\"}");
        let kind = drawn(index, 33).saturating_sub(21);
        Entry {
            kind: format!("kind.{kind}"),
            actor: format!("actor-{}", drawn(index + 2, 2_000)),
            subject: Some(format!("subject-{user}")),
            tags: Vec::new(),
            content: content.into_bytes(),
        }
    }
}

/// A word for a rank, longer the rarer it is.
fn word_of(rank: usize) -> String {
    const SYLLABLES: [&str; 16] =
        ["ta", "ne", "ri", "so", "lu", "ma", "ke", "di", "vo", "pu", "ra", "te", "li", "no", "gu", "sha"];
    let mut word = String::new();
    let mut rest = rank + 16;
    while rest > 0 {
        word.extend(SYLLABLES.get(rest % 16).copied());
        rest /= 16;
    }
    word
}
