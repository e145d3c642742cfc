//! Laws of joining, over small systems.

use syndic_evidence::{AssetKind, Confidence, Input, Inspection, Severity, Urn};

use crate::{CodeEngine, Language};

/// What comes of some files, which has to be the same whether files that tell nothing are put off or not.
fn joined(files: &[(&str, &str)]) -> Vec<Inspection> {
    let engine = CodeEngine::builtin().unwrap();
    let owner = Urn::local("t", AssetKind::Application, "app");
    let input = |path| Input { system: "t", path, subject: &owner, owner: &owner };
    let [whole, looked] = [CodeEngine::inspect, CodeEngine::look].map(|first| {
        let seen = files.iter().filter_map(|(path, text)| {
            first(&engine, input(path), Language::Python, text).map(|found| (found, (*path, *text)))
        });
        let (mut inspections, sources): (Vec<Inspection>, Vec<(&str, &str)>) = seen.unzip();
        engine.join("t", &mut inspections.iter_mut().collect::<Vec<_>>(), &mut |index| {
            let (path, text) = sources[index];
            engine.inspect(input(path), Language::Python, text)
        });
        inspections.retain(|inspection| !inspection.facts.is_null());
        inspections
    });
    assert_eq!(whole, looked);
    looked
}

fn findings(inspections: &[Inspection]) -> Vec<(&str, Severity, Confidence)> {
    let drafts = inspections.iter().flat_map(|inspection| &inspection.findings);
    drafts.map(|draft| (draft.rule.as_str(), draft.severity, draft.confidence)).collect()
}

const LLM: (&str, &str) = (
    "app/llm.py",
    "from openai import OpenAI\nclient = OpenAI()\ndef answer(q):\n    return client.responses.create(model='gpt-4o', input=q).output_text\n",
);

#[test]
fn a_route_that_reaches_a_model_through_another_file_is_an_inference_route() {
    let main = "from fastapi import FastAPI\nfrom app import llm\napp = FastAPI()\n@app.get('/items/{q}')\ndef items(q: str):\n    return llm.answer(q)\n@app.get('/version')\ndef version():\n    return 1\n";
    let found = joined(&[LLM, ("app/main.py", main)]);
    assert_eq!(
        findings(&found),
        [
            ("code.route-get", Severity::Medium, Confidence::High),
            ("code.route-unauthenticated", Severity::High, Confidence::Medium)
        ]
    );
    assert!(found[1].assets.iter().any(|asset| asset.name == "GET /items/{q}"));
    assert!(!serde_json::to_string(&found).unwrap().contains("\"links\""));
}

#[test]
fn classes_objects_relative_imports_and_packages_are_followed() {
    let service = "from .llm import answer\nclass Desk:\n    def reply(self, text):\n        return answer(text)\n";
    let deps = "from .service import Desk\ndesk = Desk()\n";
    let package = "from .deps import desk\n";
    let main = "from flask import Flask, request\nfrom app.core import desk\napp = Flask(__name__)\n@app.post('/x')\ndef x():\n    return desk.reply(request.json['q'])\n";
    let found = joined(&[
        ("src/app/core/llm.py", LLM.1),
        ("src/app/core/service.py", service),
        ("src/app/core/deps.py", deps),
        ("src/app/core/__init__.py", package),
        ("src/app/main.py", main),
    ]);
    assert_eq!(findings(&found).iter().map(|found| found.0).collect::<Vec<_>>(), ["code.route-unauthenticated"]);
}

#[test]
fn a_module_of_another_tree_with_the_same_name_is_not_meant() {
    let main = "from fastapi import FastAPI\nfrom llm import answer\napp = FastAPI()\n@app.get('/items')\ndef items(q: str):\n    return answer(q)\n";
    assert!(findings(&joined(&[("other/llm.py", LLM.1), ("web/main.py", main)])).is_empty());
}

