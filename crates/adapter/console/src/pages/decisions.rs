//! Decisions: every control with its result, reasons and evidence; what failed first, what passed folded away.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use syndic_evidence::{ControlResult, Digest};

use super::control::{Control, Tally, controls, sentence, tally};
use super::frame::{Frame, moment, send, snapshot};
use crate::asked::Asked;
use crate::server::Shared;
use crate::words;

#[derive(Template)]
#[template(path = "decisions.html")]
struct Decisions<'a> {
    frame: Frame,
    verdict: &'static str,
    answer: &'static str,
    why: String,
    tallies: Vec<Tally>,
    policy: Digest,
    path: &'a str,
    groups: Vec<Group<'a>>,
    runs: Vec<RunLine<'a>>,
}

/// Controls of one result.
struct Group<'a> {
    title: &'static str,
    hint: &'static str,
    result: &'static str,
    is_open: bool,
    controls: Vec<Control<'a>>,
}

struct RunLine<'a> {
    id: &'a str,
    at: String,
    files: String,
    faults: u64,
}

/// The page of decisions.
pub(crate) async fn decisions(State(shared): State<Arc<Shared>>, asked: Asked) -> Result<Response, Response> {
    let snapshot = snapshot(&shared, &asked).await?;
    let decision = &snapshot.assessment.decision;
    let controls = controls(&snapshot);
    let runs = snapshot.runs.iter().map(|run| RunLine {
        id: &run.id,
        at: moment(run.finished_at),
        files: words::count(run.coverage.files_seen),
        faults: run.coverage.faults,
    });
    Ok(send(&Decisions {
        frame: Frame::new(&shared, &snapshot, &asked, "/decisions"),
        verdict: decision.verdict.as_str(),
        answer: words::verdict(decision.verdict).0,
        why: sentence(&controls, decision),
        tallies: tally(&controls),
        policy: decision.policy_digest,
        path: &decision.path,
        groups: groups(controls),
        runs: runs.collect(),
    }))
}

fn groups(controls: Vec<Control<'_>>) -> Vec<Group<'_>> {
    let forms = [
        (ControlResult::Fail, "Failed", "Listed on the assets that fail it.", true),
        (ControlResult::Unknown, "Unknown", "Evidence is missing; this never counts as pass.", true),
        (ControlResult::Waived, "Waived", "A person took the risk.", true),
        (ControlResult::Pass, "Passed", "On every asset it applies to.", false),
        (ControlResult::NotApplicable, "Not applicable", "Nothing was found that it speaks to.", false),
    ];
    let mut groups: Vec<Group<'_>> = forms
        .into_iter()
        .map(|(result, title, hint, is_open)| Group {
            title,
            hint,
            result: result.as_str(),
            is_open,
            controls: Vec::new(),
        })
        .collect();
    for control in controls {
        if let Some(group) = groups.iter_mut().find(|group| group.result == control.result.as_str()) {
            group.controls.push(control);
        }
    }
    groups.retain(|group| !group.controls.is_empty());
    groups
}
