//! The engine's detectors, in one explicit slice: each names its rule and looks at the facts alone.

mod observed;
mod pickle;

use syndic_detect::Detector;

use crate::facts::{Facts, ObservationKind};

/// Every detector of the engine.
pub(crate) static DETECTORS: &[Detector<Facts>] = &[
    Detector { rule: "artifact.pickle-malicious", run: pickle::malicious },
    Detector { rule: "artifact.pickle-unreviewed", run: pickle::unreviewed },
    Detector { rule: "artifact.pickle-format", run: pickle::format },
    Detector { rule: "artifact.pickle-malformed", run: pickle::malformed },
    Detector { rule: "artifact.format-mismatch", run: pickle::mismatch },
    Detector {
        rule: "artifact.pickle-trailing",
        run: |facts, out| observed::aggregate(facts, out, ObservationKind::PickleTrailing),
    },
    Detector {
        rule: "artifact.gguf-template",
        run: |facts, out| observed::each(facts, out, ObservationKind::GgufTemplate),
    },
    Detector {
        rule: "artifact.gguf-malformed",
        run: |facts, out| observed::aggregate(facts, out, ObservationKind::GgufMalformed),
    },
    Detector {
        rule: "artifact.safetensors-malformed",
        run: |facts, out| observed::aggregate(facts, out, ObservationKind::SafetensorsMalformed),
    },
    Detector {
        rule: "artifact.onnx-external-path",
        run: |facts, out| observed::each(facts, out, ObservationKind::OnnxExternalPath),
    },
    Detector {
        rule: "artifact.onnx-custom-domain",
        run: |facts, out| observed::aggregate(facts, out, ObservationKind::OnnxCustomDomain),
    },
    Detector {
        rule: "artifact.custom-operator",
        run: |facts, out| observed::aggregate(facts, out, ObservationKind::CustomOperator),
    },
    Detector {
        rule: "artifact.xml-entity",
        run: |facts, out| observed::aggregate(facts, out, ObservationKind::XmlEntity),
    },
    Detector {
        rule: "artifact.keras-lambda",
        run: |facts, out| observed::each(facts, out, ObservationKind::KerasLambda),
    },
    Detector {
        rule: "artifact.savedmodel-io",
        run: |facts, out| observed::aggregate(facts, out, ObservationKind::SavedModelIo),
    },
    Detector {
        rule: "artifact.npy-object",
        run: |facts, out| observed::aggregate(facts, out, ObservationKind::NpyObject),
    },
    Detector { rule: "artifact.named-code", run: |facts, out| observed::each(facts, out, ObservationKind::NamedCode) },
    Detector {
        rule: "artifact.remote-code",
        run: |facts, out| observed::aggregate(facts, out, ObservationKind::RemoteCode),
    },
    Detector {
        rule: "artifact.notebook-download",
        run: |facts, out| observed::aggregate(facts, out, ObservationKind::NotebookDownload),
    },
    Detector {
        rule: "artifact.zip-inconsistent",
        run: |facts, out| observed::aggregate(facts, out, ObservationKind::ZipInconsistent),
    },
];

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use syndic_detect::{Example, check_completeness};
    use syndic_evidence::{AssetKind, Input, Urn};

    use super::DETECTORS;
    use crate::{ArtifactEngine, identify};

    fn found(example: &Example) -> Vec<String> {
        let content = if example.base64.is_empty() {
            example.text.clone().into_bytes()
        } else {
            STANDARD.decode(example.base64.split_whitespace().collect::<String>()).unwrap()
        };
        let found = crate::Scanner::builtin().unwrap().scan(&example.path, &content).unwrap();
        if identify(&example.path, &content).unwrap().format.family() != crate::Family::Model {
            return found.findings.into_iter().map(|finding| finding.rule).collect();
        }
        let subject = Urn::local("t", AssetKind::Model, &example.path);
        let input = Input { system: "t", path: &example.path, subject: &subject, owner: &subject };
        let identified = identify(&example.path, &content).unwrap();
        let inspection = ArtifactEngine::builtin().unwrap().inspect(input, &identified, &content).unwrap();
        inspection.findings.into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn every_rule_is_whole_and_its_examples_hold() {
        let ids: Vec<&str> = DETECTORS.iter().map(|detector| detector.rule).collect();
        assert_eq!(check_completeness("artifact", &ids, found), Vec::<String>::new());
    }
}
