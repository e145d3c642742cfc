//! A rule: everything about a detector that is not code, as one YAML file under `rules/<engine>/`.
//!
//! The file is the user's page (`syndic explain RULE`), the machine's metadata (SARIF, controls) and the test
//! (examples) in one. Unknown keys are refused, so that a misspelt field cannot silently do nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use syndic_evidence::{Confidence, DataClass, Severity};

/// One rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Stable id `<engine>.<noun>-<noun>`; never reused for another meaning.
    pub id: String,
    /// What is wrong, as a noun phrase of at most 80 characters.
    pub title: String,
    /// How bad, in the usual case.
    pub severity: Severity,
    /// How sure, in the usual case.
    pub confidence: Confidence,
    /// Why it matters: what an attacker or an accident does with it.
    pub why: String,
    /// What to do about it.
    pub fix: String,
    /// Where the field writes about it.
    pub references: References,
    /// Controls of the baseline catalogue it speaks to.
    #[serde(default)]
    pub controls: Vec<String>,
    /// The pattern, for a rule that is matched by text; absent for a rule whose detector is code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Pattern>,
    /// Cases that prove the rule.
    pub examples: Examples,
}

/// How a pattern rule matches text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// Lower-case words of which one must stand near (in any case) before the expression is tried; empty means always.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// The expression, in the syntax of the `regex` crate. Group `value` (or the whole match) is what was found.
    pub regex: String,
    /// Name of the validator the value must pass, such as `luhn`; see the engine's validators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validator: Option<String>,
    /// Least Shannon entropy of the value, in bits per character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_entropy: Option<f64>,
    /// The data class the value has.
    pub class: DataClass,
    /// Words of which one must stand within 60 characters for the match to count; empty means none needed.
    #[serde(default)]
    pub context: Vec<String>,
}

/// References by kind.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct References {
    /// `CWE-502`.
    #[serde(default)]
    pub cwe: Vec<String>,
    /// MITRE ATLAS: `AML.T0010`.
    #[serde(default)]
    pub atlas: Vec<String>,
    /// OWASP: `LLM03:2025`, `A05:2021`, `ML06:2023`.
    #[serde(default)]
    pub owasp: Vec<String>,
    /// Pages, by address.
    #[serde(default)]
    pub urls: Vec<String>,
}

/// Cases that must match and near misses that must not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Examples {
    /// At least one.
    pub positive: Vec<Example>,
    /// At least one.
    pub negative: Vec<Example>,
}

/// One example: a file with a name, as text or as base64 of its bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The file's name, where the engine looks at it.
    #[serde(default)]
    pub path: String,
    /// Content as text.
    #[serde(default)]
    pub text: String,
    /// Content as base64, for binary formats; excludes `text`.
    #[serde(default)]
    pub base64: String,
    /// Further inputs by name, for rules over more than one file.
    #[serde(default)]
    pub with: BTreeMap<String, String>,
}
