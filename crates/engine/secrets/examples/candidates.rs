//! Prints what the classifier of generic secrets is asked about every file under a folder, for the script that fits it.
//!
//! `cargo run --release -p syndic-secrets --example candidates -- FOLDER`
//!
//! One line a value: path, line, where the value begins and ends in bytes of its line, rule, 1 if the rules believe it
//! by themselves, and the numbers of its features, apart by tabs and blanks. No value is printed.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program beside the engine: it reads files and prints"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use syndic_secrets::SecretsEngine;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = SecretsEngine::builtin()?;
    let root = PathBuf::from(std::env::args().nth(1).ok_or("name a folder")?);
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    for file in &files {
        let content = std::fs::read(file)?;
        let path = file.strip_prefix(&root)?.to_string_lossy().into_owned();
        for question in engine.questions(&path, &content) {
            let before = content.get(..question.start).unwrap_or_default();
            let line = memchr::memchr_iter(b'\n', before).count() + 1;
            let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let (from, to) = (question.start - line_start, question.end - line_start);
            let mut features = String::new();
            question.features.iter().for_each(|bucket| write!(features, " {bucket}").unwrap_or_default());
            let believed = u8::from(question.is_believed);
            println!("{path}\t{line}\t{from}\t{to}\t{}\t{believed}\t{}", question.rule, features.trim_start());
        }
    }
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut entries: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let kind = entry.file_type()?;
        if kind.is_dir() {
            collect(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}
