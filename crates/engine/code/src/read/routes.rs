//! HTTP routes: decorators and registrations of FastAPI, Starlette, Flask, Django, aiohttp and their kin.

mod serverless;

use super::{auth, handlers};
use crate::Route;
use crate::maps::HashSet;
use crate::python::{Call, Function, Sketch, Value, split_last};

/// Methods whose decorator or registration is a route of that HTTP method.
const VERBS: &[&str] = &["get", "post", "put", "patch", "delete", "options", "head", "websocket"];

/// Says whether a decorator of this name makes a route when it is called.
pub(super) fn is_verb(name: &str) -> bool {
    VERBS.contains(&name) || matches!(name, "route" | "api_route")
}

/// Reads the routes of a file.
pub(super) fn read(path: &str, sketch: &Sketch) -> Vec<Route> {
    let mut found = Vec::new();
    let is_mount = |call: &&Call| matches!(call.last(), "include_router" | "register_blueprint" | "mount");
    let mounts: Vec<&Call> = sketch.calls.iter().filter(is_mount).collect();
    for (index, function) in sketch.functions.iter().enumerate() {
        for decorator in &function.decorators {
            if let Some(call) = sketch.call(decorator) {
                decorated(sketch, &mounts, index, function, call, &mut found);
            }
        }
    }
    for call in &sketch.calls {
        registered(path, sketch, call, &mut found);
    }
    if !found.is_empty() {
        let (has_auth, has_limit) = (auth::app_has_auth(sketch), auth::app_has_limit(sketch));
        for route in &mut found {
            route.has_auth |= has_auth;
            route.has_rate_limit |= has_limit;
        }
    }
    found.extend(serverless::read(sketch));
    let mut labels = HashSet::default();
    for route in &mut found {
        if route.path.len() > 1 && route.path.ends_with('/') {
            route.path.pop();
        }
    }
    found.retain(|route| labels.insert(route.label()));
    found
}

fn decorated(
    sketch: &Sketch,
    mounts: &[&Call],
    index: usize,
    function: &Function,
    call: &Call,
    found: &mut Vec<Route>,
) {
    let Some((object, verb)) = split_last(&call.written) else { return };
    let is_verb = VERBS.contains(&verb);
    if !is_verb && !matches!(verb, "route" | "api_route") {
        return;
    }
    let Some(path) = call.arg_or(&["path", "rule"], 0).and_then(|value| route_path(sketch, value, call)) else {
        return;
    };
    if !path.is_empty() && !path.starts_with('/') {
        return;
    }
    let Some(framework) = framework(sketch, &call.callee) else { return };
    let mount = Mount::of(sketch, mounts, object, call.function);
    let has_auth = mount.has_auth
        || auth::function_has_auth(sketch, index, function)
        || call.named.iter().any(|(name, value)| {
            matches!(name.as_str(), "dependencies" | "guards" | "auth") && auth::value_has_auth(sketch, value)
        });
    let methods = if is_verb { vec![verb.to_ascii_uppercase()] } else { methods(call.arg("methods")) };
    let path = format!("{}{path}", mount.prefix);
    for method in methods {
        found.push(Route {
            calls_model: handlers::calls_model(sketch, index),
            named_inference: handlers::is_named_inference(sketch, &path, &function.name, Some(index)),
            method,
            path: path.clone(),
            handler: function.name.to_string(),
            handler_path: String::new(),
            router: object.to_owned(),
            guards: auth::guards(sketch, function, call),
            joined_from: Vec::new(),
            framework: framework.to_owned(),
            has_auth,
            has_rate_limit: has_limit(sketch, function),
            on_router: mount.is_router,
            at: function.at,
        });
    }
}

/// Says whether a decorator of a handler, or what is injected into it, limits rates.
fn has_limit(sketch: &Sketch, function: &Function) -> bool {
    let defaults = function.params.iter().filter_map(|param| param.default.as_ref());
    function.decorators.iter().chain(defaults).any(|value| auth::value_has_limit(sketch, value))
}

/// `add_api_route("/x", f)`, `app.add_url_rule`, `Route("/x", f)`, `web.post("/x", f)`, Django's `path("x/", f)`.
fn registered(file: &str, sketch: &Sketch, call: &Call, found: &mut Vec<Route>) {
    let last = call.last();
    let callee = call.callee.as_str();
    let (handler, default_method, framework) = match last {
        "add_api_route" => (call.arg_or(&["endpoint"], 1), "GET", "FastAPI"),
        "add_route" if sketch.imports_module("starlette") || sketch.imports_module("fastapi") => {
            (call.arg_or(&["route"], 1), "GET", "Starlette")
        }
        "add_url_rule" => (call.arg_or(&["view_func"], 2), "GET", "Flask"),
        "Route" if callee.starts_with("starlette.") => (call.arg_or(&["endpoint"], 1), "GET", "Starlette"),
        "get" | "post" | "put" if callee.starts_with("aiohttp.web.") => (call.args.get(1), "", "aiohttp"),
        "add_get" | "add_post" if callee.contains("router") => (call.args.get(1), "", "aiohttp"),
        "path" | "re_path" | "url" if callee.starts_with("django.") && file.ends_with("urls.py") => {
            (call.args.get(1), "ANY", "Django")
        }
        _ => return,
    };
    let Some(path) = call.arg_or(&["path", "rule", "route"], 0).and_then(|value| route_path(sketch, value, call))
    else {
        return;
    };
    let path = if path.starts_with('/') { path } else { format!("/{path}") };
    let name = match handler {
        Some(Value::Name(name)) => name.rsplit('.').next().unwrap_or(name).to_owned(),
        _ => String::new(),
    };
    let handler_path = match handler {
        Some(Value::Name(path)) if path.contains('.') => path.to_string(),
        _ => String::new(),
    };
    let router = split_last(&call.written).map_or("", |(object, _)| object);
    let index = sketch.functions.iter().position(|function| function.name == name && !name.is_empty());
    let function = index.and_then(|index| sketch.functions.get(index).map(|function| (index, function)));
    let methods = match (call.arg("methods"), default_method) {
        (None, "") => vec![last.trim_start_matches("add_").to_ascii_uppercase()],
        (None, method) => vec![method.to_owned()],
        (listed, _) => methods(listed),
    };
    let has_auth = function.is_some_and(|(index, function)| auth::function_has_auth(sketch, index, function))
        || call.named.iter().any(|(_, value)| auth::value_has_auth(sketch, value));
    for method in methods {
        found.push(Route {
            calls_model: index.is_some_and(|index| handlers::calls_model(sketch, index)),
            named_inference: handlers::is_named_inference(sketch, &path, &name, index),
            method,
            path: path.clone(),
            handler: name.clone(),
            handler_path: handler_path.clone(),
            router: router.to_owned(),
            guards: Vec::new(),
            joined_from: Vec::new(),
            framework: framework.to_owned(),
            has_auth,
            has_rate_limit: false,
            on_router: index.is_none() || framework == "Django",
            at: call.at,
        });
    }
}

