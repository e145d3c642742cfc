//! The page about model stores and registries runs as it says: against stores on a disk, a registry and a bucket.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod artifact_scene;
mod oci_server;
#[path = "../../../adapter/archive/tests/s3_server/mod.rs"]
mod s3_server;
mod store_scene;
mod support;

use std::fs;

use artifact_scene::{EVIL, PLAIN};
use oci_server::{Contents, Server};
use s3_server::S3Server;
use store_scene::{Cache, GGUF, Ollama, layout};
use support::{Syndic, repository};

#[test]
fn the_page_about_model_stores_runs_as_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    fs::create_dir_all(place("cache/huggingface")).unwrap();
    fs::create_dir(place("ollama")).unwrap();
    fs::rename(Cache::new(PLAIN).folder.path().join("hub"), place("cache/huggingface/hub")).unwrap();
    fs::rename(Ollama::new(&[("model", GGUF), ("adapter", EVIL)]).path("models"), place("ollama/models")).unwrap();
    fs::rename(layout(&[("weight.v1.raw", GGUF.to_vec())]).keep(), place("layout")).unwrap();
    let registry = Server::honest(Contents::of("1", &[("model.gguf", GGUF)]));
    let store = S3Server::start(&repository());
    store.set_object("mlruns/1/abc/artifacts/model/MLmodel", b"flavors: {}\n");
    let page = fs::read_to_string(repository().join("docs/model-stores.md")).unwrap();
    let commands: Vec<&str> = page.lines().filter(|line| line.starts_with("syndic ")).collect();
    assert_eq!(commands.len(), 6);
    let syndic = Syndic::new();
    for line in commands {
        let (command, how) = line.split_once("    # exits ").unwrap_or((line, "0"));
        let command = command.replace("localhost:5000", &format!("127.0.0.1:{}", registry.port));
        let words: Vec<&str> = command.split_whitespace().skip(1).collect();
        let output = syndic.command(&words).envs(store.variables()).current_dir(folder.path()).output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), how.trim().parse().ok(), "{line}: {said}");
    }
}
