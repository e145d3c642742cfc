//! The engine: reads a model file into facts, judges the facts, says what asset the file is.

use std::io;

use syndic_detect::{Detector, ReadAt, RuleError, Rulebook};
use syndic_evidence::{Input, Inspection, PredicateType};

use crate::facts::{Facts, ObservationKind, PickleEnd, Standing, Verdict};
use crate::{Format, Identified, assets, detectors, formats};

/// Inspects model files. One engine serves any number of files and threads.
#[derive(Debug, Clone)]
pub struct ArtifactEngine {
    rules: Rulebook,
}

impl ArtifactEngine {
    /// Makes the engine with the compiled-in rules.
    ///
    /// # Errors
    /// A compiled-in rule file that is not of the form; tests keep that from happening.
    pub fn builtin() -> Result<Self, RuleError> {
        Rulebook::builtin("artifact").map(|rules| Self { rules })
    }

    /// Returns the rules the engine judges by.
    pub fn rules(&self) -> &Rulebook {
        &self.rules
    }

    /// Looks into a model file. Digest and size of the asset are left to the caller, who hashes the file anyway.
    ///
    /// # Errors
    /// The source's own error; hostile content is never an error but a finding or an entry in `not_inspected`.
    pub fn inspect(&self, input: Input<'_>, identified: &Identified, source: &dyn ReadAt) -> io::Result<Inspection> {
        let mut facts = Facts::new(input.path, *identified, source.len());
        formats::read(source, &mut facts)?;
        formats::disguise::read(source, &mut facts)?;
        facts.verdict = verdict(&facts);
        finish(&mut facts);
        let json = serde_json::to_value(&facts).map_err(io::Error::other)?;
        let mut inspection = Inspection::new(input.subject.clone(), PredicateType::ArtifactScan, json);
        assets::add(input, &facts, &mut inspection);
        inspection.findings = Detector::run_all(detectors::DETECTORS, &self.rules, &facts);
        inspection.not_inspected = facts.not_inspected;
        Ok(inspection)
    }
}

/// Weighs everything read into one outcome; incomplete is never clean.
pub(crate) fn verdict(facts: &Facts) -> Verdict {
    let imports = facts.pickles.iter().flat_map(|pickle| &pickle.imports);
    let by_import = imports.map(|import| match import.standing {
        Standing::Allowed => Verdict::Clean,
        Standing::Unreviewed => Verdict::Unreviewed,
        Standing::Needless | Standing::Suspicious => Verdict::Suspicious,
        Standing::Denied => Verdict::Malicious,
    });
    let by_observation = facts.observations.iter().map(|observation| match observation.kind {
        ObservationKind::GgufTemplate | ObservationKind::NamedCode => Verdict::Malicious,
        ObservationKind::KerasLambda
        | ObservationKind::SavedModelIo
        | ObservationKind::OnnxExternalPath
        | ObservationKind::XmlEntity
        | ObservationKind::ZipInconsistent
        | ObservationKind::SafetensorsMalformed
        | ObservationKind::GgufMalformed
        | ObservationKind::NotebookDownload => Verdict::Suspicious,
        ObservationKind::PickleTrailing
        | ObservationKind::OnnxCustomDomain
        | ObservationKind::CustomOperator
        | ObservationKind::RemoteCode => Verdict::Unreviewed,
        // The pickle inside is judged by what it imports.
        ObservationKind::NpyObject => Verdict::Clean,
    });
    let is_incomplete = !facts.not_inspected.is_empty()
        || facts.pickles.iter().any(|pickle| pickle.end != PickleEnd::Stop)
        || (facts.format.may_run_code() && facts.pickles.is_empty());
    let by_coverage = if is_incomplete { Verdict::Incomplete } else { Verdict::Clean };
    let by_member = if facts.unknown_members > 0 { Verdict::Unreviewed } else { Verdict::Clean };
    by_import.chain(by_observation).chain([by_coverage, by_member]).max().unwrap_or(Verdict::Clean)
}

/// Adds the properties that follow from the rest.
pub(crate) fn finish(facts: &mut Facts) {
    let runs_code = facts.format.may_run_code()
        || !facts.pickles.is_empty()
        || facts.observations.iter().any(|observation| {
            matches!(observation.kind, ObservationKind::KerasLambda | ObservationKind::GgufTemplate)
        });
    facts.property("format", facts.format.as_str());
    facts.property("code_on_load", runs_code);
    facts.property("verdict", facts.verdict.as_str());
    if let Some(claimed) = facts.claimed.filter(|claimed| *claimed != facts.format) {
        facts.property("claimed_format", claimed.as_str());
    }
    if facts.unknown_members > 0 {
        facts.property("unknown_members", facts.unknown_members);
    }
    if let Some(base) = facts.base_models.first().cloned() {
        facts.property("base_model", base);
    }
    if !facts.pickles.is_empty() {
        let is_torch = matches!(facts.format, Format::TorchZip | Format::TorchLegacy | Format::Pickle);
        let is_loadable = is_torch && facts.pickles.iter().all(|pickle| pickle.weights_only_loadable);
        facts.property("weights_only_loadable", is_loadable);
        let protocol = facts.pickles.iter().map(|pickle| pickle.protocol).max();
        facts.property("pickle_protocol", protocol);
    }
}
