//! Which user a service is known to run as, as properties of its asset.
//!
//! The properties are apart, so that several manifests of one service add up and none hides another's doubt:
//! `runs_as` (`root`, `non_root`, `drops`, `platform`, `not_judged`) is what is known, `runs_as_unseen` says why it is
//! not known, `runs_as_image` is the URN of the image whose user counts, with `build_target` the stage of it.
//! An asset with none of them is only named: no manifest that was read states it.

use std::collections::BTreeMap;

use syndic_evidence::{Asset, Input, Severity};

use crate::detectors::settle;
use crate::dockerfile::runs_unprivileged;
use crate::edges::build_file_of;
use crate::facts::{Facts, Service, ServiceForm, User};

/// Adds what is known about the user of a service.
pub(crate) fn tell(asset: Asset, input: Input<'_>, facts: &Facts, service: &Service) -> Asset {
    // Doubt weighs as much as the fault that may hide in it, and root in a test or on a developer's machine is mild.
    let is_judged = settle(facts, Severity::Medium) >= Severity::Medium;
    match (service.form, service.user) {
        (ServiceForm::Image, user) => tell_image(asset, service, user, is_judged),
        (_, User::Root) => asset.prop("runs_as", "root"),
        (_, User::Unprivileged) => asset.prop("runs_as", "non_root"),
        (_, User::Drops) => asset.prop("runs_as", "drops"),
        (ServiceForm::Function, _) if facts.kind != "predictor" => asset.prop("runs_as", "platform"),
        _ if !is_judged => asset.prop("runs_as", "not_judged"),
        (ServiceForm::Compose, User::Unsaid) => tell_compose(asset, input, service),
        (ServiceForm::Container, User::Unsaid) if has_unprivileged_image(service) => asset.prop("runs_as", "non_root"),
        (form, user) => asset.prop("runs_as_unseen", doubt(form, user)),
    }
}

fn tell_image(asset: Asset, service: &Service, user: User, is_judged: bool) -> Asset {
    let stages: BTreeMap<&str, &str> =
        service.stage_users.iter().map(|(name, user)| (name.as_str(), known(*user))).collect();
    let asset = asset.prop("runs_as_stages", if stages.is_empty() { None } else { serde_json::to_value(stages).ok() });
    match user {
        User::Unknown if is_judged => asset.prop("runs_as_unseen", doubt(ServiceForm::Image, user)),
        User::Unknown => asset.prop("runs_as", "not_judged"),
        _ => asset.prop("runs_as", known(user)),
    }
}

/// A part of a compose file that states neither image nor build only adds to what another file states.
fn tell_compose(asset: Asset, input: Input<'_>, service: &Service) -> Asset {
    if service.build_context.is_some() {
        return match build_file_of(input, service) {
            Some(image) => {
                asset.prop("runs_as_image", image.as_str()).prop("build_target", service.build_target.clone())
            }
            None => asset.prop(
                "runs_as_unseen",
                "it is built from a folder outside of what was assessed; assess that too, or set `user:`",
            ),
        };
    }
    match service.image {
        Some(_) if has_unprivileged_image(service) => asset.prop("runs_as", "non_root"),
        Some(_) => asset.prop("runs_as_unseen", doubt(ServiceForm::Compose, User::Unsaid)),
        None => asset,
    }
}

fn has_unprivileged_image(service: &Service) -> bool {
    service.image.as_ref().is_some_and(runs_unprivileged)
}

/// The user of an image: without an instruction it is root.
const fn known(user: User) -> &'static str {
    match user {
        User::Unsaid | User::Root => "root",
        User::Unprivileged => "non_root",
        User::Drops => "drops",
        User::Unknown => "unknown",
    }
}

/// Returns why the user is not known, and what makes it known.
const fn doubt(form: ServiceForm, user: User) -> &'static str {
    match (form, user) {
        (ServiceForm::Image, _) => "a variable without a value decides; end the Dockerfile with `USER <uid>`",
        (ServiceForm::Compose, User::Unsaid) => "its image decides, which was not looked into; set `user:`",
        (ServiceForm::Compose, _) => "its file does not fix it; set `user:` to a number other than 0",
        (ServiceForm::ChartImage, _) => {
            "the chart's templates and the image decide; set `runAsNonRoot: true` and assess the rendered manifests"
        }
        (ServiceForm::Function, _) => "the tool that packs it decides; look at the image it makes",
        _ => "its image decides, which was not looked into; set `runAsNonRoot: true`",
    }
}
