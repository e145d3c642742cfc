//! `syndic artifact scan s3://…` against a real S3-compatible server (moto behind a guard that checks signatures).

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod artifact_scene;
#[path = "../../../adapter/archive/tests/s3_server/mod.rs"]
mod s3_server;
mod support;

use artifact_scene::{EVIL, PLAIN};
use s3_server::{BUCKET, S3Server, SECRET, TOKEN};
use serde_json::Value;
use support::{Syndic, repository};

fn scan(server: &S3Server, words: &[&str]) -> (i32, Vec<Value>, String) {
    let syndic = Syndic::new();
    let mut command = syndic.command(&[&["artifact", "scan", "--format", "jsonl"], words].concat());
    let output = command.envs(server.variables()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(![&said, &text].iter().any(|text| text.contains(SECRET) || text.contains(TOKEN)), "{said}{text}");
    let objects = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (output.status.code().unwrap(), objects, said)
}

/// An MLflow artifact root with one model of large weights.
fn server() -> S3Server {
    let server = S3Server::start(&repository());
    let header = format!(r#"{{"w":{{"dtype":"U8","shape":[{0}],"data_offsets":[0,{0}]}}}}"#, 6 << 20);
    let weights = [(header.len() as u64).to_le_bytes().as_slice(), header.as_bytes(), &vec![7; 6 << 20]].concat();
    for (name, content) in [
        ("model/MLmodel", b"flavors: {}\n".as_slice()),
        ("model/data/model.safetensors", &weights),
        ("model/data/tokenizer with blank.pkl", PLAIN),
        ("notes.txt", b"hello\n"),
    ] {
        server.set_object(&format!("mlruns/1/abc/artifacts/{name}").replace(' ', "%20"), content);
    }
    server
}

#[test]
fn an_artifact_root_in_a_bucket_is_scanned_by_ranges() {
    let server = server();
    let place = format!("s3://{BUCKET}/mlruns/1/abc/artifacts");
    let (code, objects, said) = scan(&server, &[&place]);
    assert_eq!((code, objects.len()), (0, 5), "{said} {objects:?}");
    let whole = objects.last().unwrap();
    assert_eq!((&whole["path"], &whole["format"]), (&format!("{place}/model").into(), &"mlflow_model".into()));
    let weights = &objects[1];
    assert_eq!((&weights["verdict"], &weights["format"]), (&"clean".into(), &"safetensors".into()));
    assert!(weights["coverage"]["fetched_bytes"].as_u64().unwrap() < 1 << 20, "{weights}");
    assert!(weights["coverage"]["size_bytes"].as_u64().unwrap() > 6 << 20);
    server.set_object("mlruns/1/abc/artifacts/model/data/more.bin", EVIL);
    let (code, objects, _) = scan(&server, &[&place]);
    assert_eq!((code, &objects.last().unwrap()["verdict"]), (1, &"malicious".into()));
    let (code, objects, _) = scan(&server, &["--full", &format!("{place}/model/data/more.bin")]);
    assert_eq!((code, objects.len()), (1, 1));
    assert_eq!(objects[0]["sha256"], syndic_evidence::Digest::of(EVIL).hex());
}

#[test]
fn what_cannot_be_read_in_a_bucket_is_incomplete_and_what_is_not_there_is_said() {
    let server = server();
    let place = format!("s3://{BUCKET}/mlruns");
    server.fail("GET model.safetensors 0 1000 500");
    let (code, objects, _) = scan(&server, &[&place]);
    assert_eq!(code, 3);
    let unread = objects.iter().find(|object| object["path"].as_str().unwrap().ends_with("model.safetensors")).unwrap();
    assert_eq!(unread["verdict"], "incomplete", "{unread}");
    server.heal();
    let (code, _, said) = scan(&server, &[&format!("s3://{BUCKET}/nothing/here")]);
    assert!(code == 3 && said.contains("not there"), "{said}");
    let (code, _, said) = scan(&server, &["--endpoint", "http://10.0.0.1", &place]);
    assert!(code == 2 && said.contains("https"), "{said}");
}
