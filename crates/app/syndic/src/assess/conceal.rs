//! Takes credentials out of addresses before anything is kept: `https://user:pass@host` becomes `https://***@host`.
//!
//! People put addresses with a password in them everywhere: a build context, a base model in a card, an index. The
//! secrets engine reports them where they stand; here they are kept from names, identities, facts and messages, which
//! enter signed evidence, the store and every report.

use serde_json::Value;
use syndic_evidence::{Asset, FindingDraft, Inspection, Relation, Urn};

/// What stands between the scheme and the rest of an address, in text and as a URN writes it.
const SEPARATORS: [&str; 2] = ["://", "%3A//"];

/// Conceals the credentials of every address in what an engine handed back.
pub(crate) fn conceal(inspection: &mut Inspection) {
    value(&mut inspection.facts);
    urn(&mut inspection.subject);
    inspection.assets.iter_mut().for_each(asset);
    inspection.relations.iter_mut().for_each(relation);
    inspection.findings.iter_mut().for_each(finding);
    inspection.not_inspected.iter_mut().for_each(text);
}

fn asset(asset: &mut Asset) {
    urn(&mut asset.urn);
    text(&mut asset.name);
    asset.props.values_mut().for_each(value);
}

fn relation(relation: &mut Relation) {
    urn(&mut relation.src);
    urn(&mut relation.dst);
}

fn finding(draft: &mut FindingDraft) {
    text(&mut draft.message);
    text(&mut draft.discriminator);
    draft.asset.iter_mut().for_each(urn);
    draft.props.values_mut().for_each(value);
}

fn urn(urn: &mut Urn) {
    if let Some(concealed) = concealed(urn.as_str()) {
        *urn = Urn::from_canonical(concealed);
    }
}

fn text(text: &mut String) {
    if let Some(concealed) = concealed(text) {
        *text = concealed;
    }
}

/// Engines bound the depth of their facts, so recursion is bounded too.
fn value(part: &mut Value) {
    match part {
        Value::String(string) => text(string),
        Value::Array(items) => items.iter_mut().for_each(value),
        Value::Object(map) => map.values_mut().for_each(value),
        _ => {}
    }
}

/// Returns the text without credentials, or nothing when there are none.
fn concealed(text: &str) -> Option<String> {
    if !text.contains('@') {
        return None;
    }
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_changed = false;
    while let Some(start) = SEPARATORS.iter().filter_map(|sign| Some(rest.find(sign)? + sign.len())).min() {
        let (before, after) = rest.split_at(start);
        result.push_str(before);
        let ends = |character: char| character == '/' || character.is_whitespace() || "\"'`<>".contains(character);
        let authority = after.find(ends).map_or(after, |end| after.split_at(end).0);
        rest = after;
        if let Some(at) = authority.rfind('@').filter(|at| *at > 0 && !authority.starts_with("***@")) {
            result.push_str("***");
            rest = after.split_at(at).1;
            is_changed = true;
        }
    }
    result.push_str(rest);
    is_changed.then_some(result)
}

#[cfg(test)]
mod tests {
    use syndic_evidence::AssetKind;

    use super::*;

    #[test]
    fn credentials_of_an_address_are_concealed_and_the_rest_stays() {
        let cases = [
            ("git+https://u:pa:ss@git.example/x.git@v1", Some("git+https://***@git.example/x.git@v1")),
            ("see http://tok@h and ftp://a:b@c/d", Some("see http://***@h and ftp://***@c/d")),
            ("https://host/path@1.2", None),
            ("anna@example.org", None),
            ("image@sha256:00", None),
        ];
        for (given, wanted) in cases {
            assert_eq!(concealed(given).as_deref(), wanted, "{given}");
        }
    }

    #[test]
    fn an_identity_does_not_carry_them_either() {
        let mut name = Urn::local("acme", AssetKind::Service, "https://u:secret@h/m");
        urn(&mut name);
        assert!(!name.as_str().contains("secret"), "{name}");
    }

    #[test]
    fn concealing_twice_equals_concealing_once() {
        let once = concealed("https://u:p@h/x").unwrap_or_default();
        assert_eq!(concealed(&once), None);
    }
}
