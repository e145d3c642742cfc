//! The engine: one search for keywords, then rules and readers near each keyword.
//!
//! Bounds: a keyword costs one bounded slice; at most [`HIT_LIMIT`] places are listed per file, the rest are counted.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use syndic_detect::{RuleError, Rulebook};
use syndic_evidence::{Confidence, Input, Inspection, PredicateType, Severity};

use crate::classifier::{Model, Opinion, features};
use crate::form::FileForm;
use crate::hits::{self, wide};
use crate::matcher::Matcher;
use crate::overlap::{Candidate, resolve};
use crate::prompts::{Prompts, Target};
use crate::proposal::{self, Proposal};
use crate::{SecretHit, SecretsFacts, findings};

/// Places listed per file; further ones are counted.
pub(crate) const HIT_LIMIT: usize = 500;
/// Candidates looked at per file before overlaps are resolved.
const CANDIDATE_LIMIT: usize = 20_000;

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

/// A value the classifier is asked about, for those who fit it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Where the value begins, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// The rule that would tell it.
    pub rule: String,
    /// Whether the rules believe it by themselves.
    pub is_believed: bool,
    /// The numbers of its features.
    pub features: Vec<u16>,
}

/// Finds credentials in text.
pub struct SecretsEngine {
    book: Rulebook,
    matchers: Vec<Matcher>,
    /// What the product is searched for, and everything; made when it first is.
    prompts: [OnceLock<Prompts>; 2],
    judges_names: bool,
    classifier: Option<&'static Model>,
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
        let prompts = [OnceLock::new(), OnceLock::new()];
        Ok(Self { book, matchers, prompts, judges_names, classifier: Model::builtin() })
    }

    /// Leaves the judgement to the rules alone.
    #[must_use]
    pub fn without_classifier(mut self) -> Self {
        self.classifier = None;
        self
    }

    fn prompts(&self, reach: Reach) -> &Prompts {
        let [narrow, wide] = &self.prompts;
        let prompts = if reach == Reach::Product { narrow } else { wide };
        prompts.get_or_init(|| Prompts::new(&self.matchers, self.judges_names, reach))
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
        let mut candidates = resolve(self.candidates(path, content, form));
        hits::mark_illustrations(path, content, &mut candidates);
        SecretsFacts {
            path: path.to_owned(),
            bytes: wide(content.len()),
            hits: hits::of(path, content, form, &candidates, HIT_LIMIT),
            hits_omitted: wide(candidates.len().saturating_sub(HIT_LIMIT)),
        }
    }

    /// Returns what the classifier would be asked about a file: what it is fitted by.
    pub fn questions(&self, path: &str, content: &[u8]) -> Vec<Question> {
        let form = FileForm::of(path, content, Reach::Everything);
        let proposals = self.proposals(content, form);
        let asked = proposals.iter().filter_map(|proposal| {
            let sketch = proposal.sketch(path, content, form)?;
            let candidate = &proposal.candidate;
            Some(Question {
                start: candidate.start,
                end: candidate.end,
                rule: candidate.rule.clone(),
                is_believed: proposal.is_believed,
                features: features(&sketch),
            })
        });
        asked.collect()
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

    fn candidates(&self, path: &str, content: &[u8], form: FileForm) -> Vec<Candidate> {
        let proposals = self.proposals(content, form).into_iter();
        proposals.filter_map(|proposal| self.decide(proposal, path, content, form)).collect()
    }

    /// Asks the classifier where it takes part: it may tell what the rules pass by, and doubt what they believe.
    fn decide(&self, proposal: Proposal, path: &str, content: &[u8], form: FileForm) -> Option<Candidate> {
        let sketch = proposal.sketch(path, content, form);
        let opinion = sketch.and_then(|sketch| Some(self.classifier?.judge(&features(&sketch))));
        let Proposal { candidate, is_believed, .. } = proposal;
        match opinion.unwrap_or(Opinion::Open) {
            Opinion::Unlikely if is_believed => Some(Candidate { confidence: Confidence::Low, ..candidate }),
            Opinion::Open | Opinion::Unlikely => is_believed.then_some(candidate),
            Opinion::Likely => Some(candidate),
        }
    }

    fn proposals(&self, content: &[u8], form: FileForm) -> Vec<Proposal> {
        let mut proposals: Vec<Proposal> = Vec::new();
        let mut seen: BTreeSet<(usize, usize, u8)> = BTreeSet::new();
        let prompts = self.prompts(form.reach);
        for keyword in prompts.find_in(content) {
            for target in prompts.targets(keyword.word) {
                let found = self.propose(*target, content, (keyword.start, keyword.end), form);
                // A rule that does not believe a value must not hide it from one that does.
                let key = |found: &Proposal| (found.candidate.start, found.candidate.end, found.order());
                if let Some(proposal) = found.filter(|found| seen.insert(key(found))) {
                    proposals.push(proposal);
                }
            }
            if proposals.len() >= CANDIDATE_LIMIT {
                break;
            }
        }
        proposals
    }

    fn propose(
        &self,
        target: Target,
        content: &[u8],
        (start, end): (usize, usize),
        form: FileForm,
    ) -> Option<Proposal> {
        match target {
            Target::Pattern(index) => {
                self.matchers.get(index).and_then(|matcher| proposal::by_form(matcher, content, (start, end), form))
            }
            Target::Assignment | Target::Short(_) if form.is_binary || form.is_generated => None,
            Target::Short(length) => proposal::by_name(content, start, start + length, form),
            Target::Assignment => proposal::by_name(content, start, end, form),
            Target::Address if form.is_binary => None,
            Target::Address => proposal::by_address(content, start, form),
        }
    }
}
