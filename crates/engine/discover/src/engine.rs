//! The engine: text in, facts, assets, relations and findings out.

use syndic_detect::document::{Document, parse_json, parse_toml, parse_yaml};
use syndic_detect::{Detector, LineIndex, RuleError, Rulebook};
use syndic_evidence::{Input, Inspection, PredicateType};

use crate::detectors::DETECTORS;
use crate::facts::{AgentFact, Facts};
use crate::kind::ConfigKind;
use crate::{agent, assets, hidden, mcp, model, pipeline, prompt, provider, workflow};

/// Reads AI configuration and finds its faults.
#[derive(Debug)]
pub struct DiscoverEngine {
    book: Rulebook,
}

impl DiscoverEngine {
    /// Makes the engine with the compiled-in rules.
    ///
    /// # Errors
    /// A compiled-in rule file is not of the form.
    pub fn builtin() -> Result<Self, RuleError> {
        Ok(Self { book: Rulebook::builtin("discover")? })
    }

    /// Returns the rules.
    pub fn rules(&self) -> &Rulebook {
        &self.book
    }

    /// Inspects a text that [`crate::recognise`] said is of `kind`; nothing if it holds nothing about AI.
    pub fn inspect(&self, input: Input<'_>, kind: ConfigKind, text: &str) -> Option<Inspection> {
        let mut facts = Facts { path: input.path.to_owned(), kind: kind.as_str().to_owned(), ..Facts::default() };
        let not_inspected = match read(kind, text, &mut facts) {
            Ok(()) => Vec::new(),
            // What is said to be YAML or JSON by its name alone and is neither holds nothing for this engine.
            Err(_) if kind == ConfigKind::GenericConfig => return None,
            Err(problem) => vec![format!("{}: {problem}", input.path)],
        };
        let value = serde_json::to_value(&facts).unwrap_or_default();
        let mut inspection = Inspection::new(input.subject.clone(), PredicateType::CodeFacts, value);
        assets::describe(input, kind, &facts, &mut inspection);
        inspection.findings = Detector::run_all(DETECTORS, &self.book, &facts);
        for draft in &mut inspection.findings {
            assets::bind(input.system, &facts, draft);
        }
        inspection.not_inspected = not_inspected;
        let is_empty =
            inspection.assets.is_empty() && inspection.findings.is_empty() && inspection.not_inspected.is_empty();
        (!is_empty).then_some(inspection)
    }
}

/// Reads a document by the ending of its path; YAML reads what has none.
fn parse(path: &str, text: &str) -> Result<Vec<Document>, String> {
    let lower = path.to_ascii_lowercase();
    let document = match lower.rsplit('.').next() {
        Some("json" | "jsonc" | "json5") => parse_json(text).map(|document| vec![document]),
        Some("toml") => parse_toml(text).map(|document| vec![document]),
        _ => parse_yaml(text),
    };
    document.map_err(|error| error.to_string())
}

fn read(kind: ConfigKind, text: &str, facts: &mut Facts) -> Result<(), String> {
    let lines = LineIndex::new(text.as_bytes());
    match kind {
        ConfigKind::EnvFile => {
            facts.mentions = provider::settings(text, &lines);
            facts.mentions.extend(provider::addresses(text, &lines));
        }
        ConfigKind::GenericConfig => facts.mentions = provider::addresses(text, &lines),
        ConfigKind::PromptFile => {
            facts.prompt = Some(prompt::read(&facts.path, text));
            facts.hidden = hidden::find(text);
        }
        ConfigKind::AgentInstructions => read_instructions(text, facts)?,
        ConfigKind::CiWorkflow => {
            facts.mentions = provider::settings(text, &lines);
            facts.grants = agent::unasked_runs(text, &lines);
            for document in parse(&facts.path, text)? {
                facts.actions.extend(workflow::read_actions(document.root()));
                facts.stranger_checkout = facts.stranger_checkout.or(workflow::stranger_checkout(document.root()));
                facts.stranger_needs_label = workflow::needs_label(document.root());
            }
        }
        ConfigKind::ModelCard => {
            let matter = model::front_matter(text).unwrap_or_default();
            let document = parse_yaml(matter).map_err(|error| error.to_string())?;
            facts.model = document.first().map(|document| model::read_card(document.root()));
        }
        ConfigKind::McpConfig | ConfigKind::AgentConfig | ConfigKind::PipelineDefinition | ConfigKind::ModelConfig => {
            read_document(kind, text, facts)?;
        }
    }
    Ok(())
}

