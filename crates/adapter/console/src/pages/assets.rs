//! Assets by kind, with what is known of each.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use syndic_evidence::{Asset, AssetKind};

use super::frame::{Frame, latest, send};
use crate::Console;

/// A property's value is cut after this many characters.
const MAX_VALUE: usize = 80;

#[derive(Deserialize)]
pub(crate) struct Filter {
    kind: Option<String>,
}

#[derive(Template)]
#[template(path = "assets.html")]
struct Assets {
    frame: Frame,
    is_filtered: bool,
    kinds: Vec<Kind>,
    groups: Vec<Group>,
}

struct Kind {
    name: &'static str,
    plural: &'static str,
    count: usize,
    is_current: bool,
}

struct Group {
    plural: &'static str,
    holds_data: bool,
    lines: Vec<Line>,
}

struct Line {
    name: String,
    digest: String,
    props: String,
    classes: String,
    source: String,
    confidence: &'static str,
}

/// The list of assets.
pub(crate) async fn assets(State(console): State<Arc<Console>>, Query(filter): Query<Filter>) -> Response {
    let assessment = match latest(&console).await {
        Ok(assessment) => assessment,
        Err(answer) => return answer,
    };
    let wanted = filter.kind.as_deref();
    let of_kind = |kind: AssetKind| assessment.assets.iter().filter(move |asset| asset.kind == kind);
    let present = || {
        AssetKind::ALL.into_iter().filter(|kind| *kind != AssetKind::System && of_kind(*kind).next().is_some())
    };
    send(&Assets {
        frame: Frame::new(&assessment, "/assets"),
        is_filtered: wanted.is_some(),
        kinds: present()
            .map(|kind| Kind {
                name: kind.as_str(),
                plural: kind.plural(),
                count: of_kind(kind).count(),
                is_current: wanted == Some(kind.as_str()),
            })
            .collect(),
        groups: present()
            .filter(|kind| wanted.is_none_or(|wanted| wanted == kind.as_str()))
            .map(|kind| Group {
                plural: kind.plural(),
                holds_data: holds_data(kind),
                lines: of_kind(kind).map(line).collect(),
            })
            .collect(),
    })
}

const fn holds_data(kind: AssetKind) -> bool {
    matches!(kind, AssetKind::Dataset | AssetKind::Prompt | AssetKind::Configuration | AssetKind::DataStore)
}

fn line(asset: &Asset) -> Line {
    let classes = match &asset.classification {
        None => "not looked at".to_owned(),
        Some(found) if found.classes.is_empty() => "none found".to_owned(),
        Some(found) => found.classes.iter().map(|class| class.as_str()).collect::<Vec<_>>().join(", "),
    };
    let props = asset.props.iter().map(|(name, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let cut: String = text.chars().take(MAX_VALUE).collect();
        format!("{} {cut}", name.replace('_', " "))
    });
    Line {
        name: asset.name.clone(),
        digest: asset.digest.map(|digest| digest.to_string()).unwrap_or_default(),
        props: props.collect::<Vec<_>>().join(" · "),
        classes,
        source: asset.sources.first().map(ToString::to_string).unwrap_or_default(),
        confidence: asset.confidence.as_str(),
    }
}
