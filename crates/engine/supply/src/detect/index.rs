//! Where packages are looked for: dependency confusion, unprotected transport, credentials in addresses.
//!
//! Source: pip takes the highest version over all indexes; uv takes the first index that knows the name unless its
//! strategy says otherwise; Poetry asks a supplemental source for every name PyPI lacks.

use std::collections::BTreeSet;

use syndic_detect::Findings;
use syndic_evidence::{Location, Severity};

use crate::detect::here;
use crate::facts::{Facts, Index, IndexKind, Source};

/// Public indexes of known publishers and full mirrors of PyPI: nobody else can publish there.
const KNOWN_HOSTS: [&str; 18] = [
    "download.pytorch.org",
    "pypi.nvidia.com",
    "pypi.ngc.nvidia.com",
    "developer.download.nvidia.com",
    "data.pyg.org",
    "wheels.vllm.ai",
    "flashinfer.ai",
    "docs.sglang.ai",
    "abetlen.github.io",
    "huggingface.github.io",
    "repo.radeon.com",
    "pytorch-extension.intel.com",
    "pypi.tuna.tsinghua.edu.cn",
    "mirrors.aliyun.com",
    "mirrors.cloud.tencent.com",
    "mirror.baidu.com",
    "pypi.mirrors.ustc.edu.cn",
    "repo.huaweicloud.com",
];

/// Reports each index that is searched beside another for the same names.
pub(super) fn extra(facts: &Facts, findings: &mut Findings<'_>) {
    let primary = facts.indexes.iter().find(|index| index.kind == IndexKind::Primary && index.tool != "npm");
    let mut seen = BTreeSet::new();
    for index in facts.indexes.iter().filter(|index| matches!(index.kind, IndexKind::Extra | IndexKind::Ordered)) {
        let repeats_primary = primary.is_some_and(|primary| primary.host == index.host && !index.host.is_empty());
        if repeats_primary || is_loopback(&index.host) || !seen.insert(index.host.as_str()) {
            continue;
        }
        let severity = here(facts, confusion(facts, index, primary, findings.severity()));
        let message = format!(
            "{} searches {} beside {} for every package name: {}",
            index.tool,
            shown(&index.host),
            primary.map_or("the default index", |primary| shown(&primary.host)),
            if index.kind == IndexKind::Ordered || is_known(&index.host) {
                "whoever controls that index can supply any dependency"
            } else {
                "a public package can take the place of an internal one of the same name"
            }
        );
        let draft = findings.report(Location::line(&facts.path, index.line), message);
        draft.severity = severity;
        draft.discriminator.clone_from(&index.host);
        draft.props.insert("host".to_owned(), index.host.clone().into());
    }
}

fn confusion(facts: &Facts, index: &Index, primary: Option<&Index>, usual: Severity) -> Severity {
    let is_public = |host: &str| is_known(host) || is_pypi(host);
    let all_public = is_public(&index.host) && primary.is_none_or(|primary| is_public(&primary.host));
    match index.kind {
        _ if all_public && facts.mixes_indexes => Severity::Medium,
        _ if facts.mixes_indexes => usual,
        // The first index that knows a name wins, so no stranger can outbid it with a higher version.
        IndexKind::Ordered if all_public => Severity::Low,
        IndexKind::Ordered => Severity::Medium,
        // Nobody else can publish there, but versions of one name from both are still mixed.
        _ if all_public || is_known(&index.host) => Severity::Medium,
        _ => usual,
    }
}

/// Reports each index reached without protection against a man in the middle.
pub(super) fn insecure(facts: &Facts, findings: &mut Findings<'_>) {
    let mut seen = BTreeSet::new();
    for index in &facts.indexes {
        let is_plain = index.scheme == "http";
        if (!is_plain && index.verifies_tls) || is_loopback(&index.host) || !seen.insert(index.host.as_str()) {
            continue;
        }
        let how = if is_plain { "over plain HTTP" } else { "without checking its certificate" };
        let message = format!("{} installs from {} {how}", index.tool, shown(&index.host));
        let draft = findings.report(Location::line(&facts.path, index.line), message);
        draft.discriminator.clone_from(&index.host);
        draft.severity = here(facts, draft.severity);
    }
}

/// Reports each credential in an address; never its value.
pub(super) fn credential(facts: &Facts, findings: &mut Findings<'_>) {
    let of_index =
        facts.indexes.iter().filter(|index| index.has_credential).map(|index| (index.host.as_str(), index.line));
    let of_source = facts.requirements.iter().filter_map(|found| match &found.source {
        Source::Git { address, has_credential: true, .. } | Source::Url { address, has_credential: true, .. } => {
            Some((address.as_str(), found.line))
        }
        _ => None,
    });
    let mut seen = BTreeSet::new();
    for (address, line) in of_index.chain(of_source) {
        if !seen.insert(address) {
            continue;
        }
        let message = format!("a credential for {} stands in the file", shown(address));
        let draft = findings.report(Location::line(&facts.path, line), message);
        address.clone_into(&mut draft.discriminator);
        if !facts.place().is_product() {
            draft.severity = draft.severity.milder();
        }
    }
}

fn is_known(host: &str) -> bool {
    let host = without_port(host);
    KNOWN_HOSTS.contains(&host)
}

fn is_pypi(host: &str) -> bool {
    matches!(without_port(host), "pypi.org" | "pypi.python.org" | "files.pythonhosted.org" | "www.pypi.org")
}

fn without_port(host: &str) -> &str {
    host.split(':').next().unwrap_or_default()
}

fn is_loopback(host: &str) -> bool {
    matches!(without_port(host), "localhost" | "127.0.0.1" | "host.docker.internal") || host.starts_with("[::1]")
}

fn shown(host: &str) -> &str {
    if host.is_empty() { "an index" } else { host }
}
