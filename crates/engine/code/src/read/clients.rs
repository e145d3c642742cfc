//! Clients of model providers, and the hosted models they are told to use.

use std::sync::LazyLock;

use syndic_detect::AiCatalogue;
use syndic_evidence::Confidence;

use super::providers::{is_model_name, known_by_model, provider_of_call, routed_model};
use crate::hosts::Endpoint;
use crate::maps::HashSet;
use crate::python::{Call, Sketch, Value, last};
use crate::{Facts, HostedModelUse, ModelHost, ProviderUse};

/// Keyword arguments that carry the address of a server.
const URL_ARGS: &[&str] = &[
    "base_url",
    "api_base",
    "openai_api_base",
    "azure_endpoint",
    "endpoint",
    "endpoint_url",
    "host",
    "server_url",
    "inference_server_url",
    "api_url",
];
/// Keyword arguments that carry a model name.
const MODEL_ARGS: &[&str] = &[
    "model",
    "model_name",
    "model_id",
    "modelId",
    "deployment_name",
    "azure_deployment",
    "engine",
    "deployment",
    "model_slug",
];
/// Functions that route to a provider by the prefix of the model name.
const ROUTERS: &[&str] = &[
    "litellm.completion",
    "litellm.acompletion",
    "litellm.embedding",
    "litellm.aembedding",
    "litellm.text_completion",
    "litellm.responses",
    "litellm.aresponses",
    "langchain.chat_models.init_chat_model",
    "langchain.chat_models.base.init_chat_model",
    "dspy.LM",
    "crewai.LLM",
    "pydantic_ai.Agent",
    "smolagents.LiteLLMModel",
    "aisuite.Client().chat.completions.create",
    "langchain_litellm.ChatLiteLLM",
    "instructor.from_provider",
    "langchain.agents.create_agent",
    "langgraph.prebuilt.create_react_agent",
    "langgraph.prebuilt.chat_agent_executor.create_react_agent",
];
/// Constructors of agents whose model is a keyword argument: path, argument, provider of names nobody else claims.
const AGENTS: &[(&str, &str, Option<&str>)] = &[
    ("crewai.Agent", "llm", None),
    ("crewai.agent.Agent", "llm", None),
    ("agents.Agent", "model", Some("OpenAI")),
    ("google.adk.agents.LlmAgent", "model", None),
    ("google.adk.agents.Agent", "model", None),
    ("google.adk.Agent", "model", None),
    ("strands.Agent", "model", Some("AWS Bedrock")),
];
/// Last parts of the paths of both: one look-up turns away nearly every call.
static LAST_PARTS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let agents = AGENTS.iter().map(|(path, ..)| path);
    ROUTERS.iter().chain(agents).map(|path| last(path)).collect()
});
/// Functions of HTTP libraries that send a request.
const SENDERS: &[&str] = &["post", "get", "request", "stream", "put", "urlopen", "Request"];

/// Paths of the functions that route by the name of a model.
pub(super) fn paths() -> impl Iterator<Item = &'static str> {
    ROUTERS.iter().copied()
}

/// Reads clients and models into the facts.
pub(super) fn read(sketch: &Sketch, facts: &mut Facts) {
    for call in &sketch.calls {
        let last = call.last();
        let on_aws = if matches!(last, "client" | "resource") { bedrock(sketch, call) } else { None };
        if let Some(provider) = on_aws.or_else(|| provider_of_call(&call.callee)) {
            let seen = client(sketch, call, provider);
            model(sketch, call, &seen, facts);
            facts.providers.push(seen);
        } else if LAST_PARTS.contains(last)
            && let Some((value, usual)) = routed(call)
        {
            let name = value.and_then(|value| sketch.literal(value, call.function));
            by_name(sketch, call, name, usual, facts);
        } else if SENDERS.contains(&last)
            && let Some(seen) = raw_request(sketch, call)
        {
            facts.providers.push(seen);
        } else if !call.named.is_empty() {
            on_client(sketch, call, facts);
        }
    }
}

/// `boto3.client("bedrock-runtime")`, of a session too.
fn bedrock(sketch: &Sketch, call: &Call) -> Option<&'static str> {
    if !["boto3", "session", "Session"].iter().any(|word| call.callee.contains(word)) {
        return None;
    }
    let service = sketch.literal(call.arg_or(&["service_name"], 0)?, call.function)?;
    if service.starts_with("bedrock") {
        Some("AWS Bedrock")
    } else if matches!(service, "sagemaker-runtime" | "runtime.sagemaker") {
        Some("AWS SageMaker")
    } else {
        None
    }
}

fn client(sketch: &Sketch, call: &Call, provider: &str) -> ProviderUse {
    let url = URL_ARGS.iter().filter_map(|name| call.arg(name)).find_map(|value| sketch.literal(value, call.function));
    let written = url.and_then(Endpoint::parse);
    let has_unknown_url = url.is_none() && URL_ARGS.iter().any(|name| call.arg(name).is_some());
    let own_name = provider == "Ollama";
    let (provider, host) = match &written {
        Some(address) => match AiCatalogue::builtin().host(&address.host) {
            Some(known) => (known.provider.to_owned(), ModelHost::ThirdParty),
            None if address.is_own() => (address.address(), ModelHost::Own),
            None => (address.host.clone(), ModelHost::ThirdParty),
        },
        None if own_name => ("localhost:11434".to_owned(), ModelHost::Own),
        None => (provider.to_owned(), ModelHost::ThirdParty),
    };
    ProviderUse {
        provider,
        through: call.callee.to_string(),
        host,
        encrypted: match &written {
            Some(address) => address.encrypted(),
            None if has_unknown_url => None,
            None => Some(!own_name),
        },
        base_url: written.as_ref().map(Endpoint::origin),
        is_called: false,
        confidence: if has_unknown_url { Confidence::Medium } else { Confidence::High },
        at: call.at,
    }
}

