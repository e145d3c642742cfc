//! The engine: one search for keywords, then rules and readers near each keyword.
//!
//! Bounds: a keyword costs one bounded slice; at most [`HIT_LIMIT`] places are listed per file, the rest are counted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use syndic_detect::{Keywords, LineIndex, RuleError, Rulebook};
use syndic_evidence::{Confidence, Input, Inspection, PredicateType, Severity};

use crate::facts::{fingerprint, preview};
use crate::form::FileForm;
use crate::illustration::Illustrations;
use crate::matcher::Matcher;
use crate::overlap::{Candidate, resolve};
use crate::placeholder::is_placeholder;
use crate::randomness::entropy;
use crate::test_code::TestCode;
use crate::validator::Verdict;
use crate::{SecretHit, SecretsFacts, Weakness, assignment, findings, judge, url};

/// Places listed per file; further ones are counted.
pub(crate) const HIT_LIMIT: usize = 500;
/// Candidates looked at per file before overlaps are resolved.
const CANDIDATE_LIMIT: usize = 20_000;
/// A name longer than this is not repeated in the facts.
const SHOWN_NAME: usize = 64;

/// Words that stand in the names of credentials; see the assignment reader.
const NAME_KEYWORDS: [&str; 22] = [
    "passw",
    "pwd",
    "passphrase",
    "_pass",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "access_key",
    "accesskey",
    "access-key",
    "private_key",
    "credential",
    "auth_key",
    "authkey",
    "encryption_key",
    "signing_key",
    "master_key",
    "masterkey",
    "account_key",
    "accountkey",
];
/// Names that are words of languages too: only what follows one makes it a name.
const SHORT_NAMES: [&str; 3] = ["pass", "auth", "key"];
/// What follows.
const SHORT_TAILS: [&str; 8] = ["\":", "\\\":", "': ", ": \"", ": '", "=\"", " = \"", " = '"];
/// What follows `pass`, which few other things end in.
const PASS_TAILS: [&str; 3] = [": ", "=", " = "];
/// Forms and addresses rank before names.
const RANK_FORM: u8 = 0;
const RANK_ADDRESS: u8 = 1;
const RANK_NAME: u8 = 2;

/// Why an engine could not be made from its rules.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A rule file is not of the form.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// A rule's pattern cannot be used.
    #[error("rule {rule}: {problem}")]
    Pattern {
        /// The rule.
        rule: String,
        /// What is wrong with its pattern.
        problem: String,
    },
}

/// Where a scan believes secrets to matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// What ships: a value in tests, pages and examples is doubted.
    Product,
    /// Whatever can be read: a value in a test leaks like any other.
    Everything,
}

/// What a keyword calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Pattern(usize),
    Assignment,
    /// A keyword that holds what follows the name too: the name ends earlier.
    Short(usize),
    Address,
}

/// Finds credentials in text.
pub struct SecretsEngine {
    book: Rulebook,
    matchers: Vec<Matcher>,
    /// What the product is searched for.
    prompts: Prompts,
    /// What everything is searched for; made when it first is.
    wide_prompts: OnceLock<Prompts>,
    judges_names: bool,
}

/// Keywords, and what each calls for.
struct Prompts {
    keywords: Keywords,
    targets: Vec<Vec<Target>>,
}

impl std::fmt::Debug for SecretsEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretsEngine").field("matchers", &self.matchers.len()).finish_non_exhaustive()
    }
}

impl SecretsEngine {
    /// Makes the engine with the compiled-in rules.
    ///
    /// # Errors
    /// See [`EngineError`]; compiled-in rules are held right by tests.
    pub fn builtin() -> Result<Self, EngineError> {
        Self::of(Rulebook::builtin("secrets")?, true)
    }

    /// Makes the engine with further rules, each `(secrets/<name>.yaml, text)`; a rule replaces the one of its id.
    /// Without the compiled-in rules, names and addresses are not judged either.
    ///
    /// # Errors
    /// See [`EngineError`].
    pub fn with_rules(own: &[(String, String)], with_builtin: bool) -> Result<Self, EngineError> {
        let mut book = if with_builtin { Rulebook::builtin("secrets")? } else { Rulebook::default() };
        for (path, text) in own {
            book.add(path, text)?;
        }
        Self::of(book, with_builtin)
    }

    fn of(book: Rulebook, judges_names: bool) -> Result<Self, EngineError> {
        let mut matchers = Vec::new();
        for rule in book.rules() {
            let fail = |problem| EngineError::Pattern { rule: rule.id.clone(), problem };
            matchers.extend(Matcher::new(rule).map_err(|error| fail(error.0))?);
        }
        let prompts = Prompts::new(&matchers, judges_names, Reach::Product);
        Ok(Self { book, matchers, prompts, wide_prompts: OnceLock::new(), judges_names })
    }

