//! Threats to model files and to what was learnt into them.

use syndic_evidence::{AssetKind, RelationKind, Stride, Zone};

use super::{Applies, ThreatRule};
use crate::graph::{Interaction, Station};
use crate::model::{Element, Mark};
use crate::score::Score;

pub(super) static RULES: &[ThreatRule] = &[
    ThreatRule {
        rule: "threat.model-execution",
        name: "Code runs when the model is loaded",
        stride: Stride::ElevationOfPrivilege,
        applies: Applies::Flow(model_execution),
    },
    ThreatRule {
        rule: "threat.remote-code",
        name: "Repository code runs with the model",
        stride: Stride::ElevationOfPrivilege,
        applies: Applies::Flow(remote_code),
    },
    ThreatRule {
        rule: "threat.model-tampering",
        name: "Model replaced or altered at rest",
        stride: Stride::Tampering,
        applies: Applies::Flow(model_tampering),
    },
    ThreatRule {
        rule: "threat.hub-compromise",
        name: "Tampered model from a hub",
        stride: Stride::Tampering,
        applies: Applies::Flow(hub_compromise),
    },
    ThreatRule {
        rule: "threat.base-backdoor",
        name: "Backdoor inherited from the base model",
        stride: Stride::Tampering,
        applies: Applies::Flow(base_backdoor),
    },
    ThreatRule {
        rule: "threat.model-extraction",
        name: "Model stolen by queries",
        stride: Stride::InformationDisclosure,
        applies: Applies::Flow(model_extraction),
    },
    ThreatRule {
        rule: "threat.membership-inference",
        name: "Training records recovered from the model",
        stride: Stride::InformationDisclosure,
        applies: Applies::Flow(membership_inference),
    },
    ThreatRule {
        rule: "threat.model-evasion",
        name: "Inputs made to be misjudged",
        stride: Stride::Spoofing,
        applies: Applies::Flow(model_evasion),
    },
    ThreatRule {
        rule: "threat.weights-disclosure",
        name: "Model trained on personal data leaves the organisation",
        stride: Stride::InformationDisclosure,
        applies: Applies::Element(weights_disclosure),
    },
];

fn loads_file(at: &Interaction<'_>) -> bool {
    at.acts_as_process() && at.dst.kind == AssetKind::Model && at.does(RelationKind::Loads)
}

fn model_execution(at: &Interaction<'_>) -> Option<Score> {
    (loads_file(at) && at.dst.is(Mark::CodeOnLoad)).then(|| {
        Score::new(2, 5, "the file's format is a program that the loader runs")
            .likelier(at.users().is_some() || at.src.kind == AssetKind::Service, "it is loaded in production")
    })
}

fn remote_code(at: &Interaction<'_>) -> Option<Score> {
    let applies = at.acts_as_process() && at.dst.is(Mark::RemoteCode) && at.does(RelationKind::Loads);
    applies.then(|| {
        Score::new(3, 5, "the loader is told to run the Python files of the model's repository")
            .rarer(at.dst.is_pinned(), "the revision is fixed")
    })
}

fn model_tampering(at: &Interaction<'_>) -> Option<Score> {
    let writers = writers(at, at.dst);
    loads_file(at).then(|| {
        Score::new(2, 4, "nothing seen here checks the file's digest or signature before it is loaded")
            .likelier(writers > 0, "a pipeline or notebook can write the file")
            .rarer(at.users().is_none(), "it is not loaded behind a public endpoint")
    })
}

fn writers(at: &Interaction<'_>, store: &Element) -> usize {
    at.graph.ins(store).filter(|(flow, _)| flow.has(RelationKind::Writes)).count()
}

fn hub_compromise(at: &Interaction<'_>) -> Option<Score> {
    let fetches = at.does(RelationKind::Loads) && at.dst.zone == Zone::ThirdParty && at.acts_as_process();
    fetches.then(|| {
        Score::new(3, 4, "weights come from an account others control")
            .rarer(at.dst.is_pinned(), "the revision is fixed")
            .worse(at.dst.is(Mark::CodeOnLoad) || at.dst.is(Mark::RemoteCode), "loading it can run code")
    })
}

fn base_backdoor(at: &Interaction<'_>) -> Option<Score> {
    (at.does(RelationKind::DerivedFrom) && at.src.kind == AssetKind::Model).then(|| {
        Score::new(2, 4, "fine-tuning keeps what was planted in the base model").likelier(
            at.dst.zone == Zone::ThirdParty && !at.dst.is_pinned(),
            "the base is fetched without a fixed revision",
        )
    })
}

fn model_extraction(at: &Interaction<'_>) -> Option<Score> {
    let users = at.users().filter(|_| loads_file(at))?;
    Some(
        Score::new(2, 3, "enough questions and answers train a copy")
            .worse(at.dst.holds_personal(), "the model was trained on protected data")
            .along(&[&at.dst.name, &at.src.name, &users.name]),
    )
}

fn membership_inference(at: &Interaction<'_>) -> Option<Score> {
    let users = at.users().filter(|_| loads_file(at))?;
    let trained_on =
        |(flow, data): &(&crate::model::Flow, &Element)| flow.has(RelationKind::TrainedOn) && data.holds_personal();
    let pipelines = at.graph.ins(at.dst).filter(|(flow, _)| flow.has(RelationKind::Writes)).map(|(_, writer)| writer);
    let sources = pipelines.chain([at.dst]);
    let (_, data) = sources.flat_map(|source| at.graph.outs(source)).find(trained_on)?;
    Some(
        Score::new(2, 4, &format!("the model was trained on {}, which holds personal data", data.name))
            .likelier(at.dst.is(Mark::Generative), "language models repeat rare training text")
            .along(&[&data.name, &at.dst.name, &users.name]),
    )
}

fn model_evasion(at: &Interaction<'_>) -> Option<Score> {
    let users = at.users().filter(|_| loads_file(at) && !at.dst.is(Mark::Generative))?;
    Some(Score::new(2, 3, "small changes to an input turn a classifier's answer").along(&[
        &users.name,
        &at.src.name,
        &at.dst.name,
    ]))
}

fn weights_disclosure(at: &Station<'_>) -> Option<Score> {
    let is_local = at.element.kind == AssetKind::Model;
    let trained =
        at.graph.outs(at.element).any(|(flow, data)| flow.has(RelationKind::TrainedOn) && data.holds_personal());
    let reader =
        at.graph.ins(at.element).find(|(_, reader)| reader.zone == Zone::Workstation).map(|(_, reader)| reader);
    let reader = reader.filter(|_| is_local && trained)?;
    Some(
        Score::new(2, 3, "a copy of the file is a copy of what was learnt from people")
            .along(&[&at.element.name, &reader.name]),
    )
}
