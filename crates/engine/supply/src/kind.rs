//! What kind of manifest a file is, by its name and by what stands in it.
//!
//! Invariant: content decides, except for names that tools look for: under such a name a broken text is still that
//! manifest, so that the fault is reported and the file does not vanish.

use serde::{Deserialize, Serialize};
use syndic_detect::document::parse_yaml;

use crate::facts::Role;
use crate::read::requirements::{has_content, has_requirement, looks_like_requirements, looks_pinned};

/// The head of a file that is enough to tell its kind, in bytes.
const HEAD: usize = 64 * 1024;

/// A kind of dependency manifest, lock file or installer setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ManifestKind {
    /// pip requirements or constraints.
    Requirements,
    /// `pyproject.toml`.
    Pyproject,
    /// `pylock.toml` (PEP 751).
    Pylock,
    /// `poetry.lock`.
    PoetryLock,
    /// `uv.lock`.
    UvLock,
    /// `pdm.lock`.
    PdmLock,
    /// `Pipfile`.
    Pipfile,
    /// `Pipfile.lock`.
    PipfileLock,
    /// `setup.cfg`.
    SetupCfg,
    /// A conda environment.
    CondaEnvironment,
    /// `package.json`.
    PackageJson,
    /// `package-lock.json`, `npm-shrinkwrap.json`.
    PackageLock,
    /// `pnpm-lock.yaml`.
    PnpmLock,
    /// `yarn.lock`.
    YarnLock,
    /// `bun.lock`.
    BunLock,
    /// `Cargo.toml`.
    CargoToml,
    /// `Cargo.lock`.
    CargoLock,
    /// `go.mod`.
    GoMod,
    /// `go.sum`.
    GoSum,
    /// `pom.xml`.
    Pom,
    /// `build.gradle`, `build.gradle.kts`.
    Gradle,
    /// `pip.conf`, `pip.ini`.
    PipConf,
    /// `uv.toml`.
    UvToml,
    /// `.npmrc`.
    Npmrc,
    /// A Dockerfile, script, CI file or `.env` that tells an installer where to look.
    InstallCommands,
}

impl ManifestKind {
    /// Returns the ecosystem by the name package URLs use; nothing for commands and settings of no one ecosystem.
    pub const fn ecosystem(self) -> &'static str {
        match self {
            Self::PackageJson | Self::PackageLock | Self::PnpmLock | Self::YarnLock | Self::BunLock | Self::Npmrc => {
                "npm"
            }
            Self::CargoToml | Self::CargoLock => "cargo",
            Self::GoMod | Self::GoSum => "golang",
            Self::Pom | Self::Gradle => "maven",
            _ => "pypi",
        }
    }

    /// Says whether the file is a lock file: a collector sets `has_lock` for manifests of its ecosystem.
    pub const fn is_lock(self) -> bool {
        matches!(
            self,
            Self::Pylock
                | Self::PoetryLock
                | Self::UvLock
                | Self::PdmLock
                | Self::PipfileLock
                | Self::PackageLock
                | Self::PnpmLock
                | Self::YarnLock
                | Self::BunLock
                | Self::CargoLock
                | Self::GoSum
        )
    }

    /// Says whether the file lists packages, so that it is an asset of its own; settings and commands are not.
    pub const fn lists_packages(self) -> bool {
        !matches!(self, Self::PipConf | Self::UvToml | Self::Npmrc | Self::InstallCommands)
    }

    /// Returns what such a file is for, as far as kind and name tell.
    pub(crate) fn usual_role(self, path: &str) -> Role {
        match self {
            Self::Requirements | Self::CondaEnvironment => requirements_role(path),
            Self::Pipfile | Self::GoMod => Role::Application,
            Self::Pyproject | Self::SetupCfg | Self::PackageJson | Self::CargoToml | Self::Pom | Self::Gradle => {
                Role::Library
            }
            Self::PipConf | Self::UvToml | Self::Npmrc | Self::InstallCommands => Role::Settings,
            _ => Role::Lock,
        }
    }
}

fn requirements_role(path: &str) -> Role {
    const DEVELOPMENT: [&str; 16] = [
        "dev",
        "develop",
        "development",
        "test",
        "tests",
        "testing",
        "doc",
        "docs",
        "lint",
        "linting",
        "ci",
        "typing",
        "mypy",
        "bench",
        "benchmark",
        "build",
    ];
    let lower = path.to_ascii_lowercase();
    let mut parts = lower.rsplit('/');
    let name = parts.next().unwrap_or_default();
    if name.contains("constraint") {
        return Role::Constraints;
    }
    if name.rsplit_once('.').is_some_and(|(_, extension)| extension == "in") {
        return Role::Source;
    }
    let is_development = name.split(['.', '-', '_']).any(|word| DEVELOPMENT.contains(&word));
    if is_development { Role::Development } else { Role::Installed }
}

