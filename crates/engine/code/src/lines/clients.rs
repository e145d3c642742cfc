//! Client constructors, base URLs and model names among tokens.

use syndic_detect::AiCatalogue;
use syndic_evidence::Confidence;

use super::tokens::{Kind, Token};
use crate::hosts::Endpoint;
use crate::read::{is_model_name, known_by_model};
use crate::{Facts, HostedModelUse, ModelHost, ProviderUse, Spot};

/// Constructors after `new` (or called like functions) by name: provider.
const CONSTRUCTORS: &[(&str, &str)] = &[
    ("AzureOpenAI", "Microsoft Azure OpenAI"),
    ("AzureChatOpenAI", "Microsoft Azure OpenAI"),
    ("AzureOpenAIClient", "Microsoft Azure OpenAI"),
    ("OpenAI", "OpenAI"),
    ("ChatOpenAI", "OpenAI"),
    ("OpenAIEmbeddings", "OpenAI"),
    ("OpenAIClient", "OpenAI"),
    ("Anthropic", "Anthropic"),
    ("ChatAnthropic", "Anthropic"),
    ("AnthropicClient", "Anthropic"),
    ("GoogleGenAI", "Google Gemini API"),
    ("GoogleGenerativeAI", "Google Gemini API"),
    ("ChatGoogleGenerativeAI", "Google Gemini API"),
    ("BedrockRuntimeClient", "AWS Bedrock"),
    ("ChatBedrockConverse", "AWS Bedrock"),
    ("Mistral", "Mistral"),
    ("CohereClient", "Cohere"),
    ("CohereClientV2", "Cohere"),
    ("Groq", "Groq"),
    ("HfInference", "Hugging Face"),
    ("InferenceClient", "Hugging Face"),
];
const URL_KEYS: &[&str] = &["baseURL", "baseUrl", "base_url", "basePath", "endpoint", "BaseURL", "apiBase"];
const MODEL_KEYS: &[&str] = &["model", "modelName", "modelId", "Model", "model_name", "deploymentName"];
/// Methods by which the factories of the AI SDK name a model.
const FACTORY_METHODS: [&str; 9] = [
    "embedding",
    "textEmbedding",
    "textEmbeddingModel",
    "chat",
    "completion",
    "responses",
    "languageModel",
    "image",
    "transcription",
];
/// Tokens after a constructor in which its options are looked for.
const OPTIONS: usize = 60;

