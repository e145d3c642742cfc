//! Manifests as people write them: what is drawn, what is found, what never leaves the file.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use std::sync::LazyLock;

use syndic_evidence::{AssetKind, Input, Inspection, RelationKind, Severity, Urn};
use syndic_serving::{ServingEngine, recognise};

static ENGINE: LazyLock<ServingEngine> = LazyLock::new(|| ServingEngine::builtin().unwrap());

fn inspect(path: &str, text: &str) -> Inspection {
    let subject = Urn::local("acme", AssetKind::Configuration, path);
    let owner = Urn::local("acme", AssetKind::Application, "acme");
    let input = Input { system: "acme", path, subject: &subject, owner: &owner };
    let kind = recognise(path, text).unwrap_or_else(|| panic!("{path} is not recognised"));
    ENGINE.inspect(input, kind, text)
}

fn rules(inspection: &Inspection) -> Vec<String> {
    inspection.findings.iter().map(|finding| finding.rule.clone()).collect()
}

#[test]
fn a_typical_stack_is_drawn_as_it_runs() {
    let inspection = inspect(
        "docker-compose.yml",
        "services:\n  api:\n    build: ./app\n    ports: ['8080:8080']\n    depends_on: [db]\n    environment:\n      QDRANT_URL: http://qdrant:6333\n      DATABASE_URL: postgres://app:${PW}@db/app\n      OPENAI_API_KEY: ${OPENAI_API_KEY}\n  qdrant:\n    image: qdrant/qdrant:v1.9\n  db:\n    image: pgvector/pgvector:pg16\n  llm:\n    image: vllm/vllm-openai:v0.6\n    command: --model org/model-7b\n",
    );
    let has = |kind: RelationKind, dst: &str| {
        inspection.relations.iter().any(|edge| edge.kind == kind && edge.dst.as_str().ends_with(dst))
    };
    assert!(has(RelationKind::DeployedAs, "service:api"));
    assert!(has(RelationKind::Reads, "vector_store:qdrant"));
    assert!(has(RelationKind::Writes, "vector_store:db"));
    assert!(has(RelationKind::Calls, "provider:openai"));
    assert!(has(RelationKind::Calls, "service:api"));
    assert!(has(RelationKind::Loads, "hosted_model:org/model-7b"));
    assert!(has(RelationKind::DependsOn, "service:app/Dockerfile"));
}

#[test]
fn no_credential_of_a_manifest_is_in_its_facts() {
    let value = "hQ9zLw27kfTd";
    for (path, text) in [
        (
            "compose.yaml",
            format!(
                "services:\n  a:\n    image: redis:7\n    command: redis-server --requirepass {value}\n    environment:\n      - API_TOKEN={value}\n      - OLLAMA_HOST=http://u:{value}@x\n"
            ),
        ),
        (
            "Dockerfile",
            format!(
                "FROM a:1\nARG TOKEN={value}\nENV DB=postgres://u:{value}@h/d K={value}\nCMD [\"x\", \"--api-key={value}\", \"--password\", \"{value}\"]\n"
            ),
        ),
        ("k.yaml", format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{a: {value}}}\n")),
    ] {
        let inspection = inspect(path, &text);
        assert!(!serde_json::to_string(&inspection).unwrap().contains(value), "{path}");
    }
}

#[test]
fn a_manifest_in_a_test_folder_weighs_less() {
    let text = "services:\n  llm:\n    image: ollama/ollama:0.3\n    ports: ['11434:11434']\n";
    let severity = |path: &str| {
        let inspection = inspect(path, text);
        inspection.findings.iter().find(|finding| finding.rule == "serving.port-exposed").unwrap().severity
    };
    assert_eq!(severity("compose.yaml"), Severity::High);
    assert_eq!(severity("docs/compose.yaml"), Severity::Medium);
    assert_eq!(severity("tests/compose.yaml"), Severity::Low);
}

#[test]
fn a_helm_template_is_reported_as_not_inspected() {
    let inspection = inspect("t.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.x }}\n");
    assert_eq!(inspection.not_inspected.len(), 1);
}

