//! Providers that are set up or imported and were not seen to be called.
//!
//! An engine draws one kind of edge to a provider. Whether a call stands behind it is in the facts: a client or a hosted
//! model in code, an address in a deployment. Where there is none the edge says "depends on", so that no prompt is
//! taken to flow along it. Another file that does call the provider draws the edge of the call beside it.

use serde_json::Value;
use syndic_evidence::{AssetKind, Confidence, Inspection, RelationKind, Urn};

use crate::assess::file::Inspected;

/// Turns the calls of one inspection that no call was seen for into dependencies.
pub(super) fn settle(found: &mut Inspected) {
    let engine = found.engine;
    let imported = if engine == "code" { only_imported(&found.inspection) } else { Vec::new() };
    let is_uncalled = |provider: &Urn, confidence: Confidence| match engine {
        "code" => imported.contains(provider),
        // A deployment is sure of a provider whose address it states, and less sure of one whose key it hands over.
        "serving" => confidence < Confidence::High,
        _ => false,
    };
    for relation in &mut found.inspection.relations {
        let is_call = relation.kind == RelationKind::Calls;
        if is_call && is_provider(&relation.dst) && is_uncalled(&relation.dst, relation.confidence) {
            relation.kind = RelationKind::DependsOn;
            relation.confidence = Confidence::Low;
        }
    }
}

fn is_provider(urn: &Urn) -> bool {
    urn.as_str().starts_with("urn:syndic:external:provider:")
}

/// Returns the providers that a source file imports or names a setting of, without making a client or naming a model of
/// theirs. A sign of low confidence is no client.
fn only_imported(inspection: &Inspection) -> Vec<Urn> {
    let named = |list: &str, is_wanted: fn(&Value) -> bool| -> Vec<Urn> {
        let seen = inspection.facts.get(list).and_then(Value::as_array).into_iter().flatten();
        let names = seen.filter(|one| is_wanted(one)).filter_map(|one| one.get("provider")?.as_str());
        names.map(|name| Urn::external(AssetKind::Provider, name)).collect()
    };
    let is_slight: fn(&Value) -> bool = |one| one.get("confidence").and_then(Value::as_str) == Some("low");
    let is_plain: fn(&Value) -> bool = |one| one.get("confidence").and_then(Value::as_str) != Some("low");
    let called = [named("providers", is_plain), named("models", |_| true)].concat();
    let named = [named("imports", |_| true), named("providers", is_slight)].concat();
    named.into_iter().filter(|provider| !called.contains(provider)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use syndic_collect::hash_bytes;
    use syndic_evidence::{Location, PredicateType, Relation};

    use super::*;

    fn kind_after(engine: &'static str, facts: Value, confidence: Confidence) -> RelationKind {
        let app = Urn::local("shop", AssetKind::Application, "shop");
        let mut inspection = Inspection::new(app.clone(), PredicateType::Inventory, facts);
        let provider = Urn::external(AssetKind::Provider, "Groq");
        let call = Relation::new(app, RelationKind::Calls, provider, Location::file("a.py")).confidence(confidence);
        inspection.relations.push(call);
        let content = hash_bytes(b"");
        let mut found = Inspected { inspection, engine, path: "a.py".to_owned(), content, owner: None };
        settle(&mut found);
        found.inspection.relations[0].kind
    }

    #[test]
    fn an_import_alone_is_no_call_and_a_client_is_one() {
        let import = json!({"imports": [{"provider": "Groq"}], "providers": [], "models": []});
        assert_eq!(kind_after("code", import, Confidence::Medium), RelationKind::DependsOn);
        let client = json!({"imports": [{"provider": "Groq"}], "providers": [{"provider": "Groq"}]});
        assert_eq!(kind_after("code", client, Confidence::Medium), RelationKind::Calls);
    }

    #[test]
    fn a_deployment_calls_whose_address_it_states() {
        assert_eq!(kind_after("serving", json!({}), Confidence::Medium), RelationKind::DependsOn);
        assert_eq!(kind_after("serving", json!({}), Confidence::High), RelationKind::Calls);
    }
}
