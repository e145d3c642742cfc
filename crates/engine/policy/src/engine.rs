//! Loads a pack once, decides many times.

use std::num::NonZeroU32;
use std::time::Duration;

use regorus::utils::limits::ExecutionTimerConfig;
use syndic_evidence::{Decision, Digest};

use crate::document::Document;
use crate::verdict::{self, Answer};
use crate::{Catalogue, PolicyError, PolicyInput, Warning, lint, pack};

/// The entry point of every pack.
const ENTRY: &str = "data.syndic.decision";

/// A decision that takes longer is refused. 5,000 assets with 20,000 findings take 10 s in a debug build.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Interpreter steps between two looks at the clock.
const STEPS_BETWEEN_CHECKS: NonZeroU32 = match NonZeroU32::new(1_000) {
    Some(steps) => steps,
    None => NonZeroU32::MIN,
};

/// A loaded policy pack.
///
/// ```
/// let engine = syndic_policy::PolicyEngine::builtin().unwrap();
/// assert!(engine.catalogue().control("MOD-01").is_some());
/// ```
#[derive(Clone)]
pub struct PolicyEngine {
    rego: regorus::Engine,
    catalogue: Catalogue,
    digest: Digest,
    warnings: Vec<Warning>,
}

impl PolicyEngine {
    /// Loads the compiled-in baseline pack.
    ///
    /// # Errors
    /// As [`Self::from_pack`]; the compiled-in pack is held right by tests.
    pub fn builtin() -> Result<Self, PolicyError> {
        Self::load(Catalogue::builtin()?, &pack::builtin())
    }

    /// Loads a pack: `(name, text)` of its `catalogue.yaml` and `.rego` files. Files named `*_test.rego` are not loaded.
    ///
    /// # Errors
    /// The pack is over its bounds, has no catalogue, a file is not of its form, or a control has no check.
    pub fn from_pack(files: &[(String, String)]) -> Result<Self, PolicyError> {
        pack::check_size(files)?;
        let (_, text) = files.iter().find(|(name, _)| name == "catalogue.yaml").ok_or(PolicyError::NoCatalogue)?;
        Self::load(Catalogue::parse(text)?, files)
    }

    fn load(catalogue: Catalogue, files: &[(String, String)]) -> Result<Self, PolicyError> {
        let mut rego = regorus::Engine::new();
        rego.set_execution_timer_config(ExecutionTimerConfig {
            limit: TIME_LIMIT,
            check_interval: STEPS_BETWEEN_CHECKS,
        });
        let mut packages = Vec::new();
        let mut warnings = Vec::new();
        for (name, text) in files.iter().filter(|(name, _)| pack::is_policy(name)) {
            warnings.extend(lint(name, text));
            let package = rego
                .add_policy(name.clone(), text.clone())
                .map_err(|error| PolicyError::Rego { file: name.clone(), problem: error.to_string() })?;
            packages.push(package);
        }
        for control in &catalogue.controls {
            if !packages.contains(&control.check.rego) {
                let (control, rego) = (control.id.clone(), control.check.rego.clone());
                return Err(PolicyError::NoCheck { control, rego });
            }
        }
        Ok(Self { rego, catalogue, digest: pack::digest(files), warnings })
    }

    /// Returns the pack's catalogue.
    pub const fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Returns the SHA-256 over the files of the pack.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Returns the places of the pack that may not mean what they say.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Returns the input document as JSON, as Rego sees it and as the input digest is taken over.
    ///
    /// # Errors
    /// The input cannot be written as JSON.
    pub fn input_json(&self, input: &PolicyInput<'_>) -> Result<String, PolicyError> {
        write(&Document::new(input, &self.catalogue))
    }

    /// Decides about one system.
    ///
    /// # Errors
    /// Evaluation failed or ran over its time limit, or the pack does not keep its contract. The caller must treat an
    /// error as "not allowed".
    pub fn decide(&self, input: &PolicyInput<'_>) -> Result<Decision, PolicyError> {
        let document = Document::new(input, &self.catalogue);
        let json = write(&document)?;
        let answer = self.evaluate(&json)?;
        let controls = verdict::statuses(&answer, &self.catalogue, &document, &input.system.urn);
        Ok(Decision {
            subject: input.system.urn.clone(),
            path: ENTRY.to_owned(),
            verdict: verdict::verdict(&answer, &controls),
            policy_digest: self.digest,
            input_digest: Digest::of(json.as_bytes()),
            controls,
        })
    }

    /// Evaluates an input document as [`Self::input_json`] writes it, and returns `data.syndic.decision` as JSON.
    ///
    /// # Errors
    /// The text is no JSON, evaluation failed or ran over its time limit, or the entry point is undefined.
    pub fn answer_json(&self, input: &str) -> Result<String, PolicyError> {
        let fault = |problem: String| PolicyError::Evaluation { path: ENTRY, problem };
        let mut rego = self.rego.clone();
        rego.set_input_json(input).map_err(|error| fault(error.to_string()))?;
        let results = rego.eval_query(ENTRY.to_owned(), false).map_err(|error| fault(error.to_string()))?;
        let value = results
            .result
            .first()
            .and_then(|row| row.expressions.first())
            .map(|expression| &expression.value)
            .ok_or_else(|| fault("the entry point is undefined".to_owned()))?;
        value.to_json_str().map_err(|error| PolicyError::Answer { path: ENTRY, problem: error.to_string() })
    }

    fn evaluate(&self, json: &str) -> Result<Answer, PolicyError> {
        serde_json::from_str(&self.answer_json(json)?)
            .map_err(|error| PolicyError::Answer { path: ENTRY, problem: error.to_string() })
    }
}

fn write(document: &Document<'_>) -> Result<String, PolicyError> {
    serde_json::to_string(document).map_err(|error| PolicyError::Input { problem: error.to_string() })
}
