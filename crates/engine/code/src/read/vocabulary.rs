//! The words of the readers' tables, for [`crate::signs`]: what a text must hold for a reader to find anything in it.

use std::sync::LazyLock;

use syndic_detect::AiCatalogue;

use super::{agents, asked, clients, completions, executors, files, imports, models, providers, routes, stores, tools};
use crate::maps::HashSet;

/// Modules that readers know beside those of their tables and of the catalogue.
const OTHER_MODULES: &[&str] =
    &["airflow", "prefect", "dagster", "flytekit", "modal", "ultralytics", "fasttext", "skops", "catboost", "ninja"];
/// Beginnings of modules of families.
const FAMILIES: &[&str] = &["langchain", "autogen", "llama_index", "haystack"];

/// Executors whose last part alone says nothing: [`crate::signs`] has them with what stands before them.
const ELSEWHERE: &[&str] = &["run", "call", "sql", "query", "invoke", "spawn", "eval", "exec", "system"];

/// Endings of calls that ask a model or make a client of one.
pub(crate) fn questions() -> impl Iterator<Item = &'static str> {
    completions::paths().chain(asked::endings()).chain(clients::paths()).filter(|path| path.contains('.'))
}

/// Last parts of the paths of what runs a text.
pub(crate) fn executors() -> impl Iterator<Item = &'static str> {
    executors::names().filter(|name| !ELSEWHERE.contains(name) && !executors::SQL_METHODS.contains(name))
}

/// Methods that ask a model when what they are called on is one.
pub(crate) fn methods_of_models() -> impl Iterator<Item = &'static str> {
    completions::METHODS.iter().copied()
}

/// Says whether a method asks a model when what it is called on is one.
pub(crate) fn is_method_of_model(method: &str) -> bool {
    completions::METHODS.contains(&method)
}

/// Says whether a variable's name says that it holds a model, chain, agent or graph.
pub(crate) fn is_called_after_model(variable: &str) -> bool {
    let variable = variable.to_ascii_lowercase();
    completions::is_called_after_model(&variable) || matches!(variable.as_str(), "graph" | "workflow")
}

/// Says whether a variable's name says that it holds a database or a connection to one.
pub(crate) fn is_called_after_database(variable: &str) -> bool {
    executors::is_called_after_database(&variable.to_ascii_lowercase())
}

/// Says whether a decorator of this name registers a function for requests, or offers it to a model.
pub(crate) fn is_telling_decorator(name: &str, is_call: bool) -> bool {
    is_call && routes::is_verb(name) || tools::is_decorator(name)
}

/// Says whether a method asks a model when it is given a model and messages.
pub(crate) fn is_shaped(method: &str) -> bool {
    completions::SHAPED.contains(&method)
}

/// Says whether what follows this part of a text belongs to it: no blank parts them, as it would in prose.
pub(crate) fn is_unbroken(before: &str) -> bool {
    let end = before.bytes().rev().find(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'}'));
    end.is_none_or(|byte| !byte.is_ascii_whitespace())
}

/// Paths of inference servers.
pub(crate) fn server_paths() -> impl Iterator<Item = &'static str> {
    completions::SERVER_PATHS.iter().copied().chain(["/v1/embeddings"])
}

/// Endings of models and datasets.
pub(crate) fn file_endings() -> impl Iterator<Item = &'static str> {
    files::endings()
}

/// First parts of the modules readers know.
static ROOTS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let lists = [completions::ROOTS, models::ROOTS, OTHER_MODULES].into_iter().flatten().copied();
    lists
        .chain(providers::roots())
        .chain(agents::roots())
        .chain(stores::roots())
        .filter(|root| *root != GOOGLE)
        .collect()
});
/// First parts of the packages of the catalogue whose modules have several, which other packages have too.
static NAMESPACES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let sdks = AiCatalogue::builtin().sdks().iter().filter(|sdk| sdk.ecosystem == "pypi");
    sdks.filter_map(|sdk| sdk.import.split_once('.')).map(|(root, _)| root).chain([GOOGLE]).collect()
});
const GOOGLE: &str = "google";
/// Modules of Google that readers know.
const OF_GOOGLE: [&str; 4] = ["google.genai", "google.generativeai", "google.adk", "google.cloud.bigquery"];

/// Says whether readers know what a module makes, even in a file that is part of it.
pub(crate) fn is_telling_module(module: &str) -> bool {
    let root = providers::first(module);
    ROOTS.contains(root)
        || FAMILIES.iter().any(|family| root.starts_with(family))
        || root == GOOGLE && OF_GOOGLE.iter().any(|known| module.starts_with(known))
}

/// Says whether a module may hold packages of AI beside others.
pub(crate) fn is_namespace_of_ai(module: &str) -> bool {
    NAMESPACES.contains(providers::first(module))
}

/// Says whether a module is of a package of the catalogue that the file is not itself part of.
pub(crate) fn is_package_of_ai(path: &str, module: &str) -> bool {
    !module.is_empty()
        && !module.starts_with('.')
        && imports::sdk(module).is_some_and(|sdk| !imports::is_own(path, sdk.import))
}