    fn prompts(&self, reach: Reach) -> &Prompts {
        match reach {
            Reach::Product => &self.prompts,
            Reach::Everything => {
                self.wide_prompts.get_or_init(|| Prompts::new(&self.matchers, self.judges_names, reach))
            }
        }
    }

    /// Returns the rules.
    pub const fn rules(&self) -> &Rulebook {
        &self.book
    }

    /// Looks at one file and says what of its product holds credentials.
    pub fn scan(&self, path: &str, content: &[u8]) -> SecretsFacts {
        self.scan_as_far_as(Reach::Product, path, content)
    }

    /// Looks at one file and says what it holds; `reach` says how far values are believed.
    pub fn scan_as_far_as(&self, reach: Reach, path: &str, content: &[u8]) -> SecretsFacts {
        let form = FileForm::of(path, content, reach);
        let mut candidates = resolve(self.candidates(content, form));
        mark_illustrations(path, content, &mut candidates);
        let omitted = candidates.len().saturating_sub(HIT_LIMIT);
        let mut facts = SecretsFacts {
            path: path.to_owned(),
            bytes: wide(content.len()),
            hits: Vec::with_capacity(candidates.len().min(HIT_LIMIT)),
            hits_omitted: wide(omitted),
        };
        if !candidates.is_empty() {
            let lines = LineIndex::new(content);
            let tests = TestCode::of(path, content);
            let hits = candidates.iter().take(HIT_LIMIT).map(|candidate| {
                let is_product = form.is_product && !tests.covers(candidate.start);
                hit(candidate, content, &lines, FileForm { is_product, ..form }, reach)
            });
            facts.hits.extend(hits);
        }
        facts
    }

    /// Inspects one file; `None` when it holds nothing.
    pub fn inspect(&self, input: Input<'_>, content: &[u8]) -> Option<Inspection> {
        let facts = self.scan(input.path, content);
        if facts.hits.is_empty() {
            return None;
        }
        // Facts that cannot be written must not take the findings with them.
        let value = serde_json::to_value(&facts).unwrap_or_default();
        let mut inspection = Inspection::new(input.subject.clone(), PredicateType::SecretsScan, value);
        inspection.findings = findings::derive(&self.book, &facts);
        if facts.hits_omitted > 0 {
            let more = facts.hits_omitted;
            inspection
                .not_inspected
                .push(format!("{more} more places: only the first {HIT_LIMIT} of a file are listed"));
        }
        Some(inspection)
    }

    /// Derives the findings again from stored facts.
    pub fn findings(&self, facts: &SecretsFacts) -> Vec<syndic_evidence::FindingDraft> {
        findings::derive(&self.book, facts)
    }

    /// Returns how bad one place is by itself, whatever else its file holds.
    pub fn severity(&self, hit: &SecretHit) -> Severity {
        self.book.rule(&hit.rule).map_or(Severity::High, |rule| findings::severity(rule, hit))
    }

    fn candidates(&self, content: &[u8], form: FileForm) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        let mut seen: BTreeSet<(usize, usize, u8)> = BTreeSet::new();
        let prompts = self.prompts(form.reach);
        for keyword in prompts.keywords.find_in(content) {
            let targets = prompts.targets.get(keyword.word).map_or(&[][..], Vec::as_slice);
            for target in targets {
                let found = self.try_target(*target, content, keyword.start, keyword.end, form);
                if let Some(candidate) = found.filter(|found| seen.insert((found.start, found.end, found.rank))) {
                    candidates.push(candidate);
                }
            }
            if candidates.len() >= CANDIDATE_LIMIT {
                break;
            }
        }
        candidates
    }

    fn try_target(
        &self,
        target: Target,
        content: &[u8],
        start: usize,
        end: usize,
        form: FileForm,
    ) -> Option<Candidate> {
        match target {
            Target::Pattern(index) => {
                self.matchers.get(index).and_then(|matcher| by_form(matcher, content, start, end, form))
            }
            Target::Assignment | Target::Short(_) if form.is_binary || form.is_generated => None,
            Target::Short(length) => by_name(content, start, start + length, form),
            Target::Assignment => by_name(content, start, end, form),
            Target::Address if form.is_binary => None,
            Target::Address => by_address(content, start, form),
        }
    }
}

