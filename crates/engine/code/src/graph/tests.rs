//! What frameworks' own ways of writing draw: agents, pipelines, interfaces, serverless endpoints.

use serde_json::Value;
use syndic_evidence::{AssetKind, Confidence, Input, Inspection, RelationKind, Urn};

use crate::{CodeEngine, Language};

fn draw(path: &str, text: &str) -> Inspection {
    let language = Language::of(path, b"").unwrap();
    let owner = Urn::local("t", AssetKind::Application, "app");
    let input = Input { system: "t", path, subject: &owner, owner: &owner };
    CodeEngine::builtin().unwrap().inspect(input, language, text).unwrap_or_else(|| panic!("{path} says nothing"))
}

fn edge(seen: &Inspection, kind: RelationKind, src: &str, dst: &str) -> bool {
    let is = |urn: &Urn, end: &str| urn.as_str().ends_with(end);
    seen.relations.iter().any(|edge| edge.kind == kind && is(&edge.src, src) && is(&edge.dst, dst))
}

fn tools(seen: &Inspection) -> Vec<Vec<String>> {
    let agents = seen.assets.iter().filter(|asset| asset.kind == AssetKind::Agent);
    let names =
        |value: &Value| value.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
    agents.map(|asset| names(&asset.props["tools"])).collect()
}

fn names(seen: &Inspection, kind: AssetKind) -> Vec<&str> {
    seen.assets.iter().filter(|asset| asset.kind == kind).map(|asset| asset.name.as_str()).collect()
}

#[test]
fn a_graph_has_the_tools_its_model_and_its_node_are_given() {
    let text = "from langchain_anthropic import ChatAnthropic\nfrom langchain_core.tools import tool\n\
        from langgraph.graph import StateGraph, MessagesState, START\nfrom langgraph.prebuilt import ToolNode\n\n\
        @tool\ndef multiply(a: int, b: int) -> int:\n    return a * b\n\n@tool\ndef search(q: str) -> str:\n    return q\n\n\
        tools = [multiply]\nllm = ChatAnthropic(model='claude-3-5-sonnet-latest')\nbound = llm.bind_tools(tools)\n\
        builder = StateGraph(MessagesState)\nbuilder.add_node('tools', ToolNode([search]))\ngraph = builder.compile()\n";
    assert_eq!(tools(&draw("app/graph.py", text)), [["multiply", "search"]]);
}

#[test]
fn an_agent_calls_the_model_it_is_told_to_use() {
    let cases = [
        (
            "from crewai import Agent\nr = Agent(role='Researcher', goal='g', llm='gpt-4o-mini')\n",
            "OpenAI",
            "gpt-4o-mini",
        ),
        (
            "from crewai import Agent\nr = Agent(role='Writer', goal='g', llm='anthropic/claude-3-haiku')\n",
            "Anthropic",
            "claude-3-haiku",
        ),
        (
            "from agents import Agent, Runner\na = Agent(name='Triage', instructions='x', model='gpt-4.1')\n",
            "OpenAI",
            "gpt-4.1",
        ),
        (
            "from agents import Agent\na = Agent(name='T', model='litellm/anthropic/claude-3-opus')\n",
            "Anthropic",
            "claude-3-opus",
        ),
        ("from pydantic_ai import Agent\na = Agent('openai:gpt-4o', system_prompt='Be brief.')\n", "OpenAI", "gpt-4o"),
        (
            "from langgraph.prebuilt import create_react_agent\na = create_react_agent('anthropic:claude-3-7-sonnet-latest', [])\n",
            "Anthropic",
            "claude-3-7-sonnet-latest",
        ),
        (
            "from langgraph.prebuilt import create_react_agent\na = create_react_agent(model='openai:gpt-4o', tools=[f])\n",
            "OpenAI",
            "gpt-4o",
        ),
        (
            "from google.adk.agents import LlmAgent\na = LlmAgent(name='x', model='gemini-2.0-flash')\n",
            "Google Gemini API",
            "gemini-2.0-flash",
        ),
    ];
    for (text, provider, model) in cases {
        let seen = draw("app/agent.py", text);
        assert!(names(&seen, AssetKind::Provider).contains(&provider), "{text}");
        assert_eq!(names(&seen, AssetKind::HostedModel), [model], "{text}");
        let agent = seen.assets.iter().find(|asset| asset.kind == AssetKind::Agent).unwrap();
        let hosted = seen.assets.iter().find(|asset| asset.kind == AssetKind::HostedModel).unwrap();
        let calls = |edge: &syndic_evidence::Relation| edge.src == agent.urn && edge.dst == hosted.urn;
        assert!(seen.relations.iter().any(|edge| calls(edge) && edge.kind == RelationKind::Calls), "{text}");
    }
}

