//! The engine: text in, facts, assets, relations and findings out.

use syndic_detect::{Detector, RuleError, Rulebook};
use syndic_evidence::{Input, Inspection, PredicateType};

use crate::assets;
use crate::compose;
use crate::detectors::DETECTORS;
use crate::dockerfile;
use crate::facts::Facts;
use crate::kind::{MAX_TEXT, ManifestKind};
use crate::{documents, kubernetes, serverless, values};

/// Reads deployment manifests and finds their faults.
#[derive(Debug)]
pub struct ServingEngine {
    book: Rulebook,
}

impl ServingEngine {
    /// Makes the engine with the compiled-in rules.
    ///
    /// # Errors
    /// A compiled-in rule file is not of the form.
    pub fn builtin() -> Result<Self, RuleError> {
        Ok(Self { book: Rulebook::builtin("serving")? })
    }

    /// Returns the rules.
    pub fn rules(&self) -> &Rulebook {
        &self.book
    }

    /// Inspects one manifest that [`crate::recognise`] said is of `kind`.
    pub fn inspect(&self, input: Input<'_>, kind: ManifestKind, text: &str) -> Inspection {
        let mut facts = Facts { path: input.path.to_owned(), kind: kind.as_str().to_owned(), ..Facts::default() };
        facts.unread = read(kind, text, &mut facts);
        let value = serde_json::to_value(&facts).unwrap_or_default();
        let mut inspection = Inspection::new(input.subject.clone(), PredicateType::Deployment, value);
        assets::describe(input, &facts, &mut inspection);
        inspection.findings = Detector::run_all(DETECTORS, &self.book, &facts);
        for draft in &mut inspection.findings {
            assets::bind(input.system, &facts, draft);
        }
        inspection.not_inspected = facts.unread.iter().map(|problem| format!("{}: {problem}", input.path)).collect();
        inspection
    }
}

/// Reads `text` into `facts`; returns what could not be read and why.
fn read(kind: ManifestKind, text: &str, facts: &mut Facts) -> Vec<String> {
    if text.len() > MAX_TEXT && kind != ManifestKind::Dockerfile {
        return vec![format!("larger than {MAX_TEXT} bytes")];
    }
    match kind {
        ManifestKind::Unreadable => documents::read(text).1,
        ManifestKind::Dockerfile => {
            if let Some(fault) = dockerfile::fault(text) {
                return vec![format!("Dockerfile that cannot be read: {fault}")];
            }
            facts.services.push(dockerfile::read(&facts.path, text));
            Vec::new()
        }
        ManifestKind::Compose => {
            let (services, left_out) = compose::read(text);
            facts.services = services;
            left_out
        }
        ManifestKind::Kubernetes => kubernetes::read(text, facts),
        ManifestKind::HelmValues => {
            let (services, left_out) = values::read(&facts.path, text);
            facts.services = services;
            left_out
        }
        ManifestKind::Serverless | ManifestKind::Sam | ManifestKind::Predictor => {
            let (services, left_out) = serverless::read(&facts.path, kind, text);
            facts.services = services;
            left_out
        }
        ManifestKind::HelmTemplate => vec!["Helm template: its values are not part of the tree".to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use syndic_detect::{Example, check_completeness};
    use syndic_evidence::{AssetKind, Urn};

    use super::*;

    #[test]
    fn every_rule_is_whole_and_fits_its_examples() {
        let engine = ServingEngine::builtin().unwrap();
        let ids: Vec<&str> = DETECTORS.iter().map(|detector| detector.rule).collect();
        let matches = |example: &Example| {
            let urn = Urn::local("acme", AssetKind::Configuration, &example.path);
            let input = Input { system: "acme", path: &example.path, subject: &urn, owner: &urn };
            let kind = crate::recognise(&example.path, &example.text).unwrap();
            engine.inspect(input, kind, &example.text).findings.into_iter().map(|finding| finding.rule).collect()
        };
        assert_eq!(check_completeness("serving", &ids, matches), Vec::<String>::new());
    }
}
