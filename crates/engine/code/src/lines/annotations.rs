//! Routes that Java declares by annotations: Spring's `@PostMapping`, JAX-RS's `@POST` and `@Path`.
//!
//! Only methods that are seen to ask a model count. Spring is usually told elsewhere who may call what, so a route
//! without a sign of authentication here is never reported as surely open.

use super::functions::Functions;
use super::registrations::route;
use super::tokens::{Kind, Token};
use crate::read::is_auth_name;
use crate::{Language, Route};

/// More routes than this are not kept of one file.
const MAX_ROUTES: usize = 300;
/// Words in the name of an object that say it is a model.
const MODELS: [&str; 7] = ["chatclient", "model", "assistant", "llm", "agent", "openai", "anthropic"];
/// Methods of such an object that ask.
const ASKS: [&str; 8] = ["prompt", "call", "stream", "generate", "chat", "complete", "create", "createStreaming"];
/// Types whose names speak of models and that belong to pages, beans and tables.
const OTHER_TYPES: [&str; 5] = ["Model", "ModelMap", "ModelAndView", "ModelMapper", "TableModel"];
/// Variables that are remembered by their type.
const MAX_HELD: usize = 200;
/// Services of the providers' SDKs whose `create()` asks.
const SERVICES: [&str; 4] = ["completions", "messages", "responses", "embeddings"];

/// One annotation: its last name and the tokens of its arguments.
struct Annotation<'a, 't> {
    name: &'t str,
    given: &'a [Token<'t>],
}

/// What annotations on a class say about its methods.
#[derive(Default)]
struct Class {
    prefix: String,
    is_controller: bool,
    has_auth: bool,
}

/// Reads the routes of a file that imports an AI package.
pub(super) fn read(tokens: &[Token<'_>]) -> Vec<Route> {
    let functions = Functions::of(Language::Java, tokens);
    let held = held(tokens);
    let mut found = Vec::new();
    let mut class = Class::default();
    let mut index = 0;
    while index < tokens.len() && found.len() < MAX_ROUTES {
        if !tokens.get(index).is_some_and(|token| token.is_mark("@")) {
            index += 1;
            continue;
        }
        let line = tokens.get(index).map_or(1, |token| token.line);
        let (annotations, end) = annotations(tokens, &functions, index);
        match declared(tokens, &functions, end) {
            Some(Declared::Class) => class = of_class(&annotations),
            Some(Declared::Method { open, close }) => {
                let body = functions.between(open, close);
                let asked = asks(body, &held) || functions.named_in(body).iter().any(|body| asks(body, &held));
                found.extend(of_method(&class, &annotations, line).into_iter().filter(|_| asked));
            }
            None => {}
        }
        index = end.max(index + 1);
    }
    found
}

/// The annotations that follow each other from `start`, and where they end.
fn annotations<'a, 't>(
    tokens: &'a [Token<'t>],
    functions: &Functions<'a, 't>,
    start: usize,
) -> (Vec<Annotation<'a, 't>>, usize) {
    let mut found = Vec::new();
    let mut index = start;
    while tokens.get(index).is_some_and(|token| token.is_mark("@")) {
        let Some(mut name) = tokens.get(index + 1).filter(|name| name.kind == Kind::Word) else { break };
        index += 2;
        // `@jakarta.ws.rs.POST`: the last name counts.
        while let (Some(dot), Some(next)) = (tokens.get(index), tokens.get(index + 1)) {
            if !dot.is_mark(".") || next.kind != Kind::Word {
                break;
            }
            (name, index) = (next, index + 2);
        }
        let close = functions.closer(index).filter(|_| tokens.get(index).is_some_and(|token| token.is_mark("(")));
        let given = close.map_or(&[][..], |close| functions.between(index, close));
        index = close.map_or(index, |close| close + 1);
        found.push(Annotation { name: name.text, given });
    }
    (found, index)
}

/// What annotations stand on.
enum Declared {
    Class,
    Method { open: usize, close: usize },
}

