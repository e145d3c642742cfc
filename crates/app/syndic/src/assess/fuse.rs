//! Makes one asset of what several files say about one thing.
//!
//! * A card or configuration beside weights describes those weights: it is no second model that nobody scanned.
//! * A prompt that a build wrote out in several forms of one package (`x.js`, `x.cjs`, `x.d.ts`) is one prompt.

use std::collections::BTreeMap;

use serde_json::Value;
use syndic_evidence::{Asset, AssetKind, Urn};

/// Joins assets that are one thing; returns which URN gave way to which.
pub(super) fn fuse(assets: &mut BTreeMap<Urn, Asset>) -> BTreeMap<Urn, Urn> {
    let mut given_way = describe_weights(assets);
    given_way.extend(join_copies(assets));
    given_way
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Gives what cards tell to the weights in the same folder.
fn describe_weights(assets: &mut BTreeMap<Urn, Asset>) -> BTreeMap<Urn, Urn> {
    let mut weights: BTreeMap<String, Vec<Urn>> = BTreeMap::new();
    let models = || assets.values().filter(|asset| asset.kind == AssetKind::Model);
    for asset in models().filter(|asset| asset.digest.is_some()) {
        if let Some(source) = asset.sources.first() {
            weights.entry(folder(&source.path).to_owned()).or_default().push(asset.urn.clone());
        }
    }
    let is_card = |asset: &&Asset| {
        // What code refers to has a line; a card is a whole file.
        asset.digest.is_none() && !asset.sources.is_empty() && asset.sources.iter().all(|source| source.line.is_none())
    };
    let cards: Vec<(Urn, Vec<Urn>)> = models()
        .filter(is_card)
        .filter_map(|card| {
            let place = folder(&card.sources.first()?.path);
            let stays = card.sources.iter().all(|source| folder(&source.path) == place);
            let described = weights.get(place).filter(|_| stays)?;
            Some((card.urn.clone(), described.clone()))
        })
        .collect();
    let mut given_way = BTreeMap::new();
    for (urn, described) in cards {
        let Some(card) = assets.remove(&urn) else { continue };
        for weight in &described {
            if let Some(asset) = assets.get_mut(weight) {
                asset.absorb(card.clone());
            }
        }
        given_way.extend(described.into_iter().next().map(|first| (urn, first)));
    }
    given_way
}

/// Joins prompts of one name and one text.
fn join_copies(assets: &mut BTreeMap<Urn, Asset>) -> BTreeMap<Urn, Urn> {
    let mut first: BTreeMap<(String, String), Urn> = BTreeMap::new();
    let mut given_way = BTreeMap::new();
    for asset in assets.values().filter(|asset| asset.kind == AssetKind::Prompt) {
        let Some(text) = asset.props.get("sha256").and_then(Value::as_str) else { continue };
        match first.get(&(asset.name.clone(), text.to_owned())) {
            Some(known) => {
                given_way.insert(asset.urn.clone(), known.clone());
            }
            None => {
                first.insert((asset.name.clone(), text.to_owned()), asset.urn.clone());
            }
        }
    }
    for (copy, known) in &given_way {
        if let Some(copy) = assets.remove(copy)
            && let Some(known) = assets.get_mut(known)
        {
            known.absorb(copy);
        }
    }
    given_way
}

#[cfg(test)]
mod tests {
    use syndic_evidence::{Digest, Location, Zone};

    use super::*;

    fn model(name: &str, path: &str) -> Asset {
        let urn = Urn::local("shop", AssetKind::Model, name);
        Asset::new(urn, AssetKind::Model, name, Zone::Data, Location::file(path))
    }

    fn by_urn(assets: Vec<Asset>) -> BTreeMap<Urn, Asset> {
        assets.into_iter().map(|asset| (asset.urn.clone(), asset)).collect()
    }

    #[test]
    fn a_card_describes_the_weights_beside_it() {
        let card = model("m", "m/config.json").prop("architectures", vec!["BertModel"]);
        let mut weights = model("m/model.safetensors", "m/model.safetensors");
        weights.digest = Some(Digest::of(b"weights"));
        let alone = model("n", "n/README.md");
        let mut assets = by_urn(vec![card.clone(), weights.clone(), alone.clone()]);
        assert_eq!(fuse(&mut assets), BTreeMap::from([(card.urn.clone(), weights.urn.clone())]));
        assert!(!assets.contains_key(&card.urn) && assets.contains_key(&alone.urn));
        assert!(assets.get(&weights.urn).is_some_and(|asset| asset.props.contains_key("architectures")));
    }

    #[test]
    fn a_prompt_in_two_builds_is_one() {
        let prompt = |path: &str, text: &str| {
            let urn = Urn::local("shop", AssetKind::Prompt, path);
            Asset::new(urn, AssetKind::Prompt, "SYSTEM", Zone::Application, Location::line(path, 9))
                .prop("sha256", text)
        };
        let mut assets = by_urn(vec![prompt("a.cjs", "1"), prompt("a.js", "1"), prompt("b.js", "2")]);
        fuse(&mut assets);
        assert_eq!(assets.len(), 2);
        assert!(assets.values().any(|asset| asset.sources.len() == 2));
    }
}
