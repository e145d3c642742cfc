//! The readers, one a format: text in, facts out.

pub(crate) mod address;
mod cargo;
mod conda;
mod golang;
mod jvm;
mod npm;
mod npm_locks;
mod options;
mod pipfile;
mod pyproject;
mod python_locks;
pub(crate) mod requirements;
mod settings;
mod setup_cfg;
pub(crate) mod specifier;

use syndic_detect::document::{Document, DocumentError, parse_json, parse_toml, parse_yaml};

use crate::ManifestKind;
use crate::facts::Facts;

/// A text larger than this is not read, in bytes.
const MAX_TEXT: usize = 32 * 1024 * 1024;

/// More requirements than this are not kept from one file.
pub(crate) const MAX_REQUIREMENTS: usize = 50_000;

/// More indexes than this are not kept from one file.
const MAX_INDEXES: usize = 1_000;

/// A name, specifier or address longer than this is cut, in bytes.
pub(crate) const MAX_FIELD: usize = 300;

/// Reads `text` into `facts`; returns what could not be read and why.
pub(crate) fn read(text: &str, facts: &mut Facts) -> Vec<String> {
    if text.len() > MAX_TEXT {
        return vec![format!("{}: larger than {MAX_TEXT} bytes", facts.path)];
    }
    let mut problems = Vec::new();
    if facts.kind == ManifestKind::Requirements {
        problems.extend(requirements::unread(text).map(|lines| format!("{}: {lines}", facts.path)));
    }
    if let Err(error) = read_kind(text, facts) {
        problems.push(format!("{}: {error}", facts.path));
    }
    if facts.requirements.len() > MAX_REQUIREMENTS {
        facts.requirements.truncate(MAX_REQUIREMENTS);
        problems.push(format!("{}: more than {MAX_REQUIREMENTS} requirements, the rest is not read", facts.path));
    }
    if facts.indexes.len() > MAX_INDEXES {
        facts.indexes.truncate(MAX_INDEXES);
        problems.push(format!("{}: more than {MAX_INDEXES} indexes, the rest is not read", facts.path));
    }
    facts.unread.clone_from(&problems);
    problems
}

fn read_kind(text: &str, facts: &mut Facts) -> Result<(), DocumentError> {
    let document = |parse: fn(&str) -> Result<Document, DocumentError>| parse(text);
    match facts.kind {
        ManifestKind::Requirements => requirements::read(text, facts),
        ManifestKind::InstallCommands => settings::read_commands(text, facts),
        ManifestKind::PipConf => settings::read_pip_conf(text, facts),
        ManifestKind::Npmrc => settings::read_npmrc(text, facts),
        ManifestKind::SetupCfg => setup_cfg::read(text, facts),
        ManifestKind::YarnLock => npm_locks::read_yarn(text, facts),
        ManifestKind::GoMod => golang::read_mod(text, facts),
        ManifestKind::GoSum => golang::read_sum(text, facts),
        ManifestKind::Pom => jvm::read_pom(text, facts),
        ManifestKind::Gradle => jvm::read_gradle(text, facts),
        ManifestKind::Pyproject => pyproject::read(document(parse_toml)?.root(), facts),
        ManifestKind::UvToml => pyproject::read_uv(document(parse_toml)?.root(), facts),
        ManifestKind::Pylock => python_locks::read_pylock(document(parse_toml)?.root(), facts),
        ManifestKind::PoetryLock | ManifestKind::UvLock | ManifestKind::PdmLock => {
            python_locks::read_packages(document(parse_toml)?.root(), facts);
        }
        ManifestKind::Pipfile => pipfile::read(document(parse_toml)?.root(), facts),
        ManifestKind::PipfileLock => pipfile::read_lock(document(parse_json)?.root(), facts),
        ManifestKind::CondaEnvironment => parse_yaml(text)?.iter().for_each(|found| conda::read(found.root(), facts)),
        ManifestKind::PackageJson => npm::read(document(parse_json)?.root(), facts),
        ManifestKind::PackageLock => npm_locks::read_npm(document(parse_json)?.root(), facts),
        ManifestKind::BunLock => npm_locks::read_bun(document(parse_json)?.root(), facts),
        ManifestKind::PnpmLock => parse_yaml(text)?.iter().for_each(|found| npm_locks::read_pnpm(found.root(), facts)),
        ManifestKind::CargoToml => cargo::read(document(parse_toml)?.root(), facts),
        ManifestKind::CargoLock => cargo::read_lock(document(parse_toml)?.root(), facts),
    }
    Ok(())
}

/// Cuts a text from hostile input to [`MAX_FIELD`].
pub(crate) fn cut(text: &str) -> String {
    let mut end = text.len().min(MAX_FIELD);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}
