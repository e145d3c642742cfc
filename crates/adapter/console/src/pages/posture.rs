//! Posture: the verdict, counts, top risks, failed controls.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use syndic_evidence::{Assessment, AssetKind, ControlResult, ControlStatus, FindingState, Risk, Severity};

use super::frame::{Frame, latest, send, verdict_words};
use crate::Console;

const MAX_RISKS: usize = 10;

#[derive(Template)]
#[template(path = "posture.html")]
struct Posture<'a> {
    frame: Frame,
    verdict: &'static str,
    verdict_words: &'static str,
    cards: Vec<Card>,
    risks: &'a [Risk],
    failed: Vec<&'a ControlStatus>,
}

struct Card {
    count: usize,
    label: String,
    href: String,
}

/// The first page.
pub(crate) async fn posture(State(console): State<Arc<Console>>) -> Response {
    let assessment = match latest(&console).await {
        Ok(assessment) => assessment,
        Err(answer) => return answer,
    };
    let controls = assessment.decision.controls.iter();
    send(&Posture {
        frame: Frame::new(&assessment, "/"),
        verdict: assessment.decision.verdict.as_str(),
        verdict_words: verdict_words(assessment.decision.verdict),
        cards: cards(&assessment),
        risks: assessment.risks.get(..assessment.risks.len().min(MAX_RISKS)).unwrap_or_default(),
        failed: controls.filter(|control| control.result == ControlResult::Fail).collect(),
    })
}

fn cards(assessment: &Assessment) -> Vec<Card> {
    let open = |severity: Severity| {
        let findings = assessment.findings.iter();
        findings.filter(|finding| finding.state == FindingState::Open && finding.severity == severity).count()
    };
    let severities = Severity::WORST_FIRST.into_iter().map(|severity| Card {
        count: open(severity),
        label: format!("{severity} findings"),
        href: format!("/findings?severity={severity}"),
    });
    let kinds = AssetKind::ALL.into_iter().filter(|kind| *kind != AssetKind::System).map(|kind| Card {
        count: assessment.assets.iter().filter(|asset| asset.kind == kind).count(),
        label: kind.plural().to_lowercase(),
        href: format!("/assets?kind={kind}"),
    });
    severities.chain(kinds).filter(|card| card.count > 0).collect()
}
