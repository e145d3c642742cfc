//! Threats to what a language model is told and what it says.

use syndic_evidence::{AssetKind, RelationKind, Stride};

use super::{Applies, ThreatRule};
use crate::graph::{Interaction, Station};
use crate::model::Mark;
use crate::score::Score;

pub(super) static RULES: &[ThreatRule] = &[
    ThreatRule {
        rule: "threat.prompt-injection",
        name: "Prompt injection",
        stride: Stride::ElevationOfPrivilege,
        applies: Applies::Flow(prompt_injection),
    },
    ThreatRule {
        rule: "threat.retrieval-injection",
        name: "Prompt injection through retrieved documents",
        stride: Stride::ElevationOfPrivilege,
        applies: Applies::Flow(retrieval_injection),
    },
    ThreatRule {
        rule: "threat.tool-injection",
        name: "Prompt injection through tool results",
        stride: Stride::ElevationOfPrivilege,
        applies: Applies::Flow(tool_injection),
    },
    ThreatRule {
        rule: "threat.prompt-leakage",
        name: "System prompt leakage",
        stride: Stride::InformationDisclosure,
        applies: Applies::Element(prompt_leakage),
    },
    ThreatRule {
        rule: "threat.output-injection",
        name: "Markup or script in model answers",
        stride: Stride::Tampering,
        applies: Applies::Element(output_injection),
    },
    ThreatRule {
        rule: "threat.answer-disclosure",
        name: "Protected data in model answers",
        stride: Stride::InformationDisclosure,
        applies: Applies::Flow(answer_disclosure),
    },
    ThreatRule {
        rule: "threat.inference-repudiation",
        name: "No record of who asked what",
        stride: Stride::Repudiation,
        applies: Applies::Element(inference_repudiation),
    },
];

fn prompt_injection(at: &Interaction<'_>) -> Option<Score> {
    let users = at.users().filter(|_| at.prompts_llm())?;
    let has_tools = !at.graph.tools_of(at.src).is_empty() || at.src.kind == AssetKind::Agent;
    Some(
        Score::new(4, 3, "text from users reaches the model; no model keeps instructions and data apart")
            .worse(has_tools, "the model can call tools")
            .worse(!at.flow.classes.is_empty(), "protected data is in the context of the model")
            .along(&[&users.name, &at.src.name, &at.dst.name]),
    )
}

fn retrieval_injection(at: &Interaction<'_>) -> Option<Score> {
    let is_corpus = match at.dst.kind {
        AssetKind::VectorStore => true,
        AssetKind::DataStore => !at.dst.is(Mark::Database),
        _ => false,
    };
    let llm = at.graph.llm_of(at.src).filter(|_| is_corpus && at.acts_as_process() && reads(at))?;
    let writers = at.graph.ins(at.dst).filter(|(flow, _)| flow.has(RelationKind::Writes)).count();
    Some(
        Score::new(3, 3, "whoever writes a document writes into the prompt")
            .likelier(writers > 1, "more than one process writes to the store")
            .rarer(at.dst.kind == AssetKind::DataStore, "nothing seen here says that prompts are built from it")
            .worse(!at.graph.tools_of(at.src).is_empty(), "the model can call tools")
            .worse(at.users().is_some(), "answers reach users")
            .along(&[&at.dst.name, &at.src.name, &llm.name]),
    )
}

fn reads(at: &Interaction<'_>) -> bool {
    at.does(RelationKind::Reads) || (at.dst.kind == AssetKind::VectorStore && at.does(RelationKind::Calls))
}

fn tool_injection(at: &Interaction<'_>) -> Option<Score> {
    let thinks = at.src.kind == AssetKind::Agent || at.graph.llm_of(at.src).is_some();
    let applies = at.uses_tools() && thinks && at.src.kind != AssetKind::McpServer;
    applies.then(|| {
        Score::new(2, 4, "what a tool returns enters the context as if the user had said it")
            .likelier(at.dst.is(Mark::ReachesOut), "the tool brings in text that strangers can write")
            .worse(at.graph.tools_of(at.src).len() > 1, "other tools can be called with what the text asks for")
            .along(&[&at.dst.name, &at.src.name])
    })
}

fn prompt_leakage(at: &Station<'_>) -> Option<Score> {
    let users = at.graph.users_of(at.element).filter(|_| at.element.is(Mark::SystemPrompt))?;
    let llm = at.graph.llm_of(at.element)?;
    Some(
        Score::new(4, 2, "system prompts can be asked out of every model")
            .worse(!at.element.inferred.is_empty(), "protected data may stand in or beside the prompt")
            .along(&[&llm.name, &at.element.name, &users.name]),
    )
}

fn output_injection(at: &Station<'_>) -> Option<Score> {
    let users = at.graph.users_of(at.element).filter(|_| at.element.kind != AssetKind::Endpoint)?;
    let llm = at.graph.llm_of(at.element)?;
    Some(Score::new(3, 3, "what the model says is shaped by what it was told, and is shown to users").along(&[
        &llm.name,
        &at.element.name,
        &users.name,
    ]))
}

fn answer_disclosure(at: &Interaction<'_>) -> Option<Score> {
    let users = at.users()?;
    let is_store = matches!(at.dst.kind, AssetKind::VectorStore | AssetKind::DataStore | AssetKind::Dataset);
    let llm = at.graph.llm_of(at.src).filter(|_| is_store && reads(at) && !at.dst.classes.is_empty())?;
    let names = at.dst.classes.iter().map(|class| class.as_str()).collect::<Vec<_>>().join(", ");
    Some(
        Score::new(3, 4, &format!("{names} in {} can be asked for through {}", at.dst.name, llm.name))
            .worse(
                at.dst.classes.iter().any(|class| !matches!(class, syndic_evidence::DataClass::Pii)),
                "special or secret data",
            )
            .along(&[&at.dst.name, &at.src.name, &users.name]),
    )
}

fn inference_repudiation(at: &Station<'_>) -> Option<Score> {
    let users = at.graph.users_of(at.element).filter(|_| at.element.kind != AssetKind::Endpoint)?;
    let llm = at.graph.llm_of(at.element)?;
    Some(
        Score::new(3, 2, "no audit record of prompts and answers was seen")
            .worse(at.element.holds_personal(), "personal data is processed, so use must be shown (GDPR art. 5(2))")
            .along(&[&users.name, &at.element.name, &llm.name]),
    )
}
