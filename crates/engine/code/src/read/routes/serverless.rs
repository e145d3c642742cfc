//! Functions that a platform serves over HTTP without a web application in the code: Modal, BentoML, Ray Serve.

use crate::Route;
use crate::python::{Call, Function, Sketch, Value, split_last};
use crate::read::handlers;

/// Reads the routes that platforms make of functions and classes.
pub(super) fn read(sketch: &Sketch) -> Vec<Route> {
    let mut found = Vec::new();
    for (index, function) in sketch.functions.iter().enumerate() {
        for decorator in &function.decorators {
            found.extend(
                modal(sketch, index, function, decorator).or_else(|| bento(sketch, index, function, decorator)),
            );
        }
    }
    if sketch.imports_module("ray") {
        found.extend(sketch.calls.iter().filter_map(|call| ray(sketch, call)));
    }
    found
}

fn path<'a>(sketch: &'a Sketch, decorator: &'a Value) -> (&'a str, Option<&'a Call>) {
    match decorator {
        Value::Name(name) => (name, None),
        Value::Call(index) => sketch.calls.get(*index).map_or(("", None), |call| (call.callee.as_str(), Some(call))),
        _ => ("", None),
    }
}

fn route(sketch: &Sketch, index: usize, function: &Function, framework: &str, path: String) -> Route {
    Route {
        method: "POST".to_owned(),
        calls_model: handlers::calls_model(sketch, index),
        named_inference: handlers::is_named_inference(sketch, &path, &function.name, Some(index)),
        path,
        handler: function.name.to_string(),
        handler_path: String::new(),
        router: String::new(),
        guards: Vec::new(),
        joined_from: Vec::new(),
        framework: framework.to_owned(),
        has_auth: false,
        has_rate_limit: false,
        // A gateway of the platform may stand in front.
        on_router: true,
        at: function.at,
    }
}

/// `@modal.fastapi_endpoint(method="POST")`: an address of its own on the internet, open unless a proxy asks for a key.
fn modal(sketch: &Sketch, index: usize, function: &Function, decorator: &Value) -> Option<Route> {
    let (path, call) = path(sketch, decorator);
    if !matches!(path, "modal.fastapi_endpoint" | "modal.web_endpoint") {
        return None;
    }
    let text = |name: &str| call.and_then(|call| sketch.literal(call.arg(name)?, call.function));
    let url = format!("/{}", text("label").unwrap_or(&function.name));
    let has_auth = call.is_some_and(|call| call.is_true("requires_proxy_auth"))
        || super::auth::function_has_auth(sketch, index, function);
    let method = text("method").unwrap_or("GET").to_ascii_uppercase();
    Some(Route { method, has_auth, on_router: false, ..route(sketch, index, function, "Modal", url) })
}

/// `@bentoml.api` in a service class, and `@svc.api(…)` of earlier versions.
fn bento(sketch: &Sketch, index: usize, function: &Function, decorator: &Value) -> Option<Route> {
    let (path, call) = path(sketch, decorator);
    if !matches!(path, "bentoml.api" | "bentoml.Service().api" | "bentoml.legacy.Service().api") {
        return None;
    }
    let given = call.and_then(|call| sketch.literal(call.arg("route")?, call.function));
    let url = given.map_or_else(|| format!("/{}", function.name), str::to_owned);
    let url = if url.starts_with('/') { url } else { format!("/{url}") };
    // Such a service exists to answer inference requests.
    Some(Route { named_inference: true, ..route(sketch, index, function, "BentoML", url) })
}

/// `Deployment.bind(…)` of a class of this file that answers calls itself.
fn ray(sketch: &Sketch, call: &Call) -> Option<Route> {
    let (class, _) = split_last(&call.written).filter(|(_, method)| *method == "bind")?;
    if !sketch.class_names.contains(class) {
        return None;
    }
    let index = *sketch.by_method.get(format!("{class}.__call__").as_str())?;
    let function = sketch.functions.get(index)?;
    let mut runs = sketch.calls.iter().filter(|call| call.callee == "ray.serve.run");
    let prefix = runs.find_map(|call| sketch.literal(call.arg("route_prefix")?, call.function));
    let url = prefix.unwrap_or("/").to_owned();
    Some(Route {
        method: "ANY".to_owned(),
        handler: class.to_owned(),
        ..route(sketch, index, function, "Ray Serve", url)
    })
}
