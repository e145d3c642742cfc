//! Every text of an inspection that leaves it, for one to look at and to replace.

use serde_json::{Map, Value};
use syndic_evidence::{Asset, FindingDraft, Inspection, Location, Relation, Urn};

/// Looks at a text and returns what is to stand in its place, if anything else.
pub(super) type Edit<'a> = dyn FnMut(&str) -> Option<String> + 'a;

/// Shows every text of an inspection to `edit`: names, identities, places, facts with their keys, messages.
pub(super) fn inspection(inspection: &mut Inspection, edit: &mut Edit<'_>) {
    value(&mut inspection.facts, edit);
    urn(&mut inspection.subject, edit);
    inspection.assets.iter_mut().for_each(|part| asset(part, edit));
    inspection.relations.iter_mut().for_each(|part| relation(part, edit));
    inspection.findings.iter_mut().for_each(|part| finding(part, edit));
    inspection.not_inspected.iter_mut().for_each(|part| text(part, edit));
}

/// Shows one text to `edit`.
pub(super) fn text(text: &mut String, edit: &mut Edit<'_>) {
    if let Some(other) = edit(text) {
        *text = other;
    }
}

fn asset(asset: &mut Asset, edit: &mut Edit<'_>) {
    urn(&mut asset.urn, edit);
    text(&mut asset.name, edit);
    asset.sources.iter_mut().for_each(|source| location(source, edit));
    map(&mut asset.props, edit);
}

fn relation(relation: &mut Relation, edit: &mut Edit<'_>) {
    urn(&mut relation.src, edit);
    urn(&mut relation.dst, edit);
    location(&mut relation.source, edit);
    relation.protocol.iter_mut().chain(&mut relation.authn).for_each(|part| text(part, edit));
}

fn finding(draft: &mut FindingDraft, edit: &mut Edit<'_>) {
    text(&mut draft.message, edit);
    text(&mut draft.discriminator, edit);
    draft.asset.iter_mut().for_each(|asset| urn(asset, edit));
    location(&mut draft.location, edit);
    map(&mut draft.props, edit);
}

fn location(location: &mut Location, edit: &mut Edit<'_>) {
    text(&mut location.path, edit);
    location.member.iter_mut().for_each(|member| text(member, edit));
}

fn urn(urn: &mut Urn, edit: &mut Edit<'_>) {
    if let Some(other) = edit(urn.as_str()) {
        *urn = Urn::from_canonical(other);
    }
}

/// Engines bound the depth of their facts, so recursion is bounded too.
fn value(part: &mut Value, edit: &mut Edit<'_>) {
    match part {
        Value::String(string) => text(string, edit),
        Value::Array(items) => items.iter_mut().for_each(|item| value(item, edit)),
        Value::Object(fields) => map(fields, edit),
        _ => {}
    }
}

/// Names of fields come from files too: metadata keys, columns.
fn map(fields: &mut Map<String, Value>, edit: &mut Edit<'_>) {
    let mut renamed: Vec<(String, String)> = Vec::new();
    for (name, field) in fields.iter_mut() {
        value(field, edit);
        renamed.extend(edit(name).map(|other| (name.clone(), other)));
    }
    for (name, other) in renamed {
        if let Some(field) = fields.remove(&name) {
            fields.insert(other, field);
        }
    }
}
