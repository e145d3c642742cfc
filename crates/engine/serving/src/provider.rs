//! AI providers named by a setting or an address.

use syndic_detect::{AiCatalogue, AiHost};

/// Names the tables use for one and the same provider, as the endpoint table writes it.
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

/// Providers whose setting speaks of something run here, or of a cache, not of a third party.
const OWN: [&str; 5] = ["Ollama", "vLLM", "LiteLLM", "Weaviate", "Qdrant"];

/// Returns the third party that a setting's name speaks of.
pub(crate) fn of_setting(name: &str) -> Option<&'static str> {
    let known = AiCatalogue::builtin().env_var(name)?;
    let provider = known.provider.trim_end_matches(" (legacy)");
    let is_third_party = !OWN.contains(&provider) && !provider.contains("-compatible") && !provider.contains(" cache");
    is_third_party.then(|| SAME.iter().find(|(name, _)| *name == provider).map_or(provider, |(_, same)| same))
}

/// Returns the AI service at a host.
pub(crate) fn of_host(host: &str) -> Option<&'static AiHost> {
    AiCatalogue::builtin().host(host).filter(|known| known.confidence != "low")
}
