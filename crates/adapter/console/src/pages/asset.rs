//! One asset: everything known, where it was seen, what is wrong with it, what it hangs together with.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;
use syndic_evidence::{Asset, Digest, Finding, FindingState, Relation, Urn};

use super::frame::{Frame, message, send, snapshot};
use crate::asked::Asked;
use crate::server::Shared;
use crate::snapshot::Snapshot;
use crate::words;

/// The page lists at most this many of each thing; counts are always whole.
const MAX_ROWS: usize = 100;

/// A property's JSON is cut after this many characters.
const MAX_JSON: usize = 4_000;

#[derive(Template)]
#[template(path = "asset.html")]
struct Page<'a> {
    frame: Frame,
    asset: &'a Asset,
    size: String,
    classes: String,
    props: Vec<Prop<'a>>,
    columns: Vec<Column<'a>>,
    findings: Vec<&'a Finding>,
    more_findings: usize,
    relations: Vec<Side<'a>>,
    more_relations: usize,
    evidence: Vec<Digest>,
}

struct Prop<'a> {
    name: String,
    value: String,
    /// The whole value, where the words leave something out.
    json: Option<String>,
    is_digest: bool,
    raw: &'a str,
}

struct Column<'a> {
    name: &'a str,
    data_type: &'a str,
}

/// A relation of this asset, as subject, verb and object.
struct Side<'a> {
    src: End<'a>,
    verb: String,
    dst: End<'a>,
    protocol: &'a str,
    source: String,
}

struct End<'a> {
    name: &'a str,
    /// Where its page is; nothing for this asset itself and for what the run did not see.
    href: Option<String>,
}

/// The page of one asset.
pub(crate) async fn asset(State(shared): State<Arc<Shared>>, asked: Asked) -> Result<Response, Response> {
    let snapshot = snapshot(&shared, &asked).await?;
    let urn = Urn::from_canonical(asked.urn.clone().unwrap_or_default());
    let Some(asset) = snapshot.asset(&urn) else {
        let text =
            "The last run of this system saw no asset of this name. It may be gone, or belong to another system.";
        return Err(message(StatusCode::NOT_FOUND, "No such asset", text));
    };
    let assessment = &snapshot.assessment;
    let frame = Frame::new(&shared, &snapshot, &asked, "/assets");
    let is_open = |finding: &&Finding| finding.asset == urn && finding.state == FindingState::Open;
    let mut findings: Vec<&Finding> = assessment.findings.iter().filter(is_open).collect();
    let mut relations: Vec<Side<'_>> =
        assessment.relations.iter().filter_map(|relation| side(&snapshot, relation, &urn, &frame)).collect();
    let (more_findings, more_relations) =
        (findings.len().saturating_sub(MAX_ROWS), relations.len().saturating_sub(MAX_ROWS));
    findings.truncate(MAX_ROWS);
    relations.truncate(MAX_ROWS);
    let evidence = assessment.evidence.iter().filter(|evidence| evidence.asset == urn);
    Ok(send(&Page {
        size: asset.size_bytes.map(words::size).unwrap_or_default(),
        classes: words::classes(asset),
        props: asset.props.iter().filter(|(name, _)| *name != "columns").map(prop).collect(),
        columns: columns(asset),
        evidence: evidence.map(|evidence| evidence.digest).take(MAX_ROWS).collect(),
        asset,
        findings,
        more_findings,
        relations,
        more_relations,
        frame,
    }))
}

fn prop<'a>((name, value): (&String, &'a Value)) -> Prop<'a> {
    let json = matches!(value, Value::Array(_) | Value::Object(_)).then(|| value.to_string());
    let said = words::said(value);
    Prop {
        name: name.replace('_', " "),
        json: json.filter(|json| json.len() > said.len() + 40).map(|json| json.chars().take(MAX_JSON).collect()),
        value: said,
        is_digest: name.ends_with("sha256"),
        raw: value.as_str().unwrap_or_default(),
    }
}

fn columns(asset: &Asset) -> Vec<Column<'_>> {
    let list = asset.props.get("columns").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .filter_map(|column| {
            let name = column.get("name")?.as_str()?;
            Some(Column { name, data_type: column.get("type").and_then(Value::as_str).unwrap_or_default() })
        })
        .take(MAX_ROWS)
        .collect()
}

fn side<'a>(snapshot: &'a Snapshot, relation: &'a Relation, urn: &Urn, frame: &Frame) -> Option<Side<'a>> {
    let end = |other: &'a Urn| End {
        name: snapshot.name(other),
        href: (other != urn && snapshot.asset(other).is_some()).then(|| frame.asset(other)),
    };
    (&relation.src == urn || &relation.dst == urn).then(|| Side {
        src: end(&relation.src),
        verb: relation.kind.as_str().replace('_', " "),
        dst: end(&relation.dst),
        protocol: relation.protocol.as_deref().unwrap_or_default(),
        source: relation.source.to_string(),
    })
}