/// Tells what kind of manifest a file is; nothing if it is none.
///
/// ```
/// use syndic_supply::{ManifestKind, recognise};
/// assert_eq!(recognise("api/requirements.txt", "torch==2.4.0\n"), Some(ManifestKind::Requirements));
/// assert_eq!(recognise("requirements-list.txt", "We require a quiet room and good coffee."), None);
/// ```
pub fn recognise(path: &str, text: &str) -> Option<ManifestKind> {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or_default();
    let head = head(text);
    by_exact_name(name, head)
        .or_else(|| requirements_by_name(&lower, name, head))
        .or_else(|| conda_by_name(name, head, text))
        .or_else(|| commands(&lower, name, text))
}

fn head(text: &str) -> &str {
    let mut end = text.len().min(HEAD);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

fn by_exact_name(name: &str, head: &str) -> Option<ManifestKind> {
    let object = head.trim_start_matches('\u{feff}').trim_start().starts_with('{');
    let has_line = |start: &str| head.lines().any(|line| line.trim_start().starts_with(start));
    let (kind, fits) = match name {
        "pyproject.toml" => (ManifestKind::Pyproject, has_line("[")),
        "poetry.lock" => (ManifestKind::PoetryLock, has_line("[[package]]") || has_line("[metadata]")),
        "uv.lock" => (ManifestKind::UvLock, has_line("[[package]]") || has_line("version")),
        "pdm.lock" => (ManifestKind::PdmLock, has_line("[[package]]") || has_line("[metadata]")),
        "pipfile" => (ManifestKind::Pipfile, has_line("[")),
        "pipfile.lock" => (ManifestKind::PipfileLock, object && head.contains("\"_meta\"")),
        "setup.cfg" => (ManifestKind::SetupCfg, has_line("install_requires") || has_line("[options")),
        "package.json" => (ManifestKind::PackageJson, object),
        "package-lock.json" | "npm-shrinkwrap.json" => {
            (ManifestKind::PackageLock, object && head.contains("\"lockfileVersion\""))
        }
        "pnpm-lock.yaml" => (ManifestKind::PnpmLock, has_line("lockfileVersion")),
        "yarn.lock" => (ManifestKind::YarnLock, head.contains("yarn lockfile") || has_line("__metadata:")),
        "bun.lock" => (ManifestKind::BunLock, object && head.contains("\"lockfileVersion\"")),
        "cargo.toml" => (ManifestKind::CargoToml, has_line("[")),
        "cargo.lock" => (ManifestKind::CargoLock, has_line("[[package]]") || has_line("version")),
        "go.mod" => (ManifestKind::GoMod, has_line("module ")),
        "go.sum" => (ManifestKind::GoSum, head.contains(" h1:")),
        "pom.xml" => (ManifestKind::Pom, head.contains("<project")),
        "build.gradle" | "build.gradle.kts" => (ManifestKind::Gradle, head.contains("dependencies")),
        "pip.conf" | "pip.ini" | ".pydistutils.cfg" => (ManifestKind::PipConf, has_line("[")),
        "uv.toml" => (ManifestKind::UvToml, head.contains('=') || has_line("[")),
        ".npmrc" | ".yarnrc" => (ManifestKind::Npmrc, head.contains('=') || has_line("registry")),
        _ if name.starts_with("pylock.") && has_extension(name, "toml") => {
            (ManifestKind::Pylock, has_line("lock-version"))
        }
        _ => return None,
    };
    (fits || (is_unmistakable(kind) && !head.trim().is_empty())).then_some(kind)
}

/// Kinds whose file has a name that means nothing else and a syntax that tells a broken file from a sound one.
const fn is_unmistakable(kind: ManifestKind) -> bool {
    matches!(
        kind,
        ManifestKind::Pyproject
            | ManifestKind::Pylock
            | ManifestKind::PoetryLock
            | ManifestKind::UvLock
            | ManifestKind::PdmLock
            | ManifestKind::Pipfile
            | ManifestKind::PipfileLock
            | ManifestKind::PackageJson
            | ManifestKind::PackageLock
            | ManifestKind::BunLock
            | ManifestKind::PnpmLock
            | ManifestKind::CargoToml
            | ManifestKind::CargoLock
            | ManifestKind::UvToml
    )
}

fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(stem, end)| end == extension && !stem.is_empty())
}

