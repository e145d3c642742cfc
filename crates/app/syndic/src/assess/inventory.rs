//! The inventory statement: everything that was found, and what was looked at to find it.

use serde_json::{Value, json};
use syndic_evidence::{Asset, Coverage, Digest};

/// Returns the facts of the inventory: assets by identity and digest, and the coverage.
pub(crate) fn facts(assets: &[Asset], coverage: &Coverage) -> Value {
    let listed: Vec<Value> = assets
        .iter()
        .map(|asset| json!({"urn": asset.urn, "kind": asset.kind, "digest": asset.digest, "confidence": asset.confidence}))
        .collect();
    json!({"assets": listed, "coverage": coverage})
}

/// Returns the identity of the system as it was seen: SHA-256 over every asset's URN and digest, in URN order.
///
/// Two runs over equal content give equal digests, so evidence about the whole system can name its subject.
pub(crate) fn manifest_digest(assets: &[Asset]) -> Digest {
    let text: String = assets.iter().fold(String::new(), |mut text, asset| {
        let digest = asset.digest.map(|digest| digest.to_string()).unwrap_or_default();
        text.push_str(&format!("{digest} {}\n", asset.urn));
        text
    });
    Digest::of(text.as_bytes())
}
