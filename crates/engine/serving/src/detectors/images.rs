//! Images that may be another one tomorrow.

use syndic_detect::Findings;
use syndic_evidence::{Location, Severity};

use super::{called, listed, report, settle};
use crate::facts::{Facts, ImageRef, Service, ServiceForm};

/// Finds images by moving tag, each service its own; and, once a file, images by tag without digest.
pub(super) fn unpinned(facts: &Facts, findings: &mut Findings<'_>) {
    let mut tagged: Vec<&ImageRef> = Vec::new();
    for service in &facts.services {
        let (floating, fixed): (Vec<&ImageRef>, Vec<&ImageRef>) =
            images(service).partition(|image| image.is_floating());
        tagged.extend(fixed.into_iter().filter(|image| !image.has_digest));
        let Some(first) = floating.first() else { continue };
        let names: Vec<String> = floating.iter().map(|image| image.display()).collect();
        let message = match service.form {
            ServiceForm::Image => format!("builds from {}, which names no fixed version", listed(&names)),
            _ => format!("{} runs {}, which names no fixed version", called(service), listed(&names)),
        };
        report(findings, facts, service, first.line, Severity::Medium, message);
    }
    let Some(first) = tagged.first() else { return };
    let line = first.line;
    let mut names: Vec<String> = tagged.iter().map(|image| image.display()).collect();
    names.sort();
    names.dedup();
    let message = format!("{} by tag, not by digest: {}", count(names.len()), listed(&names));
    let draft = findings.report(Location::line(&facts.path, line.max(1)), message);
    draft.severity = settle(facts, Severity::Low);
    "tag".clone_into(&mut draft.discriminator);
}

fn count(images: usize) -> String {
    if images == 1 { "an image is named".to_owned() } else { format!("{images} images are named") }
}

/// Images that come from a registry: not built here, not hidden in a variable.
fn images(service: &Service) -> impl Iterator<Item = &ImageRef> {
    let own = service.image.iter().filter(|_| service.form != ServiceForm::Image && service.build_context.is_none());
    own.chain(&service.bases)
        .filter(|image| !image.is_variable && image.name != "scratch" && image.registry != "localhost")
}
