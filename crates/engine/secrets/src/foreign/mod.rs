//! Rule files of gitleaks and betterleaks, taken as they are.
//!
//! What their own tools do with them is done here: keywords decide whether an expression is tried, the secret is the
//! named group or the first that is not empty, entropy must be above the rule's, allow-lists take out by path, by
//! expression over secret, match or line, and by words. Not done: decoding of base64 and the like before matching,
//! rules that require another rule, allow-lists of commits, and betterleaks' filter expressions; a file that has such
//! parts says so in [`ForeignRules::notes`]. Source: gitleaks' README, "Configuration".

mod allow;
mod go_syntax;
mod scan;
mod toml_form;

use regex::bytes::{Regex, RegexBuilder};
use syndic_detect::Keywords;

use allow::AllowList;
use toml_form::{File, RuleForm};

pub use scan::ForeignHit;

/// Largest compiled expression, in bytes: one of gitleaks' needs 30 MiB when it counts characters.
const REGEX_LIMIT: usize = 64 << 20;
/// Longest rule file, in bytes.
const FILE_LIMIT: usize = 8 << 20;

/// Why a rule file was refused.
#[derive(Debug, thiserror::Error)]
pub enum ForeignError {
    /// Not TOML, or not of the form; with line and column.
    #[error("{0}")]
    Form(String),
    /// An expression cannot be used.
    #[error("rule {rule}: {problem}")]
    Expression {
        /// The rule.
        rule: String,
        /// What the compiler said.
        problem: String,
    },
    /// Longer than is read.
    #[error("longer than {FILE_LIMIT} bytes")]
    Size,
}

/// The rules of one file.
#[derive(Debug)]
pub struct ForeignRules {
    rules: Vec<ForeignRule>,
    allow: Vec<AllowList>,
    keywords: Keywords,
    /// By keyword, the rules it stands for.
    targets: Vec<Vec<usize>>,
    /// Rules without keywords are tried everywhere.
    unprompted: Vec<usize>,
    notes: Vec<String>,
}

#[derive(Debug)]
struct ForeignRule {
    id: String,
    description: String,
    /// A rule without an expression speaks of paths.
    expression: Option<Regex>,
    path: Option<Regex>,
    secret_group: usize,
    entropy: f64,
    allow: Vec<AllowList>,
}

impl ForeignRules {
    /// Reads a rule file.
    ///
    /// # Errors
    /// See [`ForeignError`].
    pub fn from_toml(text: &str) -> Result<Self, ForeignError> {
        if text.len() > FILE_LIMIT {
            return Err(ForeignError::Size);
        }
        let file: File = toml::from_str(text).map_err(|error| ForeignError::Form(error.to_string()))?;
        let mut rules = Vec::new();
        let mut words: std::collections::BTreeMap<String, Vec<usize>> = std::collections::BTreeMap::new();
        let mut unprompted = Vec::new();
        for form in &file.rules {
            let number = rules.len();
            let Some(rule) = ForeignRule::new(form)? else { continue };
            for keyword in form.keywords.iter().filter(|keyword| !keyword.is_empty()) {
                words.entry(keyword.to_ascii_lowercase()).or_default().push(number);
            }
            if form.keywords.is_empty() {
                unprompted.push(number);
            }
            rules.push(rule);
        }
        let allow = file.allow_lists().map(|form| AllowList::new(form, "the file's allow-list"));
        let allow = allow.collect::<Result<_, _>>()?;
        let (words, targets): (Vec<String>, Vec<_>) = words.into_iter().unzip();
        Ok(Self { rules, allow, keywords: Keywords::new(&words), targets, unprompted, notes: file.notes() })
    }

    /// Returns how many rules there are.
    pub const fn len(&self) -> usize {
        self.rules.len()
    }

    /// Says whether the file has no rule.
    pub const fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Returns what the file asks for and does not get.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

impl ForeignRule {
    fn new(form: &RuleForm) -> Result<Option<Self>, ForeignError> {
        if form.regex.is_none() && form.path.is_none() {
            return Ok(None);
        }
        let compiled = |text: &Option<String>| text.as_deref().map(|text| expression(text, &form.id)).transpose();
        let allow = form.allow_lists().map(|list| AllowList::new(list, &form.id)).collect::<Result<_, _>>()?;
        Ok(Some(Self {
            id: form.id.clone(),
            description: form.description.clone(),
            expression: compiled(&form.regex)?,
            path: compiled(&form.path)?,
            secret_group: form.secret_group,
            entropy: form.entropy,
            allow,
        }))
    }
}

/// Compiles an expression of Go's syntax, whose classes are ASCII as ours are here.
fn expression(text: &str, rule: &str) -> Result<Regex, ForeignError> {
    let text = &go_syntax::translate(text);
    let built = RegexBuilder::new(text).unicode(false).size_limit(REGEX_LIMIT).build();
    // A literal beyond ASCII needs the other mode.
    let built = built.or_else(|_| RegexBuilder::new(text).size_limit(REGEX_LIMIT).build());
    built.map_err(|error| ForeignError::Expression { rule: rule.to_owned(), problem: error.to_string() })
}

#[cfg(test)]
mod tests;
