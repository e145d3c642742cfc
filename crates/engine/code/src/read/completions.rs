//! Which calls ask a model, by the resolved path of the call.

use std::sync::LazyLock;

use super::vocabulary::is_unbroken;
use crate::maps::HashSet;
use crate::python::{Call, Sketch, Value, last, split_last};

/// Endings that only clients of language models have.
const CERTAIN: &[&str] = &[
    ".chat.completions.create",
    ".completions.create",
    ".responses.create",
    ".responses.parse",
    ".chat.completions.parse",
    ".messages.stream",
    ".generate_content",
    ".generate_content_async",
    ".generate_content_stream",
    ".chat_completion",
    ".text_generation",
    ".invoke_model",
    ".converse",
    ".invoke_model_with_response_stream",
    ".converse_stream",
    ".ChatCompletion.create",
    ".ChatCompletion.acreate",
    ".Completion.create",
    ".create_chat_completion",
    ".create_completion",
    ".chat.complete",
    ".chat.complete_async",
    ".chat.stream",
    ".invoke_endpoint",
    ".models.generate_content",
    ".aio.models.generate_content",
];
/// Whole paths of functions that ask a model.
const FUNCTIONS: &[&str] = &[
    "litellm.completion",
    "litellm.acompletion",
    "litellm.text_completion",
    "litellm.responses",
    "litellm.aresponses",
    "litellm.Router().completion",
    "litellm.Router().acompletion",
    "ollama.chat",
    "ollama.generate",
    "replicate.run",
    "agents.Runner.run",
    "agents.Runner.run_sync",
    "agents.Runner.run_streamed",
    "claude_agent_sdk.query",
    "mlx_lm.generate",
];
/// Methods that ask a model when the object they are called on is one.
pub(super) const METHODS: &[&str] = &[
    "invoke",
    "ainvoke",
    "run",
    "arun",
    "predict",
    "apredict",
    "stream",
    "astream",
    "batch",
    "generate",
    "agenerate",
    "generate_text",
    "chat",
    "achat",
    "complete",
    "acomplete",
    "query",
    "aquery",
    "kickoff",
    "kickoff_async",
    "run_sync",
    "__call__",
    "ask",
    "completion",
    "call",
    "acall",
    "send_message",
    "generate_reply",
    "initiate_chat",
    "predict_messages",
    "generate_content",
];
/// Modules whose objects are models, chains or agents.
pub(super) const ROOTS: &[&str] = &[
    "openai",
    "anthropic",
    "vertexai",
    "mistralai",
    "cohere",
    "groq",
    "together",
    "fireworks",
    "ollama",
    "huggingface_hub",
    "transformers",
    "vllm",
    "llama_cpp",
    "gpt4all",
    "langchain",
    "langchain_openai",
    "langchain_anthropic",
    "langchain_community",
    "langchain_core",
    "langchain_aws",
    "langchain_google_genai",
    "langchain_ollama",
    "langchain_groq",
    "langchain_mistralai",
    "langchain_huggingface",
    "langchain_cohere",
    "langchain_experimental",
    "langgraph",
    "llama_index",
    "crewai",
    "pydantic_ai",
    "smolagents",
    "agno",
    "dspy",
    "haystack",
    "autogen",
    "autogen_agentchat",
    "strands",
    "agents",
    "semantic_kernel",
    "mlx_lm",
    "guidance",
    "ctransformers",
];
/// Words in a variable's name that say it holds a model, chain or agent.
const NAMES: &[&str] = &[
    "llm",
    "chain",
    "agent",
    "chat_model",
    "chatbot",
    "qa",
    "rag",
    "crew",
    "gpt",
    "claude",
    "assistant",
    "query_engine",
];

/// Paths of inference servers in the address of a request.
pub(super) const SERVER_PATHS: &[&str] =
    &["/chat/completions", "/v1/completions", "/v1/messages", "/api/generate", "/api/chat", ":generateContent"];
/// Methods that ask a model when they are given both `model` and `messages`, whatever they are called on.
pub(super) const SHAPED: &[&str] = &[
    "create",
    "acreate",
    "chat",
    "achat",
    "complete",
    "acomplete",
    "completion",
    "acompletion",
    "generate",
    "agenerate",
    "stream",
    "parse",
    "invoke",
    "ainvoke",
    "call",
    "send",
];

/// Methods that send a request, which may go to an inference server.
const REQUESTS: &[&str] = &["post", "stream", "request", "urlopen"];
/// Last parts of every path that can ask a model: one look-up turns away nearly every call.
static LAST_PARTS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let paths = CERTAIN.iter().chain(FUNCTIONS).map(|path| last(path));
    paths.chain([METHODS, SHAPED, REQUESTS].into_iter().flatten().copied()).collect()
});

/// Endings and paths of calls that ask a model.
pub(super) fn paths() -> impl Iterator<Item = &'static str> {
    CERTAIN.iter().chain(FUNCTIONS).copied().chain([".messages.create"])
}

/// Says whether a variable, its name in small letters, is called after a model, chain or agent.
pub(super) fn is_called_after_model(variable: &str) -> bool {
    NAMES.iter().any(|name| variable == *name || variable.split('_').any(|part| part == *name))
}

