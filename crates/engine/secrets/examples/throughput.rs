//! Scans every file under the given folders: prints findings (never values) and the rate on one core.
//!
//! `cargo run --release -p syndic-secrets --example throughput -- FOLDER… [--findings]`

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a measuring program, not the engine: it reads files, the clock and prints"
)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use syndic_secrets::SecretsEngine;

/// Larger files are skipped, in bytes.
const FILE_LIMIT: u64 = 16 << 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let started = Instant::now();
    let engine = SecretsEngine::builtin()?;
    println!("engine built in {:?}", started.elapsed());
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_listing = arguments.iter().any(|argument| argument == "--findings");
    for root in arguments.iter().filter(|argument| !argument.starts_with("--")) {
        measure(&engine, Path::new(root), is_listing)?;
    }
    Ok(())
}

fn measure(engine: &SecretsEngine, root: &Path, is_listing: bool) -> std::io::Result<()> {
    let mut files = Vec::new();
    collect(root, &mut files)?;
    let (mut bytes, mut spent, mut hits) = (0_u64, Duration::ZERO, 0_usize);
    for file in &files {
        let content = std::fs::read(file)?;
        let path = file.strip_prefix(root).unwrap_or(file).to_string_lossy().into_owned();
        let begin = Instant::now();
        let facts = engine.scan(&path, &content);
        spent += begin.elapsed();
        bytes += content.len() as u64;
        let findings = engine.findings(&facts);
        hits += findings.len();
        for finding in findings.iter().filter(|_| is_listing) {
            println!(
                "{}\t{:?}\t{}\t{}\t{}",
                finding.severity, finding.confidence, finding.rule, finding.location, finding.message
            );
        }
    }
    let rate = bytes as f64 / 1e6 / spent.as_secs_f64();
    println!(
        "{}: {} files, {:.1} MB, {hits} findings, {rate:.0} MB/s",
        root.display(),
        files.len(),
        bytes as f64 / 1e6
    );
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut entries: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let kind = entry.file_type()?;
        if kind.is_dir() {
            collect(&entry.path(), files)?;
        } else if kind.is_file() && entry.metadata()?.len() <= FILE_LIMIT {
            files.push(entry.path());
        }
    }
    Ok(())
}
