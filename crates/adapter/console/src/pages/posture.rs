//! Posture: the answer, why, what to do first.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use syndic_evidence::{Assessment, AssetKind, ControlResult, FindingState, Risk, Severity};

use super::control::{Control, Tally, controls, sentence, tally};
use super::frame::{Frame, send, snapshot};
use crate::asked::Asked;
use crate::server::Shared;
use crate::words;

/// More than this is not "first".
const MAX_RISKS: usize = 5;

#[derive(Template)]
#[template(path = "posture.html")]
struct Posture<'a> {
    frame: Frame,
    answer: &'static str,
    why: String,
    tallies: Vec<Tally>,
    severities: Vec<Count>,
    kinds: Vec<Count>,
    risks: &'a [Risk],
    all_risks: usize,
    failed: Vec<&'a Control<'a>>,
    unknown: Vec<&'a Control<'a>>,
}

struct Count {
    count: String,
    class: &'static str,
    label: String,
    href: String,
}

/// The first page.
pub(crate) async fn posture(State(shared): State<Arc<Shared>>, asked: Asked) -> Result<Response, Response> {
    let snapshot = snapshot(&shared, &asked).await?;
    let assessment = &snapshot.assessment;
    let frame = Frame::new(&shared, &snapshot, &asked, "/");
    let controls = controls(&snapshot);
    let of = |result: ControlResult| {
        controls.iter().filter(|control| control.is_blocking && control.result == result).collect::<Vec<_>>()
    };
    Ok(send(&Posture {
        answer: words::verdict(assessment.decision.verdict).0,
        why: sentence(&controls, &assessment.decision),
        tallies: tally(&controls),
        severities: severities(assessment, &frame),
        kinds: kinds(assessment, &frame),
        risks: assessment.risks.get(..assessment.risks.len().min(MAX_RISKS)).unwrap_or_default(),
        all_risks: assessment.risks.len(),
        failed: of(ControlResult::Fail),
        unknown: of(ControlResult::Unknown),
        frame,
    }))
}

fn severities(assessment: &Assessment, frame: &Frame) -> Vec<Count> {
    let open = |severity: Severity| {
        let findings = assessment.findings.iter();
        findings.filter(|finding| finding.state == FindingState::Open && finding.severity == severity).count()
    };
    let counts = Severity::WORST_FIRST.into_iter().map(|severity| Count {
        count: words::count(open(severity) as u64),
        class: severity.as_str(),
        label: severity.to_string(),
        href: frame.href("/findings", &[("severity", severity.as_str())]),
    });
    counts.collect()
}

fn kinds(assessment: &Assessment, frame: &Frame) -> Vec<Count> {
    let of = |kind: AssetKind| assessment.assets.iter().filter(|asset| asset.kind == kind).count();
    let counts = AssetKind::ALL.into_iter().filter(|kind| *kind != AssetKind::System).map(|kind| (kind, of(kind)));
    counts
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| Count {
            count: words::count(count as u64),
            class: "",
            label: kind.plural().to_owned(),
            href: frame.href("/assets", &[("kind", kind.as_str())]),
        })
        .collect()
}
