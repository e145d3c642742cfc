//! Everything content is looked at with: the engine, foreign rules, marks, fingerprints. One serves any number of threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use anyhow::{Context as _, Result};
use syndic_evidence::Confidence;
use syndic_secrets::{ForeignRules, Reach, SecretHit, SecretsEngine};

use super::marks::{self, Mark};
use super::outcome::Seen;
use super::secret::{Fingerprints, Secret};
use crate::cli::SecretsSourceArgs;
use crate::commands::UsageError;

/// Fewer bytes than this are no key.
const LEAST_KEY: usize = 16;

/// The scanner.
#[derive(Debug)]
pub(crate) struct Scanner {
    engine: Option<SecretsEngine>,
    foreign: Vec<ForeignRules>,
    /// What foreign rules ask for and do not get.
    notes: Vec<String>,
    fingerprints: Fingerprints,
    min_confidence: Confidence,
}

/// One file, blob or member, or a piece of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece<'a> {
    /// As the user reaches it.
    pub(crate) path: &'a str,
    pub(crate) content: &'a [u8],
    /// Lines before the piece.
    pub(crate) lines_before: u32,
    /// Bytes at its start that the piece before it held too: what begins in there was told then.
    pub(crate) told: usize,
    /// What begins from here on is told by the next piece.
    pub(crate) until: usize,
}

impl Scanner {
    /// Makes ready what the options name.
    ///
    /// # Errors
    /// Rules or a key that cannot be read.
    pub(crate) fn new(args: &SecretsSourceArgs) -> Result<Self> {
        let key = match &args.fingerprint_key {
            Some(file) => read_key(file)?,
            None => Vec::new(),
        };
        let mut engine = None;
        let mut foreign = Vec::new();
        let mut own = Vec::new();
        let mut notes = Vec::new();
        for file in &args.rules {
            if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml")) {
                let rules = read_foreign(file)?;
                notes.extend(rules.notes().iter().map(|note| format!("{}: {note}", file.display())));
                foreign.push(rules);
            } else {
                own.extend(read_own(file)?);
            }
        }
        if !args.only_rules || !own.is_empty() {
            let made = SecretsEngine::with_rules(&own, !args.only_rules);
            engine = Some(made.map_err(|error| UsageError(error.to_string()))?);
        }
        let fingerprints = Fingerprints::keyed(&key);
        Ok(Self { engine, foreign, notes, fingerprints, min_confidence: args.min_confidence })
    }

    /// Returns what the user should know of the rules.
    pub(crate) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Looks at one piece of content.
    pub(crate) fn look(&self, piece: Piece<'_>, seen: &mut Seen) {
        // As a last line: a fault of ours in one file must not end the look at the others.
        let looked = catch_unwind(AssertUnwindSafe(|| self.hits(piece)));
        let Ok((hits, omitted)) = looked else {
            seen.gap(piece.path, "the inspection failed; please report this file's form");
            return;
        };
        if omitted > 0 {
            seen.gap(piece.path, format!("{omitted} more places: only the first of a file are listed"));
        }
        for (hit, severity, title) in hits {
            self.tell(piece, &hit, severity, title, seen);
        }
    }

    fn hits(&self, piece: Piece<'_>) -> (Vec<(SecretHit, syndic_evidence::Severity, String)>, u64) {
        let mut all = Vec::new();
        let mut omitted = 0;
        if let Some(engine) = &self.engine {
            let facts = engine.scan_as_far_as(Reach::Everything, piece.path, piece.content);
            omitted = facts.hits_omitted;
            all.extend(facts.hits.into_iter().map(|hit| {
                let title = engine.rules().rule(&hit.rule).map_or_else(|| hit.rule.clone(), |rule| rule.title.clone());
                (engine.severity(&hit), hit, title)
            }));
        }
        for rules in &self.foreign {
            all.extend(
                rules
                    .scan(piece.path, piece.content)
                    .into_iter()
                    .map(|found| (syndic_evidence::Severity::High, found.hit, found.description)),
            );
        }
        (all.into_iter().map(|(severity, hit, title)| (hit, severity, title)).collect(), omitted)
    }

    fn tell(
        &self,
        piece: Piece<'_>,
        hit: &SecretHit,
        severity: syndic_evidence::Severity,
        title: String,
        seen: &mut Seen,
    ) {
        let start = usize::try_from(hit.offset).unwrap_or(usize::MAX);
        let end = start.saturating_add(usize::try_from(hit.length).unwrap_or(usize::MAX));
        if start < piece.told || start >= piece.until || hit.confidence < self.min_confidence {
            return;
        }
        match marks::beside(piece.content, start, end) {
            Mark::Accepted => {
                seen.marked += 1;
                return;
            }
            Mark::Unreasoned => {
                let line = hit.line + piece.lines_before;
                seen.notes.push(format!("{}:{line}: `syndic:ignore` needs a reason after it", piece.path));
            }
            Mark::None => {}
        }
        let value_digest = self.fingerprints.digest(piece.content.get(start..end).unwrap_or_default());
        seen.secrets.push(Secret {
            fingerprint: self.fingerprints.of(&hit.rule, piece.path, &value_digest),
            rule: hit.rule.clone(),
            title,
            path: piece.path.to_owned(),
            line: hit.line.saturating_add(piece.lines_before),
            column: hit.column,
            commit: None,
            severity,
            confidence: hit.confidence,
            validated: hit.validated,
            preview: hit.preview.clone(),
            lifetime: None,
            value_digest,
            span: (start, end),
        });
    }
}

fn read_key(file: &Path) -> Result<Vec<u8>> {
    let key = std::fs::read(file).with_context(|| format!("cannot read the key {}", file.display()))?;
    let key = key.trim_ascii().to_vec();
    if key.len() < LEAST_KEY {
        let problem = format!("the key {} has fewer than {LEAST_KEY} bytes", file.display());
        return Err(UsageError(problem).into());
    }
    Ok(key)
}

fn read_foreign(file: &Path) -> Result<ForeignRules> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read the rules {}", file.display()))?;
    let read = ForeignRules::from_toml(&text);
    Ok(read.map_err(|error| UsageError(format!("{}: {error}", file.display())))?)
}

/// The rule files of a file or folder: path and text.
fn read_own(place: &Path) -> Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    if place.is_dir() {
        for entry in std::fs::read_dir(place).with_context(|| format!("cannot read {}", place.display()))? {
            files.push(entry?.path());
        }
        files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml" || extension == "yml"));
        files.sort();
    } else {
        files.push(place.to_owned());
    }
    let read = files.iter().map(|file| {
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read the rule {}", file.display()))?;
        let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        Ok((format!("secrets/{name}.yaml"), text))
    });
    read.collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A scanner with the compiled-in rules.
    pub(crate) fn scanner() -> Scanner {
        Scanner {
            engine: Some(SecretsEngine::builtin().unwrap()),
            foreign: Vec::new(),
            notes: Vec::new(),
            fingerprints: Fingerprints::keyed(b""),
            min_confidence: Confidence::Medium,
        }
    }
}
