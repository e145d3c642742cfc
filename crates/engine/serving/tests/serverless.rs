//! Functions that a cloud serves, as their frameworks have people write them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use syndic_evidence::{AssetKind, Input, Inspection, RelationKind, Urn};
use syndic_serving::{ServingEngine, recognise};

fn inspect(path: &str, text: &str) -> Inspection {
    let subject = Urn::local("acme", AssetKind::Configuration, path);
    let owner = Urn::local("acme", AssetKind::Application, "acme");
    let input = Input { system: "acme", path, subject: &subject, owner: &owner };
    let kind = recognise(path, text).unwrap_or_else(|| panic!("{path} is not recognised"));
    ServingEngine::builtin().unwrap().inspect(input, kind, text)
}

fn names(seen: &Inspection, kind: AssetKind) -> Vec<&str> {
    seen.assets.iter().filter(|asset| asset.kind == kind).map(|asset| asset.name.as_str()).collect()
}

fn caller_must_log_in(seen: &Inspection, endpoint: &str) -> Option<String> {
    let asset = seen.assets.iter().find(|asset| asset.name == endpoint).unwrap();
    let call = seen.relations.iter().find(|edge| edge.kind == RelationKind::Calls && edge.dst == asset.urn).unwrap();
    call.authn.clone()
}

const SERVERLESS: &str = "service: helpdesk\nprovider:\n  name: aws\n  runtime: python3.12\n  environment:\n    OPENAI_API_KEY: ${ssm:/openai}\n\
functions:\n  chat:\n    handler: src/chat.handler\n    events:\n      - http: {path: chat, method: post, cors: true}\n\
\x20 summarise:\n    handler: src/sum.handler\n    events:\n      - httpApi: 'POST /summarise'\n      - schedule: rate(1 day)\n\
\x20 admin:\n    handler: src/admin.handler\n    events:\n      - httpApi:\n          path: /admin\n          method: get\n          authorizer: {name: jwt}\n  nightly:\n    handler: src/n.handler\n  stream:\n    handler: src/s.handler\n    url: true\n";

#[test]
fn functions_of_the_serverless_framework_are_services_with_endpoints() {
    let seen = inspect("serverless.yml", SERVERLESS);
    assert_eq!(names(&seen, AssetKind::Service), ["chat", "summarise", "admin", "nightly", "stream"]);
    assert_eq!(
        names(&seen, AssetKind::Endpoint),
        ["POST /chat", "POST /summarise", "GET /admin", "ANY stream function URL"]
    );
    assert_eq!(caller_must_log_in(&seen, "GET /admin").as_deref(), Some("required"));
    assert_eq!(caller_must_log_in(&seen, "POST /chat").as_deref(), Some("none"));
    let calls = |edge: &&syndic_evidence::Relation| edge.dst.as_str().ends_with("provider:openai");
    assert_eq!(seen.relations.iter().filter(calls).count(), 5, "settings of the provider hold for every function");
}

#[test]
fn functions_of_a_sam_template_are_services_with_endpoints() {
    let text = "AWSTemplateFormatVersion: '2010-09-09'\nTransform: AWS::Serverless-2016-10-31\nGlobals:\n  Function:\n    Environment: {Variables: {ANTHROPIC_API_KEY: !Ref Key}}\n\
Resources:\n  AskFunction:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: ask/\n      Handler: app.lambda_handler\n      Environment: {Variables: {STAGE: prod}}\n\
\x20     Events:\n        Ask:\n          Type: Api\n          Properties: {Path: /ask, Method: post}\n\
\x20 Direct:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: d.handler\n      FunctionUrlConfig:\n        AuthType: NONE\n\
\x20 Inside:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: i.handler\n      FunctionUrlConfig: {AuthType: AWS_IAM}\n  Table:\n    Type: AWS::DynamoDB::Table\n";
    let seen = inspect("template.yaml", text);
    assert_eq!(names(&seen, AssetKind::Service), ["AskFunction", "Direct", "Inside"]);
    assert_eq!(names(&seen, AssetKind::Endpoint), ["POST /ask", "ANY Direct function URL", "ANY Inside function URL"]);
    assert_eq!(caller_must_log_in(&seen, "ANY Inside function URL").as_deref(), Some("required"));
    assert_eq!(caller_must_log_in(&seen, "ANY Direct function URL").as_deref(), Some("none"));
    assert!(seen.relations.iter().any(|edge| edge.dst.as_str().ends_with("provider:anthropic")));
}

#[test]
fn a_packaged_predictor_is_a_model_server() {
    let cog = inspect(
        "models/blur/cog.yaml",
        "build:\n  gpu: true\n  python_version: '3.12'\npredict: 'predict.py:Predictor'\n",
    );
    assert_eq!(names(&cog, AssetKind::Endpoint), ["POST /predictions (models/blur)"]);
    let bento = inspect("bentofile.yaml", "service: 'service:Summarization'\npython:\n  packages: [torch]\n");
    assert_eq!(names(&bento, AssetKind::Service), ["Summarization"]);
}

#[test]
fn functions_without_ai_are_not_drawn() {
    let text = "functions:\n  thumbnails:\n    handler: t.handler\n    events: [{http: post /thumbnails}]\n  chatHandler:\n    handler: c.handler\n    events: [{http: post /c}]\n";
    let seen = inspect("serverless.yml", text);
    assert_eq!(names(&seen, AssetKind::Service), ["chatHandler"]);
    assert_eq!(names(&seen, AssetKind::Endpoint), ["POST /c"]);
}

#[test]
fn a_credential_of_a_function_is_found() {
    let text = SERVERLESS.replace("${ssm:/openai}", "kq83hf02lsm1Zx9");
    let seen = inspect("serverless.yml", &text);
    assert_eq!(seen.findings.iter().filter(|finding| finding.rule == "serving.secret-literal").count(), 1);
    assert!(!serde_json::to_string(&seen).unwrap().contains("kq83hf02lsm1Zx9"));
}

#[test]
fn files_of_other_tools_are_left_alone() {
    for (path, text) in [
        ("template.yaml", "Resources:\n  Table:\n    Type: AWS::DynamoDB::Table\n"),
        ("functions.yml", "functions:\n  a: {handler: x}\n"),
        ("cog.yaml", "teeth: 12\n"),
        ("serverless.yml", "name: notes about serverless\n"),
    ] {
        assert_eq!(recognise(path, text), None, "{path}");
    }
}

#[test]
fn a_broken_serverless_file_is_reported() {
    let seen = inspect("serverless.yml", "functions:\n  a:\n    handler: x\n\tevents: [\n");
    assert_eq!(seen.not_inspected.len(), 1);
}

#[test]
fn a_secret_object_is_reported_at_its_first_value() {
    let seen = inspect(
        "secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: keys\nstringData:\n  note: ${X}\n  api-key: kq83hf02lsm1\n",
    );
    let lines: Vec<Option<u32>> = seen.findings.iter().map(|finding| finding.location.line).collect();
    assert_eq!(lines, [Some(7)]);
}

proptest::proptest! {
    #[test]
    fn any_text_of_such_a_file_is_inspected(text in "(functions:|\n|  a:|    handler: x|    events:|      - http: post /a|Resources:|Type: AWS::Serverless::Function| |\\{|\\}|predict: a|service: b|\t|build:){0,40}") {
        for path in ["serverless.yml", "template.yaml", "cog.yaml", "bentofile.yaml"] {
            if recognise(path, &text).is_some() {
                let _ = inspect(path, &text);
            }
        }
    }
}