#[test]
fn an_agent_whose_model_no_provider_alone_uses_calls_no_provider_by_guess() {
    let seen = draw("app/agent.py", "from crewai import Agent\nr = Agent(role='R', goal='g', llm='house-model')\n");
    assert_eq!(names(&seen, AssetKind::HostedModel), Vec::<&str>::new());
    assert_eq!(names(&seen, AssetKind::Provider), Vec::<&str>::new());
}

#[test]
fn pipelines_of_every_orchestrator_are_drawn_with_their_steps() {
    let body = "    import joblib\n    joblib.dump(m, 'models/churn.pkl')\n";
    let cases = [
        (
            "from airflow.decorators import dag, task\nfrom sklearn.linear_model import LogisticRegression\n\n\
                @dag(schedule='@daily')\ndef churn():\n    @task\n    def train():\n        LogisticRegression().fit(x, y)\n    train()\nchurn()\n".to_owned(),
            "Airflow",
            "churn",
        ),
        (
            "from airflow.decorators import dag\nfrom airflow.providers.weaviate.operators.weaviate import WeaviateIngestOperator\n\n@dag\ndef ingest_docs():\n    WeaviateIngestOperator(task_id='load')\n"
                .to_owned(),
            "Airflow",
            "ingest_docs",
        ),
        (
            "from airflow import DAG\nfrom airflow.operators.python import PythonOperator\nimport joblib\n\
            with DAG(dag_id='retrain', schedule='@weekly') as dag:\n    t = PythonOperator(task_id='train', python_callable=train)\n"
                .to_owned(),
            "Airflow",
            "retrain",
        ),
        (
            format!("from prefect import flow, task\nfrom sklearn.svm import SVC\n\n@task\ndef train():\n{body}\n@flow(name='nightly')\ndef run():\n    train()\n"),
            "Prefect",
            "nightly",
        ),
        (
            format!("from dagster import asset\nimport sklearn\n\n@asset\ndef churn_model(rows):\n{body}"),
            "Dagster",
            "job",
        ),
        (
            format!("from zenml import pipeline, step\n\n@step\ndef train():\n{body}\n@pipeline\ndef training():\n    train()\n"),
            "ZenML",
            "training",
        ),
        (
            "from kfp import dsl\n\n@dsl.component\ndef train(n: int) -> str:\n    return ''\n\n@dsl.pipeline(name='fraud')\ndef fraud_pipeline():\n    train(n=1)\n"
                .to_owned(),
            "Kubeflow Pipelines",
            "fraud",
        ),
    ];
    for (text, framework, name) in &cases {
        let seen = draw("pipelines/job.py", text);
        let found = seen.assets.iter().find(|asset| asset.kind == AssetKind::Pipeline && asset.name == *name);
        let pipeline = found.unwrap_or_else(|| panic!("{framework}: {:?}", names(&seen, AssetKind::Pipeline)));
        assert_eq!(pipeline.props["framework"], *framework);
    }
}

#[test]
fn a_flow_that_touches_no_model_is_no_pipeline_of_ai() {
    let text = "from prefect import flow\nimport gradio as gr\n\n@flow\ndef sync():\n    copy()\n";
    assert_eq!(names(&draw("jobs/sync.py", text), AssetKind::Pipeline), Vec::<&str>::new());
}