impl Prompts {
    fn new(matchers: &[Matcher], judges_names: bool, reach: Reach) -> Self {
        let mut keywords: BTreeMap<String, Vec<Target>> = BTreeMap::new();
        let is_wanted = |matcher: &Matcher| reach == Reach::Everything || !matcher.is_by_name;
        for (number, matcher) in matchers.iter().enumerate().filter(|(_, matcher)| is_wanted(matcher)) {
            for keyword in &matcher.keywords {
                keywords.entry(keyword.clone()).or_default().push(Target::Pattern(number));
            }
        }
        if judges_names {
            for keyword in NAME_KEYWORDS {
                keywords.entry(keyword.to_owned()).or_default().push(Target::Assignment);
            }
            keywords.entry("://".to_owned()).or_default().push(Target::Address);
        }
        if judges_names && reach == Reach::Everything {
            let tails = SHORT_NAMES.iter().flat_map(|name| SHORT_TAILS.iter().map(move |tail| (*name, *tail)));
            for (name, tail) in tails.chain(PASS_TAILS.iter().map(|tail| ("pass", *tail))) {
                keywords.entry(format!("{name}{tail}")).or_default().push(Target::Short(name.len()));
            }
        }
        let (words, targets): (Vec<String>, Vec<_>) = keywords.into_iter().unzip();
        Self { keywords: Keywords::new(&words), targets }
    }
}

fn by_form(matcher: &Matcher, content: &[u8], start: usize, end: usize, form: FileForm) -> Option<Candidate> {
    let (from, to) = matcher.find(content, start, end, form)?;
    let value = content.get(from..to)?;
    let (validated, weakness, confidence) = match matcher.validator.test(value, form.reach) {
        Verdict::Refused => return None,
        Verdict::Proven => (Some(true), None, Confidence::High),
        Verdict::Plausible => (None, None, Confidence::High),
        Verdict::Doubtful(weakness) => (Some(false), Some(weakness), Confidence::Low),
    };
    let is_dummy = validated != Some(true) && matcher.validator.allows_placeholder_test() && is_placeholder(value);
    if is_dummy || entropy(value) < matcher.min_entropy {
        return None;
    }
    let rule = matcher.id.clone();
    Some(Candidate { rule, start: from, end: to, rank: RANK_FORM, validated, weakness, name: None, confidence })
}

fn by_name(content: &[u8], start: usize, end: usize, form: FileForm) -> Option<Candidate> {
    let assignment = assignment::read(content, start, end, form)?;
    let judgement = judge::judge(&assignment, form)?;
    Some(Candidate {
        rule: judgement.rule.to_owned(),
        start: assignment.offset,
        end: assignment.offset + assignment.value.len(),
        rank: RANK_NAME,
        validated: None,
        weakness: judgement.weakness,
        name: std::str::from_utf8(assignment.name).ok().filter(|name| name.len() <= SHOWN_NAME).map(str::to_owned),
        confidence: judgement.confidence,
    })
}

fn by_address(content: &[u8], start: usize, form: FileForm) -> Option<Candidate> {
    let found = url::read(content, start, form)?;
    Some(Candidate {
        rule: found.rule.to_owned(),
        start: found.offset,
        end: found.offset + found.value.len(),
        rank: RANK_ADDRESS,
        validated: None,
        weakness: found.weakness,
        name: None,
        confidence: found.confidence,
    })
}

/// Notes which values the code shows rather than uses.
fn mark_illustrations(path: &str, content: &[u8], candidates: &mut [Candidate]) {
    if !candidates.iter().any(may_illustrate) {
        return;
    }
    let illustrations = Illustrations::of(path, content);
    for candidate in candidates.iter_mut().filter(|candidate| may_illustrate(candidate)) {
        let is_shown = illustrations.covers(content, candidate.start);
        candidate.weakness = candidate.weakness.or(is_shown.then_some(Weakness::Illustration));
    }
}

/// Says whether the value could be shown rather than used: everything but an issuer's own form.
fn may_illustrate(candidate: &Candidate) -> bool {
    candidate.rank != RANK_FORM || candidate.rule.ends_with("-header") || candidate.rule.ends_with("-password")
}

fn hit(candidate: &Candidate, content: &[u8], lines: &LineIndex, form: FileForm, reach: Reach) -> SecretHit {
    let value = content.get(candidate.start..candidate.end).unwrap_or_default();
    let (line, column) = lines.position(candidate.start);
    let is_shielded = reach == Reach::Product && !form.is_product && candidate.validated != Some(true);
    let is_weak = reach == Reach::Product && candidate.weakness.is_some_and(|weakness| weakness != Weakness::Default);
    SecretHit {
        rule: candidate.rule.clone(),
        line,
        column,
        offset: wide(candidate.start),
        length: wide(value.len()),
        entropy: (entropy(value) * 100.0).round() / 100.0,
        validated: candidate.validated,
        fingerprint: fingerprint(value),
        preview: preview(value, candidate.rank == RANK_FORM),
        name: candidate.name.clone(),
        is_outside_product: !form.is_product,
        weakness: candidate.weakness,
        confidence: if is_shielded || is_weak { Confidence::Low } else { candidate.confidence },
    }
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
