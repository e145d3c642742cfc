//! Reads functions that a cloud runs: the Serverless Framework's `serverless.yml`, templates of AWS SAM, and packaged
//! predictors (Cog's `cog.yaml`, BentoML's `bentofile.yaml`).
//!
//! Source: the reference pages of the Serverless Framework (AWS), the SAM specification, Cog and BentoML.

use syndic_detect::document::{Document, Node};

use crate::documents;
use crate::environment::MAX_SETTINGS;
use crate::facts::{HttpRoute, Service, ServiceForm, Setting};
use crate::kind::ManifestKind;
use crate::provider;

/// A file has at most this many functions, and a function so many events.
const MAX_FUNCTIONS: usize = 300;
const MAX_EVENTS: usize = 100;

/// Says which of these files a text may be, by name and words; the content is read later.
pub(crate) fn may_be(name: &str, text: &str) -> Option<ManifestKind> {
    let has = |words: &[&str]| words.iter().all(|word| text.contains(word));
    let is_yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    let stem = name.split('.').next().unwrap_or_default();
    match stem {
        _ if !is_yaml => None,
        "serverless" if has(&["functions:", "handler:"]) => Some(ManifestKind::Serverless),
        "cog" if has(&["predict:"]) && text.contains("build:") => Some(ManifestKind::Predictor),
        "bentofile" if has(&["service:"]) => Some(ManifestKind::Predictor),
        _ if has(&["AWS::Serverless::Function", "Resources:"]) => Some(ManifestKind::Sam),
        _ => None,
    }
}

/// Reads every function of a file; returns what was left out too.
pub(crate) fn read(path: &str, kind: ManifestKind, text: &str) -> (Vec<Service>, Vec<String>) {
    let (documents, mut left_out) = documents::read(text);
    let mut services = Vec::new();
    for root in documents.iter().map(Document::root) {
        services.extend(match kind {
            ManifestKind::Sam => sam(root),
            ManifestKind::Predictor => predictor(path, root).into_iter().collect(),
            _ => framework(root),
        });
    }
    for service in &mut services {
        service.runs_model |= is_about_ai(service);
    }
    if services.len() > MAX_FUNCTIONS {
        left_out.push(format!("more than {MAX_FUNCTIONS} functions in one file"));
        services.truncate(MAX_FUNCTIONS);
    }
    (services, left_out)
}

fn function(name: &str, line: u32, env: Vec<Setting>, http: Vec<HttpRoute>) -> Service {
    Service {
        name: name.to_owned(),
        line,
        form: ServiceForm::Function,
        workload: "function".to_owned(),
        env,
        http,
        ..Service::default()
    }
}

fn settings(node: Option<Node<'_>>) -> Vec<Setting> {
    let entries = node.map(Node::entries).unwrap_or_default();
    entries
        .into_iter()
        .take(MAX_SETTINGS)
        .map(|entry| Setting::read(entry.key, entry.value.as_str(), entry.line))
        .collect()
}

/// Adds settings that hold for every function. A credential among them is one fault: the first function carries it.
fn with_shared(mut own: Vec<Setting>, shared: Vec<Setting>, is_first: bool) -> Vec<Setting> {
    for setting in shared {
        if !own.iter().any(|known| known.name == setting.name) {
            own.push(Setting { literal: setting.literal.filter(|_| is_first), ..setting });
        }
    }
    own
}

/// Functions of the Serverless Framework; settings of the provider hold for each.
fn framework(root: Node<'_>) -> Vec<Service> {
    let mut services = Vec::new();
    // They may stand in a list of mappings, one a file.
    let functions = root.get("functions");
    let listed = functions.into_iter().flat_map(Node::items).flat_map(Node::entries);
    let entries = functions.map(Node::entries).unwrap_or_default().into_iter().chain(listed);
    for entry in entries.filter(|entry| entry.value.get("handler").is_some() || entry.value.get("image").is_some()) {
        let shared = settings(root.path(&["provider", "environment"]));
        let env = with_shared(settings(entry.value.get("environment")), shared, services.is_empty());
        let events = entry.value.get("events").into_iter().flat_map(Node::items).take(MAX_EVENTS);
        let mut http: Vec<HttpRoute> = events.filter_map(event).collect();
        if let Some(url) = entry.value.get("url").filter(|url| url.as_bool() != Some(false)) {
            http.push(function_url(entry.key, url.get("authorizer").is_some(), url.line()));
        }
        services.push(function(entry.key, entry.line, env, http));
    }
    services
}

/// `http: POST /chat`, `httpApi: {path: /chat, method: post, authorizer: …}`.
fn event(event: Node<'_>) -> Option<HttpRoute> {
    let http = ["http", "httpApi"].iter().find_map(|key| event.get(key))?;
    let (method, path) = match http.as_str() {
        Some("*") => ("ANY", "/*"),
        Some(text) => text.split_once(' ')?,
        None => {
            let text = |key: &str| http.get(key).and_then(Node::as_str);
            (text("method").unwrap_or("any"), text("path")?)
        }
    };
    let is_guarded = |key: &str| http.get(key).is_some_and(|value| value.as_bool() != Some(false));
    Some(HttpRoute {
        method: verb(method),
        path: format!("/{}", path.trim_start_matches('/')),
        has_auth: is_guarded("authorizer") || is_guarded("private"),
        line: event.line(),
    })
}

