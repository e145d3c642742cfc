//! Threats that come with letting a third party run the model.

use syndic_evidence::{AssetKind, DataClass, RelationKind, Stride, Zone};

use super::{Applies, ThreatRule};
use crate::graph::{Interaction, Station, asks};
use crate::score::Score;

pub(super) static RULES: &[ThreatRule] = &[
    ThreatRule {
        rule: "threat.provider-disclosure",
        name: "Personal data sent to a third party",
        stride: Stride::InformationDisclosure,
        applies: Applies::Flow(provider_disclosure),
    },
    ThreatRule {
        rule: "threat.secret-disclosure",
        name: "Credentials sent to a third party",
        stride: Stride::InformationDisclosure,
        applies: Applies::Flow(secret_disclosure),
    },
    ThreatRule {
        rule: "threat.provider-retention",
        name: "Prompts kept or trained on by the provider",
        stride: Stride::InformationDisclosure,
        applies: Applies::Flow(provider_retention),
    },
    ThreatRule {
        rule: "threat.provider-outage",
        name: "Service stops with its provider",
        stride: Stride::DenialOfService,
        applies: Applies::Element(provider_outage),
    },
    ThreatRule {
        rule: "threat.shadow-provider",
        name: "Model provider used past the application",
        stride: Stride::InformationDisclosure,
        applies: Applies::Flow(shadow_provider),
    },
    ThreatRule {
        rule: "threat.provider-impersonation",
        name: "Provider key reused by somebody else",
        stride: Stride::Spoofing,
        applies: Applies::Flow(provider_impersonation),
    },
];

fn sends(at: &Interaction<'_>) -> bool {
    at.leaves() && (at.does(RelationKind::Calls) || at.does(RelationKind::Writes))
}

fn provider_disclosure(at: &Interaction<'_>) -> Option<Score> {
    let personal: Vec<&str> =
        at.flow.classes.iter().filter(|class| class.is_personal()).map(|class| class.as_str()).collect();
    (sends(at) && !personal.is_empty()).then(|| {
        let all_inferred = at.flow.classes.iter().all(|class| at.flow.inferred.contains(class));
        let why = format!("{} can reach {}", personal.join(", "), at.dst.name);
        let special = at.flow.classes.contains(&DataClass::Phi) || at.flow.classes.contains(&DataClass::GovernmentId);
        Score::new(4, 4, &why)
            .rarer(all_inferred, "inferred from what the sender reads, not seen on the wire")
            .worse(special, "health data or national identifiers")
    })
}

fn secret_disclosure(at: &Interaction<'_>) -> Option<Score> {
    (sends(at) && at.flow.classes.contains(&DataClass::Secret)).then(|| {
        Score::new(3, 5, "credentials stand in data or prompts that go into requests")
            .rarer(at.flow.confidence == syndic_evidence::Confidence::Low, "the flow itself is a guess")
    })
}

fn provider_retention(at: &Interaction<'_>) -> Option<Score> {
    let asks_third_party = at.prompts_llm() && at.leaves();
    asks_third_party.then(|| {
        Score::new(2, 3, "providers keep prompts for abuse checks, some for training, unless agreed otherwise")
            .worse(at.flow.classes.iter().any(|class| class.is_personal()), "personal data can be in the prompts")
    })
}

fn provider_outage(at: &Station<'_>) -> Option<Score> {
    let users = at.graph.users_of(at.element).filter(|_| at.element.kind != AssetKind::Endpoint)?;
    let mut llms = at.graph.outs(at.element).filter(|(flow, to)| asks(flow, to)).map(|(_, to)| to);
    let (Some(only), None) = (llms.next(), llms.next()) else { return None };
    (only.zone == Zone::ThirdParty && only.count == 1).then(|| {
        Score::new(2, 3, "there is one provider and nothing to fall back on").along(&[
            &only.name,
            &at.element.name,
            &users.name,
        ])
    })
}

fn shadow_provider(at: &Interaction<'_>) -> Option<Score> {
    let outside = at.src.kind == AssetKind::Notebook || at.src.zone == Zone::Workstation;
    let is_provider = matches!(at.dst.kind, AssetKind::Provider | AssetKind::HostedModel);
    (outside && is_provider && at.does(RelationKind::Calls)).then(|| {
        let sanctioned =
            at.graph.ins(at.dst).any(|(_, user)| matches!(user.kind, AssetKind::Application | AssetKind::Service));
        Score::new(3, 3, "requests go out from a place without the application's filters, keys and logs")
            .rarer(sanctioned, "the application uses the same provider")
            .worse(at.flow.classes.iter().any(|class| class.is_personal()), "personal data can go with them")
    })
}

fn provider_impersonation(at: &Interaction<'_>) -> Option<Score> {
    let keyed = at.src.classes.contains(&DataClass::Secret) && at.prompts_llm() && at.leaves();
    keyed.then(|| Score::new(3, 3, "a credential was seen beside the code that calls the provider"))
}
