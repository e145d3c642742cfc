//! The list of AI providers, SDKs and environment variables that code and configuration are matched against.
//!
//! The tables are data (`rules/catalogue/*.tsv`), compiled in. They name products and technical facts only.

use std::collections::HashMap;
use std::sync::LazyLock;

const ENDPOINTS: &str = include_str!("../../../../rules/catalogue/ai_endpoints.tsv");
const ENV_VARS: &str = include_str!("../../../../rules/catalogue/ai_env_vars.tsv");
const SDKS: &str = include_str!("../../../../rules/catalogue/ai_sdks.tsv");

/// Names the tables use for one and the same provider, each with the one the endpoint table writes.
const SAME: [(&str, &str); 9] = [
    ("Azure OpenAI", "Microsoft Azure OpenAI"),
    ("Google", "Google Gemini API"),
    ("Google Vertex", "Google Vertex AI"),
    ("W&B", "Weights & Biases"),
    ("Moonshot", "Moonshot Kimi"),
    ("Zhipu", "Zhipu GLM"),
    ("IBM", "IBM watsonx"),
    ("ByteDance", "ByteDance Ark"),
    ("NVIDIA NGC", "NVIDIA NIM"),
];

/// Providers whose setting speaks of something run here, not of a third party.
const OWN: [&str; 5] = ["Ollama", "vLLM", "LiteLLM", "Weaviate", "Qdrant"];

/// A host name of an AI service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AiHost {
    /// Host name, or the ending that host names of the service have.
    pub host: &'static str,
    /// Whether any sub-domain matches too.
    pub is_suffix: bool,
    /// Provider's name.
    pub provider: &'static str,
    /// `api`, `chat`, `code`, `media`, `agg`, `hub`, `cloud`, `vec`, `obs` or `ml`.
    pub class: &'static str,
    /// `high`, `medium` or `low`.
    pub confidence: &'static str,
}

/// An environment variable that configures an AI service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AiEnvVar {
    /// The variable.
    pub name: &'static str,
    /// Provider's name.
    pub provider: &'static str,
    /// Whether its value is a credential.
    pub is_secret: bool,
}

/// A package that brings an AI capability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AiSdk {
    /// `pypi`, `npm`, `crates`, `go`, `maven` or `nuget`.
    pub ecosystem: &'static str,
    /// Package name.
    pub package: &'static str,
    /// Module as imported in code; `boto3:bedrock-runtime` needs the service name beside the module.
    pub import: &'static str,
    /// `llm-api`, `agent`, `vector-db`, `ml-framework`, `serving`, `training` …
    pub class: &'static str,
}

/// The compiled-in tables.
#[derive(Debug)]
pub struct AiCatalogue {
    hosts: Vec<AiHost>,
    env_vars: HashMap<&'static str, AiEnvVar>,
    sdks: Vec<AiSdk>,
    /// By ecosystem and normalised name, the place in `sdks`.
    packages: HashMap<(&'static str, String), usize>,
    /// By ecosystem and module, the place in `sdks`; without those that a module alone does not tell.
    imports: HashMap<(&'static str, &'static str), usize>,
}

static BUILTIN: LazyLock<AiCatalogue> = LazyLock::new(AiCatalogue::read);

impl AiCatalogue {
    /// Returns the compiled-in tables.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    fn read() -> Self {
        let hosts = rows(ENDPOINTS)
            .filter_map(|row| match row.as_slice() {
                [kind @ ("domain" | "domain_suffix"), host, provider, class, confidence, ..] => {
                    Some(AiHost { host, is_suffix: *kind == "domain_suffix", provider, class, confidence })
                }
                _ => None,
            })
            .collect();
        let env_vars = rows(ENV_VARS)
            .filter_map(|row| match row.as_slice() {
                [name, provider, secret, ..] => Some((*name, AiEnvVar { name, provider, is_secret: *secret == "yes" })),
                _ => None,
            })
            .collect();
        let sdks: Vec<AiSdk> = rows(SDKS)
            .filter_map(|row| match row.as_slice() {
                [ecosystem, package, import, class, ..] => Some(AiSdk { ecosystem, package, import, class }),
                _ => None,
            })
            .collect();
        // Of two rows that say the same name the first counts, of two that say the same module the last.
        let listed = || sdks.iter().enumerate();
        let packages = listed().rev().map(|(row, sdk)| ((sdk.ecosystem, normalise(sdk.ecosystem, sdk.package)), row));
        let modules = listed().filter(|(_, sdk)| !sdk.import.contains(':'));
        let imports = modules.map(|(row, sdk)| ((sdk.ecosystem, sdk.import), row));
        Self { packages: packages.collect(), imports: imports.collect(), hosts, env_vars, sdks }
    }

    /// Returns every known host name, to build a matcher from.
    pub fn hosts(&self) -> &[AiHost] {
        &self.hosts
    }

