//! Public IP addresses: an online identifier of a person where a log or a table holds them (GDPR recital 30).

use std::net::Ipv4Addr;

use syndic_evidence::Confidence;

use super::{Candidate, Verdict};

pub(super) fn public_address(candidate: &Candidate<'_>) -> Option<Verdict> {
    let address: Ipv4Addr = candidate.value.parse().ok()?;
    let is_version = candidate.before.trim_end().ends_with(['v', 'V', '=', '<', '>', '~', '^']);
    if !candidate.stands_alone() || is_version || !is_public(address) {
        return None;
    }
    candidate.accept_by_context(Confidence::High, Confidence::Low)
}

fn is_public(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    let is_shared = first == 100 && (64..128).contains(&second);
    // Resolvers everybody knows are no person's.
    let is_resolver = matches!(address.octets(), [8, 8, 8 | 4, 8 | 4] | [1, 1, 1, 1] | [1, 0, 0, 1] | [9, 9, 9, 9]);
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || address.is_unspecified()
        || address.is_broadcast()
        || first == 0
        || first >= 240
        || is_shared
        || is_resolver)
}