fn read_instructions(text: &str, facts: &mut Facts) -> Result<(), String> {
    facts.hidden = hidden::find(text);
    let matter = model::front_matter(text).map(parse_yaml);
    let root = matter.as_ref().and_then(|matter| matter.as_ref().ok()?.first().map(Document::root));
    facts.agents.extend(agent::read_definition(&facts.path, root));
    facts.prompt = Some(prompt::read(&facts.path, text));
    let assistant = agent::assistant_of(&facts.path).map(assistant);
    facts.agents.extend(assistant);
    if !agent::is_definition(&facts.path) {
        // Front matter of rules and skills defines nothing, and tools read more than YAML in it.
        return Ok(());
    }
    match matter {
        Some(Err(error)) => Err(format!("front matter: {error}")),
        None if text.starts_with("---\n") || text.starts_with("---\r\n") => {
            Err("front matter: it is opened and never closed".to_owned())
        }
        _ => Ok(()),
    }
}

fn assistant(name: &str) -> AgentFact {
    AgentFact { name: name.to_owned(), framework: name.to_owned(), line: 1, is_assistant: true, ..AgentFact::default() }
}

fn read_document(kind: ConfigKind, text: &str, facts: &mut Facts) -> Result<(), String> {
    let name = facts.path.rsplit('/').next().unwrap_or(&facts.path).to_ascii_lowercase();
    if kind == ConfigKind::ModelConfig && name.contains("modelfile") {
        facts.model = Some(model::read_modelfile(text));
        return Ok(());
    }
    let documents = parse(&facts.path, text)?;
    let Some(root) = documents.first().map(Document::root) else { return Ok(()) };
    match kind {
        ConfigKind::McpConfig => {
            facts.servers = mcp::read(root);
            facts.grants = agent::read_grants(root);
            if !facts.servers.is_empty() || !facts.grants.is_empty() {
                facts.agents.extend(agent::assistant_of(&facts.path).map(assistant));
            }
        }
        ConfigKind::AgentConfig => facts.agents = agent::read_agents(root),
        ConfigKind::ModelConfig if !name.contains(".y") => facts.model = Some(model::read_config(root)),
        ConfigKind::ModelConfig => facts.hosted = model::read_model_list(root),
        ConfigKind::PipelineDefinition => match name.as_str() {
            "dvc.yaml" => facts.stages = pipeline::read_dvc(root),
            "mlproject" => facts.stages = pipeline::read_project(root),
            _ => facts.model = Some(pipeline::read_model(root)),
        },
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use syndic_detect::{Example, check_completeness};
    use syndic_evidence::{AssetKind, Urn};

    use super::*;

    #[test]
    fn every_rule_is_whole_and_fits_its_examples() {
        let engine = DiscoverEngine::builtin().unwrap();
        let ids: Vec<&str> = DETECTORS.iter().map(|detector| detector.rule).collect();
        let matches = |example: &Example| {
            let urn = Urn::local("acme", AssetKind::Configuration, &example.path);
            let input = Input { system: "acme", path: &example.path, subject: &urn, owner: &urn };
            let kind = crate::recognise(&example.path, &example.text).unwrap_or_else(|| panic!("{}", example.path));
            let found = engine.inspect(input, kind, &example.text);
            found.into_iter().flat_map(|found| found.findings).map(|finding| finding.rule).collect()
        };
        assert_eq!(check_completeness("discover", &ids, matches), Vec::<String>::new());
    }
}
