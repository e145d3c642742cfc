//! What was seen in a manifest, before any judgement: this enters the signed evidence.
//!
//! Invariant: no credential in clear. Addresses are kept as scheme, host and path; what stood before the `@` is only
//! noted as having been there.

use serde::{Deserialize, Serialize};
use syndic_detect::Place;

use crate::ManifestKind;

/// Everything read from one manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Path relative to the assessed root.
    pub path: String,
    /// What the file is.
    pub kind: ManifestKind,
    /// What the file is for.
    pub role: Role,
    /// Whether a lock file of the same ecosystem stands in the same folder or above.
    pub has_lock: bool,
    /// Whether every hash is demanded (`--require-hashes`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub require_hashes: bool,
    /// Whether the resolver may mix versions of one package from several indexes (`unsafe-best-match`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mixes_indexes: bool,
    /// What is asked for, in the order written.
    pub requirements: Vec<Requirement>,
    /// Where packages are looked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<Index>,
    /// Other files that are drawn in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub includes: Vec<Include>,
    /// Scripts that run on installation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scripts: Vec<Script>,
    /// Parts that are there and could not be read, each with its line and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
}

impl Facts {
    /// Makes facts of a file in which nothing was read yet.
    pub fn new(path: &str, kind: ManifestKind, has_lock: bool) -> Self {
        Self {
            path: path.to_owned(),
            kind,
            role: kind.usual_role(path),
            has_lock,
            require_hashes: false,
            mixes_indexes: false,
            requirements: Vec::new(),
            indexes: Vec::new(),
            includes: Vec::new(),
            scripts: Vec::new(),
            unread: Vec::new(),
        }
    }

    /// Returns the role of the file's folder.
    pub fn place(&self) -> Place {
        Place::of(&self.path)
    }

    /// Says whether the file speaks of what ships: neither a test's, documentation's nor a developer's needs.
    pub fn is_shipped(&self) -> bool {
        self.place().is_product() && !self.role.is_development()
    }
}

/// What a manifest is for; decides how firm its versions have to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Installed as it stands: a requirements file, a conda environment.
    Installed,
    /// Installed as it stands, for developers or CI only.
    Development,
    /// An application's wishes, to be locked by a tool.
    Application,
    /// A published package's wishes: whoever installs it decides on versions.
    Library,
    /// The input of a lock compiler: `requirements.in`.
    Source,
    /// Bounds for other files: `constraints.txt`.
    Constraints,
    /// A lock file.
    Lock,
    /// Settings of an installer, or commands that call one.
    Settings,
}

impl Role {
    /// Says whether the file serves developers only.
    pub const fn is_development(self) -> bool {
        matches!(self, Self::Development)
    }
}

/// One thing asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Requirement {
    /// Name as written; empty when an address names no package.
    pub name: String,
    /// Version or bounds as written.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub specifier: String,
    /// How firm the version is.
    pub pinned: Pin,
    /// Whether a digest of the content stands beside it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hashed: bool,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Source::is_usual")]
    pub source: Source,
    /// For whom it is.
    #[serde(default, skip_serializing_if = "Group::is_runtime")]
    pub group: Group,
    /// Condition under which it is installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// Line, from 1.
    pub line: u32,
}

/// How firm a version is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pin {
    /// One version.
    Exact,
    /// Bounded above: tomorrow's release may be taken, the next major one not.
    Range,
    /// Bounded below only: anything newer may be taken.
    Open,
    /// Not bounded at all.
    None,
}

impl Requirement {
    /// Returns the ecosystem of this requirement, by the name package URLs use.
    pub const fn ecosystem(&self, kind: ManifestKind) -> &'static str {
        match self.source {
            Source::Channel => "conda",
            _ => kind.ecosystem(),
        }
    }
}

/// Where a package comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "from")]
pub enum Source {
    /// The package index.
    #[default]
    Index,
    /// A conda channel, whose package names are not those of the package index.
    Channel,
    /// A version control repository.
    Git {
        /// Address without credentials.
        address: String,
        /// Whether a full commit id is named; a branch or tag can be moved.
        at_commit: bool,
        /// Whether a credential stands in the address.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        has_credential: bool,
    },
    /// An archive by its address.
    Url {
        /// Address without credentials.
        address: String,
        /// Whether the content is named by a digest or commit.
        has_digest: bool,
        /// Whether a credential stands in the address.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        has_credential: bool,
    },
    /// A folder or file beside the manifest, or a member of the same workspace.
    Path,
}

impl Source {
    /// Says whether it is an index or channel, where a name and a version decide.
    pub const fn is_index(&self) -> bool {
        matches!(self, Self::Index | Self::Channel)
    }

    /// Says whether it is the one that need not be written down.
    pub const fn is_usual(&self) -> bool {
        matches!(self, Self::Index)
    }
}

/// For whom a requirement is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Whoever runs the program.
    #[default]
    Runtime,
    /// Whoever wants an extra.
    Optional,
    /// Developers.
    Development,
    /// The build.
    Build,
}

impl Group {
    /// Says whether it is for whoever runs the program.
    pub const fn is_runtime(&self) -> bool {
        matches!(self, Self::Runtime)
    }

    /// Says whether it ends up where the program runs.
    pub const fn is_shipped(self) -> bool {
        matches!(self, Self::Runtime | Self::Optional)
    }
}

/// A place packages are looked for in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Index {
    /// How it takes part.
    pub kind: IndexKind,
    /// The installer that reads it: `pip`, `uv`, `poetry`, `pdm`, `pipenv`, `npm`, `conda`.
    pub tool: String,
    /// `https`, `http`, `file`; empty when the address is a variable.
    pub scheme: String,
    /// Host, or the variable the address comes from.
    pub host: String,
    /// Whether the server's certificate is checked.
    pub verifies_tls: bool,
    /// Whether a literal credential stands in the address.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_credential: bool,
    /// Line, from 1.
    pub line: u32,
}

/// How an index takes part in the search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexKind {
    /// The one index that replaces the default.
    Primary,
    /// Searched for every package beside the primary one.
    Extra,
    /// Searched for every package, the first index that knows the name wins.
    Ordered,
    /// Searched only for packages that name it.
    Explicit,
    /// A page or folder of archives.
    FindLinks,
    /// A host whose certificate is not checked.
    TrustedHost,
}

/// Another file drawn in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Include {
    /// What for.
    pub kind: IncludeKind,
    /// Path as written.
    pub path: String,
    /// Line, from 1.
    pub line: u32,
}

/// What another file is drawn in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncludeKind {
    /// Further requirements.
    Requirements,
    /// Bounds on versions.
    Constraints,
}

/// A script that runs when the package is installed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Script {
    /// Its hook: `postinstall`.
    pub hook: String,
    /// What it does that a build need not do; absent when it looks ordinary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspicion: Option<String>,
    /// Line, from 1.
    pub line: u32,
}
