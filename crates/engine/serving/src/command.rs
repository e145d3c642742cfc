//! The command of a container: its leading words and its flags, with what could be a credential left out.

use syndic_detect::document::Node;

use crate::facts::{Command, Flag};

/// A command has at most this many words.
const MAX_WORDS: usize = 400;

/// Leading words kept; more are arguments whose meaning is unknown.
const MAX_LEADING: usize = 6;

/// Values of these flags are harmless and decide something.
const SAFE_FLAGS: [&str; 36] = [
    "model",
    "model-id",
    "model_id",
    "model-name",
    "served-model-name",
    "revision",
    "m",
    "hf-repo",
    "hf",
    "hf-file",
    "lora-modules",
    "model-path",
    "model-repository",
    "host",
    "bind",
    "ip",
    "port",
    "workers",
    "debug",
    "reload",
    "dashboard-host",
    "app-name",
    "config",
    "auth",
    "trust-remote-code",
    "NotebookApp.ip",
    "ServerApp.ip",
    "quantize",
    "quantization",
    "dtype",
    "gpu-memory-utilization",
    "max-model-len",
    "tensor-parallel-size",
    "backend-store-uri-scheme",
    "protected-mode",
    "tokenizer",
];

impl Command {
    /// Reads a command given as a list of words or as one line.
    pub(crate) fn read_node(node: Node<'_>) -> Self {
        let texts: Vec<String> = if node.is_sequence() {
            node.items().filter_map(|item| item.as_str().map(str::to_owned)).collect()
        } else {
            node.as_str().map(str::to_owned).into_iter().collect()
        };
        Self::read(&texts, node.line())
    }

    /// Reads a command from its words; a word with blanks is a shell line and is split.
    pub(crate) fn read(texts: &[String], line: u32) -> Self {
        let mut words: Vec<String> = Vec::new();
        for text in texts {
            let is_line = text.contains(char::is_whitespace) || texts.len() == 1;
            words.extend(if is_line { split_nested(text) } else { vec![text.clone()] });
            if words.len() > MAX_WORDS {
                words.truncate(MAX_WORDS);
                break;
            }
        }
        let mut command = Self { line, ..Self::default() };
        let mut words = words.into_iter().skip_while(|word| is_wrapper(word)).peekable();
        while let Some(word) = words.next() {
            // `-m` names a module after python, a model after llama-server.
            if word == "-m" && command.words.last().is_some_and(|word| word.contains("python")) {
                continue;
            }
            match flag_name(&word) {
                Some((name, Some(value))) => command.flags.push(Flag::read(name, Some(value))),
                Some((name, None)) => {
                    let value = words.next_if(|next| flag_name(next).is_none());
                    command.flags.push(Flag::read(name, value.as_deref()));
                }
                None => command.add_word(word),
            }
        }
        command
    }

    fn add_word(&mut self, word: String) {
        let is_plain = word.len() <= 120 && word.chars().all(|c| c.is_ascii_alphanumeric() || "._-/:+".contains(c));
        let is_assignment = word.contains('=');
        if is_plain && !is_assignment && self.words.len() < MAX_LEADING {
            self.words.push(word);
        }
    }

    /// Adds what a second part of the command says: arguments after an entry point.
    pub(crate) fn extend(&mut self, other: Self) {
        self.line = if self.line == 0 { other.line } else { self.line };
        let room = MAX_LEADING.saturating_sub(self.words.len());
        self.words.extend(other.words.into_iter().take(room));
        self.flags.extend(other.flags);
    }

    /// Returns the flag with one of these names.
    pub(crate) fn flag(&self, names: &[&str]) -> Option<&Flag> {
        self.flags.iter().find(|flag| names.iter().any(|name| same_flag(name, &flag.name)))
    }

    /// Says whether the words contain this one.
    pub(crate) fn has_word(&self, wanted: &str) -> bool {
        self.words.iter().any(|word| word == wanted || word.rsplit('/').next() == Some(wanted))
    }
}

