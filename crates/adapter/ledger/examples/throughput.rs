//! Measures durable records a second, beside a plain write and sync and beside SQLite, in one run.
//!
//! `throughput [--folder /a/disk] [--seconds 5] [--writers 128] [--rounds 3]`: every row is measured in every round, in
//! turn, because a disk's speed changes while one measures. Needs `python3` for the SQLite rows.

#![expect(clippy::print_stdout, clippy::indexing_slicing, reason = "an example speaks to its user")]

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use syndic_attest::SigningKey;
use syndic_ledger::disk::{Disk as _, RealDisk, write_all_at};
use syndic_ledger::keys::{KeyStore, MasterKey};
use syndic_ledger::sealer::{Sealer, Unsealed};
use syndic_ledger::{Entry, Ledger, Options, OsRandom, Ports, Random as _, SystemClock};

const RECORD_BYTES: usize = 1024;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// One measured row.
struct Row {
    records_per_s: f64,
    p50_ms: f64,
    p99_ms: f64,
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| arguments.iter().position(|given| given == name).and_then(|at| arguments.get(at + 1));
    let number = |name: &str, default: usize| after(name).map_or(Ok(default), |given| given.parse());
    let folder = after("--folder").map_or(".", String::as_str);
    let (seconds, writers, rounds) = (number("--seconds", 5)?, number("--writers", 128)?, number("--rounds", 3)?);
    let lasting = Duration::from_secs(seconds as u64);
    println!("{RECORD_BYTES} B contents, {seconds} s a row, {rounds} rounds, below {folder}");
    println!("{:44} {:>12} {:>9} {:>9}", "", "records/s", "p50 ms", "p99 ms");
    for _ in 0..rounds {
        let scratch = tempfile::tempdir_in(folder)?;
        let at = |name: &str| scratch.path().join(name);
        print("preallocated file, write and fdatasync, 1", &plain(&at("plain"), lasting)?);
        print("ledger unsealed, 1 writer", &ledger(&at("one"), lasting, 1, unsealed)?);
        print("ledger sealed, 1 writer", &ledger(&at("one-sealed"), lasting, 1, sealed)?);
        print(&format!("ledger unsealed, {writers} writers"), &ledger(&at("many"), lasting, writers, unsealed)?);
        print(&format!("ledger sealed, {writers} writers"), &ledger(&at("many-sealed"), lasting, writers, sealed)?);
        for batch in [1, 128] {
            print(&format!("SQLite WAL FULL, {batch} a commit"), &sqlite(&at(&format!("{batch}.db")), seconds, batch)?);
        }
    }
    Ok(())
}

fn print(name: &str, row: &Row) {
    println!("{name:44} {:>12.0} {:>9.2} {:>9.2}", row.records_per_s, row.p50_ms, row.p99_ms);
}

fn row(mut times: Vec<Duration>, elapsed: Duration) -> Row {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    Row { records_per_s: times.len() as f64 / elapsed.as_secs_f64(), p50_ms: at(50), p99_ms: at(99) }
}

/// What one writer could do at best: the ledger's own preparation, then bytes and a sync for each record.
fn plain(folder: &Path, lasting: Duration) -> Outcome<Row> {
    let disk = RealDisk::new(folder);
    disk.create_dir("")?;
    let file = disk.create("file")?;
    file.preallocate(64 << 20)?;
    let bytes = vec![7; RECORD_BYTES + 100];
    let (started, mut times, mut offset) = (Instant::now(), Vec::new(), 0);
    while started.elapsed() < lasting && offset + (bytes.len() as u64) < 64 << 20 {
        let before = Instant::now();
        write_all_at(file.as_ref(), &bytes, offset)?;
        file.sync_data()?;
        offset += bytes.len() as u64;
        times.push(before.elapsed());
    }
    Ok(row(times, started.elapsed()))
}

#[expect(clippy::unnecessary_wraps, reason = "stands where `sealed` may stand")]
fn unsealed(_: &RealDisk) -> Outcome<Arc<dyn Sealer>> {
    Ok(Arc::new(Unsealed))
}

fn sealed(disk: &RealDisk) -> Outcome<Arc<dyn Sealer>> {
    disk.create_dir("")?;
    let path = disk.root().with_extension("master");
    let master = MasterKey::create(&path, &OsRandom)?;
    Ok(Arc::new(KeyStore::create(Arc::new(disk.clone()), Arc::new(OsRandom), &master)?))
}

fn ledger(
    folder: &Path,
    lasting: Duration,
    writers: usize,
    keys: fn(&RealDisk) -> Outcome<Arc<dyn Sealer>>,
) -> Outcome<Row> {
    let disk = RealDisk::new(folder);
    let sealer = keys(&disk)?;
    let ports = Ports { disk: Arc::new(disk), clock: Arc::new(SystemClock), sealer };
    let ledger = Ledger::create(&ports, &Options::new("throughput.example/log", SigningKey::from_seed([1; 32])))?;
    let mut content = vec![0; RECORD_BYTES];
    OsRandom.fill(&mut content)?;
    let entry = Entry {
        kind: "gateway.request".to_owned(),
        actor: "throughput".to_owned(),
        subject: Some("somebody".to_owned()),
        tags: vec![("model".to_owned(), "example".to_owned())],
        content,
    };
    let started = Instant::now();
    let times: Vec<Outcome<Vec<Duration>>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..writers).map(|_| scope.spawn(|| append(&ledger, &entry, started, lasting))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err("a writer panicked".into()))).collect()
    });
    let elapsed = started.elapsed();
    let times: Outcome<Vec<Vec<Duration>>> = times.into_iter().collect();
    let row = row(times?.concat(), elapsed);
    if let Some(problem) = ledger.checkpoint_error() {
        return Err(problem.into());
    }
    ledger.close()?;
    Ok(row)
}

fn append(ledger: &Ledger, entry: &Entry, started: Instant, lasting: Duration) -> Outcome<Vec<Duration>> {
    let mut times = Vec::new();
    while started.elapsed() < lasting {
        let before = Instant::now();
        ledger.append(vec![entry.clone()])?;
        times.push(before.elapsed());
    }
    Ok(times)
}

fn sqlite(path: &Path, seconds: usize, batch: usize) -> Outcome<Row> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sqlite_wal.py");
    let output =
        Command::new("python3").arg(script).arg(path).args([seconds.to_string(), batch.to_string()]).output()?;
    let text = String::from_utf8(output.stdout)?;
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    let [records_per_s, p50_ms, p99_ms] = numbers[..] else {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    };
    Ok(Row { records_per_s, p50_ms, p99_ms })
}
