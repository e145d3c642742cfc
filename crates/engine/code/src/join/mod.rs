//! The second step over all files of a system: what one file alone cannot tell, from the links of each.
//!
//! Pure: facts in, facts out. A route whose handler reaches a model through other modules becomes an inference route, a
//! router mounted elsewhere gets the path and the authentication it is mounted with, model output that another file
//! executes becomes a hazard. Detectors and graph then run again over the changed facts, which name the files they were
//! joined from. Work is linear in the number of links.

mod flows;
mod mounts;
mod project;
mod reach;
mod routes;
mod wanted;

use serde::Deserialize as _;
use serde_json::Value;
use syndic_evidence::{Input, Inspection, PredicateType};

use crate::{CodeEngine, Facts, Language};
use project::Project;
use reach::Reach;

/// Times that files which were put off are asked for: each time those that the last ones lead to.
const MAX_ROUNDS: usize = 32;

impl CodeEngine {
    /// Joins the inspections of all files of a system: changed ones get new facts, findings, assets and relations.
    ///
    /// Inspections of other engines may be among them and stay as they are. A file that was put off and that others
    /// lead to is asked for by `read`, which is given its position and returns its whole inspection. One that held
    /// nothing but links, or that nobody led to, is left with facts of `null`: nothing was seen in its file, and the
    /// caller drops it.
    pub fn join(
        &self,
        system: &str,
        inspections: &mut [&mut Inspection],
        read: &mut dyn FnMut(usize) -> Option<Inspection>,
    ) {
        let mut open = opened(inspections);
        for _ in 0..MAX_ROUNDS {
            let wanted = wanted::of(&open.iter().map(|(_, facts)| facts).collect::<Vec<_>>());
            if wanted.is_empty() {
                break;
            }
            for position in wanted {
                let Some((index, facts)) = open.get_mut(position) else { continue };
                facts.is_deferred = false;
                let Some(inspection) = read(*index) else { continue };
                if let Ok(whole) = Facts::deserialize(&inspection.facts) {
                    *facts = whole;
                }
                if let Some(known) = inspections.get_mut(*index) {
                    **known = inspection;
                }
            }
        }
        let changed = resolve(open.iter_mut().map(|(_, facts)| facts).collect());
        for ((index, mut facts), is_changed) in open.into_iter().zip(changed) {
            let Some(inspection) = inspections.get_mut(index) else { continue };
            facts.links = crate::Links::default();
            if is_changed {
                self.redraw(system, &facts, inspection);
            } else if facts.is_empty() && facts.language != Language::Notebook {
                inspection.facts = Value::Null;
            } else if let Some(entries) = inspection.facts.as_object_mut() {
                entries.remove("links");
            }
        }
    }

    /// Draws and judges an inspection anew from its joined facts.
    fn redraw(&self, system: &str, facts: &Facts, inspection: &mut Inspection) {
        let subject = inspection.subject.clone();
        inspection.facts = serde_json::to_value(facts).unwrap_or_default();
        inspection.assets.clear();
        inspection.relations.clear();
        // Source files act as the application they belong to; notebooks have no links and never come here.
        self.judge(Input { system, path: &facts.path, subject: &subject, owner: &subject }, facts, inspection);
    }
}

/// The facts that joining can change or make use of, each with the position of its inspection.
fn opened(inspections: &[&mut Inspection]) -> Vec<(usize, Facts)> {
    let is_open = |facts: &Value| {
        let has_routes = facts.get("routes").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
        has_routes || facts.get("links").is_some() || facts.get("is_deferred").is_some()
    };
    let code = inspections.iter().enumerate().filter(|(_, found)| found.predicate == PredicateType::CodeFacts);
    let open = code.filter(|(_, found)| is_open(&found.facts));
    open.filter_map(|(index, found)| Some((index, Facts::kept(&found.facts)?))).collect()
}

/// Decides across files; says which facts changed.
fn resolve(files: Vec<&mut Facts>) -> Vec<bool> {
    let mut changes: Vec<Change> = Vec::new();
    {
        let view: Vec<&Facts> = files.iter().map(|facts| &**facts).collect();
        let project = Project::new(&view);
        let reach = Reach::new(&project);
        for (index, facts) in view.iter().enumerate() {
            if facts.language == Language::Python {
                changes.push(Change {
                    routes: routes::joined(&project, &reach, index),
                    hazards: flows::joined(&project, &reach, index),
                });
            } else {
                changes.push(Change::default());
            }
        }
    }
    files.into_iter().zip(changes).map(|(facts, change)| change.apply(facts)).collect()
}

/// What joining adds to the facts of one file.
#[derive(Default)]
struct Change {
    routes: Vec<(usize, crate::Route)>,
    hazards: Vec<crate::Hazard>,
}

impl Change {
    /// Says whether anything changed.
    fn apply(self, facts: &mut Facts) -> bool {
        let is_changed = !self.routes.is_empty() || !self.hazards.is_empty();
        for (index, route) in self.routes {
            if let Some(known) = facts.routes.get_mut(index) {
                *known = route;
            }
        }
        facts.hazards.extend(self.hazards);
        is_changed
    }
}

#[cfg(test)]
mod tests;
