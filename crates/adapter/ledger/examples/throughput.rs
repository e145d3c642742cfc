//! Measures durable records a second, or the disk's own limit: one row of `bench/ledger.sh`.
//!
//! `throughput --row limit|unsealed|sealed [--folder /a/disk] [--seconds 5] [--writers 1]` prints one line: records a
//! second, p50 and p99 of an append in milliseconds, CPU seconds, seconds.

#![expect(clippy::print_stdout, clippy::indexing_slicing, reason = "an example speaks to its user")]

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use syndic_attest::SigningKey;
use syndic_ledger::disk::{Disk as _, RealDisk, write_all_at};
use syndic_ledger::keys::{KeyStore, MasterKey};
use syndic_ledger::sealer::{Sealer, Unsealed};
use syndic_ledger::{Entry, Ledger, Options, OsRandom, Ports, Random as _, SystemClock};

const RECORD_BYTES: usize = 1024;
const FILE_BYTES: u64 = 64 << 20;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What was measured.
struct Row {
    times: Vec<Duration>,
    elapsed: Duration,
    cpu_seconds: f64,
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| arguments.iter().position(|given| given == name).and_then(|at| arguments.get(at + 1));
    let number = |name: &str, default: usize| after(name).map_or(Ok(default), |given| given.parse());
    let scratch = tempfile::tempdir_in(after("--folder").map_or(".", String::as_str))?;
    let (lasting, writers) = (Duration::from_secs(number("--seconds", 5)? as u64), number("--writers", 1)?);
    let row = match after("--row").map(String::as_str) {
        Some("limit") => plain(scratch.path(), lasting)?,
        Some("unsealed") => ledger(&scratch.path().join("log"), lasting, writers, unsealed)?,
        Some("sealed") => ledger(&scratch.path().join("log"), lasting, writers, sealed)?,
        _ => return Err("--row is one of limit, unsealed, sealed".into()),
    };
    print(row);
    Ok(())
}

fn print(mut row: Row) {
    row.times.sort_unstable();
    let at = |percent: usize| row.times[(row.times.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    let seconds = row.elapsed.as_secs_f64();
    let rate = row.times.len() as f64 / seconds;
    println!("{rate:.0} {:.3} {:.3} {:.2} {seconds:.2}", at(50), at(99), row.cpu_seconds);
}

/// User and system time of this process in seconds; `/proc` counts in hundredths on every Linux this runs on.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields = after_name.split_whitespace().skip(11).take(2);
    fields.filter_map(|field| field.parse::<u32>().ok()).map(f64::from).sum::<f64>() / 100.0
}

/// What one writer could do at best: the ledger's own preparation, then bytes and a sync for each record.
fn plain(folder: &Path, lasting: Duration) -> Outcome<Row> {
    let disk = RealDisk::new(folder);
    disk.create_dir("")?;
    let file = disk.create("file")?;
    file.preallocate(FILE_BYTES)?;
    let bytes = vec![7; RECORD_BYTES];
    let (cpu, started, mut times, mut offset) = (cpu_seconds(), Instant::now(), Vec::new(), 0);
    while started.elapsed() < lasting {
        let before = Instant::now();
        write_all_at(file.as_ref(), &bytes, offset)?;
        file.sync_data()?;
        offset += bytes.len() as u64;
        if offset + bytes.len() as u64 > FILE_BYTES {
            offset = 0;
        }
        times.push(before.elapsed());
    }
    Ok(Row { times, elapsed: started.elapsed(), cpu_seconds: cpu_seconds() - cpu })
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
    let (cpu, started) = (cpu_seconds(), Instant::now());
    let times: Vec<Outcome<Vec<Duration>>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..writers).map(|_| scope.spawn(|| append(&ledger, &entry, started, lasting))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err("a writer panicked".into()))).collect()
    });
    let (elapsed, cpu_seconds) = (started.elapsed(), cpu_seconds() - cpu);
    let times: Outcome<Vec<Vec<Duration>>> = times.into_iter().collect();
    let row = Row { times: times?.concat(), elapsed, cpu_seconds };
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
