//! Assets by kind, with what is known of each.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use syndic_evidence::{Asset, AssetKind};

use super::frame::{Frame, send, snapshot};
use super::paging::Paging;
use crate::asked::Asked;
use crate::server::Shared;
use crate::words::{self, Known};

/// Beside other kinds, one kind shows at most this many.
const MAX_OF_A_KIND: usize = 25;

#[derive(Template)]
#[template(path = "assets.html")]
struct Assets {
    frame: Frame,
    all_href: String,
    is_filtered: bool,
    kinds: Vec<Kind>,
    groups: Vec<Group>,
    paging: Option<Paging>,
}

struct Kind {
    plural: &'static str,
    href: String,
    count: usize,
    is_current: bool,
}

struct Group {
    plural: &'static str,
    href: String,
    total: usize,
    has_classes: bool,
    lines: Vec<Line>,
}

struct Line {
    name: String,
    href: String,
    known: Vec<Known>,
    classes: String,
    source: String,
    more_sources: usize,
    confidence: &'static str,
}

/// The list of assets.
pub(crate) async fn assets(State(shared): State<Arc<Shared>>, asked: Asked) -> Result<Response, Response> {
    let snapshot = snapshot(&shared, &asked).await?;
    let frame = Frame::new(&shared, &snapshot, &asked, "/assets");
    let all = &snapshot.assessment.assets;
    let wanted = AssetKind::ALL.into_iter().find(|kind| Some(kind.as_str()) == asked.kind.as_deref());
    let present: Vec<(AssetKind, Vec<&Asset>)> = AssetKind::ALL
        .into_iter()
        .filter(|kind| *kind != AssetKind::System)
        .map(|kind| (kind, all.iter().filter(|asset| asset.kind == kind).collect()))
        .filter(|(_, assets): &(_, Vec<_>)| !assets.is_empty())
        .collect();
    let kind_href = |kind: AssetKind| frame.href("/assets", &[("kind", kind.as_str())]);
    let paging = wanted.map(|kind| {
        let total = present.iter().find(|(present, _)| *present == kind).map_or(0, |(_, assets)| assets.len());
        Paging::new(asked.page(), total, |page| frame.href("/assets", &[("kind", kind.as_str()), ("page", page)]))
    });
    let groups =
        present.iter().filter(|(kind, _)| wanted.is_none_or(|wanted| wanted == *kind)).map(|(kind, assets)| {
            let shown = paging.as_ref().map_or_else(
                || assets.get(..assets.len().min(MAX_OF_A_KIND)).unwrap_or_default(),
                |paging| paging.cut(assets),
            );
            group(*kind, kind_href(*kind), assets.len(), shown, &frame)
        });
    let groups = groups.collect();
    let kinds = present.iter().map(|(kind, assets)| Kind {
        plural: kind.plural(),
        href: kind_href(*kind),
        count: assets.len(),
        is_current: wanted == Some(*kind),
    });
    Ok(send(&Assets {
        all_href: frame.href("/assets", &[]),
        is_filtered: wanted.is_some(),
        kinds: kinds.collect(),
        groups,
        paging: paging.filter(Paging::is_needed),
        frame,
    }))
}

fn group(kind: AssetKind, href: String, total: usize, shown: &[&Asset], frame: &Frame) -> Group {
    let lines: Vec<Line> = shown.iter().map(|asset| line(asset, frame)).collect();
    Group { plural: kind.plural(), href, total, has_classes: lines.iter().any(|line| !line.classes.is_empty()), lines }
}

fn line(asset: &Asset, frame: &Frame) -> Line {
    Line {
        name: asset.name.clone(),
        href: frame.asset(&asset.urn),
        known: words::known(asset),
        classes: words::classes(asset),
        source: asset.sources.first().map(ToString::to_string).unwrap_or_default(),
        more_sources: asset.sources.len().saturating_sub(1),
        confidence: asset.confidence.as_str(),
    }
}
