//! Measures one writer against the disk's own limit, a write and an `fdatasync` on a preallocated file, in short
//! batches that take turns, and says where the difference goes.
//!
//! `one_writer [--folder /a/disk] [--rounds 200] [--batch 200] [--checkpoint-ms 1000]`: in every round each contestant
//! appends one batch; a row's ratio is the median over the rounds of the limit's time divided by its own, so that a
//! disk that is slow for a while is slow for both. The columns after it split a record's mean time: what the system
//! calls of the appending thread take, and the rest, which is the ledger's own work.

#![expect(clippy::print_stdout, reason = "an example speaks to its user")]

#[path = "timed_disk/mod.rs"]
mod timed_disk;

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use syndic_attest::SigningKey;
use syndic_ledger::disk::{Disk, DiskFile, RealDisk, write_all_at, write_all_next_at};
use syndic_ledger::keys::{KeyStore, MasterKey};
use syndic_ledger::sealer::{Sealer, Unsealed};
use syndic_ledger::{Entry, Ledger, Options, OsRandom, Ports, Random as _, SystemClock};
use timed_disk::{Spent, TimedDisk, forget_spent, spent};

const CONTENT_BYTES: usize = 1024;
/// What the ledger adds to a content of this example, about: leaf and frame, and what sealing adds.
const UNSEALED_FRAME_BYTES: usize = CONTENT_BYTES + 160;
const SEALED_FRAME_BYTES: usize = UNSEALED_FRAME_BYTES + 97;
const FILE_BYTES: u64 = 64 << 20;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What appends one record durably.
trait Contestant {
    fn append(&mut self) -> Outcome<()>;
}

/// A preallocated file, overwritten from its start to its end and again.
struct Limit {
    file: Arc<dyn DiskFile>,
    bytes: Vec<u8>,
    offset: u64,
    write: fn(&dyn DiskFile, &[u8], u64) -> std::io::Result<()>,
}

impl Contestant for Limit {
    fn append(&mut self) -> Outcome<()> {
        if self.offset + self.bytes.len() as u64 > FILE_BYTES {
            self.offset = 0;
        }
        (self.write)(self.file.as_ref(), &self.bytes, self.offset)?;
        self.file.sync_data()?;
        self.offset += self.bytes.len() as u64;
        Ok(())
    }
}

struct Append {
    ledger: Ledger,
    entry: Entry,
}

impl Contestant for Append {
    fn append(&mut self) -> Outcome<()> {
        self.ledger.append(vec![self.entry.clone()])?;
        Ok(())
    }
}

/// A contestant and what was measured of it.
struct Row {
    name: &'static str,
    contestant: Box<dyn Contestant>,
    /// Seconds of each round's batch.
    rounds: Vec<f64>,
    spent: Spent,
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| arguments.iter().position(|given| given == name).and_then(|at| arguments.get(at + 1));
    let number = |name: &str, default: usize| after(name).map_or(Ok(default), |given| given.parse());
    let scratch = tempfile::tempdir_in(after("--folder").map_or(".", String::as_str))?;
    let (rounds, batch) = (number("--rounds", 200)?, number("--batch", 200)?);
    let every = Duration::from_millis(number("--checkpoint-ms", 1000)? as u64);
    let mut rows = contestants(scratch.path(), every)?;
    for row in &mut rows {
        measure(row, batch)?;
        row.rounds.clear();
        row.spent = Spent::default();
    }
    for round in 0..rounds {
        // Another one starts each time, so that nobody always runs behind the same one.
        let first = round % rows.len();
        let (behind, ahead) = rows.split_at_mut(first);
        for row in ahead.iter_mut().chain(behind) {
            measure(row, batch)?;
        }
    }
    report(&rows, batch);
    Ok(())
}

