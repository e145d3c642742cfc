//! Which packages bring an AI capability: the catalogue, the popular list, and families that share a prefix.

use std::collections::HashMap;
use std::sync::LazyLock;

use syndic_detect::AiCatalogue;

use crate::popular::POPULAR;

/// Integrations published under one project's prefix, too many to list.
const FAMILIES: [(&str, &str); 10] = [
    ("langchain-", "orchestration"),
    ("llama-index-", "orchestration"),
    ("langgraph-", "agent"),
    ("autogen-", "agent"),
    ("crewai-", "agent"),
    ("haystack-", "orchestration"),
    ("pydantic-ai-", "agent"),
    ("torch-", "ml-framework"),
    ("openinference-", "observability"),
    ("onnxruntime-", "runtime"),
];

/// Maven groups every artifact of which is one AI library's.
const JVM_GROUPS: [(&str, &str); 8] = [
    ("org.springframework.ai:", "orchestration"),
    ("dev.langchain4j:", "orchestration"),
    ("io.quarkiverse.langchain4j:", "orchestration"),
    ("com.google.genai:", "llm-api"),
    ("io.modelcontextprotocol", "agent"),
    ("ai.djl", "ml-framework"),
    ("org.deeplearning4j:", "ml-framework"),
    ("com.microsoft.semantic-kernel:", "orchestration"),
];

/// Returns the capability class of a package of an ecosystem (named as package URLs do); nothing for any other.
pub(crate) fn class_of(ecosystem: &str, name: &str) -> Option<&'static str> {
    let catalogue = match ecosystem {
        "cargo" => "crates",
        "golang" => "go",
        other => other,
    };
    if let Some(class) = LISTED.get(&(catalogue, plain(ecosystem, name))) {
        return Some(class);
    }
    if ecosystem == "conda" {
        return class_of("pypi", pypi_name(name));
    }
    if ecosystem == "golang" {
        let sdks = AiCatalogue::builtin().sdks().iter().filter(|sdk| sdk.ecosystem == "go");
        return sdks.into_iter().find(|sdk| is_module_of(name, sdk.package)).map(|sdk| sdk.class);
    }
    match ecosystem {
        "pypi" => family(name),
        "maven" => JVM_GROUPS.iter().find(|(group, _)| name.starts_with(group)).map(|(_, class)| *class),
        _ => None,
    }
}

/// Catalogue ecosystem and plain name → class, of the catalogue and the popular list.
static LISTED: LazyLock<HashMap<(&str, String), &str>> = LazyLock::new(|| {
    let popular = POPULAR.iter().filter(|(_, class)| !class.is_empty());
    let popular = popular.map(|(name, class)| (("pypi", (*name).to_owned()), *class));
    // `boto3:bedrock-runtime`: the package alone says nothing about AI, only the service called in code does.
    let sdks = AiCatalogue::builtin().sdks().iter().filter(|sdk| !sdk.import.contains(':'));
    popular.chain(sdks.map(|sdk| ((sdk.ecosystem, plain(sdk.ecosystem, sdk.package)), sdk.class))).collect()
});

/// Names compare in lower case, on PyPI with every separator alike (PEP 503).
fn plain(ecosystem: &str, name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    if ecosystem == "pypi" { lower.replace(['_', '.'], "-") } else { lower }
}

/// The name on PyPI of what conda channels call otherwise.
fn pypi_name(name: &str) -> &str {
    match name {
        "pytorch" | "pytorch-cpu" | "pytorch-gpu" => "torch",
        "py-xgboost" | "py-xgboost-gpu" => "xgboost",
        "faiss" => "faiss-cpu",
        "tensorflow-base" => "tensorflow",
        "huggingface_hub" => "huggingface-hub",
        other => other,
    }
}

/// A module requires `github.com/x/y`, code imports `github.com/x/y/api`.
fn is_module_of(module: &str, package: &str) -> bool {
    package.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) && module.contains('/')
}

fn family(name: &str) -> Option<&'static str> {
    let name = plain("pypi", name);
    FAMILIES.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, class)| *class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_with_an_ai_capability_are_known_by_name_or_family() {
        assert_eq!(class_of("pypi", "Torch"), Some("ml-framework"));
        assert_eq!(class_of("pypi", "langchain_postgres"), Some("orchestration"));
        assert_eq!(class_of("golang", "github.com/ollama/ollama"), Some("local-llm"));
        assert_eq!(class_of("conda", "pytorch"), Some("ml-framework"));
        assert_eq!(class_of("npm", "@anthropic-ai/sdk"), Some("llm-api"));
        assert_eq!(class_of("maven", "org.springframework.ai:spring-ai-openai"), Some("orchestration"));
        assert_eq!(class_of("maven", "org.springframework.boot:spring-boot"), None);
        for name in ["boto3", "flask", "requests"] {
            assert_eq!(class_of("pypi", name), None, "{name}");
        }
    }
}
