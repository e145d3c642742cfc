//! The laws of signed evidence, over the public interface.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail by panicking, as tests do")]

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::{Value, json};
use syndic_attest::{
    AttestError, Envelope, EnvelopeSignature, Observation, PAYLOAD_TYPE, SigningKey, VerifyError, attest, verify,
};
use syndic_evidence::{Digest, Evidence, PredicateType, Timestamp, Urn};

fn key() -> SigningKey {
    SigningKey::from_seed([1; 32])
}

fn stranger() -> SigningKey {
    SigningKey::from_seed([2; 32])
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn evidence_of(facts: Value) -> Evidence {
    signed_by(&key(), "model.onnx", facts, Some(at(2_000))).unwrap()
}

fn signed_by(key: &SigningKey, name: &str, facts: Value, end: Option<Timestamp>) -> Result<Evidence, AttestError> {
    let asset = Urn::from_canonical("urn:syndic:acme:model:model.onnx");
    let observation = Observation {
        collector: "tree",
        tool_version: "0.1.0",
        collected_at: at(1_000),
        expires_at: end,
        asset: &asset,
        subject_name: name,
        subject_digest: Digest::of(b"content"),
        predicate_type: PredicateType::ArtifactScan,
        scope: json!({"bytes": 7}),
        facts,
    };
    attest(key, &observation)
}

fn envelope() -> Envelope {
    Envelope::parse(&evidence_of(json!({"n": 1})).envelope).unwrap()
}

fn check(envelope: &Envelope) -> Result<String, VerifyError> {
    verify(&serde_json::to_vec(envelope).unwrap(), &[key().public()]).map(|verified| verified.key_id)
}

/// Signs any payload with the trusted key, to see what is read after the signature holds.
fn sealed(payload: &Value) -> Vec<u8> {
    use ed25519_dalek::Signer as _;
    let payload = serde_json::to_vec(payload).unwrap();
    let message = syndic_attest::pre_authentication_encoding(PAYLOAD_TYPE, &payload);
    let sig = ed25519_dalek::SigningKey::from_bytes(&[1; 32]).sign(&message).to_bytes();
    let signatures = vec![EnvelopeSignature { keyid: String::new(), sig: STANDARD.encode(sig) }];
    let envelope = Envelope { payload: STANDARD.encode(payload), payload_type: PAYLOAD_TYPE.into(), signatures };
    serde_json::to_vec(&envelope).unwrap()
}

#[test]
fn what_was_attested_is_what_is_verified() {
    let evidence = evidence_of(json!({"format": "onnx"}));
    let verified = verify(&evidence.envelope, &[stranger().public(), key().public()]).unwrap();
    assert_eq!(verified.to_evidence(evidence.envelope.clone()), evidence);
    assert_eq!(verified.predicate.facts, json!({"format": "onnx"}));
    assert_eq!(verified.statement.subject[0].name, "model.onnx");
}

#[test]
fn equal_observations_give_equal_bytes_whatever_the_key_order() {
    let one: Value = serde_json::from_str(r#"{"a":1,"b":{"c":2,"d":3}}"#).unwrap();
    let two: Value = serde_json::from_str(r#"{"b":{"d":3,"c":2},"a":1}"#).unwrap();
    assert_eq!(evidence_of(one), evidence_of(two));
}

#[test]
fn the_envelope_is_exactly_the_json_dsse_describes() {
    let value: Value = serde_json::from_slice(&evidence_of(json!({})).envelope).unwrap();
    let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["payload", "payloadType", "signatures"]);
    assert_eq!(value["payloadType"], "application/vnd.in-toto+json");
    assert_eq!(value["signatures"][0]["keyid"], key().public().key_id());
}

#[test]
fn an_envelope_of_a_stranger_is_not_believed() {
    let evidence = signed_by(&stranger(), "m", json!({}), None).unwrap();
    assert_eq!(verify(&evidence.envelope, &[key().public()]), Err(VerifyError::UnknownKey));
    assert_eq!(verify(&evidence.envelope, &[]), Err(VerifyError::UnknownKey));
}

#[test]
fn a_stranger_who_claims_a_trusted_key_id_is_caught() {
    let evidence = signed_by(&stranger(), "m", json!({}), None).unwrap();
    let mut forged = Envelope::parse(&evidence.envelope).unwrap();
    forged.signatures[0].keyid = key().public().key_id();
    assert_eq!(check(&forged), Err(VerifyError::BadSignature { key_id: key().public().key_id() }));
}

#[test]
fn one_trusted_signature_among_several_is_enough() {
    let mut both = envelope();
    both.signatures.insert(0, EnvelopeSignature { keyid: "ab".into(), sig: STANDARD.encode([0; 64]) });
    both.signatures.insert(0, EnvelopeSignature { keyid: key().public().key_id(), sig: "%".into() });
    assert_eq!(check(&both), Ok(key().public().key_id()));
}

#[test]
fn a_signature_without_a_key_id_is_tried_with_every_trusted_key() {
    let mut anonymous = envelope();
    anonymous.signatures[0].keyid.clear();
    assert_eq!(check(&anonymous), Ok(key().public().key_id()));
}

#[test]
fn url_safe_base64_is_accepted() {
    let mut other = envelope();
    other.payload = URL_SAFE_NO_PAD.encode(STANDARD.decode(&other.payload).unwrap());
    other.signatures[0].sig = URL_SAFE_NO_PAD.encode(STANDARD.decode(&other.signatures[0].sig).unwrap());
    assert_eq!(check(&other), Ok(key().public().key_id()));
}

#[test]
fn each_fault_of_an_envelope_has_its_own_name() {
    let changed = |change: fn(&mut Envelope)| {
        let mut envelope = envelope();
        change(&mut envelope);
        check(&envelope).unwrap_err()
    };
    assert_eq!(changed(|e| e.signatures.clear()), VerifyError::NoSignature);
    assert_eq!(changed(|e| e.payload_type = "text/plain".into()), VerifyError::PayloadType);
    assert_eq!(changed(|e| e.payload = "*".into()), VerifyError::PayloadBase64);
    assert_eq!(changed(|e| e.signatures[0].sig = "AAAA".into()), VerifyError::SignatureForm { index: 0 });
    let many = changed(|e| e.signatures = vec![e.signatures[0].clone(); 65]);
    assert_eq!(many, VerifyError::TooManySignatures { count: 65 });
    assert!(matches!(verify(b"{}", &[]), Err(VerifyError::Form { .. })));
    assert!(matches!(verify(br#"{"payload":1}"#, &[]), Err(VerifyError::Form { .. })));
    let vast = vec![b' '; syndic_attest::ENVELOPE_LIMIT + 1];
    assert_eq!(verify(&vast, &[]), Err(VerifyError::TooLarge { size_bytes: vast.len() }));
}

#[test]
fn a_signed_payload_that_is_no_statement_is_refused() {
    let trusted = [key().public()];
    let kind = "https://in-toto.io/Statement/v1";
    let predicate_type = "https://syndic.dev/attestation/inventory/v1";
    for payload in [
        json!("hello"),
        json!({"_type": "x", "subject": [], "predicateType": predicate_type, "predicate": {}}),
        json!({"_type": kind, "subject": [], "predicateType": predicate_type, "predicate": {}}),
        json!({"_type": kind, "subject": [{"name": "a", "digest": {"sha256": "zz"}}],
               "predicateType": predicate_type, "predicate": {}}),
        json!({"_type": kind, "subject": [], "predicateType": "https://example.org/other", "predicate": {}}),
    ] {
        assert!(matches!(verify(&sealed(&payload), &trusted), Err(VerifyError::Statement { .. })), "{payload}");
    }
}

#[test]
fn a_payload_is_not_parsed_before_its_signature_holds() {
    let mut unread = envelope();
    unread.payload = STANDARD.encode(b"not json at all");
    assert!(matches!(check(&unread), Err(VerifyError::BadSignature { .. })));
}

#[test]
fn evidence_that_expires_before_it_was_collected_is_not_made() {
    let error = signed_by(&key(), "m", json!({}), Some(at(1_000))).unwrap_err();
    assert!(matches!(error, AttestError::ExpiredAtBirth { .. }));
    assert_eq!(signed_by(&key(), "", json!({}), None), Err(AttestError::SubjectUnnamed));
}

#[test]
fn evidence_counts_until_its_expiry_and_not_at_it() {
    let verified = verify(&evidence_of(json!({})).envelope, &[key().public()]).unwrap();
    assert!(!verified.is_expired_at(at(1_999)));
    assert!(verified.is_expired_at(at(2_000)));
}

fn flipped(text: &str, bit: usize) -> String {
    let mut bytes = STANDARD.decode(text).unwrap();
    let bit = bit % (bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
    STANDARD.encode(bytes)
}

proptest! {
    #[test]
    fn any_flipped_bit_of_the_payload_breaks_the_signature(bit: usize) {
        let mut changed = envelope();
        changed.payload = flipped(&changed.payload, bit);
        prop_assert!(check(&changed).is_err());
    }

    #[test]
    fn any_flipped_bit_of_the_signature_breaks_it(bit: usize) {
        let mut changed = envelope();
        changed.signatures[0].sig = flipped(&changed.signatures[0].sig, bit);
        prop_assert!(check(&changed).is_err());
    }

    #[test]
    fn any_flipped_bit_of_the_base64_text_is_caught(bit: usize) {
        let mut bytes = envelope().payload.into_bytes();
        let bit = bit % (bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(payload) = String::from_utf8(bytes) {
            let changed = Envelope { payload, ..envelope() };
            prop_assert!(check(&changed).is_err());
        }
    }

    #[test]
    fn any_facts_survive_the_round_trip(text in ".*", number: i64, list: Vec<bool>) {
        let facts = json!({"text": text, "number": number, "list": list});
        let evidence = evidence_of(facts.clone());
        let verified = verify(&evidence.envelope, &[key().public()]).unwrap();
        prop_assert_eq!(verified.predicate.facts, facts);
        prop_assert_eq!(verified.digest, evidence.digest);
    }

    #[test]
    fn any_bytes_are_verified_or_refused_without_panic(bytes: Vec<u8>) {
        prop_assert!(verify(&bytes, &[key().public()]).is_err());
    }
}
