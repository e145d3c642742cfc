//! Reads from an asset's properties and name what threat rules ask about it.

use std::collections::BTreeSet;

use serde_json::Value;
use syndic_detect::AiCatalogue;
use syndic_evidence::{Asset, AssetKind, DataClass};

use crate::model::Mark;

/// Formats whose loader runs a pickle program.
const PICKLED: &[&str] = &["pickle", "joblib", "dill", "torch_zip", "torch_legacy", "pytorch", "numpy_object"];
/// Words in an architecture's name that tell a language model.
const LANGUAGE_MODELS: &[&str] = &[
    "causallm",
    "conditionalgeneration",
    "llama",
    "mistral",
    "mixtral",
    "qwen",
    "gemma",
    "gpt",
    "phi3",
    "falcon",
    "deepseek",
];
/// Words in the name of a database or cache.
const DATABASES: &[&str] = &[
    "postgres",
    "mysql",
    "mariadb",
    "sqlite",
    "mongo",
    "redis",
    "valkey",
    "mssql",
    "oracle",
    "cassandra",
    "dynamo",
    "clickhouse",
    "snowflake",
    "bigquery",
    "database",
    "duckdb",
];
/// Words in the name of a tool that runs what it is told.
const COMMAND_TOOLS: &[&str] =
    &["shell", "terminal", "exec", "bash", "command", "python", "interpreter", "docker", "kubernetes"];
/// Words in the name of a tool that talks to the outside.
const OUTWARD_TOOLS: &[&str] = &[
    "fetch",
    "browser",
    "puppeteer",
    "playwright",
    "http",
    "web",
    "search",
    "github",
    "gitlab",
    "slack",
    "mail",
    "gmail",
    "notion",
    "jira",
    "drive",
    "discord",
    "telegram",
];

/// Returns the marks of `asset`.
pub(crate) fn marks(asset: &Asset) -> BTreeSet<Mark> {
    let name = asset.name.to_lowercase();
    let mut marks = BTreeSet::new();
    let mut add = |mark, applies: bool| {
        if applies {
            marks.insert(mark);
        }
    };
    match asset.kind {
        AssetKind::Model | AssetKind::HostedModel | AssetKind::Provider => {
            add(Mark::CodeOnLoad, runs_code(asset));
            add(Mark::RemoteCode, truthy(asset, "trust_remote_code") || truthy(asset, "custom_code"));
            add(
                Mark::Generative,
                match asset.kind {
                    AssetKind::Model => generates(asset),
                    AssetKind::Provider => answers_prompts(asset),
                    _ => true,
                },
            );
        }
        AssetKind::DataStore | AssetKind::VectorStore => {
            let product = text(asset, "product") + &text(asset, "engine") + &text(asset, "image");
            add(Mark::Database, has_word(&name, DATABASES) || has_word(&product, DATABASES));
        }
        AssetKind::McpServer => {
            let command = text(asset, "command") + " " + &text(asset, "package") + " " + &text(asset, "args");
            add(Mark::RunsCommands, has_word(&name, COMMAND_TOOLS));
            add(Mark::ReachesOut, has_word(&name, OUTWARD_TOOLS) || truthy(asset, "remote"));
            let version = text(asset, "version");
            let floats = asset.props.contains_key("package") && (version.is_empty() || version == "latest");
            add(Mark::Unpinned, is_false(asset, "pinned") || floats || command.contains("@latest"));
            add(Mark::Pinned, !version.is_empty() && version != "latest");
        }
        AssetKind::Service => add(Mark::Generative, text(asset, "class") == "modelserver"),
        AssetKind::Endpoint => add(Mark::RateLimited, truthy(asset, "rate_limited")),
        _ => {}
    }
    add(Mark::Pinned, truthy(asset, "pinned") || asset.props.contains_key("revision"));
    marks
}

/// Says whether an asset's own classes are data it hands on, rather than a credential that stands in its code.
pub(crate) fn hands_on(kind: AssetKind, class: DataClass) -> bool {
    let is_store =
        matches!(kind, AssetKind::Dataset | AssetKind::VectorStore | AssetKind::DataStore | AssetKind::Prompt);
    is_store || (class.is_personal() && kind == AssetKind::McpServer)
}

fn runs_code(asset: &Asset) -> bool {
    match asset.props.get("code_on_load") {
        Some(Value::Bool(runs)) => *runs,
        Some(Value::Null) | None => {
            let format = text(asset, "format");
            has_word(&format, PICKLED)
        }
        Some(_) => true,
    }
}

/// Vector databases, model hubs, trackers and observers are providers to whom nobody puts a prompt; whom the catalogue
/// does not know is asked.
fn answers_prompts(asset: &Asset) -> bool {
    const OTHERS: [&str; 4] = ["vec", "hub", "obs", "ml"];
    let hosts = AiCatalogue::builtin().hosts().iter().filter(|host| host.provider.eq_ignore_ascii_case(&asset.name));
    let classes: BTreeSet<&str> = hosts.map(|host| host.class).collect();
    classes.is_empty() || classes.iter().any(|class| !OTHERS.contains(class))
}

fn generates(asset: &Asset) -> bool {
    let format = text(asset, "format");
    let told = text(asset, "architecture") + " " + &text(asset, "architectures") + " " + &text(asset, "task");
    format == "gguf" || has_word(&told, LANGUAGE_MODELS) || told.contains("text-generation")
}

fn has_word(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

fn text(asset: &Asset, name: &str) -> String {
    match asset.props.get(name) {
        Some(Value::String(text)) => text.to_lowercase(),
        Some(value @ (Value::Array(_) | Value::Object(_))) => value.to_string().to_lowercase(),
        _ => String::new(),
    }
}

fn truthy(asset: &Asset, name: &str) -> bool {
    asset.props.get(name) == Some(&Value::Bool(true))
}

fn is_false(asset: &Asset, name: &str) -> bool {
    asset.props.get(name) == Some(&Value::Bool(false))
}

#[cfg(test)]
mod tests {
    use syndic_evidence::{Location, Urn, Zone};

    use super::*;

    fn model(format: &str) -> Asset {
        let urn = Urn::local("s", AssetKind::Model, "m");
        Asset::new(urn, AssetKind::Model, "m", Zone::Data, Location::default()).prop("format", format)
    }

    #[test]
    fn a_pickle_runs_code_unless_the_inspector_says_otherwise() {
        assert!(marks(&model("pickle")).contains(&Mark::CodeOnLoad));
        assert!(!marks(&model("pickle").prop("code_on_load", false)).contains(&Mark::CodeOnLoad));
        assert!(!marks(&model("safetensors")).contains(&Mark::CodeOnLoad));
    }

    #[test]
    fn a_vector_database_in_the_cloud_is_put_no_prompt() {
        let provider = |name: &str| {
            let urn = Urn::external(AssetKind::Provider, name);
            marks(&Asset::new(urn, AssetKind::Provider, name, Zone::ThirdParty, Location::default()))
        };
        assert!(!provider("Pinecone").contains(&Mark::Generative));
        assert!(!provider("LangSmith").contains(&Mark::Generative));
        assert!(provider("OpenAI").contains(&Mark::Generative));
        assert!(provider("llm.acme.example").contains(&Mark::Generative));
    }

    #[test]
    fn a_gguf_file_is_a_language_model() {
        assert!(marks(&model("gguf")).contains(&Mark::Generative));
        assert!(!marks(&model("onnx")).contains(&Mark::Generative));
    }
}
