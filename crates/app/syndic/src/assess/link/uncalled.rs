//! Providers that are set up or imported and were not seen to be called.
//!
//! An engine draws one kind of edge to a provider. Whether a call stands behind it is in the facts: a client in code that
//! is asked, an address in a deployment. Where there is none the edge says "depends on", so that no prompt is taken to
//! flow along it. A client that one file makes may be asked by another file of the application: as long as one asks
//! through something it did not make, every client of the application counts as called.

use std::collections::BTreeSet;

use serde_json::Value;
use syndic_evidence::{AssetKind, Confidence, Inspection, RelationKind, Urn};

use crate::assess::file::Inspected;

/// Returns the applications and notebooks whose code asks through clients that were made elsewhere.
pub(super) fn asking(inspected: &[Inspected]) -> BTreeSet<Urn> {
    let asks = |found: &&Inspected| found.engine == "code" && asks_through_other(&found.inspection);
    inspected.iter().filter(asks).map(|found| found.inspection.subject.clone()).collect()
}

fn asks_through_other(inspection: &Inspection) -> bool {
    inspection.facts.get("asks_through_other").and_then(Value::as_bool) == Some(true)
}

/// Turns the calls of one inspection that no call was seen for into dependencies.
pub(super) fn settle(found: &mut Inspected, asking: &BTreeSet<Urn>) {
    let engine = found.engine;
    let uncalled = if engine == "code" {
        let is_asked_elsewhere = asking.contains(&found.inspection.subject);
        let idle = if is_asked_elsewhere { Vec::new() } else { idle(&found.inspection) };
        [only_imported(&found.inspection), idle].concat()
    } else {
        Vec::new()
    };
    let is_uncalled = |end: &Urn, confidence: Confidence| match engine {
        "code" => uncalled.contains(end),
        // A deployment is sure of a provider whose address it states, and less sure of one whose key it hands over.
        "serving" => is_provider(end) && confidence < Confidence::High,
        _ => false,
    };
    for relation in &mut found.inspection.relations {
        if relation.kind == RelationKind::Calls && is_uncalled(&relation.dst, relation.confidence) {
            relation.kind = RelationKind::DependsOn;
            relation.confidence = Confidence::Low;
        }
    }
}

fn is_provider(urn: &Urn) -> bool {
    urn.as_str().starts_with("urn:syndic:external:provider:")
}

fn text<'a>(seen: &'a Value, key: &str) -> Option<&'a str> {
    seen.get(key).and_then(Value::as_str)
}

fn list<'a>(inspection: &'a Inspection, name: &str) -> impl Iterator<Item = &'a Value> {
    inspection.facts.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// Returns the providers that a source file imports or names a setting of, without making a client or naming a model of
/// theirs. A sign of low confidence is no client.
fn only_imported(inspection: &Inspection) -> Vec<Urn> {
    let named = |name: &str, is_wanted: fn(&Value) -> bool| -> Vec<Urn> {
        let names = list(inspection, name).filter(|one| is_wanted(one)).filter_map(|one| text(one, "provider"));
        names.map(|name| Urn::external(AssetKind::Provider, name)).collect()
    };
    let is_slight: fn(&Value) -> bool = |one| text(one, "confidence") == Some("low");
    let is_plain: fn(&Value) -> bool = |one| text(one, "confidence") != Some("low");
    let called = [named("providers", is_plain), named("models", |_| true)].concat();
    let imported = named("imports", |_| true);
    // A file that asks a model and imports the package of one provider asks that one.
    let asks = list(inspection, "routes").any(|route| route.get("calls_model").and_then(Value::as_bool) == Some(true))
        || asks_through_other(inspection);
    if asks && called.is_empty() && imported.len() == 1 {
        return Vec::new();
    }
    let named = [imported, named("providers", is_slight)].concat();
    named.into_iter().filter(|provider| !called.contains(provider)).collect()
}

