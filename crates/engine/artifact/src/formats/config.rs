//! Configuration beside models: chat templates, code named by key or tag, code of the repository itself.
//!
//! Sources: Transformers `auto_map` and `trust_remote_code`; Hydra `_target_`; Lightning `class_path`; PyYAML's Python
//! tags; Python `logging.config`.

use std::io;

use serde_json::Value;
use syndic_detect::{ReadAt, read_vec_at};

use super::{chat_template, named_code};
use crate::facts::{Facts, ObservationKind};

/// Bytes of a configuration file read.
const MAX_BYTES: usize = 32 * 1024 * 1024;
/// JSON values visited.
const MAX_VALUES: usize = 2_000_000;
/// What a file must mention to be worth reading.
const MARKS: [&[u8]; 8] = [
    b"chat_template",
    b"_target_",
    b"class_path",
    b"auto_map",
    b"python/",
    b"{{",
    b"custom_pipelines",
    b"loader_module",
];
/// Keys whose text names a callable.
const TARGET_KEYS: [&str; 3] = ["_target_", "class_path", "()"];
/// Endings of text in which configuration is only talked about.
const PROSE: [&str; 8] = [".md", ".rst", ".py", ".pyi", ".html", ".tex", ".ipynb", ".log"];
/// Tags of PyYAML that import or call what they name.
const TAGS: [&str; 4] = ["object/apply:", "object/new:", "object:", "name:"];

/// Reads a text file.
pub(super) fn read(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let path = facts.path.to_ascii_lowercase();
    if PROSE.iter().any(|ending| path.ends_with(ending)) {
        return Ok(());
    }
    let bytes = read_vec_at(source, 0, MAX_BYTES)?;
    if !MARKS.iter().any(|mark| memchr::memmem::find(&bytes, mark).is_some()) {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&bytes);
    if path.ends_with(".jinja") || path.ends_with(".jinja2") {
        template(&text, "the file", facts);
    } else if let Ok(root) = serde_json::from_str::<Value>(&text) {
        json(&root, facts);
    } else {
        lines(&text, facts);
        if path.rsplit('/').next() == Some("mlmodel") {
            mlflow(&text, facts);
        }
    }
    Ok(())
}

fn template(text: &str, place: &str, facts: &mut Facts) {
    let found = chat_template::suspicious(text);
    if !found.is_empty() {
        let detail = format!("the chat template in {place} uses {}", found.join(", "));
        facts.observe(ObservationKind::GgufTemplate, place, detail);
    }
}

fn json(root: &Value, facts: &mut Facts) {
    let mut queue = vec![root];
    for _ in 0..MAX_VALUES {
        let Some(value) = queue.pop() else { return };
        match value {
            Value::Array(items) => queue.extend(items),
            Value::Object(entries) => {
                for (key, value) in entries {
                    entry(key, value, facts);
                    queue.push(value);
                }
            }
            _ => {}
        }
    }
    facts.skip("configuration: more values than the bound");
}

fn entry(key: &str, value: &Value, facts: &mut Facts) {
    match (key, value) {
        ("chat_template", Value::String(text)) => template(text, "key `chat_template`", facts),
        ("chat_template", Value::Array(items)) => {
            for text in items.iter().filter_map(|item| item.get("template")?.as_str()) {
                template(text, "key `chat_template`", facts);
            }
        }
        ("auto_map" | "custom_pipelines", Value::Object(map)) if !map.is_empty() => {
            let classes: Vec<&str> = map.values().filter_map(Value::as_str).take(4).collect();
            let detail = format!("`{key}` has the loader import code of the repository: {}", classes.join(", "));
            facts.observe(ObservationKind::RemoteCode, key, detail);
        }
        (key, Value::String(name)) if TARGET_KEYS.contains(&key) => {
            named_code::note(name, &format!("key `{key}`"), facts);
        }
        _ => {}
    }
}

/// Looks through YAML and its like, line by line: tags and keys need no more.
fn lines(text: &str, facts: &mut Facts) {
    for line in text.lines() {
        let line = line.trim_start();
        if line.starts_with('#') {
            continue;
        }
        if let Some((_, after)) = line.split_once("python/") {
            tag(line, after, facts);
        }
        let line = line.trim_start_matches("- ").trim_start_matches(['"', '\'']);
        for key in TARGET_KEYS {
            let Some(rest) = line.strip_prefix(key) else { continue };
            let rest = rest.trim_start_matches(['"', '\'']).trim_start();
            if let Some(value) = rest.strip_prefix([':', '=']) {
                let value = value.trim().trim_matches(['"', '\'', ',']);
                named_code::note(value, &format!("key `{key}`"), facts);
            }
        }
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
            "code" if !is_nothing => {
                let detail = format!("the loader imports the Python code that comes with the model, in `{value}`");
                facts.observe(ObservationKind::RemoteCode, "code", detail);
            }
            _ => {}
        }
    }
}

fn tag(line: &str, after: &str, facts: &mut Facts) {
    let is_tag = line.contains("!!python/") || line.contains("tag:yaml.org,2002:python/");
    let Some(name) = TAGS.iter().find_map(|kind| after.strip_prefix(kind)).filter(|_| is_tag) else { return };
    let name =
        name.split(|letter: char| letter.is_whitespace() || matches!(letter, '>' | '"' | ',' | '}' | ']')).next();
    named_code::note_built(name.unwrap_or_default(), "a YAML tag", facts);
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
        assert_eq!(verdict("chat_template.jinja", "{{ x['__cl' ~ 'ass__'] }}"), Verdict::Malicious);
    }
}
