//! The example application, carried in the program, so that `syndic up` shows something wherever it is started.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// Where the example stands in the source tree and in the state folder.
const NAME: &str = "examples/acme-support";

/// A file of the example: its path below the example's folder, and its content.
macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!("../../../../../../examples/acme-support/", $path)))),*]
    };
}

/// Every file; a test holds the list to the folder.
static FILES: &[(&str, &[u8])] = files![
    ".env.example",
    ".github/workflows/ci.yml",
    ".mcp.json",
    "AGENTS.md",
    "Dockerfile",
    "Dockerfile.train",
    "README.md",
    "TRUTH.toml",
    "app/__init__.py",
    "app/intent.py",
    "app/llm.py",
    "app/main.py",
    "app/prompts.py",
    "app/rag.py",
    "app/reports.py",
    "app/settings.py",
    "data/faq.jsonl",
    "data/tickets.csv",
    "data/topics.csv",
    "docker-compose.yml",
    "documents/returns.md",
    "documents/shipping.md",
    "documents/warranty.md",
    "k8s/reranker.yaml",
    "k8s/support.yaml",
    "models/draft.gguf",
    "models/embedder.safetensors",
    "models/intent.pkl",
    "models/legacy_ranker.pkl",
    "models/reranker.onnx",
    "notebooks/explore_tickets.ipynb",
    "prompts/handover.txt",
    "prompts/system.md",
    "requirements.txt",
    "scripts/make_data.py",
    "scripts/make_models.py",
    "training/requirements.txt",
    "training/train_intent.py",
];

/// Returns the folder of the example: that of the source tree the program is started in, else a copy in the state folder.
///
/// A copy that is there stays as it is: people mend the planted faults to see what happens.
///
/// # Errors
/// The copy cannot be written.
pub(super) fn folder(state: &Path) -> Result<PathBuf> {
    let here = std::env::current_dir().context("cannot tell the working folder")?;
    if let Some(found) = here.ancestors().map(|folder| folder.join(NAME)).find(|path| path.is_dir()) {
        return Ok(found);
    }
    let copy = state.join(NAME);
    if copy.is_dir() {
        return Ok(copy);
    }
    unpack(&copy).with_context(|| format!("cannot write the example to {}: name a tree to assess", copy.display()))?;
    Ok(copy)
}

/// Writes the example beside where it belongs and moves it there, so that a half-written one is never assessed.
fn unpack(target: &Path) -> Result<()> {
    let parent = target.parent().context("the example has no folder above it")?;
    fs::create_dir_all(parent)?;
    let draft = parent.join(format!(".draft-{}", ulid::Ulid::new()));
    for (path, content) in FILES {
        let file = draft.join(path);
        fs::create_dir_all(file.parent().unwrap_or(&draft))?;
        fs::write(&file, content)?;
    }
    match fs::rename(&draft, target) {
        Ok(()) => Ok(()),
        // Another first run was faster: its copy is the same.
        Err(error) if matches!(error.kind(), ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists) => {
            Ok(fs::remove_dir_all(&draft)?)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn files_below(folder: &Path, above: &str, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{above}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                files_below(&entry.path(), &format!("{name}/"), found);
            } else {
                found.insert(name, fs::read(entry.path()).unwrap());
            }
        }
    }

    #[test]
    fn the_copy_is_the_example_of_the_source_tree() {
        let state = tempfile::tempdir().unwrap();
        let copy = state.path().join(NAME);
        unpack(&copy).unwrap();
        let (mut wanted, mut written) = (BTreeMap::new(), BTreeMap::new());
        files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..").join(NAME), "", &mut wanted);
        files_below(&copy, "", &mut written);
        assert_eq!(wanted.keys().collect::<Vec<_>>(), written.keys().collect::<Vec<_>>());
        assert!(wanted == written, "a file differs in content");
        assert_eq!(fs::read_dir(copy.parent().unwrap()).unwrap().count(), 1, "no draft is left over");
    }
}