fn model(sketch: &Sketch, call: &Call, provider: &ProviderUse, facts: &mut Facts) {
    let first =
        matches!(call.last(), "GenerativeModel" | "run" | "from_pretrained").then(|| call.args.first()).flatten();
    let named = MODEL_ARGS.iter().find_map(|name| call.arg(name)).or(first);
    let Some(name) = named.and_then(|value| sketch.literal(value, call.function)) else { return };
    push_model(facts, call, &provider.provider, name, provider.host);
}

fn push_model(facts: &mut Facts, call: &Call, provider: &str, name: &str, host: ModelHost) {
    if is_model_name(name) {
        facts.models.push(HostedModelUse {
            provider: provider.to_owned(),
            model: name.to_owned(),
            host,
            pinned: None,
            through: call.callee.to_string(),
            confidence: Confidence::High,
            at: call.at,
        });
    }
}

/// `litellm.completion(model="anthropic/claude-3")`: the value that names the model, and what such a name usually means.
fn routed(call: &Call) -> Option<(Option<&Value>, Option<&'static str>)> {
    let callee = call.callee.as_str();
    if ROUTERS.contains(&callee) {
        return Some((call.arg_or(MODEL_ARGS, 0), None));
    }
    let (_, argument, usual) = AGENTS.iter().find(|(path, ..)| *path == callee)?;
    Some((call.arg(argument), *usual))
}

/// The provider that a model's name says, or else the one such a name usually means.
fn by_name(sketch: &Sketch, call: &Call, name: Option<&str>, usual: Option<&'static str>, facts: &mut Facts) {
    let Some(name) = name.map(behind_router) else { return };
    let found = routed_model(name).or_else(|| Some((known_by_model(name).or(usual)?, name)));
    let Some((provider, bare)) = found else { return };
    let seen = client(sketch, call, provider);
    push_model(facts, call, &seen.provider, bare, seen.host);
    facts.providers.push(seen);
}

/// `litellm/anthropic/claude-3`: the name an agent framework hands to a router.
pub(super) fn behind_router(name: &str) -> &str {
    ["litellm/", "any-llm/"].iter().find_map(|router| name.strip_prefix(router)).unwrap_or(name)
}

/// A method of a client: the model named in it belongs to the client's provider.
fn on_client(sketch: &Sketch, call: &Call, facts: &mut Facts) {
    let Some(name) = MODEL_ARGS.iter().find_map(|name| call.arg(name)) else { return };
    let Some(name) = sketch.literal(name, call.function) else { return };
    let Some((made, _)) = call.callee.split_once("()") else {
        // A client that came from elsewhere: only a name that one provider alone uses tells.
        let is_request = super::completions::is_completion(sketch, call);
        if let Some(provider) = known_by_model(name).filter(|_| is_request) {
            push_model(facts, call, provider, name, ModelHost::ThirdParty);
        }
        return;
    };
    // Two clients made by one function (`boto3.client`) are told apart by the variable that holds each.
    let held = call.written.rsplit_once('.').and_then(|(variable, _)| sketch.binding(variable, call.function));
    let made_at = held.and_then(|bind| sketch.call(&bind.value)).map(|maker| maker.at);
    let mut makers = facts.providers.iter().rev().filter(|seen| seen.through == made);
    let first = makers.clone().next();
    let seen = makers.find(|seen| Some(seen.at) == made_at).or(first);
    let found = seen.map(|seen| (seen.provider.clone(), seen.host));
    if let Some((provider, host)) =
        found.or_else(|| provider_of_call(made).map(|known| (known.to_owned(), ModelHost::ThirdParty)))
    {
        push_model(facts, call, &provider, name, host);
    }
}

/// `requests.post("https://api.openai.com/v1/…")`, or the path of an OpenAI-compatible server.
fn raw_request(sketch: &Sketch, call: &Call) -> Option<ProviderUse> {
    let url = call.arg_or(&["url"], 0).into_iter().chain(call.args.get(1)).find_map(|value| match value {
        Value::Mixed(text, _) => Some(text.as_str()),
        other => sketch.literal(other, call.function),
    })?;
    let address = Endpoint::parse(url)?;
    let known =
        AiCatalogue::builtin().host(&address.host).filter(|known| matches!(known.class, "api" | "cloud" | "agg"));
    let is_inference = ["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/api/generate", "/api/chat"]
        .iter()
        .any(|path| url.contains(path));
    let (provider, host) = match known {
        Some(known) => (known.provider.to_owned(), ModelHost::ThirdParty),
        None if is_inference && address.is_own() => (address.address(), ModelHost::Own),
        None if is_inference => (address.host.clone(), ModelHost::ThirdParty),
        None => return None,
    };
    Some(ProviderUse {
        provider,
        through: call.callee.to_string(),
        host,
        encrypted: address.encrypted(),
        base_url: Some(address.origin()),
        is_called: true,
        confidence: Confidence::High,
        at: call.at,
    })
}
