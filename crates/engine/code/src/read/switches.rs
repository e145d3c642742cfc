//! Dangerous switches and calls: debuggers, CORS, binds, deserialisers, certificate checks, agent tools, tunnels.

mod certificates;
mod deserialisers;

use syndic_evidence::Confidence;

use crate::python::{Call, Sketch, Value, last};
use crate::{Hazard, HazardKind, Origin};

/// Agent tools that execute code or commands where the agent runs.
const TOOLS: &[&str] = &[
    "ShellTool",
    "PythonREPLTool",
    "PythonAstREPLTool",
    "PythonREPL",
    "BashProcess",
    "LocalShellTool",
    "LocalCommandLineCodeExecutor",
    "CodeInterpreterTool",
    "create_python_agent",
    "create_pandas_dataframe_agent",
    "create_csv_agent",
    "BashTool",
    "UnsafePythonTool",
];
/// Beginnings of the modules they come from.
const AGENT_MODULES: &[&str] = &["langchain", "autogen", "crewai", "smolagents", "llama_index", "agno", "strands"];

/// Short name of a call path for messages: its last two parts.
pub(super) fn short(callee: &str) -> String {
    let plain = callee.replace("()", "");
    let parts: Vec<&str> = plain.split('.').filter(|part| !part.is_empty()).collect();
    let start = parts.len().saturating_sub(2);
    parts.get(start..).unwrap_or_default().join(".")
}

/// Reads every switch.
pub(super) fn read(sketch: &Sketch) -> Vec<Hazard> {
    let mut seen = Reader { sketch, found: Vec::new() };
    for call in &sketch.calls {
        seen.web(call);
        seen.cors(call);
        seen.tls(call);
        seen.tools(call);
    }
    seen.debug_setting();
    seen.deserialisers();
    seen.found
}

/// Says whether the function at this path starts a web server.
fn is_server(callee: &str) -> bool {
    matches!(
        callee,
        "uvicorn.run" | "hypercorn.run" | "waitress.serve" | "gevent.pywsgi.WSGIServer" | "aiohttp.web.run_app"
    ) || matches!(last(callee), "run" | "launch" | "serve")
        && ["flask.", "quart.", "sanic.", "gradio.", "fastmcp.", "mcp.server", "bottle.", "robyn."]
            .iter()
            .any(|root| callee.starts_with(root))
}

struct Reader<'a> {
    sketch: &'a Sketch,
    found: Vec<Hazard>,
}

