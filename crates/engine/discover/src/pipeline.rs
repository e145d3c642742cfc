//! Reads pipeline definitions: DVC stages, MLflow projects and models.

use syndic_detect::document::Node;

use crate::facts::{ModelFact, Stage};

/// A definition has at most this many stages, a stage so many paths.
const MAX_PARTS: usize = 500;

/// Returns the stages of a `dvc.yaml`.
pub(crate) fn read_dvc(root: Node<'_>) -> Vec<Stage> {
    let stages = root.get("stages").map(Node::entries).unwrap_or_default();
    let stage = |entry: syndic_detect::document::Entry<'_>| {
        let body = entry.value.get("do").unwrap_or(entry.value);
        let paths = |keys: &[&str]| {
            let lists = keys.iter().filter_map(|key| body.get(key)).flat_map(Node::items).take(MAX_PARTS);
            lists
                .filter_map(|item| {
                    // A path with options is a mapping of one key.
                    let keyed = item.entries().first().map(|entry| entry.key.to_owned());
                    item.as_str().map(str::to_owned).or(keyed)
                })
                .collect()
        };
        Stage {
            name: entry.key.to_owned(),
            line: entry.line,
            reads: paths(&["deps"]),
            writes: paths(&["outs", "metrics", "plots"]),
        }
    };
    stages.into_iter().take(MAX_PARTS).map(stage).collect()
}

/// Returns the entry points of an `MLproject`.
pub(crate) fn read_project(root: Node<'_>) -> Vec<Stage> {
    let points = root.get("entry_points").map(Node::entries).unwrap_or_default();
    let stage = |entry: syndic_detect::document::Entry<'_>| Stage {
        name: entry.key.to_owned(),
        line: entry.line,
        reads: Vec::new(),
        writes: Vec::new(),
    };
    points.into_iter().take(MAX_PARTS).map(stage).collect()
}

/// Returns what an `MLmodel` file says.
pub(crate) fn read_model(root: Node<'_>) -> ModelFact {
    let flavors: Vec<&str> =
        root.get("flavors").map(Node::entries).unwrap_or_default().iter().map(|entry| entry.key).collect();
    let mut model = ModelFact { subject: "model".to_owned(), ..ModelFact::default() };
    model.props.insert("flavors".to_owned(), flavors.into());
    for key in ["mlflow_version", "model_uuid", "utc_time_created", "run_id"] {
        if let Some(text) = root.get(key).and_then(Node::as_str) {
            model.props.insert(key.to_owned(), text.into());
        }
    }
    model
}
