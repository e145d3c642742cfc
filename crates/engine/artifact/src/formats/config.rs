//! Configuration beside models: chat templates, code named by key or tag, code of the repository itself.
//!
//! Sources: Transformers `auto_map` and `trust_remote_code`; Hydra `_target_`; Lightning `class_path`; PyYAML's Python
//! tags; Python `logging.config`.

use std::io;

use syndic_detect::{ReadAt, read_vec_at};

use super::json_events::{self, Listener};
use super::{carried, chat_template, config_text, keras, named_code, python_code, saved_model, targets, yaml_tags};
use crate::facts::{Facts, ObservationKind};

/// Bytes of a configuration file held at a time, and how many of them are looked at again with the next ones.
const WINDOW_BYTES: usize = 4 * 1024 * 1024;
const OVERLAP_BYTES: usize = 16 * 1024;
/// Bytes of a configuration file read.
const MAX_BYTES: u64 = 1024 * 1024 * 1024;
/// What a file must mention to be worth reading.
const MARKS: [&str; 11] = [
    "chat_template",
    "_target_",
    "class_path",
    "auto_map",
    "{{",
    "custom_pipelines",
    "loader_module",
    "model_code_path",
    "\"py/",
    "class_name",
    "\"type\"",
];
/// Keys whose text names a callable.
pub(super) const TARGET_KEYS: [&str; 3] = ["_target_", "class_path", "()"];
/// Endings of text in which configuration is only talked about.
const PROSE: [&str; 8] = [".md", ".rst", ".py", ".pyi", ".html", ".tex", ".ipynb", ".log"];
/// Reads a text file.
pub(super) fn read(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let path = facts.path.to_ascii_lowercase();
    if python_code::is_of_repository(&path) {
        return each_window(source, facts, |text, facts| python_code::read(text, None, facts));
    }
    if PROSE.iter().any(|ending| path.ends_with(ending)) {
        return Ok(());
    }
    let mut is_marked = path.ends_with(".jinja") || path.ends_with(".jinja2");
    each_window(source, facts, |text, facts| {
        yaml_tags::read(text, facts);
        saved_model::read_text(text, facts);
        if path.ends_with(".pth") {
            python_code::read_path_file(text, facts);
        }
        let says_so =
            |text: &str| MARKS.iter().any(|mark| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some());
        is_marked |= says_so(text) || config_text::unescaped(text).is_some_and(|plain| says_so(&plain));
    })?;
    carried::read_text(source, facts)?;
    if !is_marked {
        return Ok(());
    }
    if path.ends_with(".jinja") || path.ends_with(".jinja2") {
        return each_window(source, facts, |text, facts| template(text, "the file", facts));
    }
    let is_sixteen_bit = config_text::is_sixteen_bit(&read_vec_at(source, 0, 4)?);
    let is_json = if is_sixteen_bit {
        let text = config_text::decoded(read_vec_at(source, 0, WINDOW_BYTES)?);
        json_events::read_whole(&text.into_bytes(), &mut Keys::new(facts))?
    } else {
        json_events::read_whole(source, &mut Keys::new(facts))?
    };
    if is_json && !is_sixteen_bit {
        // The layers of a Keras model, kept as JSON without its weights.
        keras::described(source, facts)?;
    }
    if !is_json {
        let is_mlflow = path.rsplit('/').next() == Some("mlmodel");
        each_window(source, facts, |text, facts| text_keys(text, is_mlflow, facts))?;
    }
    Ok(())
}

/// Hands over the text of a file piece by piece.
fn each_window(source: &dyn ReadAt, facts: &mut Facts, mut take: impl FnMut(&str, &mut Facts)) -> io::Result<()> {
    let is_sixteen_bit = config_text::is_sixteen_bit(&read_vec_at(source, 0, 4)?);
    let mut position = 0_u64;
    while position < source.len() {
        if position >= MAX_BYTES || (is_sixteen_bit && position > 0) {
            facts.skip(format!("configuration: only the first {position} bytes were read"));
            return Ok(());
        }
        let window = read_vec_at(source, position, WINDOW_BYTES)?;
        let is_last = window.len() < WINDOW_BYTES;
        take(&config_text::decoded(window), facts);
        if is_last {
            break;
        }
        position += (WINDOW_BYTES - OVERLAP_BYTES) as u64;
    }
    Ok(())
}

fn text_keys(text: &str, is_mlflow: bool, facts: &mut Facts) {
    targets::read(text, facts);
    if let Some(plain) = config_text::unescaped(text) {
        targets::read(&plain, facts);
    }
    if is_mlflow {
        mlflow(text, facts);
    }
}

