//! Threats to training data, retrieval data and embeddings.

use syndic_evidence::{AssetKind, DataClass, RelationKind, Stride, Zone};

use super::{Applies, ThreatRule};
use crate::graph::{Interaction, Station};
use crate::model::Mark;
use crate::score::Score;

pub(super) static RULES: &[ThreatRule] = &[
    ThreatRule {
        rule: "threat.training-poisoning",
        name: "Training data poisoning",
        stride: Stride::Tampering,
        applies: Applies::Flow(training_poisoning),
    },
    ThreatRule {
        rule: "threat.training-memorisation",
        name: "Personal data learnt into weights",
        stride: Stride::InformationDisclosure,
        applies: Applies::Flow(training_memorisation),
    },
    ThreatRule {
        rule: "threat.vector-poisoning",
        name: "Vector store poisoning",
        stride: Stride::Tampering,
        applies: Applies::Flow(vector_poisoning),
    },
    ThreatRule {
        rule: "threat.embedding-inversion",
        name: "Text recovered from embeddings",
        stride: Stride::InformationDisclosure,
        applies: Applies::Element(embedding_inversion),
    },
    ThreatRule {
        rule: "threat.tenant-leakage",
        name: "Documents of one user shown to another",
        stride: Stride::InformationDisclosure,
        applies: Applies::Flow(tenant_leakage),
    },
    ThreatRule {
        rule: "threat.dataset-disclosure",
        name: "Protected data copied out of the data zone",
        stride: Stride::InformationDisclosure,
        applies: Applies::Flow(dataset_disclosure),
    },
];

fn trains(at: &Interaction<'_>) -> bool {
    let learner = matches!(at.src.kind, AssetKind::Pipeline | AssetKind::Notebook | AssetKind::Model);
    let reads = at.does(RelationKind::Reads) && at.src.kind == AssetKind::Pipeline;
    at.dst.kind == AssetKind::Dataset && learner && (at.does(RelationKind::TrainedOn) || reads)
}

fn training_poisoning(at: &Interaction<'_>) -> Option<Score> {
    let writers = at.graph.ins(at.dst).filter(|(flow, _)| flow.has(RelationKind::Writes)).count();
    trains(at).then(|| {
        Score::new(2, 4, "who can change the data can teach the model")
            .likelier(writers > 0, "a running process writes to the dataset")
            .likelier(at.dst.zone == Zone::ThirdParty, "the data comes from a third party")
            .along(&[&at.dst.name, &at.src.name])
    })
}

fn training_memorisation(at: &Interaction<'_>) -> Option<Score> {
    (trains(at) && at.dst.classes.iter().any(|class| class.is_personal())).then(|| {
        Score::new(3, 4, "the dataset holds personal data, and models repeat what they saw")
            .worse(at.dst.classes.contains(&DataClass::Phi), "health data (GDPR art. 9)")
            .along(&[&at.dst.name, &at.src.name])
    })
}

fn vector_poisoning(at: &Interaction<'_>) -> Option<Score> {
    let applies = at.dst.kind == AssetKind::VectorStore && at.does(RelationKind::Writes);
    applies.then(|| {
        Score::new(2, 4, "a document written to be retrieved is served as knowledge from then on")
            .likelier(at.users().is_some(), "the writer takes requests from users")
    })
}

fn embedding_inversion(at: &Station<'_>) -> Option<Score> {
    let store = at.element;
    let personal = store.kind == AssetKind::VectorStore && store.holds_personal();
    personal.then(|| {
        Score::new(2, 4, "embeddings can be turned back into most of their text")
            .likelier(store.zone == Zone::ThirdParty, "a third party hosts the vectors")
            .rarer(store.classes.is_empty(), "personal data is inferred, not seen")
    })
}

fn tenant_leakage(at: &Interaction<'_>) -> Option<Score> {
    let users = at.users().filter(|_| at.dst.kind == AssetKind::VectorStore)?;
    let reads = at.does(RelationKind::Reads) || at.does(RelationKind::Calls);
    reads.then(|| {
        Score::new(2, 4, "similarity search knows no owner unless every query is filtered by one")
            .likelier(at.dst.holds_personal(), "documents about people are in the store")
            .along(&[&at.dst.name, &at.src.name, &users.name])
    })
}

fn dataset_disclosure(at: &Interaction<'_>) -> Option<Score> {
    let store = matches!(at.dst.kind, AssetKind::Dataset | AssetKind::DataStore | AssetKind::VectorStore);
    let outside = matches!(at.src.zone, Zone::Workstation) || at.src.kind == AssetKind::Notebook;
    let reads = store && outside && at.does(RelationKind::Reads) && !at.dst.classes.is_empty();
    reads.then(|| {
        Score::new(3, 4, "protected data is read where no access control of the data zone follows it")
            .rarer(at.dst.is(Mark::Database), "the database can still log and limit who reads")
            .along(&[&at.dst.name, &at.src.name])
    })
}
