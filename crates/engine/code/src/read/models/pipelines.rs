//! Pipelines of orchestrators: Airflow, Prefect, Dagster, ZenML, Kubeflow, Metaflow, Flyte, SageMaker, Azure ML.
//!
//! Some orchestrators run nothing but machine learning; of the others a pipeline counts only in a file that also has to
//! do with models.

use crate::Facts;
use crate::facts::PipelineSeen;
use crate::python::{Function, Sketch, Value, last};

/// Decorators of functions that are pipelines: path, framework.
const PIPELINES: &[(&str, &str)] = &[
    ("airflow.decorators.dag", "Airflow"),
    ("airflow.sdk.dag", "Airflow"),
    ("airflow.decorators.dag.dag", "Airflow"),
    ("prefect.flow", "Prefect"),
    ("dagster.job", "Dagster"),
    ("dagster.graph", "Dagster"),
    ("zenml.pipeline", "ZenML"),
    ("zenml.pipelines.pipeline", "ZenML"),
    ("kfp.dsl.pipeline", "Kubeflow Pipelines"),
    ("kfp.v2.dsl.pipeline", "Kubeflow Pipelines"),
    ("flytekit.workflow", "Flyte"),
    ("azure.ai.ml.dsl.pipeline", "Azure ML"),
];
/// Constructors of pipelines: path, framework, argument with the name.
const OBJECTS: &[(&str, &str, &str)] = &[
    ("airflow.DAG", "Airflow", "dag_id"),
    ("airflow.models.DAG", "Airflow", "dag_id"),
    ("airflow.models.dag.DAG", "Airflow", "dag_id"),
    ("airflow.sdk.DAG", "Airflow", "dag_id"),
    ("sagemaker.workflow.pipeline.Pipeline", "SageMaker Pipelines", "name"),
];
/// Decorators of functions that are steps, by module.
const STEPS: &[(&str, &[&str])] = &[
    ("airflow.", &["task"]),
    ("prefect.", &["task"]),
    ("dagster.", &["op", "asset", "multi_asset"]),
    ("zenml.", &["step"]),
    ("kfp.", &["component", "container_component"]),
    ("flytekit.", &["task"]),
];
/// Orchestrators that run anything.
const GENERAL: &[&str] = &["Airflow", "Prefect", "Dagster", "Flyte"];
/// Classes of packages that do not make a file one about models.
const BESIDE: &[&str] = &["ui", "observability"];
/// Pipelines and steps kept of one file.
const MAX_PARTS: usize = 200;

/// Reads the pipelines of a file whose models and imports are known.
pub(super) fn read(sketch: &Sketch, facts: &Facts) -> Vec<PipelineSeen> {
    let mut found: Vec<PipelineSeen> = Vec::new();
    for function in &sketch.functions {
        found.extend(decorated(sketch, function));
    }
    for call in &sketch.calls {
        let callee = call.callee.as_str();
        let Some((_, framework, argument)) = OBJECTS.iter().find(|(path, ..)| *path == callee) else { continue };
        let name = call.arg_or(&[argument], 0).and_then(|value| sketch.literal(value, call.function));
        found.push(seen(name.unwrap_or(call.last()), framework, call.at));
    }
    found.extend(classes(sketch));
    let steps = steps(sketch);
    if found.is_empty() && steps.iter().any(|(_, root)| *root == "dagster.") {
        // A set of assets needs no function around it.
        let stem = facts.path.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
        let first = sketch.functions.iter().find(|function| steps.iter().any(|(name, _)| *name == function.name));
        found.extend(first.map(|first| seen(stem, "Dagster", first.at)));
    }
    let is_about_models = facts.is_training
        || !facts.providers.is_empty()
        || !facts.models.is_empty()
        || facts.imports.iter().any(|import| !BESIDE.contains(&import.class.as_str()))
        || sketch.imports_module("joblib");
    found.retain(|pipeline| is_about_models || !GENERAL.contains(&pipeline.framework.as_str()));
    found.truncate(MAX_PARTS);
    for pipeline in &mut found {
        pipeline.steps = steps.iter().map(|(name, _)| name.clone()).take(MAX_PARTS).collect();
    }
    found
}

fn seen(name: &str, framework: &str, at: crate::Spot) -> PipelineSeen {
    PipelineSeen { name: name.chars().take(80).collect(), framework: framework.to_owned(), steps: Vec::new(), at }
}

/// The path of a decorator, with or without arguments.
fn path<'a>(sketch: &'a Sketch, decorator: &'a Value) -> &'a str {
    match decorator {
        Value::Name(name) => name,
        Value::Call(index) => sketch.calls.get(*index).map_or("", |call| call.callee.as_str()),
        _ => "",
    }
}

fn decorated(sketch: &Sketch, function: &Function) -> Option<PipelineSeen> {
    let known = |decorator: &Value| {
        let path = path(sketch, decorator);
        PIPELINES.iter().find(|(known, _)| *known == path).map(|(_, framework)| *framework)
    };
    let (decorator, framework) = function.decorators.iter().find_map(|one| Some((one, known(one)?)))?;
    let named = sketch.call(decorator).and_then(|call| {
        let value = call.arg("name").or_else(|| call.arg("dag_id"))?;
        sketch.literal(value, call.function)
    });
    Some(seen(named.unwrap_or(&function.name), framework, function.at))
}

/// `class Train(FlowSpec)` of Metaflow.
fn classes(sketch: &Sketch) -> Vec<PipelineSeen> {
    let is_flow = |bases: &[Value]| bases.iter().any(|base| *base == Value::Name("metaflow.FlowSpec".into()));
    let flows = sketch.classes.iter().filter(|(_, bases)| is_flow(bases));
    let start = |class: &str| sketch.functions.iter().find(|function| function.class.as_deref() == Some(class));
    flows.filter_map(|(name, _)| Some(seen(name, "Metaflow", start(name)?.at))).collect()
}

/// Names of the steps, each with the module of its decorator: decorated functions, and operators with a `task_id`.
fn steps(sketch: &Sketch) -> Vec<(String, &'static str)> {
    let step = |decorator: &Value| {
        let path = path(sketch, decorator);
        let known = |(root, names): &&(&'static str, &[&str])| path.starts_with(root) && names.contains(&last(path));
        STEPS.iter().find(known).map(|(root, _)| *root)
    };
    let functions = sketch.functions.iter().filter_map(|function| {
        let root = function.decorators.iter().find_map(step)?;
        Some((function.name.to_string(), root))
    });
    let operators = sketch.calls.iter().filter_map(|call| {
        let task = call.arg("task_id").filter(|_| call.root() == "airflow")?;
        Some((sketch.literal(task, call.function)?.to_owned(), "airflow."))
    });
    functions.chain(operators).take(MAX_PARTS).collect()
}