impl Flag {
    fn read(name: &str, value: Option<&str>) -> Self {
        let is_safe = SAFE_FLAGS.iter().any(|safe| same_flag(safe, name));
        Self {
            name: name.chars().take(80).collect(),
            value: value.filter(|value| is_safe && !value.contains('@')).map(|value| value.chars().take(200).collect()),
            is_empty: value.is_some_and(str::is_empty),
        }
    }
}

/// Splits a shell line, and the line that a shell in it is given by `-c`.
fn split_nested(line: &str) -> Vec<String> {
    let words = split(line);
    let is_shell_option = |word: &String| word.starts_with('-') && word.ends_with('c') && word.len() <= 4;
    let option = words.iter().take(3).position(is_shell_option);
    let nested = option.map(|at| at + 1);
    let split_word = |(index, word): (usize, String)| if Some(index) == nested { split(&word) } else { vec![word] };
    words.into_iter().enumerate().flat_map(split_word).collect()
}

/// Flags are written with `-` or `_` alike.
pub(crate) fn same_flag(one: &str, other: &str) -> bool {
    one.len() == other.len()
        && one.bytes().zip(other.bytes()).all(|(a, b)| a == b || (b"-_".contains(&a) && b"-_".contains(&b)))
}

/// Words before the program itself.
fn is_wrapper(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    matches!(name, "sh" | "bash" | "ash" | "-c" | "-lc" | "-ec" | "exec" | "env" | "tini" | "dumb-init" | "--")
        || (word.contains('=') && !word.starts_with('-'))
}

fn flag_name(word: &str) -> Option<(&str, Option<&str>)> {
    let name = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?;
    if !name.chars().next()?.is_ascii_alphabetic() {
        return None;
    }
    Some(match name.split_once('=') {
        Some((name, value)) => (name, Some(value.trim_matches(['"', '\'']))),
        None => (name, None),
    })
}

/// Splits a shell line into words; quotes group, a backslash takes the next character as it is.
pub(crate) fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut is_open = false;
    let mut quote: Option<char> = None;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some(end), _) if c == end => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                is_open = true;
            }
            (Some('"') | None, '\\') => word.extend(characters.next().filter(|next| *next != '\n')),
            (None, _) if c.is_whitespace() => {
                if is_open || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                is_open = false;
            }
            _ => word.push(c),
        }
        if words.len() > MAX_WORDS {
            return words;
        }
    }
    if is_open || !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Command {
        Command::read(&[line.to_owned()], 1)
    }

    #[test]
    fn words_and_flags_are_told_apart() {
        let command = read("sh -c 'exec vllm serve org/model --host 0.0.0.0 --trust-remote-code'");
        let list = Command::read(&["sh".into(), "-c".into(), "exec vllm serve org/model --host 0.0.0.0".into()], 1);
        for command in [command, list] {
            assert_eq!(command.words, ["vllm", "serve", "org/model"]);
            assert_eq!(command.flag(&["host"]).unwrap().value.as_deref(), Some("0.0.0.0"));
        }
    }

    #[test]
    fn an_empty_token_is_seen_as_empty() {
        for line in ["start-notebook.sh --NotebookApp.token=''", "jupyter lab --ServerApp.token= --no-browser"] {
            let command = read(line);
            assert!(command.flags.iter().any(|flag| flag.name.contains(".token") && flag.is_empty), "{line}");
        }
    }

    #[test]
    fn what_follows_an_unknown_flag_never_stays() {
        let command = read("redis-server --requirepass hunter2hunter2 --appendonly yes");
        assert!(!serde_json::to_string(&command).unwrap().contains("hunter2"));
        assert!(command.flag(&["requirepass"]).is_some());
    }

    proptest::proptest! {
        #[test]
        fn any_line_is_split(line in "\\PC{0,120}") {
            let _ = read(&line);
        }
    }
}