fn verb(method: &str) -> String {
    if method == "*" { "ANY".to_owned() } else { method.chars().take(10).collect::<String>().to_ascii_uppercase() }
}

fn function_url(name: &str, has_auth: bool, line: u32) -> HttpRoute {
    HttpRoute { method: "ANY".to_owned(), path: format!("{name} function URL"), has_auth, line }
}

/// Functions of a SAM template.
fn sam(root: Node<'_>) -> Vec<Service> {
    let text = |node: Node<'_>, keys: &[&str]| node.path(keys).and_then(Node::as_str).map(str::to_owned);
    let guards_all = root.path(&["Globals", "Api", "Auth", "DefaultAuthorizer"]).is_some();
    let mut services = Vec::new();
    for entry in root.get("Resources").map(Node::entries).unwrap_or_default() {
        if text(entry.value, &["Type"]).as_deref() != Some("AWS::Serverless::Function") {
            continue;
        }
        let Some(properties) = entry.value.get("Properties") else { continue };
        let mut http = Vec::new();
        for event in properties.get("Events").map(Node::entries).unwrap_or_default().into_iter().take(MAX_EVENTS) {
            if !matches!(text(event.value, &["Type"]).as_deref(), Some("Api" | "HttpApi")) {
                continue;
            }
            let authorizer = text(event.value, &["Properties", "Auth", "Authorizer"]);
            http.push(HttpRoute {
                method: verb(text(event.value, &["Properties", "Method"]).as_deref().unwrap_or("any")),
                path: text(event.value, &["Properties", "Path"]).unwrap_or_else(|| "/*".to_owned()),
                has_auth: authorizer.map_or(guards_all, |name| name != "NONE")
                    || event.value.path(&["Properties", "Auth", "ApiKeyRequired"]).and_then(Node::as_bool)
                        == Some(true),
                line: event.line,
            });
        }
        if let Some(url) = properties.get("FunctionUrlConfig") {
            http.push(function_url(entry.key, text(url, &["AuthType"]).as_deref() == Some("AWS_IAM"), url.line()));
        }
        let shared = settings(root.path(&["Globals", "Function", "Environment", "Variables"]));
        let own = settings(properties.path(&["Environment", "Variables"]));
        let env = with_shared(own, shared, services.is_empty());
        services.push(function(entry.key, entry.line, env, http));
    }
    services
}

/// A predictor that a tool packs into a model server.
fn predictor(path: &str, root: Node<'_>) -> Option<Service> {
    if let Some(predict) = root.get("predict").filter(|_| root.get("build").is_some_and(Node::is_mapping)) {
        predict.as_str()?;
        // Every such class is called `Predictor`: the folder says which one it is.
        let folder = path.rsplit_once('/').map_or("predictor", |(folder, _)| folder);
        // The server Cog packs answers there and asks nobody who they are.
        let path = format!("/predictions ({folder})");
        let route = HttpRoute { method: "POST".to_owned(), path, has_auth: false, line: predict.line() };
        let uses_gpu = root.path(&["build", "gpu"]).and_then(Node::as_bool) == Some(true);
        let service = function(folder, predict.line(), Vec::new(), vec![route]);
        return Some(Service { uses_gpu, runs_model: true, ..service });
    }
    let service = root.get("service").filter(|service| service.as_str().is_some_and(|text| text.contains(':')))?;
    let name = service.as_str()?.rsplit(':').next()?;
    // Its routes stand in the code.
    Some(Service { runs_model: true, ..function(name, service.line(), Vec::new(), Vec::new()) })
}

/// Words in the name or the address of a function that say it answers with a model.
const INFERENCE: [&str; 22] = [
    "chat",
    "chatbot",
    "ask",
    "predict",
    "prediction",
    "predictions",
    "infer",
    "inference",
    "generate",
    "generation",
    "embed",
    "embedding",
    "embeddings",
    "summarise",
    "summarize",
    "completion",
    "completions",
    "llm",
    "rag",
    "classify",
    "transcribe",
    "agent",
];

/// Says whether a function has to do with AI by what this file tells: most functions of a cloud have not.
fn is_about_ai(service: &Service) -> bool {
    let names = std::iter::once(service.name.as_str()).chain(service.http.iter().map(|route| route.path.as_str()));
    names.flat_map(words).any(|word| INFERENCE.contains(&word.as_str()))
        || service.env.iter().any(|setting| {
            let address = setting.url.as_ref().and_then(|url| provider::of_host(&url.host));
            address.is_some() || provider::of_setting(&setting.name).is_some()
        })
}

/// `chatHandler`, `/api/chat-stream`: the words of a name in small letters.
fn words(name: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut was_small = false;
    for letter in name.chars() {
        if !letter.is_ascii_alphanumeric() || (letter.is_ascii_uppercase() && was_small) {
            found.push(String::new());
        }
        was_small = letter.is_ascii_lowercase();
        if let Some(word) = found.last_mut().filter(|_| letter.is_ascii_alphanumeric()) {
            word.push(letter.to_ascii_lowercase());
        }
    }
    found
}
