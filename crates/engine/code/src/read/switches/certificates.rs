//! Certificate checks that are switched off, where there is a certificate to check.

use syndic_evidence::Confidence;

use super::{Reader, short};
use crate::HazardKind;
use crate::hosts::Endpoint;
use crate::python::{Call, Value};

/// Beginnings of the paths of what speaks HTTP.
const HTTP: &[&str] =
    &["requests.", "httpx.", "aiohttp.", "openai.", "elasticsearch.", "opensearchpy.", "weaviate.", "qdrant_client."];

impl Reader<'_> {
    /// Reads `verify=False` and its kin.
    pub(super) fn tls(&mut self, call: &Call) {
        let callee = call.callee.as_str();
        if callee == "ssl._create_unverified_context" {
            self.push(HazardKind::TlsDisabled, call, "ssl._create_unverified_context()", "", Confidence::High);
        }
        if call.named.is_empty() {
            return;
        }
        let off = ["verify", "verify_ssl", "ssl", "verify_certs"]
            .into_iter()
            .find(|name| call.arg(name) == Some(&Value::Bool(false)));
        let has_answer = || !matches!(call.last(), "head" | "options");
        if let Some(option) = off.filter(|_| HTTP.iter().any(|root| callee.starts_with(root)) && has_answer()) {
            let url = self.address(call);
            // Without TLS there is no certificate to check: that is another fault.
            if url.as_deref().is_some_and(|url| url.starts_with("http://")) {
                return;
            }
            let is_loopback = url.as_deref().and_then(Endpoint::parse).is_some_and(|url| url.is_loopback());
            self.push(
                HazardKind::TlsDisabled,
                call,
                format!("{}({option}=False)", short(callee)),
                if is_loopback { "loopback" } else { "" },
                Confidence::High,
            );
        }
    }

    /// The address a request goes to, as far as it is written: its beginning is enough.
    fn address(&self, call: &Call) -> Option<String> {
        let named = ["url", "base_url"].iter().find_map(|name| call.arg(name));
        named.into_iter().chain(call.args.iter().take(2)).find_map(|value| {
            let text = match value {
                Value::Mixed(text, _) => text.as_str(),
                other => self.sketch.literal(other, call.function)?,
            };
            text.contains("://").then(|| text.to_ascii_lowercase())
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::{CodeEngine, Language};
    use syndic_evidence::{AssetKind, FindingDraft, Input, Severity, Urn};

    fn findings(path: &str, line: &str) -> Vec<FindingDraft> {
        let text = format!("import requests\nimport httpx\nfrom openai import OpenAI\n{line}\n");
        let owner = Urn::local("t", AssetKind::Application, "app");
        let input = Input { system: "t", path, subject: &owner, owner: &owner };
        let found = CodeEngine::builtin().unwrap().inspect(input, Language::Python, &text).unwrap().findings;
        found.into_iter().filter(|draft| draft.rule == "code.tls-disabled").collect()
    }

    #[test]
    fn an_address_without_tls_has_no_certificate_to_check() {
        for line in [
            "requests.get('http://h.example.com/x', verify=False)",
            "requests.post(url='HTTP://h.example.com/x', verify=False)",
            "requests.get(f'http://{host}:8000/x', verify=False)",
            "httpx.Client(base_url='http://h.example.com', verify=False)",
        ] {
            assert_eq!(findings("app/llm.py", line), [], "{line}");
        }
    }

    #[test]
    fn the_way_to_this_machine_and_a_test_weigh_less() {
        let severity = |path: &str, line: &str| findings(path, line).first().map(|draft| draft.severity);
        let outside = "requests.get('https://h.example.com/x', verify=False)";
        assert_eq!(severity("app/llm.py", outside), Some(Severity::High));
        assert_eq!(severity("app/llm.py", "requests.get(url, verify=False)"), Some(Severity::High));
        assert_eq!(
            severity("app/llm.py", "requests.get('https://localhost:8443/x', verify=False)"),
            Some(Severity::Low)
        );
        assert_eq!(severity("tests/test_llm.py", outside), Some(Severity::Low));
    }
}