fn template(text: &str, place: &str, facts: &mut Facts) {
    let found = chat_template::suspicious(text);
    if !found.is_empty() {
        let detail = format!("the chat template in {place} uses {}", found.join(", "));
        facts.observe(ObservationKind::GgufTemplate, place, detail);
    }
}

/// Hears of the keys of a JSON document.
struct Keys<'f> {
    facts: &'f mut Facts,
    open: Vec<String>,
    /// Classes named by a key that has the loader import code of the repository.
    remote: Vec<String>,
    /// Whether it is the list of the modules of a sentence encoder.
    is_modules: bool,
}

/// Keys whose values are code of the repository.
const REMOTE_KEYS: [&str; 2] = ["auto_map", "custom_pipelines"];
/// Longest key kept.
const MAX_KEY: usize = 64;
/// Classes shown.
const MAX_SHOWN: usize = 4;

impl<'f> Keys<'f> {
    fn new(facts: &'f mut Facts) -> Self {
        let is_modules = facts.path.rsplit('/').next() == Some("modules.json");
        Self { facts, open: Vec::new(), remote: Vec::new(), is_modules }
    }

    fn is_in(&self, key: &str) -> bool {
        self.open.last().is_some_and(|open| open == key)
    }
}

impl Listener for Keys<'_> {
    fn open(&mut self, key: &str) {
        self.open.push(key.chars().take(MAX_KEY).collect());
    }

    fn text(&mut self, key: &str, text: &str) {
        if key == "chat_template" || self.is_in("chat_template") {
            template(text, "key `chat_template`", self.facts);
        } else if TARGET_KEYS.contains(&key) {
            named_code::note_target(text, &format!("key `{key}`"), self.facts);
        } else if key == "type" && self.is_modules && !text.starts_with("sentence_transformers.") {
            let detail = format!("key `type` has Sentence Transformers import `{text}`");
            self.facts.observe(ObservationKind::RemoteCode, text, detail);
        } else if key.starts_with("py/") {
            jsonpickle(key, text, self.facts);
        } else if REMOTE_KEYS.iter().any(|remote| self.is_in(remote)) && self.remote.len() < MAX_SHOWN {
            self.remote.push(text.chars().take(MAX_KEY * 2).collect());
        }
    }

    fn close(&mut self) {
        let Some(key) = self.open.pop().filter(|_| !self.remote.is_empty()) else { return };
        if REMOTE_KEYS.contains(&key.as_str()) {
            let named = std::mem::take(&mut self.remote).join(", ");
            let detail = format!("`{key}` has the loader import code of the repository: {named}");
            self.facts.observe(ObservationKind::RemoteCode, key, detail);
        }
    }
}

/// What jsonpickle imports, builds or evaluates when it reads a document. Source: `jsonpickle.tags`.
fn jsonpickle(key: &str, text: &str, facts: &mut Facts) {
    match key {
        "py/object" | "py/type" | "py/function" | "py/class" | "py/newobj" => {
            named_code::note(text, &format!("key `{key}`"), facts);
        }
        "py/repr" => {
            let shown: String = text.chars().take(MAX_KEY).collect();
            let detail = format!("key `py/repr` has jsonpickle evaluate `{shown}`");
            facts.observe(ObservationKind::NamedCode, "py/repr", detail);
        }
        _ => {}
    }
}

