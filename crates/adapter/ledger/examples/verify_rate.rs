//! Measures verification: `verify_rate [--records 200000] [--bytes 1024] [--workers 1] [--rounds 3] [--dir DIR]`.
//!
//! Writes a log of such records into a new folder, verifies it, and prints bytes, seconds and CPU seconds. Contents are
//! stored unsealed: what is hashed and checked has the same size sealed.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use syndic_attest::SigningKey;
use syndic_ledger::disk::{Disk, RealDisk};
use syndic_ledger::sealer::Unsealed;
use syndic_ledger::verify::{Trust, verify_with};
use syndic_ledger::{Description, Entry, Log, Options, Ports, SystemClock};

/// Clock ticks a second in `/proc/self/stat`; the value of every Linux this runs on.
const TICKS: f64 = 100.0;

fn number(name: &str, default: u64) -> u64 {
    text(name).and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn text(name: &str) -> Option<String> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.nth(1)
}

/// User and system time of this process in seconds.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u32 = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u32>().ok()).sum();
    f64::from(ticks) / TICKS
}

fn write(ports: &Ports, records: u64, bytes: usize) -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::new("rate.example/log", SigningKey::from_seed([1; 32]));
    let mut log = Log::create(ports, &options)?;
    let mut index = 0;
    while index < records {
        let batch: Vec<Entry> = (index..records.min(index + 1_024))
            .map(|index| Entry {
                kind: "gateway.request".to_owned(),
                actor: format!("team-{}", index % 17),
                tags: vec![("model".to_owned(), "m".to_owned()), ("request".to_owned(), index.to_string())],
                content: index.to_le_bytes().iter().copied().cycle().take(bytes).collect(),
                subject: None,
            })
            .collect();
        index += batch.len() as u64;
        log.append(&[&batch]).into_iter().collect::<Result<Vec<_>, _>>()?;
        if index.is_multiple_of(20_480) || index == records {
            log.publish()?;
        }
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "an example speaks to its user")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (records, bytes) = (number("--records", 200_000), number("--bytes", 1_024));
    let workers = usize::try_from(number("--workers", 1))?;
    let folder =
        text("--dir").map_or_else(|| std::env::temp_dir().join(format!("rate-{}", std::process::id())), PathBuf::from);
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(&folder));
    let ports = Ports { disk: Arc::clone(&disk), clock: Arc::new(SystemClock), sealer: Arc::new(Unsealed) };
    write(&ports, records, usize::try_from(bytes)?)?;
    let trust = Trust::new(&Description::read(disk.as_ref())?.key)?;
    for round in 0..number("--rounds", 3) {
        let (started, cpu) = (Instant::now(), cpu_seconds());
        let report = verify_with(&disk, &trust, workers);
        let (seconds, cpu) = (started.elapsed().as_secs_f64(), cpu_seconds() - cpu);
        let megabytes = report.bytes as f64 / 1e6;
        println!(
            "round {round}: {} records, {megabytes:.0} MB, {workers} workers: {seconds:.2} s = {:.0} MB/s; \
             {cpu:.2} CPU s = {:.0} MB/s a core; intact: {}, {} heads, {} problems",
            report.size,
            megabytes / seconds,
            megabytes / cpu,
            report.is_intact(),
            report.heads_checked,
            report.problems.len(),
        );
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
