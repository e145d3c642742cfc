//! Reads workflows of build services: actions by mutable tag, and code of strangers run with rights.

use syndic_detect::document::Node;

use crate::facts::Action;

/// A workflow has at most this many steps.
const MAX_STEPS: usize = 1_000;

/// Publishers that are the platform itself.
const FIRST_PARTY: [&str; 3] = ["actions", "github", "gitea"];

fn steps(root: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let jobs = root.get("jobs").map(Node::entries).unwrap_or_default();
    let in_jobs = jobs.into_iter().flat_map(|job| {
        let reused = job.value.get("uses").is_some().then_some(job.value);
        reused.into_iter().chain(job.value.get("steps").into_iter().flat_map(Node::items))
    });
    in_jobs.take(MAX_STEPS)
}

/// Returns the actions a workflow uses.
pub(crate) fn read_actions(root: Node<'_>) -> Vec<Action> {
    let action = |step: Node<'_>| {
        let uses = step.get("uses")?;
        let (name, version) = uses.as_str()?.split_once('@')?;
        let owner = name.split('/').next()?;
        // An action of the same repository, or an image by digest, is not fetched by tag.
        if name.starts_with('.') || name.starts_with("docker:") {
            return None;
        }
        Some(Action {
            is_pinned: version.len() >= 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit()),
            is_third_party: !FIRST_PARTY.contains(&owner),
            name: name.to_owned(),
            version: version.to_owned(),
            line: uses.line(),
        })
    };
    steps(root).filter_map(action).collect()
}

/// Returns the line at which a workflow that has the repository's secrets checks out and may run a stranger's code.
pub(crate) fn stranger_checkout(root: Node<'_>) -> Option<u32> {
    let on = root.get("on").or_else(|| root.get("true"))?;
    let names = |trigger: &str| {
        on.as_str() == Some(trigger)
            || on.get(trigger).is_some()
            || on.items().any(|item| item.as_str() == Some(trigger))
    };
    if !names("pull_request_target") && !names("workflow_run") {
        return None;
    }
    let mut checked_out = None;
    for step in steps(root) {
        let uses = step.get("uses").and_then(Node::as_str).unwrap_or_default();
        let reference = step.path(&["with", "ref"]).and_then(Node::as_str).unwrap_or_default();
        let is_head = ["pull_request.head", "github.head_ref", "refs/pull/", "workflow_run.head"]
            .iter()
            .any(|word| reference.contains(word));
        if uses.starts_with("actions/checkout") && is_head {
            checked_out = Some(step.line());
        } else if checked_out.is_some() && (step.get("run").is_some() || uses.starts_with("./")) {
            return checked_out;
        }
    }
    None
}

/// Says whether a workflow runs for a stranger's request only once it carries a label, which nobody without rights to the
/// repository can put on it. The code may still change between the label and the run.
pub(crate) fn needs_label(root: Node<'_>) -> bool {
    let Some(on) = root.get("on").or_else(|| root.get("true")) else { return false };
    let types = on.path(&["pull_request_target", "types"]);
    let mut named = types.into_iter().flat_map(Node::items).filter_map(Node::as_str).peekable();
    named.peek().is_some() && named.all(|name| name == "labeled") && on.get("workflow_run").is_none()
}