/// The description of an MLflow model: the module that loads it, and the folder of code that is put in front of all others.
fn mlflow(text: &str, facts: &mut Facts) {
    for line in text.lines().map(str::trim) {
        let Some((key, value)) = line.split_once(':') else { continue };
        let value = value.trim().trim_matches(['"', '\'']);
        let is_nothing = value.is_empty() || value == "null" || value == "~";
        match key {
            "loader_module" if !is_nothing && value != "mlflow" && !value.starts_with("mlflow.") => {
                named_code::note(&format!("{value}._load_pyfunc"), "key `loader_module`", facts);
                let detail = format!("the model is loaded by module `{value}`, which is not of MLflow");
                facts.observe(ObservationKind::RemoteCode, value, detail);
            }
            "model_code_path" if !is_nothing => {
                let detail = format!("the model is Python code that comes with it, `{value}`");
                facts.observe(ObservationKind::RemoteCode, "model_code_path", detail);
            }
            "code" if !is_nothing => {
                let detail = format!("the loader imports the Python code that comes with the model, in `{value}`");
                facts.observe(ObservationKind::RemoteCode, "code", detail);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Scanner, Verdict};

    fn verdict(path: &str, text: &str) -> Verdict {
        Scanner::builtin().unwrap().scan(path, &text.as_bytes().to_vec()).unwrap().verdict
    }

    #[test]
    fn code_named_by_a_key_or_a_tag_is_judged_as_in_a_pickle() {
        for (path, text, expected) in [
            ("c.yaml", "a:\n  _target_: os.system\n", Verdict::Malicious),
            ("c.yaml", "a:\n  _target_: torch.nn.Linear\n", Verdict::Clean),
            ("c.json", "{\"a\": {\"_target_\": \"builtins.eval\"}}", Verdict::Malicious),
            ("c.yaml", "a: !!python/object/apply:os.system ['x']\n", Verdict::Malicious),
            ("c.yaml", "a: !!python/object/apply:acme.build ['x']\n", Verdict::Unreviewed),
            ("c.yaml", "a: !!python/tuple [1, 2]\n", Verdict::Clean),
            ("c.yaml", "# a: !!python/object/apply:os.system\n", Verdict::Clean),
            ("README.md", "    _target_: os.system\n", Verdict::Clean),
            ("c.yaml", "a: {_args_: [x], _target_: os.system}\n", Verdict::Malicious),
            ("c.yaml", "a:\n  _target_: >-\n    os.system\n", Verdict::Malicious),
            ("c.yaml", "x: &a os.system\na:\n  _target_: *a\n", Verdict::Malicious),
            ("c.yaml", "t: os.system\na:\n  _target_: ${t}\n", Verdict::Malicious),
            ("c.yaml", "a:\n  \"\\x5ftarget_\": \"\\x6fs.system\"\n", Verdict::Malicious),
            ("c.yaml", "a:\n  _target_: pathlib.Path.touch\n", Verdict::Malicious),
            ("c.yaml", "a:\n  _target_: transformers.AutoModel.from_pretrained\n", Verdict::Unreviewed),
            ("c.yaml", "a:\n  _target_: torch.utils.data.DataLoader\n  _target_x: os.system\n", Verdict::Clean),
            ("c.yaml", "a:\n  _target_: hydra.utils.get_method\n  path: os.system\n", Verdict::Malicious),
            ("config.json", "{\"auto_map\": {\"AutoModel\": \"m.M\"}}", Verdict::Unreviewed),
        ] {
            assert_eq!(verdict(path, text), expected, "{text}");
        }
    }

    #[test]
    fn the_module_that_loads_a_model_of_mlflow_is_named_unless_it_is_of_mlflow() {
        let model = |module: &str, code: &str| {
            format!(
                "flavors:\n  python_function:\n    code: {code}\n    loader_module: {module}\n    python_version: 3.11\n"
            )
        };
        for (module, code, expected) in [
            ("mlflow.sklearn", "null", Verdict::Clean),
            ("mlflow.sklearn", "code", Verdict::Unreviewed),
            ("acme.loader", "null", Verdict::Unreviewed),
            ("os", "null", Verdict::Malicious),
        ] {
            assert_eq!(verdict("m/MLmodel", &model(module, code)), expected, "{module} {code}");
        }
        assert_eq!(verdict("m/notes.txt", &model("acme.loader", "code")), Verdict::Clean);
    }

    #[test]
    fn templates_of_tokenizers_are_read_like_those_of_gguf() {
        let with =
            |template: &str| serde_json::json!({"chat_template": [{"name": "a", "template": template}]}).to_string();
        assert_eq!(verdict("t.json", &with("{{ cycler.__init__ }}")), Verdict::Malicious);
        assert_eq!(verdict("t.json", &with("{{ messages[0].content }}")), Verdict::Clean);
        let named = |template: &str| serde_json::json!({"chat_template": {"tool": template}}).to_string();
        assert_eq!(verdict("t.json", &named("{{ cycler.__init__ }}")), Verdict::Malicious);
        let escaped: String =
            "{{ cycler.__init__ }}".chars().map(|letter| format!("\\u{:04x}", u32::from(letter))).collect();
        assert_eq!(
            verdict("t.json", &format!("\u{feff}{{\"chat\\u005ftemplate\": \"{escaped}\"}}")),
            Verdict::Malicious
        );
        assert_eq!(verdict("chat_template.jinja", "{{ x['__cl' ~ 'ass__'] }}"), Verdict::Malicious);
    }
}
