//! Which of a file's clients are asked, and whether the file asks through one that another file made.
//!
//! A client that is only made sends nothing. It is asked when a method of it is called, or when it is handed to something
//! that calls it: a chain, an agent, a vector store. What a function returns or an attribute keeps may be asked anywhere.

use super::completions::is_completion;
use crate::Facts;
use crate::python::{Call, Sketch, Value, last};

/// Functions in lower case that make a client and ask nothing.
const MAKERS: &[&str] = &[
    "client",
    "resource",
    "init",
    "configure",
    "from_pretrained",
    "from_provider",
    "init_chat_model",
    "create_agent",
    "create_react_agent",
];
/// Methods that send no prompt.
const SILENT: &[&str] = &["close", "aclose", "with_options", "copy", "__enter__", "__aenter__", "exceptions"];
/// Functions that look at an object and call nothing of it.
const LOOKING: &[&str] =
    &["isinstance", "type", "id", "print", "repr", "str", "len", "bool", "hasattr", "getattr", "callable", "vars"];
/// Endings of calls that send text to a model and return no answer in words.
const OTHER_ASKS: &[&str] = &[
    ".embeddings.create",
    ".images.generate",
    ".moderations.create",
    ".audio.transcriptions.create",
    ".audio.speech.create",
    ".batches.create",
    ".fine_tuning.jobs.create",
    ".embed_query",
    ".embed_documents",
    ".aembed_query",
    ".aembed_documents",
    ".embed_content",
    ".get_text_embedding",
    ".get_query_embedding",
    ".rerank",
];
/// Methods that frameworks give to models, chains and agents, and few others have.
const FRAMEWORK_ASKS: &[&str] = &[
    "invoke",
    "ainvoke",
    "astream",
    "abatch",
    "agenerate",
    "acomplete",
    "achat",
    "apredict",
    "kickoff",
    "stream_chat",
    "generate_content",
    "generate_reply",
    "initiate_chat",
];
/// Clients of one file that are looked at one by one; of more, each counts as asked, so that none is missed.
const MOST_CLIENTS: usize = 40;
/// Nested values that are looked through for a client.
const DEEPEST: usize = 6;

/// Endings of calls that send text to a model and return no answer in words.
pub(super) fn endings() -> impl Iterator<Item = &'static str> {
    OTHER_ASKS.iter().copied()
}

/// Settles it for every client in the facts.
pub(super) fn read(sketch: &Sketch, facts: &mut Facts) {
    let imports_ai = !facts.imports.is_empty();
    if facts.providers.len() > MOST_CLIENTS {
        facts.providers.iter_mut().for_each(|seen| seen.is_called = true);
        return;
    }
    let made: Vec<Option<usize>> = facts
        .providers
        .iter()
        .map(|seen| sketch.calls.iter().position(|call| call.at == seen.at && call.callee == seen.through))
        .collect();
    for (seen, maker) in facts.providers.iter_mut().zip(&made) {
        let Some(maker) = *maker else { continue };
        seen.is_called = seen.is_called || is_asked(sketch, maker, &made);
    }
    facts.asks_through_other = sketch.calls.iter().any(|call| {
        let is_own = made.iter().flatten().filter_map(|maker| sketch.calls.get(*maker)).any(|maker| is_on(call, maker));
        !is_own && asks(sketch, call, imports_ai)
    });
}

fn asks(sketch: &Sketch, call: &Call, imports_ai: bool) -> bool {
    let is_other = || OTHER_ASKS.iter().any(|ending| call.callee.ends_with(ending));
    let is_frameworks = || imports_ai && FRAMEWORK_ASKS.contains(&call.last());
    is_completion(sketch, call) || is_other() || is_frameworks()
}

/// Says whether `call` is a method of what `maker` made.
fn is_on(call: &Call, maker: &Call) -> bool {
    let rest = call.callee.strip_prefix(maker.callee.as_str()).and_then(|rest| rest.strip_prefix("()"));
    rest.is_some_and(|rest| rest.starts_with('.'))
}

fn is_asked(sketch: &Sketch, maker: usize, made: &[Option<usize>]) -> bool {
    let Some(made_by) = sketch.calls.get(maker) else { return false };
    let name = last(&made_by.callee);
    if name.starts_with(|first: char| first.is_ascii_lowercase()) && !MAKERS.contains(&name) {
        return true;
    }
    // Several clients made by one function are told apart by the variable that holds each.
    let is_only =
        made.iter().flatten().filter_map(|at| sketch.calls.get(*at)).filter(|one| one.callee == made_by.callee);
    let is_only = is_only.count() < 2;
    sketch.calls.iter().enumerate().any(|(index, call)| {
        let is_method = is_on(call, made_by) && !SILENT.contains(&call.last());
        if is_method && (is_only || holder(sketch, call).is_none_or(|held| held == maker)) {
            return true;
        }
        let takes = |value: &Value| holds(sketch, value, maker, call.function, DEEPEST);
        index != maker && !LOOKING.contains(&call.callee.as_str()) && call.all_args().any(takes)
    }) || sketch.binds.iter().any(|bind| {
        // `prompt | model`, `{"llm": model}`: a part of something larger.
        bind.value.parts().any(|part| holds(sketch, part, maker, bind.function, DEEPEST))
    })
}

