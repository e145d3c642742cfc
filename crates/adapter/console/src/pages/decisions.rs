//! Decisions: every control with its result, reasons and evidence.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use syndic_evidence::{ControlStatus, Digest, Run};

use super::frame::{Frame, fault, latest, send, verdict_words};
use crate::Console;

const MAX_RUNS: usize = 20;

#[derive(Template)]
#[template(path = "decisions.html")]
struct Decisions<'a> {
    frame: Frame,
    verdict: &'static str,
    verdict_words: &'static str,
    policy: Digest,
    path: &'a str,
    controls: Vec<&'a ControlStatus>,
    runs: Vec<Run>,
}

/// The page of decisions.
pub(crate) async fn decisions(State(console): State<Arc<Console>>) -> Response {
    let assessment = match latest(&console).await {
        Ok(assessment) => assessment,
        Err(answer) => return answer,
    };
    let runs = match console.store.runs(Some(&assessment.run.system)).await {
        Ok(runs) => runs,
        Err(error) => return fault(&error),
    };
    let mut controls: Vec<&ControlStatus> = assessment.decision.controls.iter().collect();
    // `ControlResult` orders worst first.
    controls.sort_by_key(|control| control.result);
    send(&Decisions {
        frame: Frame::new(&assessment, "/decisions"),
        verdict: assessment.decision.verdict.as_str(),
        verdict_words: verdict_words(assessment.decision.verdict),
        policy: assessment.decision.policy_digest,
        path: &assessment.decision.path,
        controls,
        runs: runs.into_iter().take(MAX_RUNS).collect(),
    })
}