fn declared(tokens: &[Token<'_>], functions: &Functions<'_, '_>, start: usize) -> Option<Declared> {
    const SIGNATURE: usize = 40;
    let mut index = start;
    for _ in 0..SIGNATURE {
        let token = tokens.get(index)?;
        if ["class", "interface", "record", "enum"].iter().any(|word| token.is_word(word)) {
            return Some(Declared::Class);
        }
        if token.is_mark("{") {
            return Some(Declared::Method { open: index, close: functions.closer(index)? });
        }
        if token.is_mark(";") || token.is_mark("=") || token.is_mark("}") {
            return None;
        }
        index = if token.is_mark("(") { functions.closer(index)? } else { index } + 1;
    }
    None
}

fn of_class(annotations: &[Annotation<'_, '_>]) -> Class {
    let has = |names: &[&str]| annotations.iter().any(|found| names.contains(&found.name));
    let prefix = annotations.iter().find(|found| matches!(found.name, "RequestMapping" | "Path"));
    Class {
        prefix: prefix.and_then(|found| path(found.given)).unwrap_or_default(),
        // A client of another service is written with the same annotations.
        is_controller: has(&["RestController", "Controller", "Path"]) && !has(&["RegisterRestClient", "FeignClient"]),
        has_auth: annotations.iter().any(|found| guards(found.name)),
    }
}

fn guards(name: &str) -> bool {
    matches!(name, "RolesAllowed" | "Secured" | "PermissionsAllowed") || is_auth_name(name)
}

fn of_method(class: &Class, annotations: &[Annotation<'_, '_>], line: u32) -> Option<Route> {
    if !class.is_controller {
        return None;
    }
    let (mapping, method) = annotations.iter().find_map(|found| Some((found, method(found)?)))?;
    let own = annotations.iter().find(|found| found.name == "Path").unwrap_or(mapping);
    let url = format!("{}{}", class.prefix, path(own.given).unwrap_or_default());
    let url = if url.is_empty() { "/".to_owned() } else { url };
    let framework = if mapping.name.ends_with("Mapping") { "Spring" } else { "JAX-RS" };
    let is_open = annotations.iter().any(|found| found.name == "PermitAll");
    let has_auth = !is_open && (class.has_auth || annotations.iter().any(|found| guards(found.name)));
    Some(Route { has_auth, ..route(method, url, framework, line) })
}

fn method(annotation: &Annotation<'_, '_>) -> Option<String> {
    let verbs = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    if verbs.contains(&annotation.name) {
        return Some(annotation.name.to_owned());
    }
    let verb = annotation.name.strip_suffix("Mapping")?.to_ascii_uppercase();
    if verb == "REQUEST" {
        let named = annotation.given.iter().find(|token| verbs.contains(&token.text));
        return Some(named.map_or("ANY", |token| token.text).to_owned());
    }
    verbs.contains(&verb.as_str()).then_some(verb)
}

/// The path among the arguments of an annotation: alone, or as `value` or `path`.
fn path(given: &[Token<'_>]) -> Option<String> {
    let index = given.iter().enumerate().position(|(index, token)| {
        let key = index.checked_sub(2).and_then(|key| given.get(key));
        let is_named = key.is_some_and(|key| matches!(key.text, "value" | "path"));
        token.kind == Kind::Text && (is_named || index <= 1)
    })?;
    let text = given.get(index)?.text.trim_end_matches('/');
    let slash = if text.starts_with('/') || text.is_empty() { "" } else { "/" };
    Some(format!("{slash}{text}"))
}

/// The names of fields, parameters and variables whose type speaks of a model: `ChatClient c;`.
fn held<'t>(tokens: &[Token<'t>]) -> Vec<&'t str> {
    let mut found = Vec::new();
    for window in tokens.windows(3) {
        let [kind, name, end] = window else { continue };
        let is_end = end.kind == Kind::Mark && ";=,)".contains(end.text);
        let is_type = kind.kind == Kind::Word && kind.text.starts_with(|first: char| first.is_ascii_uppercase());
        if !is_end || !is_type || name.kind != Kind::Word || OTHER_TYPES.contains(&kind.text) {
            continue;
        }
        let lower = kind.text.to_ascii_lowercase();
        if found.len() < MAX_HELD && MODELS.iter().any(|word| lower.contains(word)) {
            found.push(name.text);
        }
    }
    found
}

fn asks(body: &[Token<'_>], held: &[&str]) -> bool {
    let of_object = |window: &[Token<'_>]| match window {
        [object, dot, method, open] => {
            let name = object.text.to_ascii_lowercase();
            object.kind == Kind::Word
                && dot.is_mark(".")
                && open.is_mark("(")
                && ASKS.contains(&method.text)
                && (held.contains(&object.text) || MODELS.iter().any(|word| name.contains(word)))
        }
        _ => false,
    };
    let of_service = |window: &[Token<'_>]| matches!(window, [service, open, close, dot, create] if SERVICES.contains(&service.text) && open.is_mark("(") && close.is_mark(")") && dot.is_mark(".") && create.text.starts_with("create"));
    body.windows(4).any(of_object) || body.windows(5).any(of_service)
}
