//! The catalogue: what is asked of a system, which evidence shows it, which Rego judges it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use syndic_evidence::{AssetKind, Severity};

use crate::{MaxAge, PolicyError, pack};

/// One catalogue file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Always `syndic.dev/v1`.
    #[serde(rename = "apiVersion")]
    pub api_version: String,
    /// Always `ControlCatalogue`.
    pub kind: String,
    /// Which catalogue this is.
    pub metadata: Metadata,
    /// The controls, in the order reports list them.
    pub controls: Vec<Control>,
}

/// Identity of a catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// Stable id, such as `syndic-baseline`.
    pub id: String,
    /// Version of the catalogue.
    pub version: String,
    /// What a person calls it.
    pub title: String,
}

/// One thing that must hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Stable id, such as `MOD-01`.
    pub id: String,
    /// One line.
    pub title: String,
    /// What must hold, in a sentence.
    pub statement: String,
    /// How bad it is when broken.
    pub severity: Severity,
    /// Whether it takes part in the decision.
    pub enforcement: Enforcement,
    /// What it is about.
    pub applies_to: AppliesTo,
    /// Numbers an organisation may want to move.
    #[serde(default)]
    pub parameters: Parameters,
    /// The evidence needed to judge it; all of it.
    pub evidence: Vec<Need>,
    /// What judges it.
    pub check: Check,
    /// What to do when it is broken or unknown.
    pub remediation: String,
    /// Framework id → clauses.
    #[serde(default)]
    pub maps: BTreeMap<String, Vec<String>>,
}

/// Whether a control takes part in the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enforcement {
    /// Fail denies, unknown makes the decision unknown.
    Blocking,
    /// Shown only.
    Advisory,
}

/// What a control is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppliesTo {
    /// Kinds of assets.
    pub kind: Vec<AssetKind>,
    /// Whether each asset gets a status of its own.
    pub per: Scope,
}

/// Whether each asset gets a status of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// One status an asset.
    Asset,
    /// One status for the whole system.
    System,
}

/// Numbers an organisation may want to move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// The mildest finding that breaks the control; milder ones are noted.
    pub fail_at: Severity,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { fail_at: Severity::Medium }
    }
}

/// One piece of evidence a control needs: any of the predicates will do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// Name inside the control.
    pub id: String,
    /// What a person calls it, with article: "the scan of the model file".
    pub label: String,
    /// Predicate type URIs, any of which meets the need.
    pub predicate: Vec<String>,
    /// How old it may be.
    pub max_age: MaxAge,
}

/// What judges a control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Rego package as a data path, such as `data.syndic.controls.mod_01`.
    pub rego: String,
}

impl Catalogue {
    /// Reads a catalogue and holds it to its form.
    ///
    /// # Errors
    /// Not YAML of the form, another API version, an id that stands twice, a control without controls' duties.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let catalogue: Self = serde_norway::from_str(text).map_err(|error| problem(error.to_string()))?;
        catalogue.check()?;
        Ok(catalogue)
    }

    /// Returns the catalogue of the compiled-in pack.
    pub(crate) fn builtin() -> Result<Self, PolicyError> {
        let catalogue: Self =
            serde_json::from_str(pack::builtin_catalogue()).map_err(|error| problem(error.to_string()))?;
        catalogue.check()?;
        Ok(catalogue)
    }

    /// Returns the control with this id.
    pub fn control(&self, id: &str) -> Option<&Control> {
        self.controls.iter().find(|control| control.id == id)
    }

    fn check(&self) -> Result<(), PolicyError> {
        if self.api_version != "syndic.dev/v1" || self.kind != "ControlCatalogue" {
            return Err(problem("apiVersion must be syndic.dev/v1 and kind ControlCatalogue".to_owned()));
        }
        let mut ids = BTreeSet::new();
        for control in &self.controls {
            if !ids.insert(&control.id) {
                return Err(problem(format!("control {} stands twice", control.id)));
            }
            if control.applies_to.kind.is_empty() {
                return Err(problem(format!("control {} applies to no kind of asset", control.id)));
            }
            if control.evidence.is_empty() || control.evidence.iter().any(|need| need.predicate.is_empty()) {
                return Err(problem(format!("control {} rests on no evidence", control.id)));
            }
        }
        Ok(())
    }
}

fn problem(problem: String) -> PolicyError {
    PolicyError::Catalogue { problem }
}
