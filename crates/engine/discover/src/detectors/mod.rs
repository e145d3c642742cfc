//! The detectors: functions from [`Facts`] to findings, in one slice.

mod agents;
mod servers;
mod sources;

use syndic_detect::{Detector, Place};
use syndic_evidence::Severity;

use crate::facts::Facts;

/// Every detector of the engine.
pub(crate) static DETECTORS: &[Detector<Facts>] = &[
    Detector { rule: "discover.mcp-unpinned", run: servers::unpinned },
    Detector { rule: "discover.mcp-remote-plain", run: servers::remote_plain },
    Detector { rule: "discover.mcp-broad-filesystem", run: servers::broad_filesystem },
    Detector { rule: "discover.mcp-shell", run: servers::shell },
    Detector { rule: "discover.mcp-secret-literal", run: servers::secret_literal },
    Detector { rule: "discover.agent-unbounded", run: agents::unbounded },
    Detector { rule: "discover.instructions-hidden", run: agents::hidden },
    Detector { rule: "discover.remote-code", run: sources::remote_code },
    Detector { rule: "discover.workflow-unpinned", run: sources::workflow_unpinned },
    Detector { rule: "discover.workflow-stranger", run: sources::workflow_stranger },
    Detector { rule: "discover.provider-plaintext", run: sources::provider_plaintext },
];

/// Returns the severity a fault has in this file: milder where the file does not ship.
fn settle(facts: &Facts, severity: Severity) -> Severity {
    // Instructions and cards are pages by name, yet agents and models live by them.
    let folder = facts.path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    if Place::of(&format!("{folder}x")).is_product() { severity } else { severity.milder() }
}
