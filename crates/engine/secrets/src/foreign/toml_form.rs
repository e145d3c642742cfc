//! The form of a gitleaks file.

use serde::Deserialize;

/// A file.
#[derive(Debug, Deserialize)]
pub(super) struct File {
    #[serde(default)]
    pub(super) rules: Vec<RuleForm>,
    #[serde(default)]
    allowlist: Option<AllowForm>,
    #[serde(default)]
    allowlists: Vec<AllowForm>,
    #[serde(default)]
    extend: Option<toml::Table>,
    #[serde(default)]
    filter: Option<String>,
    #[serde(default)]
    prefilter: Option<String>,
}

/// A rule.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RuleForm {
    pub(super) id: String,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) regex: Option<String>,
    #[serde(default)]
    pub(super) path: Option<String>,
    #[serde(default)]
    pub(super) secret_group: usize,
    #[serde(default)]
    pub(super) entropy: f64,
    #[serde(default)]
    pub(super) keywords: Vec<String>,
    #[serde(default)]
    allowlist: Option<AllowForm>,
    #[serde(default)]
    allowlists: Vec<AllowForm>,
    #[serde(default)]
    required: Vec<toml::Value>,
    #[serde(default)]
    filter: Option<String>,
    #[serde(default)]
    prefilter: Option<String>,
}

/// An allow-list.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AllowForm {
    /// `AND` or `OR`, the default.
    #[serde(default)]
    pub(super) condition: String,
    #[serde(default)]
    pub(super) commits: Vec<String>,
    #[serde(default)]
    pub(super) paths: Vec<String>,
    /// `secret`, the default, `match` or `line`.
    #[serde(default)]
    pub(super) regex_target: String,
    #[serde(default)]
    pub(super) regexes: Vec<String>,
    #[serde(default)]
    pub(super) stopwords: Vec<String>,
    /// Of a file's list: the rules it is for; empty means all.
    #[serde(default)]
    pub(super) target_rules: Vec<String>,
}

impl RuleForm {
    /// Returns the lists of the rule.
    pub(super) fn allow_lists(&self) -> impl Iterator<Item = &AllowForm> {
        self.allowlist.iter().chain(&self.allowlists)
    }
}

impl File {
    /// Returns the lists of the file.
    pub(super) fn allow_lists(&self) -> impl Iterator<Item = &AllowForm> {
        self.allowlist.iter().chain(&self.allowlists)
    }

    /// Returns what is asked for and not done.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.extend.is_some() {
            notes.push("`extend` is not followed: name the other file too".to_owned());
        }
        if self.filter.is_some() || self.prefilter.is_some() {
            notes.push("the file's filter expressions are not evaluated".to_owned());
        }
        for rule in &self.rules {
            if !rule.required.is_empty() {
                notes.push(format!("rule {}: `required` is not checked", rule.id));
            }
            if rule.filter.is_some() || rule.prefilter.is_some() {
                notes.push(format!("rule {}: its filter expressions are not evaluated", rule.id));
            }
            if rule.allow_lists().any(|list| !list.commits.is_empty()) {
                notes.push(format!("rule {}: allowed commits are not looked up", rule.id));
            }
        }
        notes
    }
}
