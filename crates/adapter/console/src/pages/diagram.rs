//! The data-flow diagram, as a picture and in words.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use syndic_evidence::{Assessment, Risk, Urn};
use syndic_threat::Model;

use super::frame::{Frame, latest, send};
use crate::Console;

/// The picture carries its own style and nothing else; this lets that style apply and still runs nothing.
const PICTURE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "diagram.html")]
struct Diagram<'a> {
    frame: Frame,
    flows: Vec<FlowLine>,
    risks: &'a [Risk],
}

struct FlowLine {
    src: String,
    dst: String,
    label: String,
    crosses: bool,
    classes: String,
    source: String,
}

fn model(assessment: &Assessment) -> Model {
    syndic_threat::derive(&assessment.run.system, &assessment.assets, &assessment.relations)
}

/// The page around the picture, with every flow as a row.
pub(crate) async fn diagram(State(console): State<Arc<Console>>) -> Response {
    let assessment = match latest(&console).await {
        Ok(assessment) => assessment,
        Err(answer) => return answer,
    };
    let model = model(&assessment);
    let name = |urn: &Urn| {
        let element = model.elements.iter().find(|element| &element.urn == urn);
        element.map_or_else(|| urn.to_string(), |element| element.name.clone())
    };
    let flows = model.flows.iter().map(|flow| FlowLine {
        src: name(&flow.src),
        dst: name(&flow.dst),
        label: flow.label.clone(),
        crosses: flow.crosses_boundary,
        classes: flow.classes.iter().map(|class| class.as_str()).collect::<Vec<_>>().join(", "),
        source: flow.source.to_string(),
    });
    send(&Diagram { frame: Frame::new(&assessment, "/diagram"), flows: flows.collect(), risks: &assessment.risks })
}

/// The picture alone.
pub(crate) async fn picture(State(console): State<Arc<Console>>) -> Response {
    let assessment = match latest(&console).await {
        Ok(assessment) => assessment,
        Err(answer) => return answer,
    };
    let picture = syndic_threat::svg(&model(&assessment), &assessment.risks);
    let mut response = ([(header::CONTENT_TYPE, "image/svg+xml; charset=utf-8")], picture).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PICTURE_POLICY));
    response
}