#[test]
fn users_reach_an_application_through_its_interface() {
    let cases = [
        "import gradio as gr\nfrom openai import OpenAI\ndef reply(m, h):\n    return ''\ngr.ChatInterface(reply).launch()\n",
        "import gradio as gr\nwith gr.Blocks() as demo:\n    gr.Chatbot()\ndemo.launch()\n",
        "import streamlit as st\nfrom openai import OpenAI\nif q := st.chat_input('Ask'):\n    st.write(q)\n",
        "import chainlit as cl\n@cl.on_message\nasync def main(message: cl.Message):\n    await message.send()\n",
    ];
    for text in cases {
        assert!(edge(&draw("app/ui.py", text), RelationKind::Calls, "user:users", "application:app"), "{text}");
    }
    let quiet = draw("app/report.py", "import streamlit as st\nfrom openai import OpenAI\nst.write(OpenAI())\n");
    assert!(!edge(&quiet, RelationKind::Calls, "user:users", "application:app"));
}

#[test]
fn an_interface_that_asks_for_a_login_says_so() {
    let text = "import gradio as gr\ngr.Interface(fn=f, inputs='text', outputs='text').launch(auth=('a', check))\n";
    let seen = draw("app/ui.py", text);
    let call =
        seen.relations.iter().find(|edge| edge.kind == RelationKind::Calls && edge.src.as_str().ends_with("users"));
    assert_eq!(call.unwrap().authn.as_deref(), Some("required"));
}

#[test]
fn serverless_functions_are_endpoints() {
    let cases = [
        (
            "import modal\nfrom vllm import LLM\napp = modal.App('x')\n\n@app.function(gpu='H100')\n@modal.fastapi_endpoint(method='POST')\ndef generate(prompt: str):\n    llm = LLM('org/m-7b')\n    return llm.generate(prompt)\n",
            "POST /generate",
        ),
        (
            "import bentoml\nfrom transformers import pipeline\n\n@bentoml.service(resources={'gpu': 1})\nclass Summarization:\n    def __init__(self):\n        self.pipeline = pipeline('summarization')\n\n    @bentoml.api(batchable=True)\n    def summarize(self, texts: list[str]) -> list[str]:\n        return self.pipeline(texts)\n",
            "POST /summarize",
        ),
        (
            "from ray import serve\nfrom transformers import pipeline\n\n@serve.deployment(num_replicas=2)\nclass Translator:\n    def __init__(self):\n        self.model = pipeline('translation_en_to_fr', model='t5-small')\n\n    async def __call__(self, request):\n        return self.model(await request.json())\n\napp = Translator.bind()\n",
            "ANY /",
        ),
    ];
    for (text, label) in cases {
        assert!(names(&draw("app/serve.py", text), AssetKind::Endpoint).contains(&label), "{label}");
    }
}

#[test]
fn an_administrators_route_is_no_inference() {
    let text = "from fastapi import FastAPI\nfrom openai import OpenAI\napp = FastAPI()\n\
        @app.post('/key/generate')\ndef generate_key_fn(name: str):\n    return generate_key_helper(name)\n\
        @app.post('/users/{id}/token/generate')\ndef generate_token(id: str):\n    return generate_token_for(id)\n\
        @app.post('/images/generate')\ndef generate_image(text: str):\n    return generate_images(text)\n";
    assert_eq!(names(&draw("app/main.py", text), AssetKind::Endpoint), ["POST /images/generate"]);
}

#[test]
fn a_server_on_this_machine_says_which_product_its_port_is() {
    let text = "from openai import OpenAI\nc = OpenAI(base_url='http://localhost:11434/v1', api_key='ollama')\n";
    let seen = draw("app/llm.py", text);
    let provider = seen.assets.iter().find(|asset| asset.kind == AssetKind::Provider).unwrap();
    assert_eq!((&provider.props["product"], &provider.props["target"]), (&"Ollama".into(), &"localhost:11434".into()));
    assert_eq!(provider.confidence, Confidence::High);
}
