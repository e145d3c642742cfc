//! Whether a route answers inference requests: by the models its handler reaches, or by its name.

use super::completions::is_inference;
use crate::maps::HashSet;
use crate::python::{Sketch, Value, last};

/// Last parts of a path that say the route answers inference requests.
const PATH_WORDS: &[&str] = &[
    "chat",
    "completion",
    "completions",
    "predict",
    "prediction",
    "predictions",
    "infer",
    "inference",
    "generate",
    "generation",
    "ask",
    "embed",
    "embeddings",
    "rag",
    "query",
    "invoke",
    "summarize",
    "summarise",
    "classify",
    "transcribe",
    "llm",
    "answer",
    "generate_stream",
    "responses",
    "messages",
    "rerank",
    "score",
];
/// Of those, the ones that other things than models are called too; the handler's name must agree.
const VAGUE: &[&str] =
    &["query", "messages", "responses", "chat", "invoke", "score", "classify", "answer", "rag", "llm"];
/// Beginnings of names of functions, often from another file, that ask a model.
const HELPERS: &[&str] = &[
    "generate_",
    "encode",
    "predict",
    "infer",
    "complete_",
    "completion",
    "chat_completion",
    "ask_",
    "answer",
    "embed_",
    "summarize",
    "summarise",
    "classify",
    "run_agent",
    "run_chain",
    "run_llm",
    "query_llm",
    "call_llm",
    "call_model",
    "run_model",
    "run_inference",
    "rag_",
    "llm_",
    "transcribe",
    "chat_with",
    "get_answer",
    "get_response",
    "get_completion",
    "stream_completion",
    "respond",
];
/// Things that are administered: what is generated or asked about below them is no answer of a model.
const ADMINISTERED: &[&str] = &[
    "key",
    "keys",
    "apikey",
    "apikeys",
    "api_key",
    "api_keys",
    "token",
    "tokens",
    "password",
    "passwords",
    "secret",
    "secrets",
    "credential",
    "credentials",
    "certificate",
    "certificates",
    "license",
    "licenses",
    "invite",
    "invites",
    "invitation",
    "invitations",
    "otp",
    "webhook",
    "webhooks",
    "backup_codes",
];
/// Most calls deep that a handler is followed inside its file.
const MAX_HOPS: usize = 3;
/// Functions that run a function they are given.
pub(super) const PASSERS: &[&str] = &[
    "run_in_threadpool",
    "to_thread",
    "run_in_executor",
    "StreamingResponse",
    "EventSourceResponse",
    "create_task",
    "add_task",
    "submit",
    "run_sync",
    "Response",
    "stream_with_context",
];

/// Says whether a path's last literal part names inference.
pub(crate) fn is_inference_path(path: &str) -> bool {
    last_word(path).is_some_and(|word| PATH_WORDS.contains(&word.as_str())) && !administers(path)
}

/// Says whether the part before the last names something administered: `/key/generate`, `/users/{id}/token/generate`.
fn administers(path: &str) -> bool {
    let mut parts = path.split(['/', ':']).filter(|part| !part.is_empty()).rev();
    let before = parts.nth(1).map(|part| part.to_ascii_lowercase().replace('-', "_"));
    before.is_some_and(|before| ADMINISTERED.contains(&before.as_str()))
}

fn last_word(path: &str) -> Option<String> {
    let last = path.split(['/', ':']).rfind(|part| !part.is_empty())?;
    (!last.starts_with(['{', '<', ':', '['])).then(|| last.to_ascii_lowercase().replace('-', "_"))
}

/// Follows a handler through functions of its file until one asks a model.
pub(super) fn calls_model(sketch: &Sketch, handler: usize) -> bool {
    let mut reached = HashSet::from_iter([handler]);
    let mut open = vec![handler];
    for _ in 0..MAX_HOPS {
        let mut next = Vec::new();
        for call in open.iter().flat_map(|function| sketch.calls_inside(*function)) {
            if is_inference(sketch, call) {
                return true;
            }
            let runs_argument = PASSERS.contains(&call.last());
            let passed = call
                .all_args()
                .filter(|_| runs_argument)
                .filter_map(|arg| if let Value::Name(name) = arg { Some(name.as_str()) } else { None });
            let passed = passed.filter_map(|name| sketch.function_at(name, call.function));
            next.extend(call.target.into_iter().chain(passed).filter(|index| reached.insert(*index)));
        }
        open = next;
    }
    false
}

/// By the path and by names the handler calls: weaker than seeing the model called.
pub(super) fn is_named_inference(sketch: &Sketch, path: &str, handler: &str, index: Option<usize>) -> bool {
    let Some(word) = last_word(path) else { return false };
    if !PATH_WORDS.contains(&word.as_str()) || administers(path) {
        return false;
    }
    if index.is_some_and(|index| only_refuses(sketch, index)) {
        return false;
    }
    let calls_helper = index.is_some_and(|index| {
        sketch.calls_inside(index).any(|call| {
            let name = last(&call.written).to_ascii_lowercase();
            HELPERS.iter().any(|helper| name.starts_with(helper) || name == helper.trim_end_matches('_'))
        })
    });
    let name = handler.to_ascii_lowercase();
    let name_agrees = ["chat", "complet", "predict", "infer", "generat", "ask", "embed", "answer", "llm", "rag"]
        .iter()
        .any(|verb| name.contains(verb));
    calls_helper || (!VAGUE.contains(&word.as_str()) && (name_agrees || index.is_none()))
}

/// A route that is kept to say that it is gone: its handler returns nothing and calls nothing but an error and a log.
fn only_refuses(sketch: &Sketch, handler: usize) -> bool {
    let is_error = |name: &str| ["Exception", "Error", "abort"].iter().any(|ending| name.ends_with(ending));
    let is_log = |written: &str| written.starts_with("log") || written.contains(".log");
    let has_error = sketch.calls_inside(handler).any(|call| is_error(last(&call.written)));
    let returns = sketch.functions.get(handler).is_some_and(|function| !function.returns.is_empty());
    has_error
        && !returns
        && sketch.calls_inside(handler).all(|call| is_error(last(&call.written)) || is_log(&call.written))
}

#[cfg(test)]
mod tests {
    use crate::{CodeEngine, Language};
    use syndic_evidence::{AssetKind, Input, Urn};

    fn endpoints(body: &str) -> usize {
        let text = format!(
            "from fastapi import FastAPI, HTTPException\napp = FastAPI()\n@app.post('/chat/completions')\nasync def create_chat_completions(q: str):\n{body}\n"
        );
        let owner = Urn::local("t", AssetKind::Application, "app");
        let input = Input { system: "t", path: "app.py", subject: &owner, owner: &owner };
        let found = CodeEngine::builtin().unwrap().inspect(input, Language::Python, &text);
        found.map_or(0, |found| found.assets.iter().filter(|asset| asset.kind == AssetKind::Endpoint).count())
    }

    #[test]
    fn a_route_that_only_says_it_is_gone_answers_no_requests_for_inference() {
        assert_eq!(endpoints("    logger.warning('gone')\n    raise HTTPException(status_code=410)"), 0);
        assert_eq!(endpoints("    if not q:\n        raise HTTPException(400)\n    return await run(q)"), 1);
        assert_eq!(endpoints("    return await run(q)"), 1);
    }
}
