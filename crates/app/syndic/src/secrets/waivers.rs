//! What is accepted, why, and until when: a baseline of fingerprints, and an allow-list of rules and paths, in one file.
//!
//! Every entry has a reason and a last day. One that is over accepts nothing and is told.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use ignore::overrides::{Override, OverrideBuilder};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::outcome::{Outcome, Seen};
use super::secret::Secret;
use crate::commands::UsageError;

/// Version of the file.
const SCHEMA: u32 = 1;
/// Days for which a new baseline accepts what it holds.
const DAYS: i64 = 90;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema_version: u32,
    entries: Vec<Entry>,
}

/// One thing that is accepted: everything that all given parts fit.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    /// A glob, as `--exclude` has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    reason: String,
    /// The last day.
    until: Date,
}

/// Everything that is accepted today.
#[derive(Debug, Default)]
pub(super) struct Waivers {
    entries: Vec<(Entry, Option<Override>)>,
    notes: Vec<String>,
}

/// Reads baselines.
///
/// # Errors
/// A file that cannot be read or is not of the form.
pub(super) fn read(files: &[PathBuf]) -> Result<Waivers> {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let mut waivers = Waivers::default();
    for file in files {
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        waivers.add(file, &text, today)?;
    }
    Ok(waivers)
}

impl Waivers {
    fn add(&mut self, file: &Path, text: &str, today: Date) -> Result<()> {
        let fault = |problem: String| UsageError(format!("{}: {problem}", file.display()));
        let read: File = serde_json::from_str(text).map_err(|error| fault(error.to_string()))?;
        if read.schema_version != SCHEMA {
            return Err(fault(format!("version {} is not known", read.schema_version)).into());
        }
        let mut over = 0;
        for (number, entry) in read.entries.into_iter().enumerate() {
            let is_empty = entry.fingerprint.is_none() && entry.rule.is_none() && entry.path.is_none();
            if is_empty || entry.reason.trim().is_empty() {
                let problem = format!("entry {} needs a reason and a fingerprint, rule or path", number + 1);
                return Err(fault(problem).into());
            }
            if entry.until < today {
                over += 1;
                continue;
            }
            let glob = entry.path.as_deref().map(glob).transpose();
            let glob = glob.map_err(|error| fault(format!("entry {}: {error}", number + 1)))?;
            self.entries.push((entry, glob));
        }
        if over > 0 {
            self.notes.push(format!("{}: {over} entries are over and accept nothing", file.display()));
        }
        Ok(())
    }

    /// Takes out what is accepted and returns how many those are.
    pub(super) fn apply(&self, seen: &mut Seen) -> u64 {
        let before = seen.secrets.len();
        seen.secrets.retain(|secret| !self.entries.iter().any(|(entry, glob)| fits(entry, glob.as_ref(), secret)));
        seen.notes.extend(self.notes.iter().cloned());
        (before - seen.secrets.len()) as u64
    }
}

fn glob(pattern: &str) -> Result<Override, ignore::Error> {
    OverrideBuilder::new("").add(pattern)?.build()
}

fn fits(entry: &Entry, glob: Option<&Override>, secret: &Secret) -> bool {
    entry.fingerprint.as_ref().is_none_or(|fingerprint| *fingerprint == secret.fingerprint)
        && entry.rule.as_ref().is_none_or(|rule| *rule == secret.rule)
        && glob.is_none_or(|glob| glob.matched(&secret.path, false).is_whitelist())
}

/// Writes a baseline that accepts everything found.
///
/// # Errors
/// The file cannot be written.
pub(super) fn write(file: &Path, outcome: &Outcome, reason: &str, until: Option<Date>) -> Result<()> {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let until = until.map_or_else(|| today.checked_add(DAYS.days()), Ok).context("the last day is out of range")?;
    let mut prints: Vec<&Secret> = outcome.secrets.iter().collect();
    prints.sort_by_key(|secret| &secret.fingerprint);
    prints.dedup_by_key(|secret| &secret.fingerprint);
    let entry = |secret: &&Secret| Entry {
        fingerprint: Some(secret.fingerprint.clone()),
        rule: Some(secret.rule.clone()),
        path: None,
        reason: reason.to_owned(),
        until,
    };
    let made = File { schema_version: SCHEMA, entries: prints.iter().map(entry).collect() };
    let mut text = serde_json::to_string_pretty(&made)?;
    text.push('\n');
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::super::scanner::tests::scanner;
    use super::super::scanner::{Piece, Scanner};
    use super::*;

    fn seen(scanner: &Scanner, path: &str) -> Seen {
        let value = ["hf_", "pVxKqWmZtRbYcLdG", "sNfHjAeUoTiQwXrZ"].concat();
        let text = format!("T = '{value}'\n");
        let mut seen = Seen::default();
        scanner.look(Piece { path, content: text.as_bytes(), lines_before: 0, told: 0, until: text.len() }, &mut seen);
        seen
    }

    fn waived(entry: &str, path: &str) -> u64 {
        let text = format!("{{\"schema_version\": 1, \"entries\": [{entry}]}}");
        let mut waivers = Waivers::default();
        waivers.add(Path::new("b.json"), &text, jiff::civil::date(2030, 1, 1)).unwrap();
        waivers.apply(&mut seen(&scanner(), path))
    }

    #[test]
    fn every_given_part_must_fit_and_the_last_day_counts() {
        let rule = "secrets.huggingface-token";
        let entry = |parts: &str, until: &str| format!("{{{parts}, \"reason\": \"r\", \"until\": \"{until}\"}}");
        let by_rule = format!("\"rule\": \"{rule}\"");
        assert_eq!(waived(&entry(&by_rule, "2030-01-01"), "a.py"), 1);
        assert_eq!(waived(&entry(&by_rule, "2029-12-31"), "a.py"), 0);
        assert_eq!(waived(&entry("\"path\": \"tests/**\"", "2031-01-01"), "tests/x/a.py"), 1);
        assert_eq!(waived(&entry("\"path\": \"tests/**\"", "2031-01-01"), "src/a.py"), 0);
        let both = format!("{by_rule}, \"path\": \"tests/**\"");
        assert_eq!(waived(&entry(&both, "2031-01-01"), "src/a.py"), 0);
        let print = seen(&scanner(), "a.py").secrets.remove(0).fingerprint;
        assert_eq!(waived(&entry(&format!("\"fingerprint\": \"{print}\""), "2031-01-01"), "a.py"), 1);
        assert_eq!(waived(&entry(&format!("\"fingerprint\": \"{print}\""), "2031-01-01"), "b.py"), 0);
    }

    #[test]
    fn an_entry_without_reason_or_end_is_refused() {
        for entry in [
            r#"{"rule": "r", "reason": " ", "until": "2030-01-01"}"#,
            r#"{"rule": "r", "reason": "x"}"#,
            r#"{"reason": "x", "until": "2030-01-01"}"#,
            r#"{"rule": "r", "reason": "x", "until": "2030-01-01", "more": 1}"#,
        ] {
            let text = format!("{{\"schema_version\": 1, \"entries\": [{entry}]}}");
            let day = jiff::civil::date(2030, 1, 1);
            assert!(Waivers::default().add(Path::new("b.json"), &text, day).is_err(), "{entry}");
        }
    }
}
