//! The data-flow diagram as data: elements in trust zones and the flows between them.
//!
//! Invariant: elements are sorted by URN, flows by (`src`, `dst`), one flow a pair; every flow's ends are elements.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use syndic_evidence::{AssetKind, Confidence, DataClass, Location, RelationKind, Urn, Zone};

/// A data-flow diagram.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// The system it shows.
    pub system: Urn,
    /// What stands in it, by URN.
    pub elements: Vec<Element>,
    /// What moves between them, by ends.
    pub flows: Vec<Flow>,
}

/// The three node shapes of a data-flow diagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Code that runs.
    Process,
    /// Data at rest.
    Store,
    /// Somebody or something outside of the organisation's control.
    External,
}

impl Shape {
    /// Returns the shape an asset of `kind` in `zone` is drawn with.
    pub const fn of(kind: AssetKind, zone: Zone) -> Self {
        match (kind, zone) {
            (
                AssetKind::Model
                | AssetKind::Dataset
                | AssetKind::VectorStore
                | AssetKind::DataStore
                | AssetKind::Prompt
                | AssetKind::Manifest
                | AssetKind::Package
                | AssetKind::Configuration,
                _,
            ) => Self::Store,
            (AssetKind::User, _) | (_, Zone::ThirdParty | Zone::Internet) => Self::External,
            _ => Self::Process,
        }
    }
}

/// What is known about an element beyond its kind, as far as threat rules ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Loading it can run code: pickle, joblib, a legacy torch archive.
    CodeOnLoad,
    /// It is loaded with code from its repository (`trust_remote_code`).
    RemoteCode,
    /// It generates text that follows instructions: a language model.
    Generative,
    /// It sends a system prompt.
    SystemPrompt,
    /// It is a database, not a folder of documents.
    Database,
    /// It runs commands or code it is given.
    RunsCommands,
    /// It reaches out to the network: fetch, browser, mail, code hosting.
    ReachesOut,
    /// It is fetched in whatever version is newest.
    Unpinned,
    /// It is fixed to a version or digest.
    Pinned,
    /// It limits how often each caller may ask.
    RateLimited,
    /// It is not an asset that was found: its existence follows from others.
    Implied,
}

/// One node of the diagram.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Element {
    /// The asset it stands for; of a folded group, the first member.
    pub urn: Urn,
    /// What it is.
    pub kind: AssetKind,
    /// How it is drawn.
    pub shape: Shape,
    /// The name a person uses for it.
    pub name: String,
    /// The trust zone it stands in.
    pub zone: Zone,
    /// Protected data seen in it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub classes: BTreeSet<DataClass>,
    /// Protected data that reaches it along flows and was not seen in it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub inferred: BTreeSet<DataClass>,
    /// What else threat rules ask about.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub marks: BTreeSet<Mark>,
    /// How sure the observer is that it exists.
    pub confidence: Confidence,
    /// Where it was seen.
    pub source: Location,
    /// How many assets of `kind` it stands for.
    pub count: usize,
    /// Other assets folded into it, by URN.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Urn>,
}

impl Element {
    /// Says whether it carries `mark`.
    pub fn is(&self, mark: Mark) -> bool {
        self.marks.contains(&mark)
    }

    /// Says whether all of it is fixed to versions or digests.
    pub fn is_pinned(&self) -> bool {
        self.is(Mark::Pinned) && !self.is(Mark::Unpinned)
    }

    /// Says whether personal data was seen in it or reaches it.
    pub fn holds_personal(&self) -> bool {
        self.classes.iter().chain(&self.inferred).any(|class| class.is_personal())
    }
}

/// One interaction: `src` acts on `dst`. Data may move either way; see [`Flow::data_arrives_at_src`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// The element that acts.
    pub src: Urn,
    /// The element acted on.
    pub dst: Urn,
    /// What happens, in a word or two: `prompts · HTTPS`.
    pub label: String,
    /// The relations it stands for.
    pub kinds: BTreeSet<RelationKind>,
    /// Protocol, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// Whether the channel is encrypted; absent when unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encrypted: Option<bool>,
    /// How the caller proves who it is; absent when unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authn: Option<String>,
    /// Protected data that moves along it, seen or inferred.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub classes: BTreeSet<DataClass>,
    /// Those of `classes` that are inferred from what `src` reads.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub inferred: BTreeSet<DataClass>,
    /// Whether its ends stand in different trust zones.
    pub crosses_boundary: bool,
    /// How sure the observer is.
    pub confidence: Confidence,
    /// The place that shows it.
    pub source: Location,
}

impl Flow {
    /// Says whether it stands for a relation of `kind`.
    pub fn has(&self, kind: RelationKind) -> bool {
        self.kinds.contains(&kind)
    }

    /// Says whether data moves from `dst` to `src`: reading, loading, training.
    pub fn data_arrives_at_src(&self) -> bool {
        self.kinds.iter().any(|kind| {
            matches!(
                kind,
                RelationKind::Reads | RelationKind::Loads | RelationKind::TrainedOn | RelationKind::DerivedFrom
            )
        })
    }

    /// Says whether data moves from `src` to `dst`: calling, writing, answering. What is only configured or imported
    /// was not seen to be sent anything.
    pub fn data_arrives_at_dst(&self) -> bool {
        let is_only_set_up = self.kinds.iter().all(|kind| *kind == RelationKind::DependsOn);
        (!self.data_arrives_at_src() && !is_only_set_up)
            || self.kinds.iter().any(|kind| matches!(kind, RelationKind::Calls | RelationKind::Writes))
    }
}

impl Model {
    /// Returns the element with this URN.
    pub fn element(&self, urn: &Urn) -> Option<&Element> {
        self.elements.binary_search_by(|element| element.urn.cmp(urn)).ok().and_then(|at| self.elements.get(at))
    }
}
