//! What other files may need to know of this one.

use std::collections::{BTreeMap, BTreeSet};

use super::completions::{is_completion, is_inference};
use super::executors::executed;
use super::handlers::PASSERS;
use super::{auth, imports, switches};
use crate::Route;
use crate::links::{Executed, ExecutedParam, FunctionLinks, Links, MountSeen, Passed, RouterSeen};
use crate::maps::HashSet;
use crate::python::{Call, Sketch, Tracer, Value, split_last};

/// Entries of one kind kept of one file.
const MAX_ENTRIES: usize = 500;
/// First modules of paths that are never of the project.
const FOREIGN: &[&str] = &[
    "os",
    "sys",
    "json",
    "re",
    "logging",
    "typing",
    "time",
    "pathlib",
    "datetime",
    "asyncio",
    "uuid",
    "subprocess",
    "collections",
    "functools",
    "itertools",
    "hmac",
    "hashlib",
    "base64",
    "io",
    "random",
    "math",
    "numpy",
    "pandas",
    "torch",
    "fastapi",
    "starlette",
    "pydantic",
    "sqlalchemy",
    "requests",
    "httpx",
    "flask",
    "dataclasses",
    "abc",
    "contextlib",
    "threading",
    "shutil",
    "tempfile",
    "inspect",
    "copy",
    "enum",
    "warnings",
    "traceback",
    "argparse",
    "string",
    "urllib",
    "socket",
    "secrets",
    "csv",
    "yaml",
    "tqdm",
    "pytest",
    "unittest",
    "click",
    "typer",
    "rich",
    "aiohttp",
    "django",
    "redis",
    "boto3",
    "tiktoken",
    "jinja2",
    "concurrent",
    "multiprocessing",
    "importlib",
    "ast",
    "sqlite3",
    "pickle",
    "joblib",
    "sklearn",
    "scipy",
    "PIL",
    "cv2",
    "matplotlib",
    "streamlit",
    "gradio",
    "jwt",
    "structlog",
    "loguru",
    "dotenv",
    "tenacity",
    "prometheus_client",
    "opentelemetry",
    "celery",
    "uvicorn",
];

/// Reads the links of a file; `routes` are those it registers.
pub(super) fn read(path: &str, sketch: &Sketch, routes: &[Route]) -> Links {
    let reader = Reader { sketch, project: project_roots(sketch) };
    let is_source = |call: &Call| is_completion(sketch, call);
    let mut tracer = Tracer::new(sketch, &is_source);
    let mut links = Links::default();
    let fed = reader.flows(&mut tracer, &mut links);
    for index in 0..sketch.functions.len() {
        let seen = reader.function(&mut tracer, index, &fed);
        let says_something = seen.asks_model
            || seen.checks_caller
            || seen.returns_output
            || !(seen.calls.is_empty() && seen.returns_of.is_empty() && seen.executes.is_empty())
            || !seen.local_calls.is_empty() && routes.iter().any(|route| seen.name.ends_with(&route.handler));
        if says_something && links.functions.len() < MAX_ENTRIES {
            links.functions.push(seen);
        }
    }
    reader.objects(&mut links);
    if path.ends_with("__init__.py") {
        let project = sketch.aliases.iter().filter(|(_, target)| reader.is_project(target));
        links.reexports =
            project.take(MAX_ENTRIES).map(|(name, target)| (name.to_string(), target.to_string())).collect();
    }
    let makes_app = links.routers.values().any(|router| router.is_app);
    links.app_has_auth = makes_app && auth::app_has_auth(sketch);
    links.app_has_limit = makes_app && auth::app_has_limit(sketch);
    links
}

/// First modules of the imports that may be the project's own.
fn project_roots(sketch: &Sketch) -> HashSet<&str> {
    let targets = sketch.imports.iter().map(|import| import.target.as_str());
    let roots: HashSet<&str> = targets.map(|target| target.split('.').next().unwrap_or(target)).collect();
    let is_own = |root: &&str| !FOREIGN.contains(root) && (root.is_empty() || imports::sdk(root).is_none());
    roots.into_iter().filter(is_own).collect()
}

