//! Routes that C# declares by attributes on controllers: ASP.NET's `[ApiController]`, `[Route]`, `[HttpPost]`.
//!
//! Only actions that are seen to ask a model count. Who may call them is often told for the whole application elsewhere,
//! so an action without a sign of authentication here is never reported as surely open.
//! Source: ASP.NET Core, "Routing to controller actions" (attribute routing, token replacement).

use super::functions::Functions;
use super::registrations::{route, sharp_asks};
use super::tokens::{Kind, Token};
use crate::{Language, Route};

/// More routes than this are not kept of one file.
const MAX_ROUTES: usize = 300;
/// Tokens between attributes and the body they stand on.
const SIGNATURE: usize = 60;
/// Tokens of a body that is one expression.
const EXPRESSION: usize = 300;

/// One attribute: its name and the first text it is given.
struct Attribute<'t> {
    name: &'t str,
    text: Option<&'t str>,
}

/// What stands on a class.
#[derive(Default)]
struct Controller {
    name: String,
    prefix: String,
    is_controller: bool,
    has_auth: bool,
}

/// Reads the routes of a file that imports an AI package.
pub(super) fn read(tokens: &[Token<'_>]) -> Vec<Route> {
    let functions = Functions::of(Language::CSharp, tokens);
    let mut found = Vec::new();
    let mut controller = Controller::default();
    let mut index = 0;
    while index < tokens.len() && found.len() < MAX_ROUTES {
        let is_class = tokens.get(index).is_some_and(|token| token.is_word("class"));
        let opens = tokens.get(index).is_some_and(|token| token.is_mark("[")) && may_carry_attributes(tokens, index);
        if is_class {
            // A class without attributes ends what was said of the one before it.
            controller = class(tokens, index, &[]);
        }
        if !opens {
            index += 1;
            continue;
        }
        let line = tokens.get(index).map_or(1, |token| token.line);
        let (attributes, end) = attributes(tokens, &functions, index);
        match declared(tokens, &functions, end) {
            Some(Declared::Class(at)) => {
                controller = class(tokens, at, &attributes);
                index = at + 1;
                continue;
            }
            Some(Declared::Action { name, body }) => {
                let asked = sharp_asks(body) || functions.named_in(body).iter().any(|body| sharp_asks(body));
                found.extend(action(&controller, &attributes, name, line).into_iter().filter(|_| asked));
            }
            None => {}
        }
        index = end.max(index + 1);
    }
    found
}

/// An attribute follows the end of something, never a value that it would index.
fn may_carry_attributes(tokens: &[Token<'_>], open: usize) -> bool {
    let before = open.checked_sub(1).and_then(|at| tokens.get(at));
    let follows = before.is_none_or(|token| token.kind == Kind::Mark && ";{}]".contains(token.text));
    follows && tokens.get(open + 1).is_some_and(|token| token.kind == Kind::Word)
}

/// The attributes that follow each other from `start`, and where they end.
fn attributes<'t>(tokens: &[Token<'t>], functions: &Functions<'_, 't>, start: usize) -> (Vec<Attribute<'t>>, usize) {
    let mut found = Vec::new();
    let mut index = start;
    while tokens.get(index).is_some_and(|token| token.is_mark("[")) {
        let Some(close) = functions.closer(index) else { break };
        let mut at = index + 1;
        while at < close {
            let Some(name) = tokens.get(at).filter(|token| token.kind == Kind::Word) else { break };
            let opens = tokens.get(at + 1).is_some_and(|token| token.is_mark("("));
            let end = functions.closer(at + 1).filter(|_| opens);
            let given = end.map_or(&[][..], |end| functions.between(at + 1, end));
            let text = given.iter().find(|token| token.kind == Kind::Text).map(|token| token.text);
            found.push(Attribute { name: name.text.trim_end_matches("Attribute"), text });
            // Behind the attribute stands a comma, or the end of the list.
            at = end.unwrap_or(at) + 2;
        }
        index = close + 1;
    }
    (found, index)
}

