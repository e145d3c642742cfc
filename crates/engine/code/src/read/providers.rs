//! Which provider a package, a client class or a model name belongs to.
//!
//! Names are those of `rules/catalogue/ai_endpoints.tsv`, so that code, configuration and traffic meet in one asset.

use crate::maps::HashSet;

use std::sync::LazyLock;

/// Packages that speak to exactly one provider.
const PACKAGES: &[(&str, &str)] = &[
    ("openai", "OpenAI"),
    ("anthropic", "Anthropic"),
    ("google-genai", "Google Gemini API"),
    ("google-generativeai", "Google Gemini API"),
    ("google-cloud-aiplatform", "Google Vertex AI"),
    ("azure-ai-inference", "Microsoft Foundry"),
    ("azure-ai-projects", "Microsoft Foundry"),
    ("mistralai", "Mistral"),
    ("cohere", "Cohere"),
    ("groq", "Groq"),
    ("together", "Together"),
    ("fireworks-ai", "Fireworks"),
    ("replicate", "Replicate"),
    ("claude-agent-sdk", "Anthropic"),
    ("openai-agents", "OpenAI"),
    ("@anthropic-ai/sdk", "Anthropic"),
    ("@google/genai", "Google Gemini API"),
    ("@aws-sdk/client-bedrock-runtime", "AWS Bedrock"),
    ("@ai-sdk/openai", "OpenAI"),
    ("@openai/agents", "OpenAI"),
    ("@huggingface/inference", "Hugging Face"),
    ("cohere-ai", "Cohere"),
    ("@mistralai/mistralai", "Mistral"),
    ("groq-sdk", "Groq"),
    ("async-openai", "OpenAI"),
    ("github.com/openai/openai-go", "OpenAI"),
    ("github.com/sashabaranov/go-openai", "OpenAI"),
    ("github.com/anthropics/anthropic-sdk-go", "Anthropic"),
    ("google.golang.org/genai", "Google Gemini API"),
    ("com.openai:openai-java", "OpenAI"),
    ("com.anthropic:anthropic-java", "Anthropic"),
    ("OpenAI", "OpenAI"),
    ("Azure.AI.OpenAI", "Microsoft Azure OpenAI"),
];

/// Client classes and functions of the providers' own SDKs: module, names, provider.
const CLIENTS: &[(&str, &[&str], &str)] = &[
    ("openai", &["AzureOpenAI", "AsyncAzureOpenAI"], "Microsoft Azure OpenAI"),
    (
        "openai",
        &[
            "OpenAI",
            "AsyncOpenAI",
            "Client",
            "ChatCompletion.create",
            "ChatCompletion.acreate",
            "Completion.create",
            "Embedding.create",
            "chat.completions.create",
            "responses.create",
            "embeddings.create",
        ],
        "OpenAI",
    ),
    ("langfuse.openai", &["OpenAI", "AsyncOpenAI"], "OpenAI"),
    ("anthropic", &["AnthropicBedrock", "AsyncAnthropicBedrock"], "AWS Bedrock"),
    ("anthropic", &["AnthropicVertex", "AsyncAnthropicVertex"], "Google Vertex AI"),
    ("anthropic", &["Anthropic", "AsyncAnthropic", "Client"], "Anthropic"),
    ("google.genai", &["Client"], "Google Gemini API"),
    ("google.generativeai", &["GenerativeModel", "configure", "embed_content"], "Google Gemini API"),
    (
        "vertexai",
        &[
            "init",
            "GenerativeModel",
            "TextGenerationModel.from_pretrained",
            "TextEmbeddingModel.from_pretrained",
            "generative_models.GenerativeModel",
            "preview.generative_models.GenerativeModel",
            "language_models.TextGenerationModel.from_pretrained",
            "language_models.TextEmbeddingModel.from_pretrained",
        ],
        "Google Vertex AI",
    ),
    ("mistralai", &["Mistral", "MistralClient", "client.MistralClient"], "Mistral"),
    ("cohere", &["Client", "ClientV2", "AsyncClient", "AsyncClientV2"], "Cohere"),
    ("groq", &["Groq", "AsyncGroq"], "Groq"),
    ("together", &["Together", "AsyncTogether"], "Together"),
    ("fireworks", &["client.Fireworks", "Fireworks"], "Fireworks"),
    ("replicate", &["Client", "run", "async_run", "stream"], "Replicate"),
    ("huggingface_hub", &["InferenceClient", "AsyncInferenceClient"], "Hugging Face"),
    (
        "azure.ai.inference",
        &["ChatCompletionsClient", "EmbeddingsClient", "aio.ChatCompletionsClient"],
        "Microsoft Foundry",
    ),
    ("voyageai", &["Client", "AsyncClient"], "Voyage"),
    ("elevenlabs", &["ElevenLabs", "client.ElevenLabs"], "ElevenLabs"),
    ("ollama", &["Client", "AsyncClient", "chat", "generate", "embed", "embeddings"], "Ollama"),
];