fn route_path(sketch: &Sketch, value: &Value, call: &Call) -> Option<String> {
    match value {
        Value::Mixed(text, _) => Some(text.to_string()),
        _ => sketch.literal(value, call.function).map(str::to_owned),
    }
}

fn methods(listed: Option<&Value>) -> Vec<String> {
    let Some(Value::List(items)) = listed else { return vec!["GET".to_owned()] };
    let mut methods: Vec<String> = items
        .iter()
        .filter_map(Value::text)
        .map(str::to_ascii_uppercase)
        .filter(|method| !matches!(method.as_str(), "OPTIONS" | "HEAD"))
        .collect();
    match methods.len() {
        0 => vec!["GET".to_owned()],
        // What takes nearly every method passes requests on, whatever they are.
        3.. => vec!["ANY".to_owned()],
        _ => {
            methods.dedup();
            methods
        }
    }
}

/// The framework an app or router object comes from; nothing for an object that is no web application.
fn framework(sketch: &Sketch, callee: &str) -> Option<&'static str> {
    const MADE: &[(&str, &str)] = &[
        ("fastapi", "FastAPI"),
        ("starlette", "Starlette"),
        ("flask", "Flask"),
        ("quart", "Quart"),
        ("sanic", "Sanic"),
        ("aiohttp", "aiohttp"),
        ("bottle", "Bottle"),
        ("litestar", "Litestar"),
        ("robyn", "Robyn"),
        ("ninja", "Django"),
        ("gradio", "Gradio"),
    ];
    let known = |root: &str| MADE.iter().find(|(module, _)| root.starts_with(module)).map(|(_, name)| *name);
    if callee.contains("()") {
        return known(callee.split('.').next().unwrap_or_default()).or_else(|| imported(sketch, callee));
    }
    imported(sketch, callee)
}

/// `app` and `router` of another file of the project, in a file that imports a web framework.
fn imported(sketch: &Sketch, callee: &str) -> Option<&'static str> {
    let object = callee.rsplit_once('.').map_or("", |(object, _)| object);
    let name = object.rsplit('.').next().unwrap_or(object).to_ascii_lowercase();
    let is_app = ["app", "router", "api", "bp", "blueprint", "server", "application"]
        .iter()
        .any(|word| name.split('_').any(|part| part == *word));
    let modules = [
        ("fastapi", "FastAPI"),
        ("flask", "Flask"),
        ("starlette", "Starlette"),
        ("quart", "Quart"),
        ("sanic", "Sanic"),
        ("litestar", "Litestar"),
        ("bottle", "Bottle"),
    ];
    modules.into_iter().find(|(module, _)| is_app && sketch.imports_module(module)).map(|(_, name)| name)
}

/// What the object a route hangs on adds: prefix, authentication, and whether another file mounts it.
#[derive(Default)]
struct Mount {
    prefix: String,
    has_auth: bool,
    is_router: bool,
}

impl Mount {
    fn of(sketch: &Sketch, mounts: &[&Call], object: &str, function: Option<usize>) -> Self {
        let made = sketch.binding(object, function).and_then(|bind| sketch.call(&bind.value));
        let is_object = |arg: &Value| matches!(arg, Value::Name(name) if name == object);
        let mounted = mounts.iter().copied().filter(|call| call.all_args().any(is_object));
        let makers: Vec<&Call> = made.into_iter().chain(mounted).collect();
        let prefix = makers.iter().rev().filter_map(|call| {
            let value = call.arg("prefix").or_else(|| call.arg("url_prefix"))?;
            sketch.literal(value, call.function)
        });
        let is_app = made.is_some_and(|call| {
            matches!(call.last(), "FastAPI" | "Flask" | "Starlette" | "Quart" | "Sanic" | "Litestar" | "Application")
        });
        Self {
            prefix: prefix.collect(),
            has_auth: makers.iter().any(|call| {
                ["dependencies", "guards", "auth"]
                    .iter()
                    .filter_map(|name| call.arg(name))
                    .any(|value| auth::value_has_auth(sketch, value))
            }),
            is_router: !is_app && makers.len() < 2,
        }
    }
}