/// Says whether a call asks a language model and returns what it said.
pub(super) fn is_completion(sketch: &Sketch, call: &Call) -> bool {
    *call.known.completes.get_or_init(|| {
        LAST_PARTS.contains(call.last()) && (is_certain_completion(sketch, call) || is_likely_completion(call))
    })
}

/// By a shape that nothing but the client of a model has, wherever the client was made.
pub(super) fn is_certain_completion(sketch: &Sketch, call: &Call) -> bool {
    if !LAST_PARTS.contains(call.last()) {
        return false;
    }
    let callee = call.callee.as_str();
    // Other services have messages to create too; only models are given a model.
    if callee.ends_with(".messages.create") && (call.arg("model").is_some() || call.root() == "anthropic") {
        return true;
    }
    if CERTAIN.iter().any(|ending| callee.ends_with(ending)) || FUNCTIONS.contains(&callee) {
        return true;
    }
    let is_shaped = SHAPED.contains(&call.last()) && call.arg("model").is_some() && call.arg("messages").is_some();
    is_shaped || asks_server(sketch, call)
}

/// `requests.post("http://host:11434/api/generate", json=…)`.
fn asks_server(sketch: &Sketch, call: &Call) -> bool {
    if !REQUESTS.contains(&call.last()) {
        return false;
    }
    call.args.iter().take(2).chain(call.arg("url")).any(|value| {
        let text = match value {
            Value::Mixed(text, _) => Some(text.as_str()),
            Value::Name(name) => sketch.binding(name, call.function).and_then(|bind| match &bind.value {
                Value::Mixed(text, _) => Some(text.as_str()),
                other => sketch.literal(other, bind.function),
            }),
            other => sketch.literal(other, call.function),
        };
        text.is_some_and(names_server)
    })
}

/// Says whether an address is one of an inference server.
fn names_server(address: &str) -> bool {
    let is_in = |path: &&str| address.match_indices(*path).any(|(at, _)| address.get(..at).is_some_and(is_unbroken));
    SERVER_PATHS.iter().any(is_in)
}

/// By what made the object, or by the name of the variable that holds it.
fn is_likely_completion(call: &Call) -> bool {
    is_method_of_model(&call.callee, &call.written)
}

/// Says whether a path is a method of a model, chain or agent: by its maker in `callee`, by the variable in `written`.
pub(crate) fn is_method_of_model(callee: &str, written: &str) -> bool {
    let Some((object, method)) = split_last(callee) else { return false };
    if !METHODS.contains(&method) {
        return false;
    }
    let root = callee.split(['.', '(']).next().unwrap_or_default();
    if object.ends_with("()") || object.contains("().") {
        let is_model = ROOTS.contains(&root)
            || ["google.genai.", "google.generativeai.", "google.adk."].iter().any(|root| callee.starts_with(root));
        let is_helper =
            ["Loader", "Retriever", "Splitter", "Parser", "Tokenizer", "VectorStore", "vectorstores", "Prompt"]
                .iter()
                .any(|word| object.contains(word));
        return is_model && !is_helper;
    }
    let variable = written
        .rsplit_once('.')
        .map_or("", |(object, _)| object.rsplit('.').next().unwrap_or(object))
        .to_ascii_lowercase();
    let is_graph = matches!(method, "invoke" | "ainvoke" | "stream" | "astream")
        && matches!(variable.as_str(), "graph" | "workflow");
    is_graph || is_called_after_model(&variable)
}

/// Says whether a call runs any model: a language model, a classifier, an inference session.
pub(super) fn is_inference(sketch: &Sketch, call: &Call) -> bool {
    *call.known.infers.get_or_init(|| is_completion(sketch, call) || runs_model(call))
}

/// By the method and the variable or maker of the model it is called on.
fn runs_model(call: &Call) -> bool {
    let callee = call.callee.as_str();
    let method = call.last();
    if matches!(method, "predict_proba" | "predict_on_batch" | "decision_function") {
        return true;
    }
    if method == "run" && callee.contains("InferenceSession()")
        || memchr::memchr(b'(', callee.as_bytes()).is_some() && callee.contains("pipeline().__call__")
    {
        return true;
    }
    if !matches!(method, "predict" | "generate" | "transcribe" | "infer" | "forward" | "__call__") {
        return false;
    }
    let variable = call
        .written
        .rsplit_once('.')
        .map_or("", |(object, _)| object.rsplit('.').next().unwrap_or(object))
        .to_ascii_lowercase();
    let holds_model =
        ["model", "classifier", "predictor", "pipeline", "estimator", "regressor", "generator", "detector"]
            .iter()
            .any(|name| variable.split('_').any(|part| part == *name));
    if holds_model && matches!(method, "predict" | "generate" | "transcribe" | "infer" | "forward") {
        return true;
    }
    matches!(method, "predict" | "__call__")
        && ["joblib.load()", "pickle.load()", "load_model()", "from_pretrained()", "torch.load()"]
            .iter()
            .any(|made| callee.contains(made))
}