/// Reads clients, models and switches into the facts.
pub(super) fn read(tokens: &[Token<'_>], facts: &mut Facts) {
    let has_sdk = !facts.imports.is_empty();
    for (index, token) in tokens.iter().enumerate() {
        let rest = tokens.get(index..).unwrap_or_default();
        if has_sdk && token.kind == Kind::Word {
            constructor(tokens, index, facts);
        }
        if token.kind == Kind::Text {
            host(token, facts);
        }
        model(rest, has_sdk, facts);
    }
}

fn spot(token: &Token<'_>) -> Spot {
    Spot { line: token.line, cell: None }
}

fn constructor(tokens: &[Token<'_>], index: usize, facts: &mut Facts) {
    let Some(token) = tokens.get(index) else { return };
    let is_new = index.checked_sub(1).and_then(|before| tokens.get(before)).is_some_and(|before| before.is_word("new"));
    let Some((name, provider)) = CONSTRUCTORS.iter().find(|(name, _)| is_new && token.text == *name) else { return };
    let options = tokens.get(index..).unwrap_or_default();
    let end = options.iter().position(|token| token.is_mark(";")).unwrap_or(OPTIONS).min(OPTIONS);
    let url = options.get(..end.min(options.len())).unwrap_or_default().windows(3).find_map(|window| match window {
        [key, colon, value]
            if URL_KEYS.contains(&key.text)
                && (colon.is_mark(":") || colon.is_mark("="))
                && value.kind == Kind::Text =>
        {
            Endpoint::parse(value.text)
        }
        _ => None,
    });
    push_client(facts, provider, name, url.as_ref(), spot(token));
}

fn push_client(facts: &mut Facts, provider: &str, through: &str, url: Option<&Endpoint>, at: Spot) {
    let (provider, host) = match url {
        Some(url) => match AiCatalogue::builtin().host(&url.host) {
            Some(known) => (known.provider.to_owned(), ModelHost::ThirdParty),
            None if url.is_own() => (url.address(), ModelHost::Own),
            None => (url.host.clone(), ModelHost::ThirdParty),
        },
        None => (provider.to_owned(), ModelHost::ThirdParty),
    };
    facts.providers.push(ProviderUse {
        provider,
        through: through.to_owned(),
        host,
        base_url: url.map(Endpoint::origin),
        encrypted: url.map_or(Some(true), Endpoint::encrypted),
        is_called: false,
        confidence: Confidence::High,
        at,
    });
}

/// A literal URL of a provider's API, wherever it is used.
fn host(token: &Token<'_>, facts: &mut Facts) {
    if !token.text.starts_with("http") {
        return;
    }
    let Some(url) = Endpoint::parse(token.text) else { return };
    let known =
        AiCatalogue::builtin().host(&url.host).filter(|known| known.class == "api" && known.confidence == "high");
    if let Some(known) = known
        && !facts.providers.iter().any(|seen| seen.provider == known.provider)
    {
        push_client(facts, known.provider, "URL", Some(&url), spot(token));
        if let Some(seen) = facts.providers.last_mut() {
            seen.confidence = Confidence::Medium;
        }
    }
}

/// `model: "gpt-4o"`, `Model = "…"`, `openai("gpt-4o")`.
fn model(rest: &[Token<'_>], has_sdk: bool, facts: &mut Facts) {
    // `openai.embedding("…")`: the factory's method names what the model is for.
    let rest = match rest {
        [factory, dot, method, open, ..]
            if is_model_factory(factory)
                && dot.is_mark(".")
                && FACTORY_METHODS.contains(&method.text)
                && open.is_mark("(") =>
        {
            return named_model(factory, rest.get(4), has_sdk, facts);
        }
        _ => rest,
    };
    let [key, mark, value, ..] = rest else { return };
    let is_option = MODEL_KEYS.contains(&key.text) && (mark.is_mark(":") || mark.is_mark("="));
    let is_factory = is_model_factory(key) && mark.is_mark("(");
    if !has_sdk
        || key.kind != Kind::Word
        || value.kind != Kind::Text
        || !(is_option || is_factory)
        || !is_model_name(value.text)
    {
        return;
    }
    let only = match facts.providers.as_slice() {
        [only] => Some((only.provider.clone(), only.host)),
        _ => None,
    };
    let Some((provider, host)) = known_by_model(value.text)
        .map(|known| (known.to_owned(), ModelHost::ThirdParty))
        .or(only.filter(|_| is_option))
    else {
        return;
    };
    push_model(facts, provider, host, key, value);
}

fn is_model_factory(token: &Token<'_>) -> bool {
    matches!(token.text, "openai" | "anthropic" | "google" | "mistral" | "groq" | "bedrock" | "azure" | "cohere")
}

fn named_model(factory: &Token<'_>, value: Option<&Token<'_>>, has_sdk: bool, facts: &mut Facts) {
    let Some(value) = value.filter(|value| has_sdk && value.kind == Kind::Text && is_model_name(value.text)) else {
        return;
    };
    if let Some(provider) = known_by_model(value.text) {
        push_model(facts, provider.to_owned(), ModelHost::ThirdParty, factory, value);
    }
}

fn push_model(facts: &mut Facts, provider: String, host: ModelHost, through: &Token<'_>, value: &Token<'_>) {
    if facts.models.iter().any(|known| known.model == value.text) {
        return;
    }
    facts.models.push(HostedModelUse {
        provider,
        model: value.text.to_owned(),
        host,
        pinned: None,
        through: through.text.to_owned(),
        confidence: Confidence::High,
        at: spot(value),
    });
}
