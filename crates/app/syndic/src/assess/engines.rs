//! Every engine, built once, and what they know together.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use syndic_artifact::ArtifactEngine;
use syndic_code::CodeEngine;
use syndic_detect::Rulebook;
use syndic_discover::DiscoverEngine;
use syndic_policy::PolicyEngine;
use syndic_privacy::PrivacyEngine;
use syndic_secrets::SecretsEngine;
use syndic_serving::ServingEngine;
use syndic_supply::SupplyEngine;
use syndic_threat::ThreatEngine;

use super::conceal::{Concealer, forms};

/// The engines of one run.
pub(crate) struct Engines {
    pub(super) artifact: ArtifactEngine,
    pub(super) code: CodeEngine,
    pub(super) discover: DiscoverEngine,
    pub(super) policy: PolicyEngine,
    pub(super) privacy: PrivacyEngine,
    pub(super) secrets: SecretsEngine,
    pub(super) serving: ServingEngine,
    pub(super) supply: SupplyEngine,
    pub(super) threat: ThreatEngine,
    pub(super) rules: Rulebook,
    credential_forms: BTreeSet<String>,
}

impl Engines {
    /// Builds every engine from the compiled-in rules.
    ///
    /// # Errors
    /// A rule or policy that does not load; tests keep compiled-in ones from that.
    pub(crate) fn builtin() -> Result<Self> {
        let rules = Rulebook::all()?;
        Ok(Self {
            artifact: ArtifactEngine::builtin()?,
            code: CodeEngine::builtin()?,
            discover: DiscoverEngine::builtin()?,
            policy: PolicyEngine::builtin()?,
            privacy: PrivacyEngine::builtin()?,
            secrets: SecretsEngine::builtin()?,
            serving: ServingEngine::builtin()?,
            supply: SupplyEngine::builtin()?,
            threat: ThreatEngine::builtin()?,
            credential_forms: forms(&rules),
            rules,
        })
    }

    /// Returns the ids of every rule that runs.
    pub(crate) fn rule_ids(&self) -> Vec<String> {
        self.rules.rules().map(|rule| rule.id.clone()).collect()
    }

    /// Returns every rule.
    pub(crate) const fn rules(&self) -> &Rulebook {
        &self.rules
    }

    /// Returns what masks credentials.
    pub(crate) const fn concealer(&self) -> Concealer<'_> {
        Concealer { secrets: &self.secrets, forms: &self.credential_forms }
    }

    /// Returns which controls each rule speaks to.
    pub(super) fn rule_controls(&self) -> BTreeMap<String, Vec<String>> {
        self.rules.rules().map(|rule| (rule.id.clone(), rule.controls.clone())).collect()
    }
}
