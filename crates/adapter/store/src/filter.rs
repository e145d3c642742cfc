//! What to list.

use syndic_evidence::{AssetKind, FindingState, Severity, Urn};

/// Which findings to list; an absent field means any.
#[derive(Debug, Clone, Default)]
pub struct FindingFilter {
    /// Of this system.
    pub system: Option<Urn>,
    /// In this state.
    pub state: Option<FindingState>,
    /// At least this bad.
    pub severity_at_least: Option<Severity>,
    /// Of this rule; a rule's engine (`serving`) means every rule of it.
    pub rule: Option<String>,
    /// On this asset.
    pub asset: Option<Urn>,
    /// With this text in message, path, rule or asset; upper and lower case alike for ASCII letters.
    pub text: Option<String>,
    /// At most so many.
    pub limit: Option<u32>,
}

/// Which assets to list; an absent field means any. Assets that are gone are left out unless `include_gone`.
#[derive(Debug, Clone, Default)]
pub struct AssetFilter {
    /// Of this system.
    pub system: Option<Urn>,
    /// Of this kind.
    pub kind: Option<AssetKind>,
    /// With this text in name, path or URN; upper and lower case alike for ASCII letters.
    pub text: Option<String>,
    /// Whether to list what the last run that covered its place did not see.
    pub include_gone: bool,
}

/// Makes a LIKE pattern (escape character `\`) that finds `text` anywhere.
pub(crate) fn anywhere(text: &str) -> String {
    format!("%{}%", escape(&text.to_lowercase()))
}

/// Takes their meaning from the characters LIKE knows.
pub(crate) fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