#[test]
fn a_heredoc_is_part_of_its_instruction() {
    let text = "FROM a:1\nRUN <<EOF\nUSER x\ncurl https://x.example/i.sh | bash\nEOF\nUSER app\n";
    assert!(rules(&inspect("Dockerfile", text)).contains(&"serving.remote-add".to_owned()));
    assert!(!rules(&inspect("Dockerfile", text)).contains(&"serving.container-root".to_owned()));
}

proptest::proptest! {
    #[test]
    fn any_manifest_is_inspected(text in "(FROM |RUN |ENV |USER |<<E|\\\\\n|\n|a:1|apiVersion: v1\n|kind: Pod\n|spec:|containers:|services:\n|  a:\n|    image: b\n|    ports: |\\PC){0,60}") {
        let urn = Urn::local("acme", AssetKind::Configuration, "x");
        let input = Input { system: "acme", path: "x", subject: &urn, owner: &urn };
        for kind in [syndic_serving::ManifestKind::Dockerfile, syndic_serving::ManifestKind::Compose, syndic_serving::ManifestKind::Kubernetes] {
            let _ = ENGINE.inspect(input, kind, &text);
        }
    }
}

#[test]
fn two_groups_of_one_workload_are_told_apart() {
    let group = "      containers: [{name: w, image: \"rayproject/ray:2\"}]\n";
    let text = format!(
        "apiVersion: ray.io/v1\nkind: RayCluster\nmetadata: {{name: r}}\nspec:\n  head:\n    spec:\n{group}  worker:\n    spec:\n{group}"
    );
    let inspection = inspect("ray.yaml", &text);
    let mut keys: Vec<_> = inspection.findings.iter().map(|finding| (&finding.rule, &finding.discriminator)).collect();
    let count = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), count);
}

#[test]
fn one_broken_line_is_a_fault_and_never_silence() {
    let tab = "services:\n  llm:\n    image: vllm/vllm-openai:latest\n    privileged: true\n    ports: [\"8000:8000\"]\n\tx: 1\n";
    for (path, text) in [
        ("compose.yaml", tab),
        ("deploy/stack.yml", tab),
        ("compose.yaml", "services: {a: ["),
        ("docker-compose.prod.yml", "\"serv\\x69ces\": {a: ["),
        ("stack.yml", "services: {a: {image: b, ports: ["),
        ("k8s/pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a\nspec:\n  containers: [\n"),
        ("chart/values.yaml", "image:\n  repository: a/b\n  tag: [\n"),
    ] {
        let inspection = inspect(path, text);
        let named = inspection.not_inspected.iter().any(|detail| detail.starts_with(path) && detail.contains("line "));
        assert!(named, "{path}: {:?}", inspection.not_inspected);
        assert_eq!(
            inspection.facts.get("unread").and_then(|unread| unread.as_array()).map(Vec::len),
            Some(1),
            "{path}"
        );
    }
}

#[test]
fn documents_around_a_broken_one_are_judged() {
    let pod = |name: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  containers:\n  - name: {name}\n    image: a:latest\n    securityContext: {{privileged: true}}\n"
        )
    };
    let text = format!("{}---\nkind: [\n---\n{}", pod("one"), pod("two"));
    let inspection = inspect("all.yaml", &text);
    assert_eq!(inspection.not_inspected.len(), 1);
    assert!(rules(&inspection).iter().filter(|rule| rule.as_str() == "serving.container-privileged").count() >= 2);
}

#[test]
fn a_manifest_too_large_to_read_is_said_to_be() {
    let text = format!("services:\n  a:\n    image: b\n#{}\n", " ".repeat(5 << 20));
    assert_eq!(inspect("compose.yaml", &text).not_inspected.len(), 1);
    assert_eq!(inspect("stack.yml", &text).not_inspected.len(), 1);
}

#[test]
fn a_broken_text_that_claims_nothing_is_left_alone() {
    for (path, text) in [
        ("ci.yml", "test:\n  image: python\n\tservices:\n    - postgres\n"),
        ("notes.yaml", "a: [\nimage: b\n"),
        ("compose.yaml", "name: x\n"),
    ] {
        assert!(recognise(path, text).is_none(), "{path}");
    }
}
