//! What a check was able to see: per language the rules whose faults its reader can find.
//!
//! A rule that a language's reader knows nothing of has not been kept by a file in it; nobody looked. Policy turns what
//! is listed here as unseen into *unknown* for the controls of the rule, so that silence never passes for cleanliness.
//! What a reader sees is never everything: the rules' pages say how far each goes.

use serde::Deserialize as _;
use serde_json::Value;
use syndic_detect::Place;

use crate::detectors::DETECTORS;
use crate::language::Reading;
use crate::{Facts, Language};

/// Rules that every language read as tokens is looked at for.
const TOKENS: &[&str] = &[
    "code.channel-unencrypted",
    "code.model-unpinned",
    "code.output-executed",
    "code.remote-code",
    "code.tls-disabled",
];
const SCRIPT: &[&str] = &[
    "code.agent-dangerous-tool",
    "code.browser-key",
    "code.debug-enabled",
    "code.pickle-load",
    "code.prompt-injection",
    "code.route-get",
    "code.route-unauthenticated",
];
const GO: &[&str] = &["code.debug-enabled", "code.prompt-injection", "code.route-get", "code.route-unauthenticated"];
const JAVA_AND_CSHARP: &[&str] = &[
    "code.debug-enabled",
    "code.pickle-load",
    "code.prompt-injection",
    "code.route-get",
    "code.route-unauthenticated",
];
/// Its web frameworks have no debugger to leave on.
const RUST: &[&str] = &["code.debug-enabled"];
/// Faults only programs for a browser can have.
const BROWSER_ONLY: &str = "code.browser-key";
/// Faults only a program that loads a model itself can have, and the classes of packages such a program imports.
const LOADING: [&str; 2] = ["code.pickle-load", "code.remote-code"];
const LOADERS: [&str; 6] = ["ml-framework", "runtime", "local-llm", "training", "embeddings", "serving"];
/// A fault only an agent can have, and the classes of packages agents are made with.
const AGENT_ONLY: &str = "code.agent-dangerous-tool";
const AGENTS: [&str; 3] = ["agent", "mcp", "orchestration"];

/// How one file was read, and what could not be looked for in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// Path relative to the assessed root.
    pub path: String,
    /// Its language.
    pub language: Language,
    /// Rules of this engine whose faults the file may have and nobody looked for, by id.
    pub unseen: Vec<&'static str>,
}

/// Returns what was seen of the file that some facts are about, if it uses AI and ships.
pub(crate) fn of(facts: &Value) -> Option<Sight> {
    let facts = Facts::deserialize(facts).ok()?;
    if !Place::of(&facts.path).is_product() || !uses_ai(&facts) {
        return None;
    }
    let unseen = DETECTORS.iter().map(|detector| detector.rule).filter(|rule| is_unseen(&facts, rule)).collect();
    Some(Sight { path: facts.path, language: facts.language, unseen })
}

/// Says whether the file itself has to do with a model, beyond serving or configuring something.
fn uses_ai(facts: &Facts) -> bool {
    // A script that passes a key on to a program asks no model; the program is looked at where it stands.
    let passes_on = facts.language == Language::Shell;
    !facts.imports.is_empty()
        || facts.providers.iter().any(|seen| !passes_on || seen.through == "URL")
        || !facts.models.is_empty()
        || !facts.agents.is_empty()
        || facts.routes.iter().any(|route| route.calls_model)
}

fn is_unseen(facts: &Facts, rule: &str) -> bool {
    let language = facts.language;
    let imports = |classes: &[&str]| facts.imports.iter().any(|seen| classes.contains(&seen.class.as_str()));
    let may_have = match language.reading() {
        Reading::Tree => false,
        // What a file that was only searched for names does is not known.
        Reading::Names => rule != BROWSER_ONLY,
        Reading::Tokens if rule == BROWSER_ONLY => false,
        Reading::Tokens if rule == AGENT_ONLY => imports(&AGENTS) || !facts.agents.is_empty(),
        Reading::Tokens if LOADING.contains(&rule) => imports(&LOADERS),
        Reading::Tokens => true,
    };
    may_have && !sees(language, rule)
}

/// Says whether the reader of a language can find the faults of a rule.
fn sees(language: Language, rule: &str) -> bool {
    let own: &[&str] = match language {
        Language::JavaScript | Language::TypeScript => SCRIPT,
        Language::Go => GO,
        Language::Java | Language::CSharp => JAVA_AND_CSHARP,
        Language::Rust => RUST,
        _ => return language.reading() == Reading::Tree,
    };
    TOKENS.contains(&rule) || own.contains(&rule)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CodeEngine;
    use syndic_evidence::{AssetKind, Input, Urn};

    fn unseen(path: &str, text: &str) -> Option<Vec<&'static str>> {
        let owner = Urn::local("t", AssetKind::Application, "app");
        let input = Input { system: "t", path, subject: &owner, owner: &owner };
        let engine = CodeEngine::builtin().unwrap();
        let inspection = engine.inspect(input, Language::of(path, text.as_bytes()).unwrap(), text)?;
        engine.sight(&inspection.facts).map(|sight| sight.unseen)
    }

    #[test]
    fn every_rule_of_the_tables_is_one_of_the_engine() {
        let known: Vec<&str> = DETECTORS.iter().map(|detector| detector.rule).collect();
        let listed = [TOKENS, SCRIPT, GO, JAVA_AND_CSHARP, RUST, &LOADING, &[BROWSER_ONLY, AGENT_ONLY]].concat();
        assert!(listed.iter().all(|rule| known.contains(rule)));
    }

    #[test]
    fn a_file_that_was_only_searched_for_names_leaves_every_fault_open() {
        let open = unseen("bot.rb", "require 'openai'\n").unwrap();
        for rule in ["code.output-executed", "code.prompt-injection", "code.tls-disabled", "code.route-unauthenticated"]
        {
            assert!(open.contains(&rule), "{rule}");
        }
    }

    #[test]
    fn a_language_is_open_for_what_its_reader_cannot_find_and_its_file_may_have() {
        assert_eq!(unseen("a.py", "import openai\n").unwrap(), Vec::<&str>::new());
        let rust = unseen("a.rs", "use async_openai::Client;\n").unwrap();
        assert!(rust.contains(&"code.route-unauthenticated") && !rust.contains(&"code.output-executed"));
        assert!(!rust.contains(&"code.pickle-load") && !rust.contains(&"code.agent-dangerous-tool"));
        assert!(unseen("a.rs", "use tch::CModule;\n").unwrap().contains(&"code.pickle-load"));
        let java = "import dev.langchain4j.service.AiServices;\n";
        assert!(unseen("A.java", java).unwrap().contains(&"code.agent-dangerous-tool"));
    }

    #[test]
    fn what_does_not_ship_or_only_passes_a_key_on_leaves_nothing_open() {
        assert_eq!(unseen("tests/bot_test.rb", "require 'openai'\n"), None);
        assert_eq!(unseen("run.sh", "docker run -e OPENAI_API_KEY app\n"), None);
        assert!(unseen("ask.sh", "curl https://api.openai.com/v1/chat/completions\n").is_some());
    }
}
