//! Threats to and through agents and their tools.

use syndic_evidence::{AssetKind, DataClass, RelationKind, Stride, Zone};

use super::{Applies, ThreatRule};
use crate::graph::{Interaction, Station};
use crate::model::{Element, Mark};
use crate::score::Score;

pub(super) static RULES: &[ThreatRule] = &[
    ThreatRule {
        rule: "threat.agency-excess",
        name: "Excessive agency",
        stride: Stride::ElevationOfPrivilege,
        applies: Applies::Flow(agency_excess),
    },
    ThreatRule {
        rule: "threat.command-execution",
        name: "Commands chosen by the model",
        stride: Stride::ElevationOfPrivilege,
        applies: Applies::Flow(command_execution),
    },
    ThreatRule {
        rule: "threat.tool-poisoning",
        name: "Tool poisoning or rug pull",
        stride: Stride::Tampering,
        applies: Applies::Flow(tool_poisoning),
    },
    ThreatRule {
        rule: "threat.tool-exfiltration",
        name: "Data carried out by tools",
        stride: Stride::InformationDisclosure,
        applies: Applies::Element(tool_exfiltration),
    },
    ThreatRule {
        rule: "threat.memory-poisoning",
        name: "Poisoned agent memory",
        stride: Stride::Tampering,
        applies: Applies::Flow(memory_poisoning),
    },
    ThreatRule {
        rule: "threat.agent-credentials",
        name: "Credentials taken from agent configuration",
        stride: Stride::Spoofing,
        applies: Applies::Element(agent_credentials),
    },
    ThreatRule {
        rule: "threat.database-agency",
        name: "Over-broad database access",
        stride: Stride::ElevationOfPrivilege,
        applies: Applies::Flow(database_agency),
    },
];

fn thinks(at: &Interaction<'_>, element: &Element) -> bool {
    element.kind == AssetKind::Agent || at.graph.llm_of(element).is_some()
}

fn agency_excess(at: &Interaction<'_>) -> Option<Score> {
    let applies = at.uses_tools() && at.acts_as_process() && thinks(at, at.src);
    applies.then(|| {
        Score::new(3, 3, "the model decides when the tool is called and with what")
            .likelier(at.users().is_some(), "strangers can talk to the model")
            .worse(at.dst.is(Mark::RunsCommands), "the tool runs commands")
    })
}

fn command_execution(at: &Interaction<'_>) -> Option<Score> {
    let applies = at.dst.kind == AssetKind::McpServer && at.dst.is(Mark::RunsCommands) && thinks(at, at.src);
    applies.then(|| {
        Score::new(3, 5, "an injected instruction becomes a command on the machine")
            .likelier(at.users().is_some(), "strangers can talk to the model")
    })
}

fn tool_poisoning(at: &Interaction<'_>) -> Option<Score> {
    if !at.uses_tools() || !at.acts_as_process() || at.dst.is_pinned() {
        return None;
    }
    Some(
        Score::new(2, 4, "a tool's description is an instruction, and whoever publishes the server can change it")
            .likelier(at.dst.is(Mark::Unpinned), "every start fetches the newest version")
            .likelier(at.dst.zone == Zone::ThirdParty, "the server runs at a third party"),
    )
}

fn tool_exfiltration(at: &Station<'_>) -> Option<Score> {
    if at.element.kind == AssetKind::McpServer {
        return None;
    }
    let tools = at.graph.tools_of(at.element);
    let outward = tools.iter().find(|tool| tool.is(Mark::ReachesOut))?;
    let stores = at.graph.outs(at.element).filter(|(flow, _)| flow.has(RelationKind::Reads)).map(|(_, store)| store);
    let private = stores.chain(tools.iter().copied()).find(|source| source.urn != outward.urn)?;
    let protected = !at.element.inferred.is_empty();
    Some(
        Score::new(3, 3, "private data, text from strangers and a way out meet in one agent")
            .worse(protected, "protected data is within reach")
            .along(&[&private.name, &at.element.name, &outward.name]),
    )
}

fn memory_poisoning(at: &Interaction<'_>) -> Option<Score> {
    let is_memory = matches!(at.dst.kind, AssetKind::VectorStore | AssetKind::DataStore);
    let both = at.does(RelationKind::Reads) && at.does(RelationKind::Writes);
    let applies = is_memory && both && thinks(at, at.src) && !at.dst.is(Mark::Database);
    applies.then(|| {
        Score::new(2, 3, "what one conversation writes, later conversations read as context")
            .likelier(at.users().is_some(), "strangers can talk to the model")
            .worse(at.src.kind == AssetKind::Agent, "the agent acts on what it remembers")
    })
}

fn agent_credentials(at: &Station<'_>) -> Option<Score> {
    let is_agent = matches!(at.element.kind, AssetKind::Agent | AssetKind::McpServer);
    let reported = at.graph.weaknesses(at.element).iter().any(|weakness| weakness.rule.contains("secret"));
    (is_agent && (reported || at.element.classes.contains(&DataClass::Secret))).then(|| {
        Score::new(3, 4, "a credential stands in the configuration, where every process of the user can read it")
            .worse(at.element.is(Mark::ReachesOut), "the credential opens a service on the internet")
    })
}

fn database_agency(at: &Interaction<'_>) -> Option<Score> {
    let applies = at.dst.is(Mark::Database) && at.acts_as_process() && thinks(at, at.src);
    let exposed = at.users().is_some() || at.src.kind == AssetKind::Agent;
    (applies && exposed).then(|| {
        Score::new(2, 4, "code steered by a model holds a database connection with all its rights")
            .likelier(at.src.kind == AssetKind::Agent, "the agent chooses the queries")
            .worse(at.dst.holds_personal(), "the database holds personal data")
    })
}