/// The call that made the object a method is called on, by the variable that holds it.
fn holder(sketch: &Sketch, call: &Call) -> Option<usize> {
    let mut path = call.written.as_str();
    while let Some((object, _)) = path.rsplit_once('.') {
        if let Some(Value::Call(made)) = sketch.binding(object, call.function).map(|bind| &bind.value) {
            return Some(*made);
        }
        path = object;
    }
    None
}

fn holds(sketch: &Sketch, value: &Value, maker: usize, function: Option<usize>, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match value {
        Value::Call(made) => *made == maker,
        Value::Name(name) => {
            sketch.binding(name, function).is_some_and(|bind| matches!(bind.value, Value::Call(made) if made == maker))
        }
        other => other.parts().any(|part| holds(sketch, part, maker, function, depth)),
    }
}

#[cfg(test)]
mod tests {
    use crate::{CodeEngine, Facts, Language};
    use serde::Deserialize as _;
    use syndic_evidence::{AssetKind, Input, Urn};

    fn facts(text: &str) -> Facts {
        let owner = Urn::local("t", AssetKind::Application, "app");
        let input = Input { system: "t", path: "app.py", subject: &owner, owner: &owner };
        let engine = CodeEngine::builtin().unwrap();
        Facts::deserialize(&engine.inspect(input, Language::Python, text).unwrap().facts).unwrap()
    }

    fn called(text: &str) -> Vec<(String, bool)> {
        facts(text).providers.into_iter().map(|seen| (seen.provider, seen.is_called)).collect()
    }

    #[test]
    fn a_client_that_is_only_made_is_not_asked() {
        for text in [
            "import boto3\nbr = boto3.client('bedrock-runtime')\n",
            "from openai import OpenAI\ndef make():\n    client = OpenAI()\n    return client\n",
            "from anthropic import Anthropic\nclass A:\n    def __init__(self):\n        self.c = Anthropic()\n        print(self.c)\n",
            "from openai import OpenAI\nclient = OpenAI()\nclient.close()\n",
        ] {
            let facts = facts(text);
            assert!(facts.providers.iter().all(|seen| !seen.is_called) && !facts.asks_through_other, "{text}");
            assert_eq!(facts.providers.len(), 1);
        }
    }

    #[test]
    fn a_method_of_it_or_what_it_is_handed_to_asks() {
        for text in [
            "from openai import OpenAI\nc = OpenAI()\nc.embeddings.create(model='x', input='y')\n",
            "from openai import OpenAI\nclass A:\n    def __init__(self):\n        self.c = OpenAI()\n    def f(self, q):\n        return self.c.responses.create(input=q)\n",
            "from langchain_openai import ChatOpenAI\nfrom langchain.agents import create_agent\nllm = ChatOpenAI()\ncreate_agent(llm, [])\n",
            "from langchain_openai import ChatOpenAI\nllm = ChatOpenAI()\nchain = prompt | llm\n",
            "from langchain_openai import OpenAIEmbeddings\nFAISS.from_texts(t, OpenAIEmbeddings())\n",
            "import replicate\nreplicate.run('a/b', input={})\n",
        ] {
            assert!(called(text).iter().all(|(_, called)| *called), "{text}");
        }
    }

    #[test]
    fn of_two_clients_the_one_that_is_asked_is_told() {
        let text = "import boto3, openai\nc = openai.OpenAI()\nbr = boto3.client('bedrock-runtime')\nsm = boto3.client('sagemaker-runtime')\n\
                    def f(q):\n    sm.invoke_endpoint(Body=q)\n    return c.chat.completions.create(messages=[q])\n";
        let found = called(text);
        let of = |name: &str| found.iter().find(|(provider, _)| provider == name).map(|(_, called)| *called);
        assert_eq!((of("OpenAI"), of("AWS Bedrock"), of("AWS SageMaker")), (Some(true), Some(false), Some(true)));
        assert!(!facts(text).asks_through_other);
    }

    #[test]
    fn asking_through_a_client_from_elsewhere_is_said() {
        for text in [
            "import openai\nfrom .llm import client\ndef f(q):\n    return client.chat.completions.create(messages=[q])\n",
            "import langchain\nfrom .chains import pipe\ndef f(q):\n    return pipe.invoke(q)\n",
        ] {
            assert!(facts(text).asks_through_other, "{text}");
        }
    }
}