/// Returns the providers whose clients a source file makes and asks nothing, with the models it names as it makes them.
fn idle(inspection: &Inspection) -> Vec<Urn> {
    let is_idle = |seen: &&Value| seen.get("is_called").and_then(Value::as_bool) == Some(false);
    let makers: BTreeSet<&str> =
        list(inspection, "providers").filter(is_idle).filter_map(|seen| text(seen, "through")).collect();
    // A model named by anything but the maker of an idle client is named where it is asked.
    let is_of_maker = |model: &&Value| text(model, "through").is_some_and(|through| makers.contains(through));
    let providers: BTreeSet<&str> =
        list(inspection, "providers").filter(is_idle).filter_map(|seen| text(seen, "provider")).collect();
    let is_called = |provider: &str| {
        let by_client =
            list(inspection, "providers").any(|seen| text(seen, "provider") == Some(provider) && !is_idle(&seen));
        by_client
            || list(inspection, "models").any(|model| text(model, "provider") == Some(provider) && !is_of_maker(&model))
    };
    let idle: Vec<&str> = providers.into_iter().filter(|provider| !is_called(provider)).collect();
    let models =
        list(inspection, "models").filter(|model| text(model, "provider").is_some_and(|name| idle.contains(&name)));
    let models = models.filter_map(|model| Some(format!("{}/{}", text(model, "provider")?, text(model, "model")?)));
    let models = models.map(|name| Urn::external(AssetKind::HostedModel, &name));
    idle.iter().map(|name| Urn::external(AssetKind::Provider, name)).chain(models).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use syndic_collect::hash_bytes;
    use syndic_evidence::{Location, PredicateType, Relation};

    use super::*;

    fn settled(engine: &'static str, facts: Value, confidence: Confidence, is_asking: bool) -> Vec<RelationKind> {
        let app = Urn::local("shop", AssetKind::Application, "shop");
        let mut inspection = Inspection::new(app.clone(), PredicateType::Inventory, facts);
        for end in [Urn::external(AssetKind::Provider, "Groq"), Urn::external(AssetKind::HostedModel, "Groq/llama")] {
            let call = Relation::new(app.clone(), RelationKind::Calls, end, Location::file("a.py"));
            inspection.relations.push(call.confidence(confidence));
        }
        let content = hash_bytes(b"");
        let mut found = Inspected { inspection, engine, path: "a.py".to_owned(), content, owner: None };
        settle(&mut found, &if is_asking { BTreeSet::from([app]) } else { BTreeSet::new() });
        found.inspection.relations.iter().map(|relation| relation.kind).collect()
    }

    fn kind_after(engine: &'static str, facts: Value, confidence: Confidence) -> RelationKind {
        settled(engine, facts, confidence, false)[0]
    }

    #[test]
    fn an_import_alone_is_no_call_and_a_client_that_is_asked_is_one() {
        let import = json!({"imports": [{"provider": "Groq"}], "providers": [], "models": []});
        assert_eq!(kind_after("code", import, Confidence::Medium), RelationKind::DependsOn);
        let client = json!({"imports": [{"provider": "Groq"}], "providers": [{"provider": "Groq", "is_called": true}]});
        assert_eq!(kind_after("code", client, Confidence::Medium), RelationKind::Calls);
    }

    #[test]
    fn the_one_provider_whose_package_a_file_imports_is_the_one_it_asks() {
        let of = |imports: Value| json!({"imports": imports, "routes": [{"calls_model": true}]});
        assert_eq!(kind_after("code", of(json!([{"provider": "Groq"}])), Confidence::Medium), RelationKind::Calls);
        let two = of(json!([{"provider": "Groq"}, {"provider": "Cohere"}]));
        assert_eq!(kind_after("code", two, Confidence::Medium), RelationKind::DependsOn);
    }

    #[test]
    fn a_client_that_is_only_made_is_no_call_nor_is_the_model_it_is_told() {
        let model = json!({"provider": "Groq", "model": "llama", "through": "groq.Groq"});
        let facts =
            json!({"providers": [{"provider": "Groq", "through": "groq.Groq", "is_called": false}], "models": [model]});
        let of = |facts: &Value, is_asking| settled("code", facts.clone(), Confidence::High, is_asking);
        assert_eq!(of(&facts, false), [RelationKind::DependsOn; 2]);
        // Another file of the application asks through what it did not make.
        assert_eq!(of(&facts, true), [RelationKind::Calls; 2]);
        // The model is named by the call that asks.
        let mut asked = facts;
        asked["models"][0]["through"] = json!("groq.Groq().chat.completions.create");
        assert_eq!(of(&asked, false), [RelationKind::Calls; 2]);
    }

    #[test]
    fn a_deployment_calls_whose_address_it_states() {
        assert_eq!(kind_after("serving", json!({}), Confidence::Medium), RelationKind::DependsOn);
        assert_eq!(kind_after("serving", json!({}), Confidence::High), RelationKind::Calls);
    }
}
