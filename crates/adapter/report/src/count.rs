//! Counts that every form of report shows.

use std::collections::BTreeMap;

use syndic_evidence::{Asset, AssetKind, ControlResult, ControlStatus, Finding, FindingState, Severity};

/// Returns open findings by severity, worst first; severities without any are left out.
pub(crate) fn by_severity(findings: &[Finding]) -> Vec<(Severity, usize)> {
    Severity::WORST_FIRST
        .into_iter()
        .map(|severity| {
            let open = findings.iter().filter(|finding| finding.state == FindingState::Open);
            (severity, open.filter(|finding| finding.severity == severity).count())
        })
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// Returns the assets of each kind, in the order reports list kinds; the system itself is left out.
pub(crate) fn by_kind(assets: &[Asset]) -> Vec<(AssetKind, Vec<&Asset>)> {
    AssetKind::ALL
        .into_iter()
        .filter(|kind| *kind != AssetKind::System)
        .map(|kind| (kind, assets.iter().filter(|asset| asset.kind == kind).collect::<Vec<_>>()))
        .filter(|(_, assets)| !assets.is_empty())
        .collect()
}

/// Returns one line a control: its worst result over all assets, with every status it was computed from.
///
/// The order of `ControlResult` is worst first, so the least is the worst.
pub(crate) fn by_control(controls: &[ControlStatus]) -> Vec<(ControlResult, Vec<&ControlStatus>)> {
    let mut grouped: BTreeMap<&str, Vec<&ControlStatus>> = BTreeMap::new();
    for control in controls {
        grouped.entry(&control.control).or_default().push(control);
    }
    grouped
        .into_values()
        .filter_map(|statuses| Some((statuses.iter().map(|status| status.result).min()?, statuses)))
        .collect()
}