struct Reader<'a> {
    sketch: &'a Sketch,
    project: HashSet<&'a str>,
}

impl<'a> Reader<'a> {
    fn is_project(&self, path: &str) -> bool {
        path.split_once('.').is_some_and(|(root, _)| self.project.contains(root))
    }

    fn kept<'p>(&self, paths: impl IntoIterator<Item = &'p str>) -> Vec<String> {
        let paths = paths.into_iter().filter(|path| self.is_project(path));
        paths.take(MAX_ENTRIES).map(str::to_owned).collect()
    }

    fn name(&self, index: usize) -> String {
        let Some(function) = self.sketch.functions.get(index) else { return String::new() };
        match &function.class {
            Some(class) => format!("{class}.{}", function.name),
            None => function.name.to_string(),
        }
    }

    /// `fed` says of each call into the project whether arguments carry parameters of the function it stands in.
    fn function(&'a self, tracer: &mut Tracer<'a>, index: usize, fed: &[Option<bool>]) -> FunctionLinks {
        let sketch = self.sketch;
        let mut seen = FunctionLinks { name: self.name(index), ..FunctionLinks::default() };
        let Some(function) = sketch.functions.get(index) else { return seen };
        let (mut calls, mut local, mut returns_of) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut targets = BTreeSet::new();
        for (call, fed) in sketch.calls_inside_at(index).filter_map(|at| Some((sketch.calls.get(at)?, *fed.get(at)?))) {
            seen.asks_model |= is_inference(sketch, call);
            targets.extend(call.target);
            if let Some(run) = executed(sketch, call) {
                self.executed_params(index, call, &run.values, &mut seen.executes);
            }
            let (is_project, is_passer) = (fed.is_some(), PASSERS.contains(&call.last()));
            if !is_project && !is_passer {
                continue;
            }
            let mut comes_in = |value| !tracer.origins(value, Some(index)).params.is_empty();
            let by_args = match fed.filter(|_| call.function == Some(index)) {
                Some(known) => known,
                None => call.all_args().any(&mut comes_in),
            };
            let is_fed = by_args || call.receiver.iter().any(comes_in);
            if is_fed && is_project {
                calls.insert(call.callee.as_str());
            }
            if is_fed && is_passer {
                for name in
                    call.all_args().filter_map(|value| if let Value::Name(name) = value { Some(name) } else { None })
                {
                    targets.extend(sketch.function_at(name, call.function));
                    calls.extend(Some(name.as_str()).filter(|name| self.is_project(name)));
                }
            }
        }
        local.extend(targets.into_iter().map(|target| self.name(target)));
        for value in &function.returns {
            let found = tracer.origins(value, Some(index));
            seen.returns_output |= found.from_source;
            returns_of.extend(found.calls);
        }
        seen.checks_caller = auth::function_has_auth(sketch, index, function);
        seen.calls = self.kept(calls);
        seen.returns_of = self.kept(returns_of);
        seen.local_calls = local.into_iter().filter(|name| *name != seen.name).collect();
        seen
    }

    fn executed_params(&self, index: usize, call: &Call, values: &[&Value], found: &mut Vec<ExecutedParam>) {
        let Some(function) = self.sketch.functions.get(index) else { return };
        let is_method = function.params.first().is_some_and(|param| matches!(param.name.as_str(), "self" | "cls"));
        // What another function makes of a parameter is no longer the parameter.
        let is_made = |call: &Call| self.is_project(&call.callee);
        let mut tracer = Tracer::new(self.sketch, &is_made);
        for value in values {
            for name in tracer.origins(value, Some(index)).params {
                let name = name.to_owned();
                let Some(position) = function.params.iter().position(|param| param.name == name) else { continue };
                let position = position.saturating_sub(usize::from(is_method));
                if found.len() < MAX_ENTRIES {
                    found.push(ExecutedParam { name, position, what: switches::short(&call.written) });
                }
            }
        }
    }

    /// Texts of other files that are executed here, and texts handed to other files. Says of each call into the project
    /// whether its arguments carry parameters.
    fn flows(&'a self, tracer: &mut Tracer<'a>, links: &mut Links) -> Vec<Option<bool>> {
        let sketch = self.sketch;
        let mut fed = Vec::with_capacity(sketch.calls.len());
        for call in &sketch.calls {
            let function = || sketch.function_name(call.function).to_owned();
            if let Some(run) = executed(sketch, call) {
                let found = run.values.iter().map(|value| tracer.origins(value, call.function));
                let calls = self.kept(found.flat_map(|found| found.calls).collect::<BTreeSet<_>>());
                if !calls.is_empty() && links.executed.len() < MAX_ENTRIES {
                    let what = switches::short(&call.written);
                    links.executed.push(Executed { calls, what, function: function(), at: call.at });
                }
            }
            if !self.is_project(&call.callee) {
                fed.push(None);
                continue;
            }
            let mut is_fed = false;
            let by_position = call.args.iter().enumerate().map(|(position, value)| (position, "", value));
            let by_name = call.named.iter().map(|(name, value)| (usize::MAX, name.as_str(), value));
            for (position, keyword, value) in by_position.chain(by_name) {
                let found = tracer.origins(value, call.function);
                is_fed |= !found.params.is_empty();
                let calls = self.kept(found.calls);
                if (found.from_source || !calls.is_empty()) && links.passed.len() < MAX_ENTRIES {
                    links.passed.push(Passed {
                        callee: call.callee.to_string(),
                        position,
                        keyword: keyword.to_owned(),
                        is_output: found.from_source,
                        calls,
                        function: function(),
                        at: call.at,
                    });
                }
            }
            fed.push(Some(is_fed));
        }
        fed
    }

    fn objects(&self, links: &mut Links) {
        for bind in self.sketch.binds.iter().filter(|bind| bind.function.is_none() && !bind.target.contains('.')) {
            let Some(call) = self.sketch.call(&bind.value) else { continue };
            if let Some(router) = self.router(call) {
                links.routers.insert(bind.target.to_string(), router);
                continue;
            }
            let is_made =
                call.callee.contains('.') || call.callee.starts_with(|first: char| first.is_ascii_uppercase());
            if is_made && links.objects.len() < MAX_ENTRIES && !FOREIGN.contains(&call.root()) {
                links.objects.insert(bind.target.to_string(), format!("{}()", call.callee));
            }
        }
        for call in &self.sketch.calls {
            let Some((into, "include_router" | "register_blueprint" | "mount")) = split_last(&call.written) else {
                continue;
            };
            let target =
                call.all_args().find_map(|value| if let Value::Name(name) = value { Some(name) } else { None });
            if let Some(target) = target.filter(|_| links.mounts.len() < MAX_ENTRIES) {
                let RouterSeen { prefix, has_auth, .. } = self.options(call);
                links.mounts.push(MountSeen { target: target.to_string(), into: into.to_owned(), prefix, has_auth });
            }
        }
    }

    fn router(&self, call: &Call) -> Option<RouterSeen> {
        let is_app = matches!(call.last(), "FastAPI" | "Flask" | "Starlette" | "Quart" | "Sanic" | "Litestar");
        (is_app || matches!(call.last(), "APIRouter" | "Blueprint"))
            .then(|| RouterSeen { is_app, ..self.options(call) })
    }

    fn options(&self, call: &Call) -> RouterSeen {
        let by_name: BTreeMap<&str, &Value> = call.named.iter().map(|(name, value)| (name.as_str(), value)).collect();
        let prefix = by_name.get("prefix").or_else(|| by_name.get("url_prefix"));
        let prefix = prefix.and_then(|value| self.sketch.literal(value, call.function)).unwrap_or_default();
        let has_auth = ["dependencies", "guards", "auth"]
            .iter()
            .filter_map(|name| by_name.get(name))
            .any(|value| auth::value_has_auth(self.sketch, value));
        RouterSeen { prefix: prefix.to_owned(), has_auth, is_app: false }
    }
}
