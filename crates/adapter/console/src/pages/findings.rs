//! Findings: the list, by state, severity and area, in pages.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use syndic_evidence::{Finding, FindingState, Severity};
use syndic_store::FindingFilter;

use super::frame::{Frame, fault, send, snapshot};
use super::paging::Paging;
use crate::asked::Asked;
use crate::server::Shared;
use crate::snapshot::Snapshot;

/// Of findings that are not open, at most this many are read; `syndic findings` lists all.
const MAX_CLOSED: u32 = 2_000;

#[derive(Template)]
#[template(path = "findings.html")]
struct Findings<'a> {
    frame: Frame,
    state: String,
    states: Vec<Link>,
    severities: Vec<Link>,
    areas: Vec<Link>,
    lines: Vec<Line<'a>>,
    paging: Paging,
    is_cut: bool,
}

struct Link {
    name: String,
    href: String,
    count: Option<usize>,
    is_current: bool,
}

struct Line<'a> {
    finding: &'a Finding,
    href: String,
    since: String,
}

/// The list of findings.
pub(crate) async fn findings(State(shared): State<Arc<Shared>>, asked: Asked) -> Result<Response, Response> {
    let snapshot = snapshot(&shared, &asked).await?;
    let frame = Frame::new(&shared, &snapshot, &asked, "/findings");
    let all = in_state(&shared, &snapshot, asked.state()).await?;
    let (severity, area) = (asked.severity(), asked.area.as_deref());
    let is_in_area = |finding: &Finding| area.is_none_or(|area| self::area(finding) == area);
    let is_as_bad = |finding: &Finding| severity.is_none_or(|severity| severity == finding.severity);
    let mut chosen: Vec<&Finding> =
        all.iter().filter(|finding| is_in_area(finding) && is_as_bad(finding)).map(AsRef::as_ref).collect();
    // Stable: within one severity the order of the run stays.
    chosen.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let filter = Chosen { frame: &frame, state: asked.state(), severity, area: area.unwrap_or_default() };
    let paging = Paging::new(asked.page(), chosen.len(), |page| filter.href(filter.severity, filter.area, page));
    let lines = paging.cut(&chosen).iter().map(|finding| Line {
        finding,
        href: frame.href(&format!("/findings/{}", finding.fingerprint.hex()), &[]),
        since: finding.first_seen.map(|at| at.strftime("%Y-%m-%d").to_string()).unwrap_or_default(),
    });
    Ok(send(&Findings {
        state: state_words(asked.state()).to_owned(),
        states: filter.states(),
        severities: filter.severities(all.iter().map(AsRef::as_ref).filter(|finding| is_in_area(finding))),
        areas: filter.areas(all.iter().map(AsRef::as_ref).filter(|finding| is_as_bad(finding))),
        lines: lines.collect(),
        is_cut: asked.state() != FindingState::Open && all.len() >= MAX_CLOSED as usize,
        paging,
        frame,
    }))
}

/// Open findings stand in the last run; what it no longer saw is in the store alone.
async fn in_state<'a>(
    shared: &Shared,
    snapshot: &'a Snapshot,
    state: FindingState,
) -> Result<Vec<Cow<'a, Finding>>, Response> {
    if state == FindingState::Open {
        let open = snapshot.assessment.findings.iter().filter(|finding| finding.state == state);
        return Ok(open.map(Cow::Borrowed).collect());
    }
    let system = Some(snapshot.assessment.run.system.clone());
    let filter = FindingFilter { system, state: Some(state), limit: Some(MAX_CLOSED), ..FindingFilter::default() };
    let found = shared.console.store.findings(&filter).await.map_err(|error| fault(&error))?;
    Ok(found.into_iter().map(Cow::Owned).collect())
}

fn area(finding: &Finding) -> &str {
    finding.rule.split_once('.').map_or(finding.rule.as_str(), |(engine, _)| engine)
}

const fn state_words(state: FindingState) -> &'static str {
    match state {
        FindingState::Open => "open",
        FindingState::Fixed => "fixed",
        FindingState::Accepted => "accepted",
        FindingState::FalsePositive => "false positive",
    }
}

/// What is listed now; makes the links to what else could be.
struct Chosen<'a> {
    frame: &'a Frame,
    state: FindingState,
    severity: Option<Severity>,
    area: &'a str,
}

impl Chosen<'_> {
    fn href(&self, severity: Option<Severity>, area: &str, page: &str) -> String {
        let state = if self.state == FindingState::Open { "" } else { self.state.as_str() };
        let severity = severity.map_or("", Severity::as_str);
        let page = if page == "1" { "" } else { page };
        self.frame.href("/findings", &[("state", state), ("severity", severity), ("area", area), ("page", page)])
    }

    fn states(&self) -> Vec<Link> {
        let all = [FindingState::Open, FindingState::Fixed, FindingState::Accepted, FindingState::FalsePositive];
        let links = all.into_iter().map(|state| Link {
            name: state_words(state).to_owned(),
            href: Chosen { state, ..*self }.href(None, "", ""),
            count: None,
            is_current: state == self.state,
        });
        links.collect()
    }

    fn severities<'f>(&self, findings: impl Iterator<Item = &'f Finding>) -> Vec<Link> {
        let counts = findings.fold(BTreeMap::<Severity, usize>::new(), |mut counts, finding| {
            *counts.entry(finding.severity).or_default() += 1;
            counts
        });
        let all = Link {
            name: "any severity".to_owned(),
            href: self.href(None, self.area, ""),
            count: Some(counts.values().sum()),
            is_current: self.severity.is_none(),
        };
        let each = Severity::WORST_FIRST.into_iter().map(|severity| Link {
            name: severity.to_string(),
            href: self.href(Some(severity), self.area, ""),
            count: Some(counts.get(&severity).copied().unwrap_or_default()),
            is_current: self.severity == Some(severity),
        });
        std::iter::once(all).chain(each).collect()
    }

    fn areas<'f>(&self, findings: impl Iterator<Item = &'f Finding>) -> Vec<Link> {
        let mut counts = BTreeMap::<&str, usize>::new();
        findings.for_each(|finding| *counts.entry(area(finding)).or_default() += 1);
        let all = Link {
            name: "any area".to_owned(),
            href: self.href(self.severity, "", ""),
            count: Some(counts.values().sum()),
            is_current: self.area.is_empty(),
        };
        let each = counts.iter().map(|(area, count)| Link {
            name: (*area).to_owned(),
            href: self.href(self.severity, area, ""),
            count: Some(*count),
            is_current: self.area == *area,
        });
        std::iter::once(all).chain(each).collect()
    }
}
