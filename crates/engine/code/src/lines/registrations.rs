//! Routes that Go and C# register by a call: `http.HandleFunc`, gin, echo, chi, fiber; minimal APIs of ASP.NET.
//!
//! Only routes whose handler is seen to ask a model, in this file, are of interest here; a name alone proves nothing in
//! languages whose handlers mostly stand elsewhere.

use super::functions::Functions;
use super::tokens::{Kind, Token};
use crate::read::{is_auth_name, is_limit_name};
use crate::{Language, Route, Spot};

/// More routes than this are not kept of one file.
const MAX_ROUTES: usize = 300;
/// Methods that ask a model, of the SDKs of Go.
const GO_CALLS: [&str; 9] = [
    "CreateChatCompletion",
    "CreateChatCompletionStream",
    "CreateCompletion",
    "CreateCompletionStream",
    "CreateEmbeddings",
    "GenerateContent",
    "GenerateContentStream",
    "GenerateFromSinglePrompt",
    "SendMessageStream",
];
/// Services of the SDKs of Go whose `New` asks a model.
const GO_SERVICES: [&str; 4] = ["Completions", "Messages", "Responses", "Embeddings"];
/// Methods that ask a model, of the SDKs of .NET.
const SHARP_CALLS: [&str; 15] = [
    "CompleteChat",
    "CompleteChatAsync",
    "CompleteChatStreaming",
    "CompleteChatStreamingAsync",
    "GetChatCompletionsAsync",
    "GetChatCompletions",
    "GetResponseAsync",
    "GetStreamingResponseAsync",
    "GetChatMessageContentAsync",
    "GetChatMessageContentsAsync",
    "GetStreamingChatMessageContentsAsync",
    "InvokePromptAsync",
    "InvokePromptStreamingAsync",
    "GenerateEmbeddingAsync",
    "CreateResponseAsync",
];
/// Headers that carry a credential.
const HEADERS: [&str; 3] = ["authorization", "x-api-key", "api-key"];

