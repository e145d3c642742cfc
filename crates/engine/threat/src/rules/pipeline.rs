//! Threats to how models are built and brought into production.

use syndic_evidence::{AssetKind, RelationKind, Stride};

use super::{Applies, ThreatRule};
use crate::graph::Interaction;
use crate::score::Score;

pub(super) static RULES: &[ThreatRule] = &[
    ThreatRule {
        rule: "threat.notebook-path",
        name: "Unreviewed notebook on the way to production",
        stride: Stride::Tampering,
        applies: Applies::Flow(notebook_path),
    },
    ThreatRule {
        rule: "threat.pipeline-compromise",
        name: "Compromised pipeline ships its own model",
        stride: Stride::Tampering,
        applies: Applies::Flow(pipeline_compromise),
    },
    ThreatRule {
        rule: "threat.training-repudiation",
        name: "No record of what a model was trained from",
        stride: Stride::Repudiation,
        applies: Applies::Flow(training_repudiation),
    },
];

fn notebook_path(at: &Interaction<'_>) -> Option<Score> {
    let writes = at.does(RelationKind::Writes);
    let ships = matches!(at.dst.kind, AssetKind::Model | AssetKind::Dataset | AssetKind::VectorStore);
    (at.src.kind == AssetKind::Notebook && writes && ships).then(|| {
        let used =
            at.graph.ins(at.dst).any(|(flow, reader)| reader.kind != AssetKind::Notebook && flow.data_arrives_at_src());
        Score::new(2, 3, "cells run in any order, by hand, and nobody reviews the run")
            .likelier(used, "something else uses what the notebook writes")
            .worse(at.dst.kind == AssetKind::Model, "it writes a model")
    })
}

fn pipeline_compromise(at: &Interaction<'_>) -> Option<Score> {
    let ships = matches!(at.dst.kind, AssetKind::Model | AssetKind::Application | AssetKind::Service);
    let applies = at.src.kind == AssetKind::Pipeline && ships && at.does(RelationKind::Writes);
    applies.then(|| {
        let served = at.graph.ins(at.dst).any(|(_, reader)| at.graph.users_of(reader).is_some());
        Score::new(2, 4, "who controls one step of the pipeline controls what comes out")
            .worse(served, "what comes out is served to users")
    })
}

fn training_repudiation(at: &Interaction<'_>) -> Option<Score> {
    let learner = matches!(at.src.kind, AssetKind::Pipeline | AssetKind::Notebook);
    let applies = learner && at.dst.kind == AssetKind::Model && at.does(RelationKind::Writes);
    applies.then(|| Score::new(2, 2, "no signed record binds the model to its data, code and run"))
}