    /// Returns the service a host name belongs to; Bedrock and SageMaker by the form of their regional names.
    pub fn host(&self, host: &str) -> Option<&AiHost> {
        let host = host.to_ascii_lowercase();
        if let Some(found) = regional_aws_host(&host) {
            return Some(found);
        }
        self.hosts.iter().find(|known| {
            host == known.host
                || (known.is_suffix && host.strip_suffix(known.host).is_some_and(|rest| rest.ends_with('.')))
        })
    }

    /// Returns what an environment variable configures.
    pub fn env_var(&self, name: &str) -> Option<&AiEnvVar> {
        self.env_vars.get(name)
    }

    /// Returns the third party that a setting's name speaks of; nothing for what is run here, such as Ollama.
    ///
    /// ```
    /// use syndic_detect::AiCatalogue;
    /// let catalogue = AiCatalogue::builtin();
    /// assert_eq!(catalogue.third_party("AZURE_OPENAI_API_KEY"), Some("Microsoft Azure OpenAI"));
    /// assert_eq!(catalogue.third_party("OLLAMA_HOST"), None);
    /// ```
    pub fn third_party(&self, setting: &str) -> Option<&'static str> {
        let provider = self.env_var(setting)?.provider.trim_end_matches(" (legacy)");
        let is_elsewhere =
            !OWN.contains(&provider) && !provider.contains("-compatible") && !provider.contains(" cache");
        is_elsewhere.then(|| Self::one_name(provider))
    }

    /// Returns the one name a provider has, whichever table named it.
    pub fn one_name(provider: &'static str) -> &'static str {
        SAME.iter().find(|(name, _)| *name == provider).map_or(provider, |(_, same)| same)
    }

    /// Returns every known package.
    pub fn sdks(&self) -> &[AiSdk] {
        &self.sdks
    }

    /// Returns the known package by its name in an ecosystem; Python names compare as PEP 503 says.
    pub fn package(&self, ecosystem: &str, name: &str) -> Option<&AiSdk> {
        self.sdks.get(*self.packages.get(&(ecosystem, normalise(ecosystem, name)))?)
    }

    /// Returns the known package that a dotted or slashed module path imports, the longest match first.
    pub fn import(&self, ecosystem: &str, module: &str) -> Option<&AiSdk> {
        let parents = module.rmatch_indices(['.', '/']).filter_map(|(end, _)| module.get(..end));
        let mut known = std::iter::once(module).chain(parents).filter_map(|path| self.imports.get(&(ecosystem, path)));
        self.sdks.get(*known.next()?)
    }
}

fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(|line| line.split('\t').collect())
}

fn normalise(ecosystem: &str, name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    if ecosystem == "pypi" { lower.replace(['_', '.'], "-") } else { lower }
}

fn regional_aws_host(host: &str) -> Option<&'static AiHost> {
    static BEDROCK: AiHost = AiHost {
        host: "bedrock-runtime.amazonaws.com",
        is_suffix: true,
        provider: "AWS Bedrock",
        class: "cloud",
        confidence: "high",
    };
    static SAGEMAKER: AiHost = AiHost {
        host: "runtime.sagemaker.amazonaws.com",
        is_suffix: true,
        provider: "AWS SageMaker",
        class: "cloud",
        confidence: "high",
    };
    let service = host.strip_suffix(".amazonaws.com")?;
    if service.starts_with("bedrock") {
        Some(&BEDROCK)
    } else if service.starts_with("runtime.sagemaker.") {
        Some(&SAGEMAKER)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_match_whole_labels_only() {
        let catalogue = AiCatalogue::builtin();
        assert_eq!(catalogue.host("API.openai.com").unwrap().provider, "OpenAI");
        assert_eq!(catalogue.host("acme.openai.azure.com").unwrap().provider, "Microsoft Azure OpenAI");
        assert_eq!(catalogue.host("bedrock-runtime.eu-west-1.amazonaws.com").unwrap().provider, "AWS Bedrock");
        assert!(catalogue.host("notopenai.azure.com").is_none());
        assert!(catalogue.host("api.openai.com.evil.example").is_none());
    }

    #[test]
    fn packages_and_imports_are_found_by_their_own_names() {
        let catalogue = AiCatalogue::builtin();
        assert_eq!(catalogue.package("pypi", "Sentence_Transformers").unwrap().class, "embeddings");
        assert_eq!(catalogue.import("pypi", "google.genai.types").unwrap().package, "google-genai");
        assert!(catalogue.import("pypi", "openai_helpers").is_none());
    }

    #[test]
    fn credentials_are_told_from_settings() {
        let catalogue = AiCatalogue::builtin();
        assert!(catalogue.env_var("OPENAI_API_KEY").unwrap().is_secret);
        assert!(!catalogue.env_var("OPENAI_BASE_URL").unwrap().is_secret);
    }
}
