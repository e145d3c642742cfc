//! What kinds of data something holds, and how much of it was looked at to say so.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// A kind of data that needs protection. The order is from least to most harmful when leaked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataClass {
    /// Personal data: names, addresses, phone numbers, e-mail (GDPR art. 4(1)).
    Pii,
    /// Payment and bank data: card numbers, IBAN.
    Financial,
    /// National identifiers: social security and tax numbers.
    GovernmentId,
    /// Health data: record numbers, diagnoses (GDPR art. 9, HIPAA).
    Phi,
    /// Credentials: keys, tokens, passwords.
    Secret,
}

impl DataClass {
    /// Returns the name used in reports and public JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pii => "pii",
            Self::Financial => "financial",
            Self::GovernmentId => "government_id",
            Self::Phi => "phi",
            Self::Secret => "secret",
        }
    }

    /// Says whether the class is about people, so that privacy threats apply.
    pub const fn is_personal(self) -> bool {
        !matches!(self, Self::Secret)
    }
}

/// How much of the content was read to reach a classification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "extent")]
pub enum Extent {
    /// Everything was read.
    Whole,
    /// Only a part was read: `inspected` of `total` units, `total` absent when unknown.
    Sampled {
        /// Units read (rows, or bytes where there are no rows).
        inspected: u64,
        /// Units there are, if known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        total: Option<u64>,
    },
}

/// The result of looking for protected data. Its absence on an asset means "not looked at", never "none".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classification {
    /// The classes found; empty means none was found in what was read.
    pub classes: BTreeSet<DataClass>,
    /// How much was read.
    #[serde(flatten)]
    pub extent: Extent,
}
