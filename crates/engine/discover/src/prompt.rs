//! Prompts in files of their own: which files are prompts, and what can be said about one without keeping its text.

use std::sync::LazyLock;

use regex::Regex;
use syndic_evidence::Digest;

use crate::facts::PromptFact;

/// A file with more characters than this is a document, not a prompt.
const MAX_CHARACTERS: usize = 200_000;

/// Names kept of the variables of one prompt.
const MAX_VARIABLES: usize = 50;

static VARIABLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\{\{-?\s*([A-Za-z_][\w.]*)|\{([A-Za-z_]\w*)\}|\$\{?([A-Za-z_]\w*)\}?|<([a-z_]+)>\s*\{").ok()
});

/// Says whether a file is a prompt. A page of documentation or a program is none, wherever it stands.
pub(crate) fn is_prompt_file(path: &str, name: &str, text: &str) -> bool {
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if text.trim().is_empty() || text.len() > MAX_CHARACTERS {
        return false;
    }
    if ends(&[".prompt", ".prompty", ".prompt.md", ".prompt.txt", ".prompt.j2", ".prompt.jinja2"]) {
        return true;
    }
    let folders: Vec<&str> = path.split('/').rev().skip(1).collect();
    let is_page = folders
        .iter()
        .any(|folder| matches!(*folder, "docs" | "doc" | "documentation" | "blog" | "node_modules" | "site-packages"))
        || ["readme", "changelog", "license", "contributing", "index", "requirements", "_index"]
            .iter()
            .any(|page| name.split('.').next() == Some(page));
    let is_text = ends(&[".txt", ".md", ".j2", ".jinja", ".jinja2", ".tmpl", ".mustache", ".hbs", ".liquid"]);
    if is_page {
        return false;
    }
    let stem = name.split('.').next().unwrap_or_default().replace('-', "_");
    let is_named =
        ["system_prompt", "systemprompt", "system_message", "prompt_template"].iter().any(|word| stem.contains(word))
            || stem.ends_with("_prompt")
            || stem == "prompt";
    let in_folder = folders.iter().any(|folder| {
        matches!(*folder, "prompts" | "prompt_templates" | "system_prompts" | "prompt-templates" | "system-prompts")
    });
    let is_structured = ends(&[".yaml", ".yml", ".json"])
        && ["template:", "messages:", "system_prompt:", "\"template\"", "\"messages\"", "_type: prompt", "prompt:"]
            .iter()
            .any(|key| text.contains(key));
    (is_text && (is_named || (in_folder && is_prose(text)))) || (is_structured && in_folder)
}

/// Bytes of a file that decide whether it is prose.
const PROSE_BYTES: usize = 2_000;

/// Says whether a text reads as sentences: words with spaces between them, not the payload of a build.
fn is_prose(text: &str) -> bool {
    let head = text.get(..text.floor_char_boundary(PROSE_BYTES)).unwrap_or_default();
    let spaces = head.chars().filter(|letter| letter.is_whitespace()).count();
    // Languages without spaces between words are prose too, and so is a text that hides something invisible.
    !head.is_ascii() || spaces * 25 >= head.len()
}

/// Returns what can be said about a prompt.
pub(crate) fn read(path: &str, text: &str) -> PromptFact {
    let lower = path.to_ascii_lowercase();
    let is_system =
        lower.contains("system") || text.trim_start().starts_with("system:") || text.contains("role: system");
    let mut variables: Vec<String> = Vec::new();
    for capture in VARIABLE.iter().flat_map(|regex| regex.captures_iter(text)) {
        let name = capture.iter().skip(1).flatten().next().map_or("", |name| name.as_str());
        let is_word = matches!(name, "if" | "for" | "endif" | "endfor" | "else" | "set" | "end" | "range");
        if !is_word
            && !name.is_empty()
            && variables.len() < MAX_VARIABLES
            && !variables.iter().any(|known| known == name)
        {
            variables.push(name.to_owned());
        }
    }
    let role = if is_system { "system" } else { "prompt" };
    PromptFact {
        role: role.to_owned(),
        digest: Digest::of(text.as_bytes()),
        characters: text.chars().count(),
        variables,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(path: &str) -> bool {
        let lower = path.to_lowercase();
        is_prompt_file(&lower, lower.rsplit('/').next().unwrap(), "You answer {question}.")
    }

    #[test]
    fn pages_and_programs_are_no_prompts() {
        for path in ["docs/prompts/guide.md", "prompts/README.md", "prompts/main.py", "src/prompt.ts", "notes.md"] {
            assert!(!is(path), "{path}");
        }
        for path in ["app/prompts/answer.txt", "system_prompt.md", "a/x.prompty", "lib/prompts/rag.j2"] {
            assert!(is(path), "{path}");
        }
    }

    #[test]
    fn output_of_a_build_in_a_folder_of_that_name_is_no_prompt() {
        let payload = ":HL[\"/_next/static/chunks/1bnh8r0-prf7e.css\",\"style\"]\n3:[[\"children\",{\"s\":1}]]";
        assert!(!is_prompt_file("out/prompts/__next._tree.txt", "__next._tree.txt", payload));
        let words = "Beantworte die Frage nur aus {context}. Erfinde nichts.";
        assert!(is_prompt_file("prompts/antwort.txt", "antwort.txt", words));
        assert!(is_prompt_file("prompts/zh.txt", "zh.txt", "根据以下内容回答用户的问题"));
    }

    #[test]
    fn variables_of_several_template_languages_are_named() {
        let prompt = read("prompts/system.j2", "{{ user.name }} {question} ${context} {% if x %}");
        assert_eq!(prompt.variables, ["user.name", "question", "context"]);
        assert_eq!(prompt.role, "system");
    }
}
