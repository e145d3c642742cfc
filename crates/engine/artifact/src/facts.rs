//! What was read off one artifact, before any judgement about what to do; enters the signed evidence.
//!
//! Invariant: every finding of this engine follows from these facts alone. Arguments of calls are kept only for
//! denied callables, shortened and with long unbroken runs masked, because a command line can carry a token.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use syndic_evidence::Confidence;

use crate::Format;
use crate::formats::Spent;
use crate::pickle::Tracing;

/// How an imported callable stands in the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// On the allow table: rebuilds data and nothing else.
    Allowed,
    /// On no table: nobody has looked at it.
    Unreviewed,
    /// Harmless by itself, and of no use to a model: a sign that somebody tries what loading can do.
    Needless,
    /// No honest file is known to need it this way.
    Suspicious,
    /// On the deny table: runs code, starts programs, reads files or opens connections.
    Denied,
}

/// The outcome for one file; the order is from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything was read and all of it is known to be harmless.
    Clean,
    /// Everything was read; something in it is on no list.
    Unreviewed,
    /// Not everything could be read, so nothing can be promised.
    Incomplete,
    /// Something in it has no honest use known to us.
    Suspicious,
    /// Loading it does harm.
    Malicious,
}

impl Verdict {
    /// Returns the name used in public JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Unreviewed => "unreviewed",
            Self::Incomplete => "incomplete",
            Self::Suspicious => "suspicious",
            Self::Malicious => "malicious",
        }
    }
}

/// Something a pickle resolves by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// `module.name` as Python 3 knows it.
    pub name: String,
    /// How it stands, arguments considered.
    pub standing: Standing,
    /// Why it stands so, in words; empty for allowed ones.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Offset of the opcode that first resolves it, in the stream.
    pub offset: u64,
    /// How often the stream calls it.
    pub calls: u32,
    /// The arguments of the first call of a denied callable, shortened and masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<String>,
}

/// How a pickle ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "at")]
pub enum PickleEnd {
    /// With STOP, as it should.
    Stop,
    /// Before STOP, for the reason given.
    Broken {
        /// What is wrong, with the offset.
        problem: String,
    },
    /// A bound of the interpreter was reached.
    Budget {
        /// The bound.
        problem: String,
    },
}

/// One pickle: what it resolves and calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickleFacts {
    /// Member of the container it stands in, or how it is nested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// Offset of its first byte in the stream.
    pub offset: u64,
    /// Protocol, 0 to 5; the highest PROTO opcode seen.
    pub protocol: u8,
    /// Opcodes walked.
    pub opcodes: u64,
    /// How it ends.
    pub end: PickleEnd,
    /// What it resolves, in order of first appearance, bounded.
    pub imports: Vec<Import>,
    /// Class of the object it builds, if it builds one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// Whether `torch.load(weights_only=True)` would take every name in it.
    pub weights_only_loadable: bool,
}

/// What kind of thing an [`Observation`] is; each kind belongs to one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObservationKind {
    /// Bytes after the last pickle that no format explains.
    PickleTrailing,
    /// A chat template reaches into Python.
    GgufTemplate,
    /// A GGUF header breaks the format's rules.
    GgufMalformed,
    /// A safetensors header breaks the format's rules.
    SafetensorsMalformed,
    /// An ONNX tensor points out of the model's folder.
    OnnxExternalPath,
    /// An ONNX operator from a domain outside the standards.
    OnnxCustomDomain,
    /// An operator that only a library of the application can run.
    CustomOperator,
    /// An XML document type that names another file.
    XmlEntity,
    /// A Keras layer or callable that carries or names code.
    KerasLambda,
    /// A TensorFlow operator that touches files or runs Python.
    SavedModelIo,
    /// A NumPy array of Python objects.
    NpyObject,
    /// Two views of one zip disagree.
    ZipInconsistent,
    /// A configuration or a model names code that does harm when it is resolved.
    NamedCode,
    /// A configuration names code of its own repository.
    RemoteCode,
    /// A notebook runs what it downloads.
    NotebookDownload,
}

