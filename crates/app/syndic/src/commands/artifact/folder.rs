//! Folders that are one model: what their files come to together.
//!
//! A Hugging Face snapshot, a TensorFlow `SavedModel` and an MLflow model are loaded as wholes, so the whole is as bad as
//! its worst file.

use std::collections::{BTreeMap, HashSet};

use syndic_artifact::Verdict;

use super::scanned::{Finding, Scanned};

/// Findings a folder repeats of its files.
const MAX_FINDINGS: usize = 200;

/// The files seen, by the folder they stand in.
#[derive(Debug, Default)]
pub(super) struct Models {
    folders: BTreeMap<String, Folder>,
}

#[derive(Debug, Default)]
struct Folder {
    names: Vec<String>,
    verdict: Option<Verdict>,
    findings: Vec<Finding>,
    not_inspected: Vec<String>,
}

impl Models {
    /// Takes note of a file.
    pub(super) fn note(&mut self, scanned: &Scanned) {
        let (folder, name) = scanned.path.rsplit_once('/').unwrap_or((".", &scanned.path));
        let entry = self.folders.entry(folder.to_owned()).or_default();
        entry.names.push(name.to_owned());
        entry.verdict = entry.verdict.max(Some(scanned.verdict));
        let left = MAX_FINDINGS.saturating_sub(entry.findings.len());
        entry.findings.extend(scanned.findings.iter().take(left).map(|finding| Finding {
            message: format!("{name}: {}", finding.message),
            member: Some(name.to_owned()),
            ..finding.clone()
        }));
        let left = MAX_FINDINGS.saturating_sub(entry.not_inspected.len());
        entry.not_inspected.extend(scanned.not_inspected.iter().take(left).map(|what| format!("{name}: {what}")));
    }

    /// Returns an object for each folder that is a model; what stands below it counts too. A folder that has an object
    /// already gets no other.
    pub(super) fn into_folders(self, known: &[Scanned]) -> Vec<Scanned> {
        let known: HashSet<&str> = known.iter().map(|whole| whole.path.as_str()).collect();
        let mut models = Vec::new();
        for (path, folder) in self.folders.iter().filter(|(path, _)| !known.contains(path.as_str())) {
            let Some(kind) = folder.kind() else { continue };
            let below = format!("{path}/");
            let inside = self.folders.range(below.clone()..).take_while(|(other, _)| other.starts_with(&below));
            let inside = std::iter::once((path, folder)).chain(inside);
            let mut whole = Scanned::unread(path.clone(), String::new());
            (whole.verdict, whole.format) = (Verdict::Clean, Some(kind.to_owned()));
            whole.not_inspected.clear();
            for (_, part) in inside {
                whole.verdict = whole.verdict.max(part.verdict.unwrap_or(Verdict::Clean));
                whole.findings.extend(part.findings.iter().cloned());
                whole.not_inspected.extend(part.not_inspected.iter().cloned());
            }
            whole.findings.truncate(MAX_FINDINGS);
            whole.not_inspected.truncate(MAX_FINDINGS);
            models.push(whole);
        }
        models
    }
}

impl Folder {
    fn kind(&self) -> Option<&'static str> {
        let has = |name: &str| self.names.iter().any(|seen| seen == name);
        let has_ending = |endings: &[&str]| self.names.iter().any(|seen| endings.iter().any(|end| seen.ends_with(end)));
        if has("MLmodel") {
            Some("mlflow_model")
        } else if has("saved_model.pb") || has("saved_model.pbtxt") {
            Some("tf_saved_model_folder")
        } else if has("model_index.json")
            || has("adapter_config.json")
            || has("config.json") && has_ending(&[".safetensors", ".bin", ".pt", ".h5", ".msgpack", ".gguf", ".onnx"])
        {
            Some("hugging_face_model")
        } else {
            None
        }
    }
}
