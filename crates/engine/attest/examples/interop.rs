//! Prints a public key and an envelope, for checking them with another implementation of DSSE.
//!
//! `cargo run -p syndic-attest --example interop` writes one JSON object: `{"spki": PEM, "envelope": {…}}`.

#![expect(clippy::print_stdout, reason = "an example shows its result")]

use serde_json::{Value, json};
use syndic_attest::{Observation, SigningKey, attest};
use syndic_evidence::{Digest, PredicateType, Timestamp, Urn};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = SigningKey::from_seed([11; 32]);
    let asset = Urn::from_canonical("urn:syndic:acme:model:model.onnx");
    let observation = Observation {
        collector: "tree",
        tool_version: "0.1.0",
        collected_at: Timestamp::UNIX_EPOCH,
        expires_at: None,
        asset: &asset,
        subject_name: "model.onnx",
        subject_digest: Digest::of(b"the model"),
        predicate_type: PredicateType::ArtifactScan,
        scope: json!({"bytes": 9}),
        facts: json!({"format": "onnx", "producer": "Zürich"}),
    };
    let evidence = attest(&key, &observation)?;
    let envelope: Value = serde_json::from_slice(&evidence.envelope)?;
    println!(
        "{}",
        json!({
            "spki": key.public().to_spki_pem()?,
            "pkcs8": key.to_pkcs8_pem()?.as_str(),
            "key_id": key.public().key_id(),
            "envelope": envelope,
        })
    );
    Ok(())
}