impl Reader<'_> {
    fn push(&mut self, kind: HazardKind, call: &Call, what: impl Into<String>, detail: &str, confidence: Confidence) {
        self.found.push(Hazard {
            kind,
            what: what.into(),
            detail: detail.to_owned(),
            function: self.sketch.function_name(call.function).to_owned(),
            origin: Origin::Constant,
            confidence,
            at: call.at,
        });
    }

    fn web(&mut self, call: &Call) {
        if call.named.is_empty() {
            return;
        }
        let callee = call.callee.as_str();
        let serves = || is_server(callee) || call.last() == "launch" && self.sketch.imports_module("gradio");
        // An application that a factory of this project makes is known by its name alone.
        let runs = || callee.ends_with("app.run") || matches!(call.written.as_str(), "app.run" | "application.run");
        if call.is_true("debug") && (serves() || matches!(call.last(), "FastAPI" | "Starlette") || runs()) {
            self.push(HazardKind::Debug, call, format!("{}(debug=True)", short(callee)), "debug", Confidence::High);
        } else if call.is_true("reload") && callee == "uvicorn.run" {
            self.push(HazardKind::Debug, call, "uvicorn.run(reload=True)", "reload", Confidence::Medium);
        }
        let host = ["host", "server_name"]
            .iter()
            .find_map(|name| call.arg(name))
            .and_then(|value| self.sketch.literal(value, call.function));
        if matches!(host, Some("0.0.0.0" | "::")) && (serves() || runs()) {
            self.push(HazardKind::BindAll, call, format!("{}(host=\"0.0.0.0\")", short(callee)), "", Confidence::High);
        }
        if call.last() == "launch" && call.is_true("share") && self.sketch.imports_module("gradio") {
            self.push(HazardKind::PublicShare, call, "launch(share=True)", "", Confidence::High);
        }
    }

    fn cors(&mut self, call: &Call) {
        let is_cors = || {
            call.args.iter().any(|arg| matches!(arg, Value::Name(name) if name.ends_with("CORSMiddleware")))
                || call.last() == "CORSMiddleware"
        };
        let is_flask = matches!(call.callee.as_str(), "flask_cors.CORS" | "flask_cors.cross_origin");
        let origins = call.arg("allow_origins").or_else(|| call.arg("origins"));
        let origins = match origins {
            Some(Value::Name(name)) => self.sketch.binding(name, call.function).map(|bind| &bind.value).or(origins),
            other => other,
        };
        let is_star = match origins {
            Some(Value::Text(text)) => text == "*",
            Some(Value::List(items)) => items.iter().any(|item| item.text() == Some("*")),
            // flask_cors allows every origin unless told otherwise.
            None => is_flask && call.arg("resources").is_none(),
            _ => false,
        };
        if is_star && (is_flask || is_cors()) {
            let with = call.is_true("allow_credentials") || call.is_true("supports_credentials");
            self.push(
                HazardKind::Cors,
                call,
                short(&call.callee),
                if with { "credentials" } else { "" },
                Confidence::High,
            );
        }
    }

    fn tools(&mut self, call: &Call) {
        let last = call.last();
        let is_agents = || AGENT_MODULES.iter().any(|known| call.root().starts_with(known));
        let is_sandboxed = || {
            call.arg("executor_type").is_some()
                || call.arg("use_docker").is_some_and(|value| *value != Value::Bool(false))
        };
        if TOOLS.contains(&last) && is_agents() && !is_sandboxed() {
            self.push(HazardKind::DangerousTool, call, last, "runs code the model writes", Confidence::High);
        }
        if call.named.is_empty() {
            return;
        }
        for option in ["allow_dangerous_requests", "allow_dangerous_code", "allow_dangerous_tools"] {
            if call.is_true(option) {
                self.push(
                    HazardKind::DangerousTool,
                    call,
                    format!("{}({option}=True)", short(&call.callee)),
                    "",
                    Confidence::High,
                );
            }
        }
        if call.is_true("allow_code_execution") && call.root() == "crewai" {
            // The library runs such code in a container unless told otherwise.
            let is_unsafe = call.arg("code_execution_mode").and_then(Value::text) == Some("unsafe");
            let (place, confidence) =
                if is_unsafe { (" without a container", Confidence::High) } else { ("", Confidence::Medium) };
            let what = format!("{}(allow_code_execution=True)", short(&call.callee));
            let detail = format!("runs code the model writes{place}");
            self.push(HazardKind::DangerousTool, call, what, &detail, confidence);
        }
        let unboxed = matches!(call.arg("code_execution_config"), Some(config @ Value::Dict(_)) if config.key("use_docker") == Some(&Value::Bool(false)));
        if unboxed {
            self.push(
                HazardKind::DangerousTool,
                call,
                format!("{last}(use_docker=False)"),
                "runs code the model writes outside a container",
                Confidence::High,
            );
        }
    }

    /// `DEBUG = True` of Django, `app.debug = True` of Flask.
    fn debug_setting(&mut self) {
        let sketch = self.sketch;
        let is_django =
            || ["INSTALLED_APPS", "ROOT_URLCONF", "MIDDLEWARE"].iter().any(|name| sketch.bound.contains_key(*name));
        for bind in sketch.binds.iter().filter(|bind| bind.value == Value::Bool(true)) {
            let is_debugging = match bind.target.as_str() {
                "DEBUG" => is_django(),
                "app.debug" => sketch.imports_module("flask"),
                _ => false,
            };
            if is_debugging {
                self.found.push(Hazard {
                    kind: HazardKind::Debug,
                    what: format!("{} = True", bind.target),
                    detail: "debug".to_owned(),
                    function: String::new(),
                    origin: Origin::Constant,
                    confidence: Confidence::High,
                    at: bind.at,
                });
            }
        }
    }
}