fn contestants(folder: &Path, every: Duration) -> Outcome<Vec<Row>> {
    let row = |name, contestant| Row { name, contestant, rounds: Vec::new(), spent: Spent::default() };
    Ok(vec![
        row("write and fdatasync, 1,024 B", limit(&folder.join("plain"), CONTENT_BYTES, write_all_at)?),
        row("the same, a sealed frame", limit(&folder.join("frame"), SEALED_FRAME_BYTES, write_all_at)?),
        row("the same frame, past the page cache", limit(&folder.join("past"), SEALED_FRAME_BYTES, write_all_next_at)?),
        row("ledger, unsealed", ledger(&folder.join("unsealed"), every, |_| Ok(Arc::new(Unsealed)))?),
        row("ledger, sealed", ledger(&folder.join("sealed"), every, keys)?),
    ])
}

fn limit(
    folder: &Path,
    bytes: usize,
    write: fn(&dyn DiskFile, &[u8], u64) -> std::io::Result<()>,
) -> Outcome<Box<dyn Contestant>> {
    let disk = TimedDisk(RealDisk::new(folder));
    disk.create_dir("")?;
    let file = disk.create("file")?;
    file.preallocate(FILE_BYTES)?;
    Ok(Box::new(Limit { file, bytes: vec![7; bytes], offset: 0, write }))
}

fn keys(disk: &RealDisk) -> Outcome<Arc<dyn Sealer>> {
    disk.create_dir("")?;
    let master = MasterKey::create(&disk.root().with_extension("master"), &OsRandom)?;
    Ok(Arc::new(KeyStore::create(Arc::new(disk.clone()), Arc::new(OsRandom), &master)?))
}

fn ledger(
    folder: &Path,
    every: Duration,
    keys: impl Fn(&RealDisk) -> Outcome<Arc<dyn Sealer>>,
) -> Outcome<Box<dyn Contestant>> {
    let disk = RealDisk::new(folder);
    let sealer = keys(&disk)?;
    let ports = Ports { disk: Arc::new(TimedDisk(disk)), clock: Arc::new(SystemClock), sealer };
    let mut options = Options::new("one-writer.example/log", SigningKey::from_seed([1; 32]));
    options.checkpoint_every = every;
    let ledger = Ledger::create(&ports, &options)?;
    let mut content = vec![0; CONTENT_BYTES];
    OsRandom.fill(&mut content)?;
    let entry = Entry {
        kind: "gateway.request".to_owned(),
        actor: "one-writer".to_owned(),
        subject: Some("somebody".to_owned()),
        tags: vec![("model".to_owned(), "example".to_owned())],
        content,
    };
    Ok(Box::new(Append { ledger, entry }))
}

fn measure(row: &mut Row, batch: usize) -> Outcome<()> {
    forget_spent();
    let started = Instant::now();
    for _ in 0..batch {
        row.contestant.append()?;
    }
    row.rounds.push(started.elapsed().as_secs_f64());
    row.spent.add(&spent());
    Ok(())
}

fn report(rows: &[Row], batch: usize) {
    println!(
        "{:38} {:>9} {:>8} {:>8} {:>8} | {:>8} {:>8} {:>8} {:>8} us",
        "", "median/s", "ratio", "q1", "q3", "mean", "write", "sync", "rest"
    );
    let Some(limit) = rows.first() else { return };
    for row in rows {
        let ratios: Vec<f64> = limit.rounds.iter().zip(&row.rounds).map(|(limit, own)| limit / own).collect();
        let records = (row.rounds.len() * batch) as f64;
        let mean = row.rounds.iter().sum::<f64>() / records * 1e6;
        let (write, sync) =
            (row.spent.writing.as_secs_f64() / records * 1e6, row.spent.syncing.as_secs_f64() / records * 1e6);
        println!(
            "{:38} {:>9.0} {:>7.1}% {:>7.1}% {:>7.1}% | {mean:>8.1} {write:>8.1} {sync:>8.1} {:>8.1}",
            row.name,
            batch as f64 / quantile(&row.rounds, 50),
            quantile(&ratios, 50) * 100.0,
            quantile(&ratios, 25) * 100.0,
            quantile(&ratios, 75) * 100.0,
            mean - write - sync
        );
    }
}

fn quantile(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len().saturating_sub(1) * percent / 100).copied().unwrap_or(f64::NAN)
}
