//! The engine: one file in, what it uses of AI and what is wrong with it out.

use syndic_detect::{Detector, RuleError, Rulebook};
use syndic_evidence::{Input, Inspection, PredicateType};

use crate::detectors::{self, DETECTORS};
use crate::gate::Gate;
use crate::language::Reading;
use crate::sight::{self, Sight};
use crate::signs::Signs;
use crate::{Facts, Language, graph, lines, mentions, notebook, python, read};

/// Largest file that is read, in bytes; notebooks carry their outputs and may be larger.
const MAX_BYTES: usize = 2 * 1024 * 1024;
const MAX_NOTEBOOK_BYTES: usize = 32 * 1024 * 1024;

/// Reads source code and reports how it uses AI.
#[derive(Debug)]
pub struct CodeEngine {
    rules: Rulebook,
    gate: Gate,
    signs: Signs,
}

impl CodeEngine {
    /// Makes the engine with its compiled-in rules.
    ///
    /// # Errors
    /// A rule file is not of the form; tests hold compiled-in files right.
    pub fn builtin() -> Result<Self, RuleError> {
        let rules = Rulebook::builtin("code")?;
        let gate = Gate::new()
            .map_err(|error| RuleError::Form { path: "catalogue".to_owned(), problem: error.to_string() })?;
        let signs =
            Signs::new().map_err(|error| RuleError::Form { path: "signs".to_owned(), problem: error.to_string() })?;
        Ok(Self { rules, gate, signs })
    }

    /// Returns the rules.
    pub fn rules(&self) -> &Rulebook {
        &self.rules
    }

    /// Looks at one file, and puts it off when by itself it tells nothing: [`CodeEngine::join`] asks for it again if
    /// another file leads to it. Nothing when it has to do with neither AI nor the web.
    ///
    /// Put-off files are most of a large project, and looking costs a small part of reading.
    pub fn look(&self, input: Input<'_>, language: Language, text: &str) -> Option<Inspection> {
        if !self.gate.passes(language, input.path, text) {
            return None;
        }
        let is_deferred =
            language == Language::Python && text.len() <= MAX_BYTES && !self.signs.stand_in(input.path, text);
        if !is_deferred {
            return self.read(input, language, text);
        }
        Some(Inspection::new(input.subject.clone(), PredicateType::CodeFacts, Facts::put_off(input.path, language)))
    }

    /// Inspects one file whole; nothing when it has to do with neither AI nor the web and nothing is wrong.
    pub fn inspect(&self, input: Input<'_>, language: Language, text: &str) -> Option<Inspection> {
        if self.gate.passes(language, input.path, text) { self.read(input, language, text) } else { None }
    }

    fn read(&self, input: Input<'_>, language: Language, text: &str) -> Option<Inspection> {
        let mut facts = match read_facts(input.path, language, text) {
            Ok(facts) => facts,
            Err(why) => return Some(refused(input, language, &why)),
        };
        read::doubt_by_place(&mut facts);
        if facts.is_empty() && facts.links.is_empty() && language != Language::Notebook {
            return None;
        }
        let mut inspection = Inspection::new(
            input.subject.clone(),
            PredicateType::CodeFacts,
            serde_json::to_value(&facts).unwrap_or_default(),
        );
        self.judge(input, &facts, &mut inspection);
        Some(inspection)
    }

    /// Draws what the facts tell and finds what is wrong.
    pub(crate) fn judge(&self, input: Input<'_>, facts: &Facts, inspection: &mut Inspection) {
        graph::draw(input, facts, inspection);
        inspection.findings = Detector::run_all(DETECTORS, &self.rules, facts);
        detectors::charge_endpoints(input.system, inspection);
    }

    /// Says what was, and what could not be, looked for in the file that some facts are about; nothing for facts of
    /// another engine, of a file that has nothing to do with AI, or of one that does not ship.
    pub fn sight(&self, facts: &serde_json::Value) -> Option<Sight> {
        sight::of(facts)
    }
}

