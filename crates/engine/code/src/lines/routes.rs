//! Routes of Express and its kin, and of Next.js by file name.

use super::functions::Functions;
use super::tokens::{Kind, Token};
use crate::read::{is_auth_name, is_inference_path, is_limit_name};
use crate::{Language, Route, Spot};

/// Objects that routes are registered on.
const OBJECTS: &[&str] = &["app", "router", "server", "api", "fastify", "hono"];
/// Words in a handler that say it asks a model.
const MODEL_WORDS: &[&str] = &[
    "completions",
    "streamText",
    "generateText",
    "generateObject",
    "streamObject",
    "generateContent",
    "embeddings",
    "embedMany",
    "messages",
    "InvokeModelCommand",
    "ConverseCommand",
    "invoke",
];
/// Tokens of a handler that are looked at.
const HANDLER: usize = 600;

/// Reads the routes; `has_sdk` says whether the file imports an AI package.
pub(super) fn read(path: &str, tokens: &[Token<'_>], has_sdk: bool) -> Vec<Route> {
    let mut found = Vec::new();
    let has_web = has_sdk
        || tokens
            .iter()
            .any(|token| token.kind == Kind::Text && matches!(token.text, "express" | "fastify" | "hono" | "koa"));
    let app_auth = app_wide(tokens, is_auth_name);
    let app_limit = app_wide(tokens, is_limit_name);
    let functions = Functions::of(Language::TypeScript, tokens);
    for (index, window) in tokens.windows(5).enumerate() {
        let [object, dot, verb, open, literal] = window else { continue };
        let is_route = OBJECTS.contains(&object.text)
            && dot.is_mark(".")
            && open.is_mark("(")
            && literal.kind == Kind::Text
            && literal.text.starts_with('/');
        if !has_web || !is_route || !matches!(verb.text, "get" | "post" | "put" | "patch" | "delete" | "all") {
            continue;
        }
        let handler = call_tokens(tokens.get(index + 3..).unwrap_or_default());
        let named = functions.named_in(handler);
        let has = |test: fn(&str) -> bool| {
            let mut words = handler.iter().chain(named.iter().copied().flatten());
            words.any(|token| token.kind == Kind::Word && test(token.text))
        };
        found.push(Route {
            method: verb.text.to_ascii_uppercase(),
            path: literal.text.to_owned(),
            handler: String::new(),
            handler_path: String::new(),
            router: object.text.to_owned(),
            guards: Vec::new(),
            joined_from: Vec::new(),
            framework: "Express".to_owned(),
            calls_model: has_sdk && (asks_model(handler) || named.iter().any(|body| asks_model(body))),
            named_inference: has_sdk && is_inference_path(literal.text),
            has_auth: app_auth || has(is_auth_name),
            has_rate_limit: app_limit || has(is_limit_name),
            on_router: object.text != "app",
            at: Spot { line: verb.line, cell: None },
        });
    }
    found.extend(next_routes(path, tokens, has_sdk));
    found
}

/// The tokens of a call's arguments, from its opening bracket to the closing one.
pub(super) fn call_tokens<'a, 't>(tokens: &'a [Token<'t>]) -> &'a [Token<'t>] {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().take(HANDLER) {
        if token.is_mark("(") {
            depth += 1;
        } else if token.is_mark(")") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return tokens.get(..index).unwrap_or_default();
            }
        }
    }
    tokens.get(..HANDLER.min(tokens.len())).unwrap_or_default()
}

pub(super) fn asks_model(tokens: &[Token<'_>]) -> bool {
    tokens.iter().any(|token| token.kind == Kind::Word && MODEL_WORDS.contains(&token.text))
}

/// `app.use(requireAuth)`.
fn app_wide(tokens: &[Token<'_>], test: fn(&str) -> bool) -> bool {
    tokens.windows(4).enumerate().any(|(index, window)| {
        let [object, dot, word, open] = window else { return false };
        let is_use = OBJECTS.contains(&object.text) && dot.is_mark(".") && word.is_word("use") && open.is_mark("(");
        is_use
            && call_tokens(tokens.get(index + 3..).unwrap_or_default())
                .iter()
                .any(|token| token.kind == Kind::Word && test(token.text))
    })
}

/// `app/api/chat/route.ts` exports one function a method; `pages/api/chat.ts` one handler for all.
fn next_routes(path: &str, tokens: &[Token<'_>], has_sdk: bool) -> Vec<Route> {
    let Some((url, is_app)) = next_path(path) else { return Vec::new() };
    let has_auth = tokens.iter().any(|token| {
        token.kind == Kind::Word
            && (is_auth_name(token.text) || matches!(token.text, "getServerSession" | "getSession" | "currentUser"))
    });
    let has_limit = tokens.iter().any(|token| is_limit_name(token.text));
    let make = |method: &str, line: u32| Route {
        method: method.to_owned(),
        path: url.clone(),
        handler: method.to_owned(),
        handler_path: String::new(),
        router: String::new(),
        guards: Vec::new(),
        joined_from: Vec::new(),
        framework: "Next.js".to_owned(),
        calls_model: has_sdk && asks_model(tokens),
        named_inference: has_sdk && is_inference_path(&url),
        has_auth,
        has_rate_limit: has_limit,
        // Middleware of its own may stand in another file.
        on_router: true,
        at: Spot { line, cell: None },
    };
    if !is_app {
        let handler = tokens
            .windows(2)
            .find(|window| matches!(window, [first, second] if first.is_word("export") && second.is_word("default")));
        return handler.and_then(|window| window.first()).map(|token| make("ANY", token.line)).into_iter().collect();
    }
    let mut found = Vec::new();
    for window in tokens.windows(4) {
        let [export, second, third, fourth] = window else { continue };
        let name = [second, third, fourth]
            .into_iter()
            .find(|token| matches!(token.text, "GET" | "POST" | "PUT" | "PATCH" | "DELETE"));
        if let Some(name) = name.filter(|_| export.is_word("export")) {
            found.push(make(name.text, name.line));
        }
    }
    found
}

/// The URL path Next.js gives a file, and whether it is of the app router.
fn next_path(path: &str) -> Option<(String, bool)> {
    let (folder, name) = path.rsplit_once('/')?;
    let stem = name.split('.').next()?;
    let parts: Vec<&str> = folder.split('/').collect();
    let start = |word: &str| parts.iter().position(|part| *part == word);
    let join = |from: usize| {
        parts
            .get(from + 1..)
            .unwrap_or_default()
            .iter()
            .filter(|part| !part.starts_with('('))
            .fold(String::new(), |url, part| format!("{url}/{part}"))
    };
    if stem == "route" {
        return start("app").map(|from| (join(from), true));
    }
    let from = start("pages").filter(|from| parts.get(from + 1) == Some(&"api"))?;
    let url = join(from);
    Some((if stem == "index" { url } else { format!("{url}/{stem}") }, false))
}
