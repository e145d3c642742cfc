//! What is remembered of a file in quarantine, as signed evidence: whoever alters it is found out.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use syndic_artifact::Verdict;
use syndic_attest::{Observation, PublicKey, SigningKey, attest, verify};
use syndic_evidence::{AssetKind, Digest, PredicateType, Urn};

use super::super::scanned::Scanned;

/// Who collects the evidence.
const COLLECTOR: &str = "quarantine";
/// The only form there is.
const SCHEMA: u32 = 1;

/// What stands in quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    File,
    /// A symbolic link, moved as the link it is.
    Link,
}

/// What is remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub(super) schema: u32,
    pub(crate) id: String,
    pub(super) kind: Kind,
    /// Where it was: absolute, every folder of it resolved.
    pub(crate) path: String,
    /// The same where it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) path_base64: Option<String>,
    /// Of the content; of a link, of what it leads to as it is written.
    pub(super) sha256: String,
    pub(super) size_bytes: u64,
    /// Permission bits as they were.
    pub(super) mode: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) modified: Timestamp,
    /// Nothing for a link, which is not followed.
    pub(super) verdict: Option<Verdict>,
    pub(super) format: Option<String>,
    pub(super) findings: Vec<Value>,
    pub(super) not_inspected: Vec<String>,
    pub(super) by: String,
    pub(super) reason: String,
    pub(super) at: Timestamp,
    /// What a person should know of the move.
    pub(super) notes: Vec<String>,
}

/// The path of a manifest in its two forms.
pub(super) struct NamedPath(pub(super) String, pub(super) Option<String>);

impl NamedPath {
    pub(super) fn of(path: &Path) -> Self {
        let shown = path.to_string_lossy().into_owned();
        let is_text = path.to_str().is_some();
        Self(shown, (!is_text).then(|| STANDARD.encode(path.as_os_str().as_bytes())))
    }
}

impl Manifest {
    /// Begins one; what the scan says is added by [`Manifest::judged`].
    pub(super) fn new(id: &str, kind: Kind, path: NamedPath, sha256: Digest) -> Self {
        Self {
            schema: SCHEMA,
            id: id.to_owned(),
            kind,
            path: path.0,
            path_base64: path.1,
            sha256: sha256.hex(),
            size_bytes: 0,
            mode: 0,
            uid: 0,
            gid: 0,
            modified: Timestamp::UNIX_EPOCH,
            verdict: None,
            format: None,
            findings: Vec::new(),
            not_inspected: Vec::new(),
            by: String::new(),
            reason: String::new(),
            at: Timestamp::now(),
            notes: Vec::new(),
        }
    }

    /// Adds what the scan of the moved file says.
    pub(super) fn judged(mut self, scanned: Scanned) -> Self {
        self.verdict = Some(scanned.verdict);
        self.format = scanned.format;
        self.findings = scanned.findings.iter().map(|finding| json!(finding)).collect();
        self.not_inspected = scanned.not_inspected;
        self
    }

    /// Returns where it was.
    pub(super) fn original(&self) -> Result<PathBuf> {
        match &self.path_base64 {
            None => Ok(PathBuf::from(&self.path)),
            Some(text) => Ok(PathBuf::from(OsString::from_vec(STANDARD.decode(text)?))),
        }
    }

    /// Returns the verdict in a word.
    pub(crate) fn verdict_text(&self) -> &'static str {
        self.verdict.map_or("link", Verdict::as_str)
    }

    /// Returns the signed form.
    ///
    /// # Errors
    /// It cannot be signed, which no manifest is known to cause.
    pub(super) fn signed(&self, key: &SigningKey) -> Result<Vec<u8>> {
        let asset = Urn::local(COLLECTOR, AssetKind::Model, &self.id);
        let evidence = attest(
            key,
            &Observation {
                collector: COLLECTOR,
                tool_version: env!("CARGO_PKG_VERSION"),
                collected_at: self.at,
                expires_at: None,
                asset: &asset,
                subject_name: &self.id,
                subject_digest: format!("sha256:{}", self.sha256).parse()?,
                predicate_type: PredicateType::ArtifactScan,
                scope: json!({ "record": "quarantine" }),
                facts: json!(self),
            },
        )?;
        Ok(evidence.envelope)
    }

    /// Reads a signed form.
    ///
    /// # Errors
    /// The key did not sign it as it stands, or it is about something else.
    pub(super) fn read(envelope: &[u8], key: &PublicKey, id: &str) -> Result<Self> {
        let verified = verify(envelope, std::slice::from_ref(key))?;
        if verified.predicate.collector.name != COLLECTOR {
            bail!("it is evidence of something else");
        }
        let manifest: Self = serde_json::from_value(verified.predicate.facts)?;
        if manifest.id != id || manifest.schema != SCHEMA {
            bail!("it is the manifest of {}", manifest.id);
        }
        Ok(manifest)
    }
}
