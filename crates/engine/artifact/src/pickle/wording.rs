//! What the name of a function on no list says it does.
//!
//! Nobody has read what an unlisted function does, but one that is called `run_command` with a text runs it. Functions
//! that rebuild objects are called otherwise, and what they are given is state.

/// What a name speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wording {
    /// Nothing that reaches out of the process.
    Plain,
    /// Running, evaluating, starting.
    Runs,
    /// Reading, importing or writing what a text names.
    Reaches,
}

/// Words for running something, whatever it is given.
const RUNNING: [&str; 21] = [
    "subprocess",
    "exec",
    "execute",
    "eval",
    "evaluate",
    "popen",
    "spawn",
    "shell",
    "system",
    "command",
    "cmd",
    "run",
    "runner",
    "bash",
    "sh",
    "launch",
    "invoke",
    "compile",
    "interpret",
    "fork",
    "sudo",
];
/// Words for running something that no honest class is named with.
const RUNNING_CLASS: [&str; 6] = ["subprocess", "exec", "eval", "popen", "spawn", "shell"];
/// Words for reaching what a text names.
const REACHING: [&str; 32] = [
    "import", "imports", "imported", "importer", "load", "loads", "loader", "open", "read", "fetch", "download",
    "upload", "urlopen", "request", "source", "include", "require", "required", "resolve", "locate", "write", "save",
    "dump", "touch", "mkdir", "makedirs", "delete", "remove", "unlink", "rename", "copy", "extract",
];

/// Returns what the last part of a dotted name speaks of.
pub(super) fn of(name: &str, is_class: bool) -> Wording {
    let last = name.rsplit('.').next().unwrap_or(name);
    let speaks_of = |words: &[&str]| words_of(last).iter().any(|word| words.contains(&word.as_str()));
    let running: &[&str] = if is_class { &RUNNING_CLASS } else { &RUNNING };
    if speaks_of(running) {
        Wording::Runs
    } else if !is_class && speaks_of(&REACHING) {
        Wording::Reaches
    } else {
        Wording::Plain
    }
}

/// Words of `snake_case` and `CamelCase`, in lower case.
fn words_of(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut was_small = false;
    for letter in name.chars() {
        if !letter.is_ascii_alphabetic() {
            was_small = false;
            words.push(String::new());
            continue;
        }
        if words.is_empty() || (was_small && letter.is_ascii_uppercase()) {
            words.push(String::new());
        }
        was_small = letter.is_ascii_lowercase();
        if let Some(word) = words.last_mut() {
            word.push(letter.to_ascii_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_run_or_reach_are_told_from_names_that_build() {
        for name in
            ["tool.testing.run_for_testing", "a.process._exec_cmd", "b.evalExpression", "c.spawn", "d.shell_out"]
        {
            assert_eq!(of(name, false), Wording::Runs, "{name}");
        }
        for name in ["a.utils.import_required", "b.readFile", "c.load"] {
            assert_eq!(of(name, false), Wording::Reaches, "{name}");
        }
        for name in ["a.truncate", "b.loading_bar", "c.unrunnable", "d.shape", "e.rebuild_model", "f.systematic"] {
            assert_eq!(of(name, false), Wording::Plain, "{name}");
        }
    }

    #[test]
    fn classes_need_clearer_words() {
        assert_eq!(of("a.ShellTask", true), Wording::Runs);
        assert_eq!(of("a.PopenWrapper", true), Wording::Runs);
        assert_eq!(of("a.ModelRunner", true), Wording::Plain);
        assert_eq!(of("a.ImageLoader", true), Wording::Plain);
    }
}
