//! Threats to the channel between two elements and to the public face of a model.

use syndic_evidence::{AssetKind, RelationKind, Stride, Zone};

use super::{Applies, ThreatRule};
use crate::graph::{Interaction, Weakness};
use crate::model::{Mark, Shape};
use crate::score::Score;

/// Protocols that say themselves that they are not encrypted.
const PLAIN: &[&str] = &["http", "ws", "ftp", "grpc-insecure", "amqp", "mqtt"];

pub(super) static RULES: &[ThreatRule] = &[
    ThreatRule {
        rule: "threat.channel-plaintext",
        name: "Unencrypted traffic over a trust boundary",
        stride: Stride::InformationDisclosure,
        applies: Applies::Flow(channel_plaintext),
    },
    ThreatRule {
        rule: "threat.channel-unauthenticated",
        name: "Anyone may call",
        stride: Stride::Spoofing,
        applies: Applies::Flow(channel_unauthenticated),
    },
    ThreatRule {
        rule: "threat.store-unauthenticated",
        name: "Store open without credentials",
        stride: Stride::Spoofing,
        applies: Applies::FarEnd(store_unauthenticated),
    },
    ThreatRule {
        rule: "threat.store-exposed",
        name: "Database published to the outside",
        stride: Stride::InformationDisclosure,
        applies: Applies::FarEnd(store_exposed),
    },
    ThreatRule {
        rule: "threat.unbounded-consumption",
        name: "Unbounded consumption",
        stride: Stride::DenialOfService,
        applies: Applies::Flow(unbounded_consumption),
    },
    ThreatRule {
        rule: "threat.endpoint-flood",
        name: "Inference exhausted by requests",
        stride: Stride::DenialOfService,
        applies: Applies::Flow(endpoint_flood),
    },
];

fn channel_plaintext(at: &Interaction<'_>) -> Option<Score> {
    let named_plain = at.flow.protocol.as_deref().is_some_and(|name| PLAIN.contains(&name));
    let plain = at.flow.encrypted == Some(false) || (at.flow.encrypted.is_none() && named_plain);
    (at.flow.crosses_boundary && plain).then(|| {
        let open = [at.src.zone, at.dst.zone].iter().any(|zone| matches!(zone, Zone::Internet | Zone::ThirdParty));
        Score::new(2, 3, "whoever is on the way reads and changes what is sent")
            .likelier(open, "the way leads over the internet")
            .worse(!at.flow.classes.is_empty(), "protected data is sent")
    })
}

fn channel_unauthenticated(at: &Interaction<'_>) -> Option<Score> {
    let public = at.src.zone == Zone::Internet && at.dst.shape == Shape::Process;
    let open = at.flow.authn.as_deref() == Some("none");
    (public && (open || at.flow.authn.is_none())).then(|| {
        let llm = at.graph.behind(at.dst).and_then(|process| at.graph.llm_of(process));
        let is_answered_by_llm = llm.is_some() && at.reaches_model();
        Score::new(3, 3, "no proof of who calls was seen on this endpoint")
            .likelier(open, "it is known to ask for none")
            .worse(is_answered_by_llm, "a language model answers, at the owner's cost")
    })
}

fn store_unauthenticated(at: &Interaction<'_>) -> Option<Score> {
    let is_store = matches!(at.dst.kind, AssetKind::VectorStore | AssetKind::DataStore | AssetKind::Service);
    let published = at.src.kind == AssetKind::User && at.dst.shape == Shape::Store;
    // A port that is published is not yet a store that asks for nothing: something must have shown that.
    let is_open = at.flow.authn.as_deref() == Some("none")
        || (published && at.graph.weaknesses(at.dst).iter().any(Weakness::is_open_door));
    (is_store && is_open).then(|| {
        Score::new(2, 4, "whoever reaches its port reads and writes it")
            .likelier(published, "its port is published")
            .worse(!at.dst.classes.is_empty(), "it holds protected data")
    })
}

/// A store behind a password whose port is published; one that asks for nothing is a graver matter of its own.
fn store_exposed(at: &Interaction<'_>) -> Option<Score> {
    let is_store = matches!(at.dst.kind, AssetKind::VectorStore | AssetKind::DataStore);
    let is_published = at.src.kind == AssetKind::User && at.dst.shape == Shape::Store;
    (is_store && is_published && store_unauthenticated(at).is_none()).then(|| {
        Score::new(2, 4, "its port is published, and credentials are all that stands before the data")
            .likelier(at.flow.encrypted == Some(false), "the way to it is not encrypted")
            .worse(!at.dst.classes.is_empty(), "it holds protected data")
    })
}

fn requests_reach(at: &Interaction<'_>) -> bool {
    at.src.kind == AssetKind::User && at.dst.shape == Shape::Process
}

fn unbounded_consumption(at: &Interaction<'_>) -> Option<Score> {
    let process = at.graph.behind(at.dst).filter(|_| requests_reach(at))?;
    let llm = at.graph.llm_of(process)?;
    Some(
        Score::new(3, 3, "every request costs tokens or accelerator time, and no limit was seen")
            .likelier(at.flow.authn.as_deref() == Some("none"), "callers are not known")
            .rarer(at.dst.is(Mark::RateLimited), "the endpoint limits the rate of each caller")
            .rarer(!at.reaches_model(), "the endpoint itself was not seen to ask the model")
            .milder(llm.zone != Zone::ThirdParty, "the model runs on own machines: slow, but no bill")
            .along(&[&at.src.name, &at.dst.name, &llm.name]),
    )
}

fn endpoint_flood(at: &Interaction<'_>) -> Option<Score> {
    let process = at.graph.behind(at.dst).filter(|_| requests_reach(at))?;
    let (_, model) =
        at.graph.outs(process).find(|(flow, to)| to.kind == AssetKind::Model && flow.has(RelationKind::Loads))?;
    at.graph.llm_of(process).is_none().then(|| {
        Score::new(2, 3, "inference costs far more than the request that asks for it")
            .rarer(at.dst.is(Mark::RateLimited), "the endpoint limits the rate of each caller")
            .likelier(at.flow.authn.as_deref() == Some("none"), "callers are not known")
            .along(&[&at.src.name, &at.dst.name, &model.name])
    })
}
