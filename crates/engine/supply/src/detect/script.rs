//! Scripts that run on installation and do what a build need not do.

use syndic_detect::Findings;
use syndic_evidence::Location;

use crate::facts::Facts;

/// Reports each suspicious hook.
pub(super) fn install(facts: &Facts, findings: &mut Findings<'_>) {
    for script in &facts.scripts {
        let Some(suspicion) = &script.suspicion else { continue };
        let message = format!("the {} script {suspicion} on every machine that installs the package", script.hook);
        let draft = findings.report(Location::line(&facts.path, script.line), message);
        draft.discriminator.clone_from(&script.hook);
        // `prepare` runs for developers and for git dependencies, not for those who install from the registry.
        if script.hook.contains("prepare") || !facts.place().is_product() {
            draft.severity = draft.severity.milder();
        }
    }
}