#[test]
fn a_call_that_gets_nothing_of_the_request_is_not_inference_of_the_user() {
    let main = "from fastapi import FastAPI\nfrom app import llm\napp = FastAPI()\n@app.get('/warm')\ndef warm(q: str):\n    return llm.answer('constant')\n";
    assert!(findings(&joined(&[LLM, ("app/main.py", main)])).is_empty());
}

#[test]
fn authentication_where_a_router_is_mounted_covers_its_routes() {
    let router = "from fastapi import APIRouter\nfrom app.llm import answer\nrouter = APIRouter(prefix='/v1')\n@router.post('/chat')\ndef chat(q: str):\n    return answer(q)\n";
    let open = "from fastapi import FastAPI\nfrom app import chat\napp = FastAPI()\napp.include_router(chat.router, prefix='/api')\n";
    let closed = "from fastapi import FastAPI, Depends\nfrom app import chat\nfrom app.auth import verify_token\napp = FastAPI()\napp.include_router(chat.router, prefix='/api', dependencies=[Depends(verify_token)])\n";
    let middleware = "from fastapi import FastAPI\nfrom app import chat\nfrom app.auth import AuthMiddleware\napp = FastAPI()\napp.add_middleware(AuthMiddleware)\napp.include_router(chat.router)\n";
    let found = joined(&[LLM, ("app/chat.py", router), ("app/main.py", open)]);
    assert_eq!(findings(&found), [("code.route-unauthenticated", Severity::High, Confidence::Medium)]);
    assert!(found.iter().any(|found| found.assets.iter().any(|asset| asset.name == "POST /api/v1/chat")));
    for main in [closed, middleware] {
        assert!(findings(&joined(&[LLM, ("app/chat.py", router), ("app/main.py", main)])).is_empty());
    }
}

#[test]
fn a_dependency_of_another_file_that_reads_the_credential_is_authentication() {
    let guard = "from fastapi import Request, HTTPException\ndef gate(request: Request):\n    if request.headers.get('Authorization') != KEY:\n        raise HTTPException(401)\n";
    let main = "from fastapi import FastAPI, Depends\nfrom app import llm\nfrom app.deps import gate\napp = FastAPI()\n@app.post('/x', dependencies=[Depends(gate)])\ndef x(q: str):\n    return llm.answer(q)\n";
    assert!(findings(&joined(&[LLM, ("app/deps.py", guard), ("app/main.py", main)])).is_empty());
}

#[test]
fn output_of_one_file_executed_in_another_is_found_in_both_directions() {
    let runs = "import sqlite3\nfrom app import llm\ndef report(q):\n    sql = llm.answer(q)\n    return sqlite3.connect('x.db').execute(sql)\n";
    let database =
        "import sqlite3\nimport openai\ndef run(statement):\n    return sqlite3.connect('x.db').execute(statement)\n";
    let gives = "from app.database import run\nfrom openai import OpenAI\ndef report(q):\n    sql = OpenAI().responses.create(model='gpt-4o', input=q).output_text\n    return run(sql)\n";
    let bound = "import sqlite3\nfrom app import llm\ndef keep(q):\n    text = llm.answer(q)\n    sqlite3.connect('x.db').execute('INSERT INTO a VALUES (?)', (text,))\n";
    let expected = [("code.output-executed", Severity::High, Confidence::Medium)];
    assert_eq!(findings(&joined(&[LLM, ("app/reports.py", runs)])), expected);
    assert_eq!(findings(&joined(&[("app/database.py", database), ("app/reports.py", gives)])), expected);
    assert!(findings(&joined(&[LLM, ("app/keep.py", bound)])).is_empty());
}

#[test]
fn circles_of_imports_end() {
    let one = "from app.two import b\nimport openai\ndef a(q):\n    return b(q)\n";
    let two = "from app.one import a\nimport openai\ndef b(q):\n    return a(q)\n";
    assert!(findings(&joined(&[("app/one.py", one), ("app/two.py", two)])).is_empty());
}
