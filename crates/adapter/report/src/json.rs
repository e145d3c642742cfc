//! The versioned public JSON. Its schema stands in `docs/schema/assessment-v1.schema.json`; a golden file holds it still.

use serde::Serialize;
use syndic_evidence::{
    Assessment, Asset, Decision, Digest, Finding, PredicateType, Relation, Risk, Run, Timestamp, Urn,
};

/// Version of the JSON form: the first number changes when a reader could break.
pub const SCHEMA_VERSION: &str = "1.0";

/// How the address of every version's schema begins.
pub(crate) const SCHEMA_PREFIX: &str = "https://syndic.dev/schema/assessment-";

/// The address of the schema.
const SCHEMA: &str = "https://syndic.dev/schema/assessment-v1.schema.json";

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    schema_version: &'static str,
    tool: Tool<'a>,
    run: &'a Run,
    decision: &'a Decision,
    assets: &'a [Asset],
    relations: &'a [Relation],
    findings: &'a [Finding],
    risks: &'a [Risk],
    evidence: Vec<EvidenceLine<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'static str,
    version: &'a str,
}

/// Evidence by reference: the envelopes stay in the store.
#[derive(Serialize)]
struct EvidenceLine<'a> {
    digest: &'a Digest,
    predicate_type: PredicateType,
    asset: &'a Urn,
    subject_digest: &'a Digest,
    collector: &'a str,
    collected_at: Timestamp,
    expires_at: Option<Timestamp>,
    key_id: &'a str,
}

/// Returns the assessment as versioned JSON, pretty-printed with a final newline.
pub fn json(assessment: &Assessment) -> String {
    let evidence = assessment
        .evidence
        .iter()
        .map(|evidence| EvidenceLine {
            digest: &evidence.digest,
            predicate_type: evidence.predicate_type,
            asset: &evidence.asset,
            subject_digest: &evidence.subject_digest,
            collector: &evidence.collector,
            collected_at: evidence.collected_at,
            expires_at: evidence.expires_at,
            key_id: &evidence.key_id,
        })
        .collect();
    let document = Document {
        schema: SCHEMA,
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: "syndic", version: &assessment.run.tool_version },
        run: &assessment.run,
        decision: &assessment.decision,
        assets: &assessment.assets,
        relations: &assessment.relations,
        findings: &assessment.findings,
        risks: &assessment.risks,
        evidence,
    };
    // The vocabulary has string keys only and no failing serialiser, so this cannot fail.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}
