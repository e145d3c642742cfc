//! Readers: a Python sketch → facts, one reader a subject.

mod agents;
mod asked;
mod auth;
mod clients;
mod completions;
mod consent;
mod data_stores;
mod executed;
mod executors;
mod files;
mod flows;
mod handlers;
mod imports;
mod links;
mod models;
mod prompts;
mod providers;
mod routes;
mod stores;
mod switches;
mod tools;
pub(crate) mod vocabulary;

pub(crate) use auth::{is_auth_name, is_limit_name};
pub(crate) use completions::is_method_of_model;
pub(crate) use handlers::is_inference_path;
pub(crate) use prompts::literal_prompt;
pub(crate) use providers::{is_model_name, known_by_model, provider_of_package};

use syndic_detect::Place;
use syndic_evidence::Confidence;

use crate::python::Sketch;
use crate::{Facts, Language};

/// Reads everything a sketch tells.
pub(crate) fn python(path: &str, language: Language, sketch: &Sketch) -> Facts {
    let mut facts = Facts::new(path, language);
    facts.is_script = sketch.has_main;
    facts.imports = imports::read(path, sketch);
    facts.is_training = files::is_training(sketch);
    clients::read(sketch, &mut facts);
    models::read(sketch, &mut facts);
    asked::read(sketch, &mut facts);
    facts.stores = stores::read(sketch);
    facts.files = files::read(sketch);
    facts.routes = routes::read(path, sketch);
    facts.prompts = prompts::read(sketch);
    facts.agents = agents::read(sketch);
    facts.hazards.extend(switches::read(sketch));
    facts.hazards.extend(executed::read(sketch));
    facts.hazards.extend(flows::read(sketch));
    facts.hazards.extend(tools::read(sketch, &facts.agents));
    consent::read(sketch, &mut facts);
    if language == Language::Python {
        facts.links = links::read(path, sketch, &facts.routes);
    }
    facts
}

/// Lowers every confidence in a file that does not ship.
pub(crate) fn doubt_by_place(facts: &mut Facts) {
    if Place::of(&facts.path).is_product() {
        return;
    }
    let marks = (facts.imports.iter_mut().map(|item| &mut item.confidence))
        .chain(facts.providers.iter_mut().map(|item| &mut item.confidence))
        .chain(facts.models.iter_mut().map(|item| &mut item.confidence))
        .chain(facts.stores.iter_mut().map(|item| &mut item.confidence));
    for mark in marks {
        *mark = Confidence::Low;
    }
}