/// Frameworks whose classes name the provider they speak to.
pub(super) const FRAMEWORKS: &[&str] = &[
    "langchain",
    "langchain_openai",
    "langchain_anthropic",
    "langchain_community",
    "langchain_aws",
    "langchain_google_genai",
    "langchain_google_vertexai",
    "langchain_mistralai",
    "langchain_groq",
    "langchain_cohere",
    "langchain_ollama",
    "langchain_huggingface",
    "langchain_together",
    "langchain_fireworks",
    "langchain_deepseek",
    "langchain_xai",
    "langchain_azure_ai",
    "langchain_nvidia_ai_endpoints",
    "llama_index",
    "haystack",
    "haystack_integrations",
    "semantic_kernel",
    "autogen_ext",
    "agno",
    "smolagents",
    "pydantic_ai",
    "strands",
    "camel",
    "phi",
    "dspy",
    "guidance",
    "ragas",
];

/// Words in a framework's class name → provider; the first that fits counts.
const CLASS_WORDS: &[(&str, &str)] = &[
    ("AzureAI", "Microsoft Foundry"),
    ("Azure", "Microsoft Azure OpenAI"),
    ("OpenRouter", "OpenRouter"),
    ("OpenAI", "OpenAI"),
    ("AnthropicBedrock", "AWS Bedrock"),
    ("Bedrock", "AWS Bedrock"),
    ("Anthropic", "Anthropic"),
    ("Claude", "Anthropic"),
    ("Vertex", "Google Vertex AI"),
    ("GoogleGenerativeAI", "Google Gemini API"),
    ("GoogleGenAI", "Google Gemini API"),
    ("Gemini", "Google Gemini API"),
    ("Mistral", "Mistral"),
    ("Cohere", "Cohere"),
    ("Groq", "Groq"),
    ("Together", "Together"),
    ("Fireworks", "Fireworks"),
    ("DeepSeek", "DeepSeek"),
    ("NVIDIA", "NVIDIA NIM"),
    ("HuggingFaceEndpoint", "Hugging Face"),
    ("HuggingFaceHub", "Hugging Face"),
    ("HuggingFaceInferenceAPI", "Hugging Face"),
    ("InferenceClientModel", "Hugging Face"),
    ("XAI", "xAI"),
    ("Voyage", "Voyage"),
    ("Ollama", "Ollama"),
];

/// What a class name must also say to be a client of models.
const CLIENT_WORDS: &[&str] = &[
    "Chat",
    "LLM",
    "Llm",
    "Embedding",
    "Model",
    "Client",
    "Generator",
    "Embedder",
    "Completion",
    "Server",
    "Endpoint",
    "Hub",
];

/// Prefixes of `provider/model` and `provider:model` names, as routers write them.
const ROUTES: &[(&str, &str)] = &[
    ("openai", "OpenAI"),
    ("anthropic", "Anthropic"),
    ("azure", "Microsoft Azure OpenAI"),
    ("azure_openai", "Microsoft Azure OpenAI"),
    ("azure_ai", "Microsoft Foundry"),
    ("bedrock", "AWS Bedrock"),
    ("bedrock_converse", "AWS Bedrock"),
    ("sagemaker", "AWS SageMaker"),
    ("vertex_ai", "Google Vertex AI"),
    ("google_vertexai", "Google Vertex AI"),
    ("google-vertex", "Google Vertex AI"),
    ("gemini", "Google Gemini API"),
    ("google_genai", "Google Gemini API"),
    ("google-gla", "Google Gemini API"),
    ("mistral", "Mistral"),
    ("mistralai", "Mistral"),
    ("cohere", "Cohere"),
    ("groq", "Groq"),
    ("together_ai", "Together"),
    ("fireworks_ai", "Fireworks"),
    ("deepseek", "DeepSeek"),
    ("openrouter", "OpenRouter"),
    ("xai", "xAI"),
    ("perplexity", "Perplexity"),
    ("huggingface", "Hugging Face"),
    ("replicate", "Replicate"),
    ("watsonx", "IBM watsonx"),
    ("nvidia_nim", "NVIDIA NIM"),
    ("ollama", "Ollama"),
    ("ollama_chat", "Ollama"),
];