/// Reads the routes of a file that imports an AI package.
pub(super) fn read(language: Language, tokens: &[Token<'_>]) -> Vec<Route> {
    let functions = Functions::of(language, tokens);
    let is_go = language == Language::Go;
    let app = if is_go { app_of_go(tokens) } else { app_of_sharp(tokens) };
    let mut found = Vec::new();
    for (index, window) in tokens.windows(4).enumerate() {
        let [dot, verb, open, literal] = window else { continue };
        if found.len() >= MAX_ROUTES || !dot.is_mark(".") || !open.is_mark("(") || literal.kind != Kind::Text {
            continue;
        }
        let Some((method, path)) =
            (if is_go { of_go(verb.text, literal.text) } else { of_sharp(verb.text, literal.text) })
        else {
            continue;
        };
        let Some(close) = functions.closer(index + 2) else { continue };
        let given = functions.between(index + 2, close);
        let named = functions.named_in(given);
        let asks = |tokens: &[Token<'_>]| if is_go { go_asks(tokens) } else { sharp_asks(tokens) };
        if !asks(given) && !named.iter().any(|body| asks(body)) {
            continue;
        }
        let chained = chain(tokens, close);
        let says = |test: fn(&str) -> bool| {
            given.iter().chain(chained).any(|token| token.kind == Kind::Word && test(token.text))
        };
        let is_open = chained.iter().any(|token| token.is_word("AllowAnonymous"));
        found.push(Route {
            has_auth: !is_open && (app.has_auth || says(is_auth_name) || named.iter().any(|body| checks(body))),
            has_rate_limit: says(is_limit_name) || says(|name| name == "RequireRateLimiting"),
            on_router: !app.is_whole,
            ..route(method, path, if is_go { "Go" } else { "ASP.NET" }, verb.line)
        });
    }
    found
}

/// A route whose handler asks a model, with nothing known about who may call it.
pub(super) fn route(method: String, path: String, framework: &str, line: u32) -> Route {
    Route {
        method,
        path,
        handler: String::new(),
        handler_path: String::new(),
        router: String::new(),
        guards: Vec::new(),
        joined_from: Vec::new(),
        framework: framework.to_owned(),
        calls_model: true,
        named_inference: false,
        has_auth: false,
        has_rate_limit: false,
        on_router: true,
        at: Spot { line, cell: None },
    }
}

/// What a file says about all of its routes.
struct App {
    has_auth: bool,
    /// Whether the server is started here, so that nothing is added elsewhere.
    is_whole: bool,
}

fn app_of_go(tokens: &[Token<'_>]) -> App {
    let is_use = |window: &[Token<'_>]| matches!(window, [dot, word, open] if dot.is_mark(".") && word.is_word("Use") && open.is_mark("("));
    let has_auth = tokens.windows(3).enumerate().filter(|(_, window)| is_use(window)).any(|(index, _)| {
        let given = super::routes::call_tokens(tokens.get(index + 2..).unwrap_or_default());
        given.iter().any(|token| token.kind == Kind::Word && is_auth_name(token.text))
    });
    let is_whole = tokens.iter().any(|token| {
        token.kind == Kind::Word && matches!(token.text, "ListenAndServe" | "ListenAndServeTLS" | "RunTLS" | "StartTLS")
    });
    App { has_auth, is_whole }
}

fn app_of_sharp(tokens: &[Token<'_>]) -> App {
    let has = |names: &[&str]| tokens.iter().any(|token| token.kind == Kind::Word && names.contains(&token.text));
    App {
        has_auth: has(&["FallbackPolicy", "RequireAuthenticatedUser"]),
        is_whole: has(&["Build"]) && has(&["Run", "RunAsync"]),
    }
}

/// `HandleFunc("POST /x", …)`, `POST("/x", …)`, `Post("/x", …)`.
fn of_go(verb: &str, literal: &str) -> Option<(String, String)> {
    if matches!(verb, "HandleFunc" | "Handle") {
        let (method, path) = literal.split_once(' ').unwrap_or(("ANY", literal));
        return path.starts_with('/').then(|| (method.to_owned(), path.to_owned()));
    }
    let upper = verb.to_ascii_uppercase();
    let is_verb = matches!(upper.as_str(), "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "ANY");
    let is_written_so = verb == upper || verb.starts_with(|first: char| first.is_ascii_uppercase());
    (is_verb && is_written_so && literal.starts_with('/')).then(|| (upper, literal.to_owned()))
}

/// `MapPost("/x", …)`.
fn of_sharp(verb: &str, literal: &str) -> Option<(String, String)> {
    let method =
        verb.strip_prefix("Map").filter(|rest| matches!(*rest, "Get" | "Post" | "Put" | "Patch" | "Delete"))?;
    let slash = if literal.starts_with('/') { "" } else { "/" };
    Some((method.to_ascii_uppercase(), format!("{slash}{literal}")))
}

fn go_asks(tokens: &[Token<'_>]) -> bool {
    let is_call = |token: &Token<'_>| token.kind == Kind::Word && GO_CALLS.contains(&token.text);
    let is_service = |window: &[Token<'_>]| matches!(window, [service, dot, new] if GO_SERVICES.contains(&service.text) && dot.is_mark(".") && matches!(new.text, "New" | "NewStreaming"));
    tokens.iter().any(is_call) || tokens.windows(3).any(is_service)
}

pub(super) fn sharp_asks(tokens: &[Token<'_>]) -> bool {
    tokens.iter().any(|token| token.kind == Kind::Word && SHARP_CALLS.contains(&token.text))
}

/// The calls chained to a registration: `.RequireAuthorization()`.
fn chain<'a, 't>(tokens: &'a [Token<'t>], close: usize) -> &'a [Token<'t>] {
    const CHAIN: usize = 40;
    let rest = tokens.get(close + 1..).unwrap_or_default();
    let rest = rest.get(..CHAIN.min(rest.len())).unwrap_or_default();
    let end = rest.iter().position(|token| token.is_mark(";") || token.is_mark("}")).unwrap_or(rest.len());
    let is_chained = rest.first().is_some_and(|token| token.is_mark("."));
    rest.get(..end).filter(|_| is_chained).unwrap_or_default()
}

/// Says whether a function reads a credential's header or calls something that checks who is calling.
fn checks(body: &[Token<'_>]) -> bool {
    let reads = |token: &Token<'_>| {
        token.kind == Kind::Text && HEADERS.iter().any(|header| token.text.eq_ignore_ascii_case(header))
    };
    let calls = |window: &[Token<'_>]| matches!(window, [name, open] if name.kind == Kind::Word && open.is_mark("(") && is_auth_name(name.text));
    body.iter().any(reads) || body.windows(2).any(calls)
}
