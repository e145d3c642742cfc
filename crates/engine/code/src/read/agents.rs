//! Agents and MCP servers built in code, with the names of their tools and the model they are told to use.

mod bound;

use std::sync::LazyLock;

use crate::AgentSeen;
use crate::maps::HashSet;
use crate::python::{Call, Sketch, Value, last};

/// Constructors by root module: names, framework.
const AGENTS: &[(&str, &[&str], &str)] = &[
    ("langgraph", &["StateGraph", "create_react_agent", "create_supervisor", "MessageGraph"], "LangGraph"),
    (
        "langchain",
        &[
            "create_tool_calling_agent",
            "create_openai_tools_agent",
            "create_openai_functions_agent",
            "create_react_agent",
            "initialize_agent",
            "create_agent",
            "create_sql_agent",
            "create_structured_chat_agent",
        ],
        "LangChain",
    ),
    ("langchain_community", &["create_sql_agent"], "LangChain"),
    (
        "langchain_experimental",
        &["create_pandas_dataframe_agent", "create_csv_agent", "create_python_agent"],
        "LangChain",
    ),
    ("crewai", &["Agent"], "CrewAI"),
    ("autogen", &["AssistantAgent", "UserProxyAgent", "ConversableAgent"], "AutoGen"),
    ("autogen_agentchat", &["AssistantAgent", "CodeExecutorAgent", "UserProxyAgent"], "AutoGen"),
    ("agents", &["Agent"], "OpenAI Agents SDK"),
    ("smolagents", &["CodeAgent", "ToolCallingAgent"], "smolagents"),
    ("pydantic_ai", &["Agent"], "Pydantic AI"),
    ("agno", &["Agent"], "Agno"),
    ("strands", &["Agent"], "Strands"),
    ("google", &["LlmAgent", "Agent", "SequentialAgent", "LoopAgent", "ParallelAgent"], "Google ADK"),
    ("llama_index", &["ReActAgent", "FunctionAgent", "AgentWorkflow", "from_tools"], "LlamaIndex"),
    ("claude_agent_sdk", &["ClaudeSDKClient", "query"], "Claude Agent SDK"),
];
const SERVERS: &[&str] = &[
    "mcp.server.fastmcp.FastMCP",
    "fastmcp.FastMCP",
    "mcp.server.Server",
    "mcp.server.lowlevel.Server",
    "mcp.server.lowlevel.server.Server",
];
/// Names of all of them: one look-up turns away nearly every call.
static LAST_PARTS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let agents = AGENTS.iter().flat_map(|(_, names, _)| *names).copied();
    agents.chain(SERVERS.iter().map(|path| last(path))).collect()
});

/// First modules of what makes agents and MCP servers.
pub(super) fn roots() -> impl Iterator<Item = &'static str> {
    let servers = SERVERS.iter().filter_map(|path| path.split('.').next());
    AGENTS.iter().map(|(root, ..)| *root).chain(servers)
}

/// Reads agents and MCP servers.
pub(super) fn read(sketch: &Sketch) -> Vec<AgentSeen> {
    let mut found: Vec<AgentSeen> = Vec::new();
    for (index, call) in sketch.calls.iter().enumerate().filter(|(_, call)| LAST_PARTS.contains(call.last())) {
        let seen = server(sketch, index, call).or_else(|| agent(sketch, index, call));
        let Some(mut seen) = seen else { continue };
        if found.iter().any(|known| known.name == seen.name) {
            seen.name = format!("{}@{}", seen.name, sketch.function_name(call.function));
        }
        if !found.iter().any(|known| known.name == seen.name) {
            found.push(seen);
        }
    }
    found
}

