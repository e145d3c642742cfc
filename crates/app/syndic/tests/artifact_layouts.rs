//! `syndic artifact scan` of content stores: the cache of Hugging Face, Ollama's store, the OCI image layout. Honest ones
//! have a clean object for each model; each way of lying is a finding.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod artifact_scene;
mod store_scene;
mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use artifact_scene::{EVIL, PLAIN};
use serde_json::Value;
use store_scene::{CONFIG_ID, Cache, GGUF, Ollama, REVISION, layout, sha, tar};
use support::Syndic;

fn scan(path: &Path, more: &[&str]) -> (i32, Vec<Value>) {
    let words = [&["artifact", "scan", path.to_str().unwrap(), "--format", "jsonl"], more].concat();
    let output = Syndic::new().run(&words);
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// Returns the objects that are models.
fn models(path: &Path) -> Vec<Value> {
    scan(path, &[]).1.into_iter().filter(|object| !object["model"].is_null()).collect()
}

/// Returns the only model below a path.
fn only_model(path: &Path) -> Value {
    let mut models = models(path);
    assert_eq!(models.len(), 1, "{models:?}");
    models.swap_remove(0)
}

/// Returns what the layout itself gets wrong.
fn rules(object: &Value) -> Vec<&str> {
    let rules = object["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap());
    rules.filter(|rule| rule.starts_with("layout.")).collect()
}

#[test]
fn a_revision_in_a_cache_is_one_model() {
    let cache = Cache::new(PLAIN);
    let whole = only_model(cache.folder.path());
    assert_eq!((&whole["verdict"], &whole["format"]), (&"clean".into(), &"hf_cache_snapshot".into()), "{whole}");
    assert_eq!(whole["model"], format!("acme/tiny@{REVISION}"));
    assert!(whole["path"].as_str().unwrap().ends_with(&format!("hub/models--acme--tiny/snapshots/{REVISION}")));
    // Also when only the revision is scanned.
    assert_eq!(models(&cache.snapshot()).len(), 1);
    let evil = only_model(Cache::new(EVIL).folder.path());
    assert_eq!(
        (&evil["verdict"], &evil["findings"][0]["member"]),
        (&"malicious".into(), &"pytorch_model.bin".into()),
        "{evil}"
    );
}

#[test]
fn a_blob_that_is_not_what_its_name_says_is_found_by_either_kind_of_id() {
    let cache = Cache::new(PLAIN);
    fs::write(cache.repository.join("blobs").join(CONFIG_ID), b"{\"model_type\": \"gpt2\"}\n").unwrap();
    let whole = only_model(cache.folder.path());
    assert_eq!((rules(&whole), &whole["verdict"]), (vec!["layout.digest-mismatch"], &"suspicious".into()), "{whole}");
    let cache = Cache::new(PLAIN);
    fs::write(cache.repository.join("blobs").join(sha(PLAIN)), b"\x80\x04}.").unwrap();
    assert_eq!(rules(&only_model(cache.folder.path())), ["layout.digest-mismatch"]);
}

#[test]
fn links_out_of_a_cache_and_links_to_nothing_are_found() {
    let cache = Cache::new(PLAIN);
    fs::write(cache.folder.path().join("elsewhere"), PLAIN).unwrap();
    symlink("../../../../elsewhere", cache.snapshot().join("more.bin")).unwrap();
    assert_eq!(rules(&only_model(cache.folder.path())), ["layout.outside"]);
    let cache = Cache::new(PLAIN);
    symlink("../../blobs/none", cache.snapshot().join("more.bin")).unwrap();
    let whole = only_model(cache.folder.path());
    assert_eq!((rules(&whole), &whole["verdict"]), (vec!["layout.missing-blob"], &"incomplete".into()));
}

#[test]
fn a_revision_that_a_name_leads_to_and_is_not_there_is_incomplete() {
    let cache = Cache::new(PLAIN);
    let other = REVISION.replace('0', "f");
    fs::write(cache.repository.join("refs/main"), &other).unwrap();
    let models = models(cache.folder.path());
    assert_eq!(models.len(), 2);
    assert_eq!(
        (&models[1]["verdict"], &models[1]["model"]),
        (&"incomplete".into(), &format!("acme/tiny@{other}").into())
    );
}

const TEMPLATE: &[u8] = b"{{ .Prompt }}\n";
const PARAMS: &[u8] = b"{\"stop\": [\"x\"]}\n";

#[test]
fn a_manifest_of_ollama_is_one_model() {
    let store = Ollama::new(&[("model", GGUF), ("template", TEMPLATE), ("params", PARAMS)]);
    let whole = only_model(store.folder.path());
    assert_eq!((&whole["verdict"], &whole["format"]), (&"clean".into(), &"ollama_model".into()), "{whole}");
    assert_eq!(whole["model"], "registry.ollama.ai/library/tiny:1b");
    assert_eq!(whole["path"], store.manifest().to_str().unwrap());
    // The manifest alone is enough: what it names is scanned with it.
    let evil = Ollama::new(&[("adapter", EVIL)]);
    let models = models(&evil.manifest());
    assert_eq!(models[0]["verdict"], "malicious", "{models:?}");
    assert!(rules(&models[0]).contains(&"layout.type-mismatch"));
}

#[test]
fn every_lie_of_a_store_of_ollama_is_found() {
    let store = Ollama::new(&[("model", GGUF), ("template", TEMPLATE)]);
    fs::write(store.blob(TEMPLATE), b"{{ .System }}\n").unwrap();
    assert_eq!(rules(&only_model(store.folder.path())), ["layout.digest-mismatch"]);
    fs::remove_file(store.blob(TEMPLATE)).unwrap();
    let whole = only_model(store.folder.path());
    assert_eq!((rules(&whole), &whole["verdict"]), (vec!["layout.missing-blob"], &"incomplete".into()));
    fs::write(store.path("elsewhere"), TEMPLATE).unwrap();
    symlink(store.path("elsewhere"), store.blob(TEMPLATE)).unwrap();
    assert_eq!(rules(&only_model(store.folder.path())), ["layout.outside"]);
    let twice = Ollama::new(&[("template", TEMPLATE), ("template", b"{{ .System }}\n")]);
    assert_eq!(rules(&only_model(twice.folder.path())), ["layout.ambiguous"]);
    twice.write("{\"layers\": [], \"layers\": []}");
    assert_eq!(rules(&only_model(twice.folder.path())), ["layout.ambiguous"]);
    twice.write("{\"sc");
    assert_eq!(only_model(twice.folder.path())["verdict"], "incomplete");
    let sized = Ollama::new(&[("template", TEMPLATE)]);
    sized.write(&fs::read_to_string(sized.manifest()).unwrap().replace("\"size\":14", "\"size\":15"));
    assert_eq!(rules(&only_model(sized.folder.path())), ["layout.digest-mismatch"]);
}

#[test]
fn an_oci_layout_is_one_model_and_its_layers_are_opened() {
    let honest = layout(&[("weight.v1.tar", tar("w.pkl", PLAIN)), ("weight.v1.raw", GGUF.to_vec())]);
    let whole = models(honest.path()).swap_remove(0);
    assert_eq!((&whole["verdict"], &whole["format"]), (&"clean".into(), &"model_pack".into()), "{whole}");
    assert_eq!((&whole["model"], &whole["path"]), (&"acme/tiny:1".into(), &honest.path().to_str().unwrap().into()));
    let evil = layout(&[("weight.v1.tar", tar("notes.txt", EVIL))]);
    let whole = models(evil.path()).swap_remove(0);
    assert_eq!(whole["verdict"], "malicious");
    assert!(whole["findings"][0]["member"].as_str().unwrap().ends_with("!notes.txt"), "{whole}");
}

#[test]
fn a_layout_whose_manifest_is_another_or_gone_is_found() {
    let honest = layout(&[("weight.v1.raw", GGUF.to_vec())]);
    let index = fs::read_to_string(honest.path().join("index.json")).unwrap();
    let index: Value = serde_json::from_str(&index).unwrap();
    let digest = index["manifests"][0]["digest"].as_str().unwrap().replace(':', "/");
    let manifest = honest.path().join("blobs").join(digest);
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, format!("{text} ")).unwrap();
    assert_eq!(rules(&models(honest.path())[0]), ["layout.digest-mismatch"]);
    fs::remove_file(&manifest).unwrap();
    let (code, objects) = scan(honest.path(), &[]);
    let whole = objects.iter().find(|object| !object["model"].is_null()).unwrap();
    assert_eq!((rules(whole), &whole["verdict"], code), (vec!["layout.missing-blob"], &"incomplete".into(), 3));
}

#[test]
fn a_store_says_of_each_file_what_the_file_alone_says() {
    let store = Ollama::new(&[("model", GGUF), ("adapter", EVIL), ("params", PARAMS)]);
    let (_, objects) = scan(store.folder.path(), &[]);
    for object in objects.into_iter().filter(|object| object["model"].is_null()) {
        let alone = scan(Path::new(object["path"].as_str().unwrap()), &[]).1.swap_remove(0);
        assert_eq!(alone, object);
    }
}
