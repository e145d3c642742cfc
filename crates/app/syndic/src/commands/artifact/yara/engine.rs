//! Rules compiled once and applied to any number of files, each within a time. Source: YARA-X.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use anyhow::Result;
use syndic_detect::ReadAt;
use syndic_evidence::Severity;
use yara_x::{Compiler, MetaValue, Rule, Rules, SourceCode};

use super::{Fitting, Judged, pieces};
use crate::cli::YaraArgs;
use crate::commands::UsageError;

/// Files of rules in one folder, and bytes of one.
const MAX_FILES: usize = 10_000;
const MAX_RULE_BYTES: u64 = 64 << 20;
/// Errors of rules that are told at once.
const MAX_ERRORS: usize = 10;
/// Rules told of one file, and places of one rule.
const MAX_FITTING: usize = 200;
const MAX_PLACES: usize = 8;
/// Matches of one pattern that are looked for.
pub(super) const MAX_MATCHES: usize = 10_000;

/// Words that mean a place or the size of a file, which a file read in pieces has not.
const OF_WHOLE_FILES: [&str; 5] = ["filesize", "entrypoint", "int8", "int16", "int32"];

/// Compiled rules.
pub(in super::super) struct Yara {
    pub(super) rules: Rules,
    pub(super) timeout: Duration,
    /// Whether a rule asks for something that only a file read as a whole has.
    pub(super) needs_whole: bool,
}

impl std::fmt::Debug for Yara {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Yara").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl Yara {
    /// Compiles the rules that the options name; nothing if they name none.
    ///
    /// # Errors
    /// A file that cannot be read, or is wrong: each mistake with file, line and column.
    pub(in super::super) fn named(args: &YaraArgs) -> Result<Option<Self>> {
        if args.yara.is_empty() {
            return Ok(None);
        }
        let mut compiler = Compiler::new();
        let mut needs_whole = false;
        for file in args.yara.iter().map(|path| files(path)).collect::<Result<Vec<_>>>()?.into_iter().flatten() {
            let text = read(&file)?;
            needs_whole |= OF_WHOLE_FILES.iter().any(|word| text.contains(word));
            let name = file.to_string_lossy().into_owned();
            // Two files may have rules of one name.
            compiler.new_namespace(&name);
            if let Some(folder) = file.parent() {
                compiler.add_include_dir(folder);
            }
            // What is wrong is kept by the compiler, so that all of it can be told at once.
            let _ = compiler.add_source(SourceCode::from(text.as_str()).with_origin(name));
        }
        let errors = compiler.errors();
        if !errors.is_empty() {
            let told: Vec<String> = errors.iter().take(MAX_ERRORS).map(ToString::to_string).collect();
            let more = errors.len().saturating_sub(MAX_ERRORS);
            let more = if more > 0 { format!("\nand {more} more") } else { String::new() };
            return Err(UsageError(format!("--yara: the rules are wrong\n{}{more}", told.join("\n"))).into());
        }
        let rules = compiler.build();
        if rules.iter().len() == 0 {
            return Err(UsageError("--yara: there is no rule in what was named".to_owned()).into());
        }
        Ok(Some(Self { rules, timeout: Duration::from_secs(args.yara_timeout), needs_whole }))
    }

    /// Applies the rules to the bytes of a file.
    pub(in super::super) fn judge(&self, source: &dyn ReadAt) -> Judged {
        pieces::judge(self, source)
    }
}

/// Puts together what is told of the rules that fit.
pub(super) fn fitting<'a, 'r: 'a>(rules: impl Iterator<Item = Rule<'a, 'r>>) -> Vec<Fitting> {
    rules.take(MAX_FITTING).map(|rule| one(&rule)).collect()
}

fn one(rule: &Rule<'_, '_>) -> Fitting {
    let mut places: Vec<(usize, &str)> = rule
        .patterns()
        .flat_map(|pattern| pattern.matches().map(move |found| (found.range().start, pattern.identifier())))
        .collect();
    // Pieces of a file overlap: what stands in both is one.
    places.sort_unstable();
    places.dedup();
    let told: Vec<String> = places.iter().take(MAX_PLACES).map(|(at, name)| format!("{name} at byte {at}")).collect();
    let more = places.len().saturating_sub(MAX_PLACES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let told = if told.is_empty() { String::new() } else { format!(": {}{more}", told.join(", ")) };
    let message = format!("the rule {} of {} fits{told}", rule.identifier(), rule.namespace());
    Fitting { severity: severity(rule), message, offset: places.first().map(|(at, _)| *at as u64) }
}

fn severity(rule: &Rule<'_, '_>) -> Severity {
    let named = rule.metadata().find(|(key, _)| key.eq_ignore_ascii_case("severity"));
    match named {
        Some((_, MetaValue::String(text))) => Severity::from_str(&text.to_ascii_lowercase()).unwrap_or(Severity::High),
        _ => Severity::High,
    }
}

/// Returns the files of rules that a path means: itself, or of a folder those that end as such files do.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    let wrong = |why: String| UsageError(format!("--yara {}: {why}", path.display()));
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let (mut folders, mut found) = (vec![path.to_path_buf()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| wrong(error.to_string()))? {
            let entry = entry.map_err(|error| wrong(error.to_string()))?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            let is_rules = path.extension().is_some_and(|end| end == "yar" || end == "yara");
            if kind.is_dir() {
                folders.push(path);
            } else if is_rules && found.len() < MAX_FILES {
                found.push(path);
            }
        }
    }
    found.sort();
    if found.is_empty() {
        return Err(wrong("no file in it ends with .yar or .yara".to_owned()).into());
    }
    Ok(found)
}

fn read(path: &Path) -> Result<String> {
    let wrong = |why: String| UsageError(format!("--yara {}: {why}", path.display()));
    if !fs::metadata(path).map_err(|error| wrong(error.to_string()))?.is_file() {
        return Err(wrong("it is no file".to_owned()).into());
    }
    let mut text = String::new();
    let file = fs::File::open(path).map_err(|error| wrong(error.to_string()))?;
    file.take(MAX_RULE_BYTES + 1).read_to_string(&mut text).map_err(|error| wrong(error.to_string()))?;
    if text.len() as u64 > MAX_RULE_BYTES {
        return Err(wrong(format!("it has more than {MAX_RULE_BYTES} bytes")).into());
    }
    Ok(text)
}