fn agent(sketch: &Sketch, index: usize, call: &Call) -> Option<AgentSeen> {
    let (root, last) = (call.root(), call.last());
    let (_, _, framework) = AGENTS
        .iter()
        .find(|(known, names, _)| *known == root && names.contains(&last) && !call.callee.contains("()"))?;
    let given = call.arg("name").or_else(|| call.arg("role")).and_then(|value| sketch.literal(value, call.function));
    let variable = holder(sketch, index);
    let name = given.map(str::to_owned).or(variable.as_ref().map(|(name, _)| name.clone())).unwrap_or_else(|| {
        let owner = sketch.function_name(call.function);
        if owner.is_empty() { call.last().to_owned() } else { owner.to_owned() }
    });
    let mut tools = Vec::new();
    if let Some(value) = call.arg("tools").or_else(|| call.args.get(1).filter(|_| call.last() != "StateGraph")) {
        tools = tool_names(sketch, value, call.function, 5);
    }
    if let Some(variable) = &variable {
        tools.extend(decorated(sketch, variable));
    }
    if matches!(last, "StateGraph" | "MessageGraph") {
        tools = bound::tools(sketch);
    }
    Some(AgentSeen {
        name: short_name(&name),
        framework: (*framework).to_owned(),
        is_mcp_server: false,
        tools,
        model: bound::model(sketch, call),
        transport: None,
        at: call.at,
    })
}

fn server(sketch: &Sketch, index: usize, call: &Call) -> Option<AgentSeen> {
    if !SERVERS.contains(&call.callee.as_str()) {
        return None;
    }
    let variable = holder(sketch, index);
    let given = call.arg_or(&["name"], 0).and_then(|value| sketch.literal(value, call.function));
    let transport = sketch
        .calls
        .iter()
        .filter(|other| other.last() == "run")
        .find_map(|other| other.arg("transport").and_then(Value::text));
    Some(AgentSeen {
        name: short_name(given.or(variable.as_ref().map(|(name, _)| name.as_str())).unwrap_or("mcp")),
        framework: "MCP".to_owned(),
        is_mcp_server: true,
        tools: variable.as_ref().map(|variable| decorated(sketch, variable)).unwrap_or_default(),
        model: None,
        transport: transport.map(str::to_owned),
        at: call.at,
    })
}

fn short_name(name: &str) -> String {
    name.chars().take(80).collect()
}

/// The variable a call's result is assigned to, and the function it is assigned in.
fn holder(sketch: &Sketch, index: usize) -> Option<(String, Option<usize>)> {
    sketch
        .binds
        .iter()
        .find(|bind| bind.value == Value::Call(index))
        .map(|bind| (bind.target.to_string(), bind.function))
}

/// Functions decorated with `@variable.tool`.
fn decorated(sketch: &Sketch, (variable, scope): &(String, Option<usize>)) -> Vec<String> {
    let is_wanted =
        |path: &str| path.strip_prefix(variable.as_str()).is_some_and(|rest| matches!(rest, ".tool" | ".tool_plain"));
    let is_tool = |decorator: &Value| match decorator {
        Value::Name(name) => is_wanted(name),
        Value::Call(index) => sketch.calls.get(*index).is_some_and(|call| is_wanted(&call.written)),
        _ => false,
    };
    sketch
        .functions
        .iter()
        .filter(|function| function.parent == *scope && function.decorators.iter().any(is_tool))
        .map(|function| function.name.to_string())
        .collect()
}

fn tool_names(sketch: &Sketch, value: &Value, function: Option<usize>, steps: usize) -> Vec<String> {
    let Some(steps) = steps.checked_sub(1) else { return Vec::new() };
    match value {
        Value::Name(name) => match sketch.binding(name, function) {
            Some(bind) if matches!(bind.value, Value::List(_)) => tool_names(sketch, &bind.value, bind.function, steps),
            _ => vec![name.rsplit('.').next().unwrap_or(name).to_owned()],
        },
        Value::Call(index) => sketch
            .calls
            .get(*index)
            .map(|call| {
                let given = call.arg("name").and_then(|value| sketch.literal(value, function));
                given.unwrap_or_else(|| call.last()).to_owned()
            })
            .into_iter()
            .collect(),
        _ => value.parts().flat_map(|part| tool_names(sketch, part, function, steps)).collect(),
    }
}
