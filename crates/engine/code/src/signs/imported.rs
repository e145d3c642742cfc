//! Which imports readers know.

use super::around::Around;
use crate::python::last;
use crate::read::vocabulary;

/// Bytes of one import statement that are looked at.
const LONGEST: usize = 4_000;
/// Modules whose functions are known by path alone, with the names that matter.
const FUNCTIONS: &[(&str, &[&str])] = &[
    ("os", &["system", "popen", "execv", "execvp", "spawnv"]),
    ("subprocess", &["run", "call", "as"]),
    ("pickle", &["load", "loads", "dump", "as"]),
    ("_pickle", &["load", "loads", "as"]),
    ("cloudpickle", &["load", "loads", "as"]),
    ("dill", &["load", "loads", "as"]),
    ("joblib", &["load", "dump", "as"]),
    ("marshal", &["loads", "as"]),
    ("yaml", &["load", "as"]),
    ("torch", &["load", "save", "as"]),
    ("urllib.request", &["as"]),
    ("numpy", &["load", "loadtxt", "save", "savez"]),
    ("duckdb", &["sql", "query", "execute", "as"]),
    (
        "litellm",
        &["completion", "acompletion", "embedding", "aembedding", "text_completion", "responses", "aresponses"],
    ),
];

/// Says whether the statement that a word begins imports something readers know.
pub(super) fn tells(path: &str, word: Around<'_>) -> bool {
    let Some(statement) = statement(word) else { return false };
    let rest = statement.get(word.end - word.start..).unwrap_or_default();
    if !statement.starts_with("from") {
        return rest.split(',').any(|item| {
            let mut words =
                item.split(|sign: char| sign.is_whitespace() || sign == '\\').filter(|word| !word.is_empty());
            let module = words.next().unwrap_or_default();
            is_known(path, module) || words.next() == Some("as") && is_renamed(module, module)
        });
    }
    let parted = rest.split_once(" import").or_else(|| rest.split_once("\timport"));
    let Some((module, names)) = parted else { return false };
    let module = module.trim_matches(|sign: char| sign.is_whitespace() || sign == '\\');
    if is_known(path, module) {
        return true;
    }
    let functions = functions(module);
    let is_model = vocabulary::is_called_after_model(last(module));
    let is_space = vocabulary::is_namespace_of_ai(module);
    let renames = names.contains(" as ");
    if functions.is_none() && !is_model && !is_space && !renames {
        return false;
    }
    let names = names.split(|sign: char| !(sign.is_alphanumeric() || sign == '_')).filter(|name| !name.is_empty());
    let mut names = names.peekable();
    std::iter::from_fn(|| Some((names.next()?, names.peek() == Some(&"as")))).any(|(name, is_renaming)| {
        functions.is_some_and(|known| known.contains(&name))
            || is_model && vocabulary::is_method_of_model(name)
            || is_space && is_known(path, &format!("{module}.{name}"))
            || is_renaming && is_renamed(module, name)
    })
}

/// The statement from its first word to its end; nothing if the word begins none.
fn statement(word: Around<'_>) -> Option<&str> {
    let text = word.text;
    let before = text.get(..word.start)?.as_bytes();
    let blank = before.iter().rposition(|byte| !matches!(byte, b' ' | b'\t'));
    if !blank.and_then(|at| before.get(at)).is_none_or(|byte| matches!(byte, b'\n' | b'\r' | b';' | b':')) {
        return None;
    }
    let mut rest = text.get(word.start..)?;
    if rest.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|end| rest.is_char_boundary(*end))?;
        rest = rest.get(..end)?;
    }
    let line = rest.find(['\n', '\r', ';']).unwrap_or(rest.len());
    let is_open = rest.get(..line)?.contains(['(', '\\']);
    let end = if is_open { rest.find(')').unwrap_or(rest.len()) } else { line };
    rest.get(..end)
}

/// Says whether readers know a module, or a package of AI that the file is not itself part of.
fn is_known(path: &str, module: &str) -> bool {
    vocabulary::is_telling_module(module) || vocabulary::is_package_of_ai(path, module)
}

fn functions(module: &str) -> Option<&'static [&'static str]> {
    FUNCTIONS.iter().find(|(known, _)| *known == module).map(|(_, names)| *names)
}

/// `from app import my_llm as m`, `import pickle as p`: the new name no longer says what it is.
fn is_renamed(module: &str, name: &str) -> bool {
    vocabulary::is_called_after_model(last(name)) || functions(module).is_some_and(|names| names.contains(&"as"))
}
