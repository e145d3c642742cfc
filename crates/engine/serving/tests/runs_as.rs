//! What is known of the user a service runs as, and that doubt is said.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test stops at the first surprise")]

use serde_json::{Map, Value};
use syndic_evidence::{AssetKind, Input, Inspection, Urn};
use syndic_serving::{ServingEngine, recognise};

fn inspect(path: &str, text: &str) -> Inspection {
    let urn = Urn::local("acme", AssetKind::Configuration, path);
    let input = Input { system: "acme", path, subject: &urn, owner: &urn };
    ServingEngine::builtin().unwrap().inspect(input, recognise(path, text).unwrap(), text)
}

/// The properties of the first service.
fn props(path: &str, text: &str) -> Map<String, Value> {
    inspect(path, text).assets.into_iter().find(|asset| asset.kind == AssetKind::Service).unwrap().props
}

fn compose(body: &str) -> Map<String, Value> {
    props("compose.yaml", &format!("services:\n  bot: {{{body}}}\n"))
}

fn pod(body: &str) -> Map<String, Value> {
    props(
        "pod.yaml",
        &format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n  - {{name: a, {body}}}\n"),
    )
}

fn is_unseen(props: &Map<String, Value>) -> bool {
    props.contains_key("runs_as_unseen") && !props.contains_key("runs_as")
}

#[test]
fn a_user_that_is_set_is_known() {
    assert_eq!(compose("build: ., user: '1000'")["runs_as"], "non_root");
    assert_eq!(compose("image: a/b@sha256:00, user: app")["runs_as"], "non_root");
    assert_eq!(compose("image: a/b, user: '0:0'")["runs_as"], "root");
    assert_eq!(compose("image: 'cgr.dev/chainguard/python'")["runs_as"], "non_root");
    assert_eq!(pod("image: a/b, securityContext: {runAsNonRoot: true}")["runs_as"], "non_root");
    assert_eq!(pod("image: a/b, securityContext: {runAsUser: 0}")["runs_as"], "root");
    assert_eq!(props("Dockerfile", "FROM a:1\nRUN x\nUSER 1000\n")["runs_as"], "non_root");
    assert_eq!(props("Dockerfile", "FROM a:1\nRUN x\n")["runs_as"], "root");
    assert_eq!(props("Dockerfile", "FROM gcr.io/distroless/python3:nonroot\nCOPY a a\n")["runs_as"], "non_root");
}

#[test]
fn an_image_that_was_not_looked_into_leaves_the_user_unseen() {
    assert!(is_unseen(&compose("image: 'vllm/vllm-openai@sha256:aa'")));
    assert!(is_unseen(&compose("image: a/b, user: '${UID}'")));
    assert!(is_unseen(&compose("build: 'https://git.example/a.git'")));
    assert!(is_unseen(&pod("image: 'vllm/vllm-openai@sha256:aa'")));
    assert!(is_unseen(&pod("image: a/b, securityContext: {runAsNonRoot: false}")));
    assert!(is_unseen(&props("Dockerfile", "FROM a:1\nRUN x\nUSER ${WHO}\n")));
    assert!(is_unseen(&props("Dockerfile", "ARG BASE\nFROM ${BASE}\nRUN x\n")));
}

#[test]
fn a_service_that_is_built_points_to_its_image_and_stage() {
    let image = props("Dockerfile", "FROM a:1 AS dev\nRUN x\nFROM dev AS prod\nUSER app\n");
    assert_eq!(image["runs_as"], "non_root");
    assert_eq!(
        (&image["runs_as_stages"]["dev"], &image["runs_as_stages"]["prod"]),
        (&"root".into(), &"non_root".into())
    );
    let service = compose("build: {context: ., target: prod}, image: acme/bot");
    assert_eq!(service["runs_as_image"], Urn::local("acme", AssetKind::Service, "Dockerfile").as_str());
    assert_eq!(service["build_target"], "prod");
    assert!(!service.contains_key("runs_as"));
}

#[test]
fn a_dockerfile_inside_the_compose_file_is_read() {
    let inline = |user: &str| {
        let text =
            format!("services:\n  bot:\n    build:\n      dockerfile_inline: |\n        FROM a:1\n        {user}\n");
        props("compose.yaml", &text)
    };
    assert_eq!(inline("USER 1000")["runs_as"], "non_root");
    assert!(is_unseen(&inline("RUN x")));
}

#[test]
fn doubt_in_a_test_or_in_an_overlay_is_no_doubt_of_the_product() {
    let text = "services:\n  bot: {image: 'a/b:1'}\n";
    assert_eq!(props("tests/compose.yaml", text)["runs_as"], "not_judged");
    assert_eq!(props("docker-compose.dev.yml", text)["runs_as"], "not_judged");
    let overlay = compose("environment: {A: b}, ports: ['80:80']}\n  other: {image: 'a/b:1'");
    assert!(!overlay.keys().any(|key| key.starts_with("runs_as")));
}
