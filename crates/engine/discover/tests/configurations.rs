//! Configurations as people write them: what is drawn, what is found, what never leaves the file.
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::sync::LazyLock;

use syndic_discover::{ConfigKind, DiscoverEngine, recognise};
use syndic_evidence::{AssetKind, Confidence, Input, Inspection, RelationKind, Severity, Urn};

static ENGINE: LazyLock<DiscoverEngine> = LazyLock::new(|| DiscoverEngine::builtin().unwrap());

fn inspect_as(path: &str, kind: ConfigKind, text: &str) -> Option<Inspection> {
    let subject = Urn::local("acme", AssetKind::Configuration, path);
    let owner = Urn::local("acme", AssetKind::Application, "acme");
    let input = Input { system: "acme", path, subject: &subject, owner: &owner };
    ENGINE.inspect(input, kind, text)
}

fn inspect(path: &str, text: &str) -> Inspection {
    inspect_as(path, recognise(path, text).unwrap(), text).unwrap()
}

fn edge(inspection: &Inspection, kind: RelationKind, src: &str, dst: &str) -> bool {
    let is = |urn: &Urn, end: &str| urn.as_str().ends_with(end);
    inspection.relations.iter().any(|edge| edge.kind == kind && is(&edge.src, src) && is(&edge.dst, dst))
}

#[test]
fn an_environment_file_names_providers_by_setting_and_address() {
    let inspection = inspect(".env", "export OPENAI_API_KEY=x\nLLM=https://api.mistral.ai/v1\nPATH=/bin\n");
    // A key makes a provider possible, an address is where requests are sent unless it stands in a form.
    assert!(edge(&inspection, RelationKind::DependsOn, "application:acme", "provider:openai"));
    assert!(edge(&inspection, RelationKind::Calls, "application:acme", "provider:mistral"));
    let template = inspect(".env.example", "OPENAI_API_KEY=\nLLM=https://api.mistral.ai/v1\n");
    assert!(edge(&template, RelationKind::DependsOn, "application:acme", "provider:mistral"));
    let provider = template.assets.iter().find(|asset| asset.kind == AssetKind::Provider).unwrap();
    assert_eq!(provider.confidence, Confidence::Low);
}

#[test]
fn an_environment_file_without_ai_is_nothing() {
    assert!(inspect_as(".env", ConfigKind::EnvFile, "PORT=1\n").is_none());
}