/// What attributes stand on.
enum Declared<'a, 't> {
    Class(usize),
    Action { name: &'t str, body: &'a [Token<'t>] },
}

fn declared<'a, 't>(tokens: &'a [Token<'t>], functions: &Functions<'a, 't>, start: usize) -> Option<Declared<'a, 't>> {
    let mut index = start;
    let mut name = None;
    for _ in 0..SIGNATURE {
        let token = tokens.get(index)?;
        if token.is_word("class") {
            return Some(Declared::Class(index));
        }
        if token.is_mark("{") {
            let body = functions.between(index, functions.closer(index)?);
            return Some(Declared::Action { name: name?, body });
        }
        if token.is_mark("=") {
            // `=> expression;`
            let rest = tokens.get(index..tokens.len().min(index + EXPRESSION))?;
            let end = rest.iter().position(|token| token.is_mark(";")).unwrap_or(rest.len());
            return Some(Declared::Action { name: name?, body: rest.get(..end)? });
        }
        if token.is_mark(";") || token.is_mark("}") {
            return None;
        }
        if token.is_mark("(") {
            name = name.or_else(|| Some(tokens.get(index.checked_sub(1)?)?.text));
            index = functions.closer(index)?;
        }
        index += 1;
    }
    None
}

fn class(tokens: &[Token<'_>], at: usize, attributes: &[Attribute<'_>]) -> Controller {
    let name = tokens.get(at + 1).map_or("", |token| token.text);
    let head = tokens.get(at + 2..tokens.len().min(at + SIGNATURE)).unwrap_or_default();
    let end = head.iter().position(|token| token.is_mark("{") || token.is_mark(";")).unwrap_or(head.len());
    let bases = head.get(..end).unwrap_or_default();
    let derives = bases.iter().any(|token| matches!(token.text, "ControllerBase" | "Controller"));
    let short = name.strip_suffix("Controller").unwrap_or(name);
    let template = attributes.iter().find(|found| found.name == "Route").and_then(|found| found.text);
    Controller {
        name: short.to_owned(),
        prefix: template.unwrap_or_default().to_owned(),
        is_controller: derives || name != short || attributes.iter().any(|found| found.name == "ApiController"),
        has_auth: guards(attributes),
    }
}

fn guards(attributes: &[Attribute<'_>]) -> bool {
    attributes.iter().any(|found| found.name.contains("Authorize") || found.name.contains("ApiKey"))
}

fn action(controller: &Controller, attributes: &[Attribute<'_>], name: &str, line: u32) -> Option<Route> {
    let (verb, own) = attributes.iter().find_map(|found| Some((method(found)?, found.text)))?;
    if !controller.is_controller {
        return None;
    }
    let routed = attributes.iter().find(|found| found.name == "Route").and_then(|found| found.text);
    let template = own.or(routed).unwrap_or_default();
    // A template that starts at the root leaves the controller's own out.
    let path = match template.strip_prefix("~/").or_else(|| template.strip_prefix('/')) {
        Some(rest) => rest.to_owned(),
        None => [controller.prefix.trim_matches('/'), template].join("/"),
    };
    let path = path.replace("[controller]", &controller.name).replace("[action]", name);
    let is_open = attributes.iter().any(|found| found.name == "AllowAnonymous");
    let has_auth = !is_open && (controller.has_auth || guards(attributes));
    Some(Route { has_auth, ..route(verb, format!("/{}", path.trim_matches('/')), "ASP.NET", line) })
}

fn method(attribute: &Attribute<'_>) -> Option<String> {
    let verb = attribute.name.strip_prefix("Http")?.to_ascii_uppercase();
    matches!(verb.as_str(), "GET" | "POST" | "PUT" | "PATCH" | "DELETE").then_some(verb)
}