/// Beginnings of model names that only one provider uses.
const MODELS: &[(&str, &str)] = &[
    ("gpt-", "OpenAI"),
    ("chatgpt-", "OpenAI"),
    ("text-embedding-3", "OpenAI"),
    ("text-embedding-ada", "OpenAI"),
    ("text-davinci", "OpenAI"),
    ("dall-e", "OpenAI"),
    ("whisper-1", "OpenAI"),
    ("o1", "OpenAI"),
    ("o3", "OpenAI"),
    ("o4-mini", "OpenAI"),
    ("claude-", "Anthropic"),
    ("gemini-", "Google Gemini API"),
    ("command-r", "Cohere"),
    ("command-a", "Cohere"),
    ("mistral-large", "Mistral"),
    ("mistral-small", "Mistral"),
    ("mistral-medium", "Mistral"),
    ("codestral", "Mistral"),
    ("deepseek-chat", "DeepSeek"),
    ("deepseek-reasoner", "DeepSeek"),
    ("grok-", "xAI"),
];

/// Returns the one provider a package speaks to.
pub(crate) fn provider_of_package(package: &str) -> Option<&'static str> {
    PACKAGES.iter().find(|(known, _)| *known == package).map(|(_, provider)| *provider)
}

/// First modules of every path in [`CLIENTS`] and [`FRAMEWORKS`]: one look-up turns away nearly every call.
static ROOTS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let clients = CLIENTS.iter().map(|(module, ..)| first(module));
    clients.chain(FRAMEWORKS.iter().copied()).collect()
});

/// First modules of what makes clients of providers.
pub(super) fn roots() -> impl Iterator<Item = &'static str> {
    ROOTS.iter().copied()
}

/// Returns the first part of a dotted path.
pub(super) fn first(path: &str) -> &str {
    path.bytes().position(|byte| byte == b'.').and_then(|end| path.get(..end)).unwrap_or(path)
}

/// Returns the provider whose client a resolved call path constructs or calls.
pub(super) fn provider_of_call(callee: &str) -> Option<&'static str> {
    if !ROOTS.contains(first(callee)) {
        return None;
    }
    let own = CLIENTS.iter().find(|(module, names, _)| {
        callee.strip_prefix(module).and_then(|rest| rest.strip_prefix('.')).is_some_and(|rest| names.contains(&rest))
    });
    if let Some((_, _, provider)) = own {
        return Some(provider);
    }
    let (module, class) = callee.rsplit_once('.')?;
    let root = module.split('.').next()?;
    let is_class = class.starts_with(|first: char| first.is_ascii_uppercase()) && !module.contains('(');
    if !FRAMEWORKS.contains(&root) || !is_class {
        return None;
    }
    let is_client =
        CLIENT_WORDS.iter().any(|word| class.contains(word)) || CLASS_WORDS.iter().any(|(word, _)| class == *word);
    CLASS_WORDS.iter().find(|(word, _)| is_client && class.contains(word)).map(|(_, provider)| *provider)
}

/// Returns provider and bare model name of a routed name: `anthropic/claude-3` or `openai:gpt-4o`.
pub(crate) fn routed_model(name: &str) -> Option<(&'static str, &str)> {
    let (prefix, model) = name.split_once(['/', ':'])?;
    let (_, provider) = ROUTES.iter().find(|(known, _)| *known == prefix)?;
    Some((provider, model))
}

/// Returns the provider that alone uses model names of this form.
pub(crate) fn known_by_model(name: &str) -> Option<&'static str> {
    MODELS.iter().find(|(start, _)| name.starts_with(start)).map(|(_, provider)| *provider)
}

/// Says whether a text could be the name of a model: no spaces, no placeholder, no path of this machine.
pub(crate) fn is_model_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 150
        && !name.starts_with(['.', '/', '~', '<', '$'])
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./:@+".contains(&byte))
        && name.bytes().any(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn framework_classes_name_their_provider() {
        assert_eq!(provider_of_call("langchain_openai.ChatOpenAI"), Some("OpenAI"));
        assert_eq!(provider_of_call("langchain_community.chat_models.BedrockChat"), Some("AWS Bedrock"));
        assert_eq!(provider_of_call("llama_index.llms.anthropic.Anthropic"), Some("Anthropic"));
        assert_eq!(provider_of_call("langchain.agents.OpenAIFunctionsParser"), None);
        assert_eq!(provider_of_call("openai.OpenAI().chat.completions.create"), None);
    }

    #[test]
    fn a_model_name_is_no_path_and_no_sentence() {
        assert!(is_model_name("meta-llama/Llama-3.1-8B") && !is_model_name("./model") && !is_model_name("use a model"));
    }
}