#[test]
fn servers_of_every_agent_are_read() {
    let cases = [
        (".mcp.json", r#"{"mcpServers": {"crm": {"command": "node", "args": ["s.js"]}}}"#),
        (
            ".vscode/mcp.json",
            "{// note\n\"servers\": {\"crm\": {\"type\": \"http\", \"url\": \"https://m.example.org/mcp\"},}}",
        ),
        (".config/zed/settings.json", r#"{"context_servers": {"crm": {"command": {"path": "node", "args": []}}}}"#),
        (".codex/config.toml", "[mcp_servers.crm]\ncommand = 'node'\n"),
        (".continue/config.yaml", "mcpServers:\n  - name: crm\n    command: node\n"),
    ];
    for (path, text) in cases {
        let inspection = inspect(path, text);
        assert!(
            inspection.assets.iter().any(|asset| asset.kind == AssetKind::McpServer && asset.name == "crm"),
            "{path}"
        );
    }
}

#[test]
fn a_token_of_a_server_is_not_in_the_facts() {
    let token = ["k83jf0", "2mXq7Lp"].concat();
    let text = format!(
        r#"{{"mcpServers": {{"a": {{"command": "npx", "args": ["-y", "t@1.0.0", "--api-key", "{token}"], "env": {{"X_TOKEN": "{token}"}}}}, "b": {{"url": "https://u:{token}@m.example.org/mcp?token={token}"}}}}}}"#
    );
    let inspection = inspect(".mcp.json", &text);
    assert!(!serde_json::to_string(&inspection).unwrap().contains(&token));
    assert_eq!(inspection.findings.iter().filter(|finding| finding.rule == "discover.mcp-secret-literal").count(), 2);
}

#[test]
fn a_card_and_an_adapter_say_where_a_model_comes_from() {
    let card = inspect("m/README.md", "---\nlicense: mit\nbase_model: org/base\ndatasets: [org/data]\n---\n# M\n");
    assert!(edge(&card, RelationKind::DerivedFrom, "model:m", "hosted_model:org/base"));
    let adapter = inspect("m/adapter_config.json", r#"{"peft_type": "LORA", "base_model_name_or_path": "org/base"}"#);
    assert!(edge(&adapter, RelationKind::DerivedFrom, "model:m", "hosted_model:org/base"));
    let ollama = inspect("Modelfile", "FROM llama3.1\nSYSTEM be kind\n");
    assert!(edge(&ollama, RelationKind::DerivedFrom, "model:Modelfile", "hosted_model:llama3.1"));
}

#[test]
fn a_training_stage_is_trained_on_what_it_reads() {
    let text = "stages:\n  train:\n    cmd: python t.py\n    deps: [data/a.csv, t.py]\n    outs:\n      - m.pkl:\n          cache: false\n";
    let inspection = inspect("ml/dvc.yaml", text);
    assert!(edge(&inspection, RelationKind::TrainedOn, "dvc.yaml%3Atrain", "dataset:ml/data/a.csv"));
    assert!(edge(&inspection, RelationKind::Writes, "dvc.yaml%3Atrain", "model:ml/m.pkl"));
}

#[test]
fn a_proxy_list_names_models_and_their_providers() {
    let text =
        "model_list:\n  - model_name: x\n    litellm_params: {model: anthropic/claude-x, api_key: os.environ/K}\n";
    let inspection = inspect("config.yaml", text);
    assert!(edge(&inspection, RelationKind::Calls, "application:acme", "provider:anthropic"));
    assert!(inspection.assets.iter().any(|asset| asset.kind == AssetKind::HostedModel && asset.name == "claude-x"));
}

proptest::proptest! {
    #[test]
    fn any_text_is_inspected(text in "(\\{|\\}|\\[|\\]|\"mcpServers\"|\"command\"|\"args\"|\"npx\"|:|,|\"|---\n|stages:\n|  a:\n|on: x\n|FROM a\n|K=v\n|\\PC){0,50}") {
        use ConfigKind::{AgentConfig, AgentInstructions, CiWorkflow, EnvFile, GenericConfig, McpConfig, ModelCard, ModelConfig, PipelineDefinition, PromptFile};
        for kind in [EnvFile, McpConfig, AgentInstructions, AgentConfig, PromptFile, CiWorkflow, PipelineDefinition, ModelCard, ModelConfig, GenericConfig] {
            for path in ["x.json", "dvc.yaml", "x.toml", "Modelfile"] {
                let _ = recognise(path, &text);
                let _ = inspect_as(path, kind, &text);
            }
        }
    }
}

#[test]
fn one_broken_line_is_a_fault_and_never_silence() {
    for (path, text) in [
        (".mcp.json", "{\"mcpServers\": {\"a\": {\"command\": \"npx\", <x>"),
        (".mcp.json", "{\"mcp\\u0053ervers\": <x>"),
        ("app/mcp.json", "<<<<<<< HEAD\n{}\n"),
        (".claude/settings.json", "{\"permissions\": {\"allow\": [\"Bash\""),
        (".codex/config.toml", "sandbox_mode = \n"),
        (".github/workflows/ci.yml", "on: push\njobs:\n\tx: 1\n"),
        ("agents.yaml", "a:\n  role: r\n  goal: g\n\tx: 1\n"),
    ] {
        let inspection = inspect(path, text);
        assert!(inspection.not_inspected.iter().any(|detail| detail.starts_with(path)), "{path}");
    }
}

#[test]
fn filling_hides_no_server() {
    let filling = " ".repeat(3 << 20);
    let text = format!("{{{filling}\"mcpServers\": {{\"a\": {{\"command\": \"npx\", \"args\": [\"-y\", \"b\"]}}}}}}");
    assert!(inspect(".mcp.json", &text).assets.iter().any(|asset| asset.kind == AssetKind::McpServer));
}

fn reach(package: &str, arguments: &str) -> Inspection {
    inspect(".mcp.json", &format!(r#"{{"mcpServers": {{"x": {{"command": "{package}", "args": [{arguments}]}}}}}}"#))
}

#[test]
fn a_known_server_shows_what_it_reaches() {
    let folders =
        reach("npx", r#""-y", "@modelcontextprotocol/server-filesystem@2025.1.14", "/home/ada/acme/docs", "./notes""#);
    for folder in ["~/acme/docs", "notes"] {
        let end = format!("data_store:folder%20{folder}");
        let has = |kind| edge(&folders, kind, "mcp_server:x", &end);
        assert!(has(RelationKind::Reads) && has(RelationKind::Writes), "{folder}: {:?}", folders.relations);
    }
    let mounted = reach(
        "docker",
        r#""run", "-i", "--rm", "--mount", "type=bind,src=/srv/papers,dst=/projects", "mcp/filesystem", "/projects""#,
    );
    assert!(mounted.assets.iter().any(|asset| asset.name == "/srv/papers"));
    assert!(!mounted.assets.iter().any(|asset| asset.name == "/projects"));
    let git = reach("uvx", r#""mcp-server-git==2025.1.14", "--repository", "/srv/shop""#);
    assert!(git.assets.iter().any(|asset| asset.kind == AssetKind::DataStore && asset.name == "/srv/shop"));
    let hosted = reach("npx", r#""-y", "@modelcontextprotocol/server-github@1.0.0""#);
    let service = hosted.assets.iter().find(|asset| asset.kind == AssetKind::DataStore).unwrap();
    assert_eq!((service.name.as_str(), service.zone), ("GitHub", syndic_evidence::Zone::ThirdParty));
    let web = reach("uvx", r#""mcp-server-fetch==2025.4.7""#);
    let server = web.assets.iter().find(|asset| asset.kind == AssetKind::McpServer).unwrap();
    assert_eq!(server.props["reaches"], serde_json::json!(["any address"]));
}

#[test]
fn a_database_server_keeps_no_credential_of_its_address() {
    let seen = reach(
        "npx",
        r#""-y", "@modelcontextprotocol/server-postgres@0.6.2", "postgresql://ada:k83jf02mXq@db.acme.example:5432/crm""#,
    );
    let store = seen.assets.iter().find(|asset| asset.kind == AssetKind::DataStore).unwrap();
    assert_eq!(
        (&store.props["product"], &store.props["target"]),
        (&"PostgreSQL".into(), &"db.acme.example:5432".into())
    );
    assert!(!serde_json::to_string(&seen).unwrap().contains("k83jf02mXq"));
}

#[test]
fn an_unknown_server_reaches_nothing_that_is_known() {
    assert!(
        !reach("npx", r#""-y", "acme-notes@1.0.0", "/srv/notes""#)
            .assets
            .iter()
            .any(|asset| asset.kind == AssetKind::DataStore)
    );
}

#[test]
fn an_agent_whose_front_matter_is_broken_is_not_silent() {
    for text in [
        "---\nname: reviewer\ntools: [Read, Bash\n---\nReview the change.\n",
        "---\nname: reviewer\ndescription: Use it when: \"x\": y\n---\nReview the change.\n",
        "---\nname: reviewer\nReview the change.\n",
    ] {
        let seen = inspect(".claude/agents/reviewer.md", text);
        assert!(
            seen.not_inspected.iter().any(|detail| detail.starts_with(".claude/agents/reviewer.md: front matter")),
            "{text}"
        );
        assert!(seen.assets.iter().any(|asset| asset.kind == AssetKind::Prompt), "the rest is read: {text}");
    }
    for (path, text) in [
        (".claude/agents/reviewer.md", "---\nname: reviewer\ntools: Read, Bash\n---\nReview the change.\n"),
        (".claude/agents/notes.md", "# Notes\n\n---\n\nText.\n"),
        (".cursor/rules/style.mdc", "---\ndescription: x\nglobs: **/*.ts\n---\nBe kind.\n"),
    ] {
        assert_eq!(inspect(path, text).not_inspected, Vec::<String>::new(), "{path}");
    }
}

#[test]
fn a_strangers_code_that_runs_only_after_a_label_weighs_less() {
    let severity = |trigger: &str| {
        let text = format!(
            "on:\n  {trigger}\njobs:\n  build:\n    steps:\n      - uses: actions/checkout@v4\n        with:\n          ref: ${{{{ github.event.pull_request.head.ref }}}}\n      - run: make\n"
        );
        let found = inspect(".github/workflows/a.yml", &text).findings;
        found.into_iter().find(|draft| draft.rule == "discover.workflow-stranger").map(|draft| draft.severity)
    };
    let labelled = "pull_request_target:\n    types: [labeled]";
    assert_eq!(severity(labelled), Some(Severity::Medium));
    assert_eq!(severity("pull_request_target:\n    types: [labeled, synchronize]"), Some(Severity::High));
    assert_eq!(severity("pull_request_target:\n  workflow_run:\n    workflows: [x]"), Some(Severity::High));
}
