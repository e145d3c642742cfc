//! One fault, one finding: where two engines see the same fault, the one that says more stays and names the other.
//!
//! A password in a compose file is a credential to the secrets engine and a literal environment value to the serving
//! engine. A reader should mend it once. The finding that gives way is kept as `also` in the properties of the other.

use serde_json::Value;
use syndic_evidence::Finding;

/// A rule that gives way, the rules it gives way to (by prefix), and what must be the same.
const PAIRS: [(&str, &str, Same); 3] = [
    ("serving.secret-literal", "secrets.", Same::Line),
    ("discover.mcp-secret-literal", "secrets.", Same::File),
    ("serving.auth-missing", "serving.port-exposed", Same::Asset),
];

#[derive(Clone, Copy)]
enum Same {
    /// Path and line.
    Line,
    /// Path.
    File,
    /// Path and asset.
    Asset,
}

impl Same {
    fn holds(self, one: &Finding, two: &Finding) -> bool {
        one.location.path == two.location.path
            && match self {
                Self::Line => one.location.line == two.location.line,
                Self::File => true,
                Self::Asset => one.asset == two.asset,
            }
    }
}

/// Removes what another finding already says better.
pub(crate) fn supersede(mut findings: Vec<Finding>) -> Vec<Finding> {
    for (weak, strong, same) in PAIRS {
        let (giving_way, mut kept): (Vec<Finding>, Vec<Finding>) =
            findings.into_iter().partition(|finding| finding.rule == weak);
        let mut unmatched = Vec::new();
        for finding in giving_way {
            let better = kept.iter_mut().find(|other| other.rule.starts_with(strong) && same.holds(&finding, other));
            match better {
                Some(better) => absorb(better, finding),
                None => unmatched.push(finding),
            }
        }
        kept.append(&mut unmatched);
        findings = kept;
    }
    findings
}

fn absorb(better: &mut Finding, weaker: Finding) {
    better.severity = better.severity.max(weaker.severity);
    for digest in weaker.evidence {
        if !better.evidence.contains(&digest) {
            better.evidence.push(digest);
        }
    }
    let also = better.props.entry("also").or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(rules) = also
        && !rules.contains(&Value::String(weaker.rule.clone()))
    {
        rules.push(Value::String(weaker.rule));
    }
}

#[cfg(test)]
mod tests {
    use syndic_evidence::{AssetKind, Confidence, Digest, FindingDraft, Location, Severity, Urn};

    use super::*;

    fn finding(rule: &str, line: u32) -> Finding {
        let draft = FindingDraft {
            rule: rule.to_owned(),
            asset: None,
            message: String::new(),
            severity: Severity::High,
            confidence: Confidence::High,
            location: Location::line("compose.yml", line),
            discriminator: String::new(),
            props: serde_json::Map::new(),
        };
        let asset = Urn::local("acme", AssetKind::Service, "db");
        Finding::from_draft(draft, "", &asset, Digest::of(rule.as_bytes()))
    }

    #[test]
    fn the_same_line_is_one_finding_that_names_both_rules_and_all_evidence() {
        let left = supersede(vec![finding("serving.secret-literal", 3), finding("secrets.database-password", 3)]);
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].props["also"], serde_json::json!(["serving.secret-literal"]));
        assert_eq!(left[0].evidence.len(), 2);
    }

    #[test]
    fn another_line_stays_a_finding_of_its_own() {
        let left = supersede(vec![finding("serving.secret-literal", 3), finding("secrets.database-password", 9)]);
        assert_eq!(left.len(), 2);
    }
}