fn requirements_by_name(path: &str, name: &str, head: &str) -> Option<ManifestKind> {
    let is_text = ["txt", "in", "pip"].iter().any(|extension| has_extension(name, extension));
    if !is_text || path.contains(".egg-info/") {
        return None;
    }
    let in_folder = path.rsplit('/').nth(1).is_some_and(|folder| folder == "requirements" || folder == "reqs");
    let named = name.contains("requirement") || name.contains("constraint") || name.starts_with("reqs") || in_folder;
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let is_conventional = ["requirements", "constraints"]
        .iter()
        .filter_map(|word| stem.strip_prefix(word))
        .any(|rest| rest.is_empty() || rest.starts_with(['-', '_', '.']));
    let fits = match name {
        "requirements.txt" => has_content(head),
        _ if is_conventional => has_requirement(head),
        _ if named => looks_like_requirements(head) || has_requirement(head) && in_folder,
        _ => looks_pinned(head),
    };
    fits.then_some(ManifestKind::Requirements)
}

fn conda_by_name(name: &str, head: &str, text: &str) -> Option<ManifestKind> {
    if !has_extension(name, "yml") && !has_extension(name, "yaml") {
        return None;
    }
    let has_line = |start: &str| head.lines().any(|line| line.starts_with(start));
    let is_named = name.contains("environment") || name.contains("conda") || name.starts_with("env");
    let fits = has_line("dependencies:") && (has_line("channels:") || (is_named && has_line("name:")));
    let is_exact = matches!(name, "environment.yml" | "environment.yaml") && head.contains("dependencies");
    let is_broken = || is_exact && parse_yaml(text).is_err();
    (fits || is_broken()).then_some(ManifestKind::CondaEnvironment)
}

/// Files that call installers count only when they say something about where to look.
fn commands(path: &str, name: &str, text: &str) -> Option<ManifestKind> {
    const TELLING: [&str; 10] = [
        "git+https://",
        "git+ssh://",
        "--extra-index-url",
        "--index-url",
        "--trusted-host",
        "--find-links",
        "PIP_EXTRA_INDEX_URL",
        "PIP_INDEX_URL",
        "PIP_TRUSTED_HOST",
        "UV_EXTRA_INDEX_URL",
    ];
    let is_image = name.starts_with("dockerfile") || name.starts_with("containerfile") || name.contains("dockerfile");
    let is_script = ["sh", "bash", "ps1", "bat", "mk"].iter().any(|extension| has_extension(name, extension));
    let is_ci = path.contains(".github/workflows/") || path.contains(".circleci/") || name == ".gitlab-ci.yml";
    let is_compose = name.contains("compose") && (has_extension(name, "yml") || has_extension(name, "yaml"));
    let is_settings =
        name == "makefile" || name == "justfile" || name.starts_with(".env") || has_extension(name, "env");
    let fits =
        (is_image || is_script || is_ci || is_compose || is_settings) && TELLING.iter().any(|word| text.contains(word));
    fits.then_some(ManifestKind::InstallCommands)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_under_a_manifest_name_is_no_manifest() {
        for (path, text) in [
            ("requirements-system.txt", "The system shall answer within two seconds.\nIt shall not leak data.\n"),
            ("requirements_spec.txt", "Introduction\nThe system shall answer soon.\nIt shall not leak data.\n"),
            ("requirements.txt", "# nothing yet\n"),
            ("go.mod", "golang rocks"),
            ("notes.txt", "hello\nworld\n"),
            ("environment.yml", "staging: true\n"),
        ] {
            assert_eq!(recognise(path, text), None, "{path}");
        }
    }

    #[test]
    fn a_broken_text_keeps_the_manifest_its_name_makes_it() {
        for (path, kind) in [
            ("requirements.txt", ManifestKind::Requirements),
            ("pyproject.toml", ManifestKind::Pyproject),
            ("poetry.lock", ManifestKind::PoetryLock),
            ("uv.lock", ManifestKind::UvLock),
            ("Pipfile", ManifestKind::Pipfile),
            ("package.json", ManifestKind::PackageJson),
            ("Cargo.toml", ManifestKind::CargoToml),
        ] {
            assert_eq!(recognise(path, "<<<<<<< HEAD <\n"), Some(kind), "{path}");
        }
        assert_eq!(recognise("environment.yml", "{dependencies: ["), Some(ManifestKind::CondaEnvironment));
        assert_eq!(recognise("requirements-gpu.in", "openai\n<x>==1\n"), Some(ManifestKind::Requirements));
    }

    #[test]
    fn pinned_lists_are_known_whatever_their_name() {
        assert_eq!(recognise("deploy/frozen.txt", "numpy==1.26.0\ntorch==2.4.0\n"), Some(ManifestKind::Requirements));
    }

    #[test]
    fn roles_follow_the_name() {
        let role = |path: &str| ManifestKind::Requirements.usual_role(path);
        assert_eq!(role("requirements.txt"), Role::Installed);
        assert_eq!(role("requirements-dev.txt"), Role::Development);
        assert_eq!(role("requirements/lint.txt"), Role::Development);
        assert_eq!(role("requirements.in"), Role::Source);
        assert_eq!(role("constraints.txt"), Role::Constraints);
        assert_eq!(role("requirements-device.txt"), Role::Installed);
    }
}