/// Something seen in a format other than through pickle opcodes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// What kind.
    pub kind: ObservationKind,
    /// What stands apart from other observations of the kind: an operator, a tensor, a layer. Enters the fingerprint.
    pub subject: String,
    /// The case in one clause.
    pub detail: String,
    /// Member of the container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// Offset in the file or member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
}

/// Everything read off one artifact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Path relative to the assessed root.
    pub path: String,
    /// The format by content.
    pub format: Format,
    /// How sure the identification is.
    pub confidence: Confidence,
    /// What the extension claims.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<Format>,
    /// Size in bytes.
    pub size_bytes: u64,
    /// What the format tells about the model, by the names its documentation uses.
    pub properties: Map<String, Value>,
    /// Every pickle in it, in order.
    pub pickles: Vec<PickleFacts>,
    /// Everything else worth a look.
    pub observations: Vec<Observation>,
    /// Model this one was made from, as the format names it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub base_models: Vec<String>,
    /// What could not be read: `what: why`.
    pub not_inspected: Vec<String>,
    /// The outcome.
    pub verdict: Verdict,
    /// What reading the file has cost so far.
    #[serde(skip)]
    pub(crate) spent: Spent,
    /// Members that nobody recognised, and programs.
    #[serde(skip)]
    pub(crate) unknown_members: u64,
    /// Whether the steps of pickles are kept.
    #[serde(skip)]
    pub(crate) tracing: Tracing,
    /// The steps of pickles; for people, no part of the evidence.
    #[serde(skip)]
    pub(crate) trace: Vec<String>,
}

impl Facts {
    /// Starts with what identification told.
    pub(crate) fn new(path: &str, identified: crate::Identified, size_bytes: u64) -> Self {
        Self {
            path: path.to_owned(),
            format: identified.format,
            confidence: identified.confidence,
            claimed: identified.claimed,
            size_bytes,
            properties: Map::new(),
            pickles: Vec::new(),
            observations: Vec::new(),
            base_models: Vec::new(),
            not_inspected: Vec::new(),
            verdict: Verdict::Clean,
            spent: Spent::default(),
            unknown_members: 0,
            tracing: Tracing::Off,
            trace: Vec::new(),
        }
    }

    /// Records a property; null and empty text record nothing, the first value wins.
    pub(crate) fn property(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        if !value.is_null() && value.as_str() != Some("") {
            self.properties.entry(name.to_owned()).or_insert(value);
        }
    }

    /// Records an observation, at most [`MAX_OBSERVATIONS`]; beyond that the inspection counts as incomplete.
    pub(crate) fn observe(&mut self, kind: ObservationKind, subject: impl Into<String>, detail: impl Into<String>) {
        self.observe_at(kind, subject, detail, None, None);
    }

    /// Records an observation with its place.
    pub(crate) fn observe_at(
        &mut self,
        kind: ObservationKind,
        subject: impl Into<String>,
        detail: impl Into<String>,
        member: Option<&str>,
        offset: Option<u64>,
    ) {
        if self.observations.len() >= MAX_OBSERVATIONS {
            self.skip("further observations: more than the bound of one file");
            return;
        }
        let observation = Observation {
            kind,
            subject: subject.into(),
            detail: detail.into(),
            member: member.map(str::to_owned),
            offset,
        };
        if !self.observations.contains(&observation) {
            self.observations.push(observation);
        }
    }

    /// Records something that was not inspected: `what: why`.
    pub(crate) fn skip(&mut self, what: impl Into<String>) {
        let what = what.into();
        if !self.not_inspected.contains(&what) && self.not_inspected.len() < MAX_OBSERVATIONS {
            self.not_inspected.push(what);
        }
    }
}

/// Observations kept of one file.
pub(crate) const MAX_OBSERVATIONS: usize = 200;