fn refused(input: Input<'_>, language: Language, why: &str) -> Inspection {
    let facts = serde_json::to_value(Facts::new(input.path, language)).unwrap_or_default();
    let mut inspection = Inspection::new(input.subject.clone(), PredicateType::CodeFacts, facts);
    inspection.not_inspected.push(format!("{}: {why}", input.path));
    inspection
}

fn read_facts(path: &str, language: Language, text: &str) -> Result<Facts, String> {
    let limit = if language == Language::Notebook { MAX_NOTEBOOK_BYTES } else { MAX_BYTES };
    if text.len() > limit {
        return Err(format!("{} bytes of source, more than {limit} are not read", text.len()));
    }
    match language {
        Language::Python => {
            let sketch = python::read(text, &[]).map_err(|refusal| refusal.to_string())?;
            Ok(read::python(path, language, &sketch))
        }
        Language::Notebook => notebook::read(path, text),
        _ if language.reading() == Reading::Names => Ok(mentions::read(path, language, text)),
        _ => Ok(lines::read(path, language, text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syndic_evidence::{AssetKind, Urn};

    fn inspect(path: &str, language: Language, text: &str) -> Option<Inspection> {
        let owner = Urn::local("t", AssetKind::Application, "app");
        let input = Input { system: "t", path, subject: &owner, owner: &owner };
        CodeEngine::builtin().unwrap().inspect(input, language, text)
    }

    #[test]
    fn every_rule_is_whole_and_keeps_its_examples() {
        let ids: Vec<&str> = DETECTORS.iter().map(|detector| detector.rule).collect();
        let faults = syndic_detect::check_completeness("code", &ids, |example| {
            let language = Language::of(&example.path, example.text.as_bytes()).unwrap();
            let found = inspect(&example.path, language, &example.text);
            found.map(|found| found.findings.into_iter().map(|finding| finding.rule).collect()).unwrap_or_default()
        });
        assert_eq!(faults, Vec::<String>::new());
    }

    #[test]
    fn a_file_without_ai_or_web_says_nothing() {
        assert!(inspect("a.py", Language::Python, "import os\nprint(os.getcwd())\n").is_none());
    }

    #[test]
    fn a_package_imported_from_its_namespace_is_seen() {
        let text = "from google import genai\nclient = genai.Client()\nclient.models.generate_content(model='m')\n";
        assert!(
            inspect("a.py", Language::Python, text).unwrap().assets.iter().any(|asset| asset.name.contains("Gemini"))
        );
    }

    #[test]
    fn prompt_text_never_enters_the_facts() {
        let text =
            "SYSTEM_PROMPT = \"\"\"You are the secretive assistant of the Example Bank, never tell anybody.\"\"\"\n";
        let found = inspect("prompts.py", Language::Python, text).unwrap();
        assert!(found.assets.iter().any(|asset| asset.kind == AssetKind::Prompt));
        assert!(!serde_json::to_string(&found).unwrap().contains("secretive"));
    }

    #[test]
    fn a_source_too_deep_is_reported_not_dropped() {
        let text = format!("import openai\nx = {}\n", "(".repeat(5_000));
        assert_eq!(inspect("a.py", Language::Python, &text).unwrap().not_inspected.len(), 1);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_in_every_language(text in ".{0,200}") {
            for language in [Language::Python, Language::JavaScript, Language::TypeScript, Language::Go, Language::Java, Language::CSharp, Language::Rust, Language::Notebook, Language::Ruby, Language::Shell, Language::Kotlin] {
                let _ = read_facts("x", language, &text);
            }
        }

        #[test]
        fn code_like_text_is_read_in_every_language(text in "(import |from |\"openai\"|new |OpenAI|\\(|\\)|\\{|\\}|model:|'gpt-4'|/|\\*|`|\\$\\{|\n|app\\.post|\"/chat\"|,|;|#|\\\\|r#\"|@\"){0,50}") {
            for language in [Language::JavaScript, Language::TypeScript, Language::Go, Language::Java, Language::CSharp, Language::Rust, Language::Python] {
                let _ = read_facts("app/api/chat/route.ts", language, &text);
            }
        }
    }
}
