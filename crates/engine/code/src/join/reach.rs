//! Which functions of the project reach a model, and which return what a model said.

use super::project::{Found, FunctionId, Project};
use crate::maps::HashMap;

/// Calls followed from a route to a model, those inside one file included.
pub(super) const MAX_CALLS: usize = 6;
/// Files named for one decision.
const MAX_NAMED: usize = 4;

/// What a function leads to next on the way to a model; nothing when it runs one itself.
type Next = Option<Found>;

/// The functions that reach a model.
pub(super) struct Reach<'a> {
    project: &'a Project<'a>,
    asks: HashMap<FunctionId, Next>,
    returns: HashMap<FunctionId, Next>,
}

impl<'a> Reach<'a> {
    /// Spreads from the functions that ask to those that call them.
    pub(super) fn new(project: &'a Project<'a>) -> Self {
        let mut asks = HashMap::default();
        let mut returns = HashMap::default();
        let mut calls: Vec<(FunctionId, Vec<Found>)> = Vec::new();
        let mut gives: Vec<(FunctionId, Vec<Found>)> = Vec::new();
        for (file, facts) in project.files.iter().enumerate() {
            for (position, function) in facts.links.functions.iter().enumerate() {
                let id = (file, position);
                if function.asks_model {
                    asks.insert(id, None);
                }
                if function.returns_output {
                    returns.insert(id, None);
                }
                let local = function.local_calls.iter().filter_map(|name| project.local(file, name));
                let other = function.calls.iter().filter_map(|path| project.find(file, path));
                calls.push((id, other.chain(local.map(Found::Function)).collect()));
                gives.push((id, function.returns_of.iter().filter_map(|path| project.find(file, path)).collect()));
            }
        }
        spread(&calls, &mut asks);
        spread(&gives, &mut returns);
        Self { project, asks, returns }
    }

    /// Returns the files on the way from a function to the model it reaches; nothing when it reaches none.
    pub(super) fn asks(&self, found: Found) -> Option<Vec<&'a str>> {
        self.way(&self.asks, found)
    }

    /// Returns the files on the way from a function to the model whose output it returns.
    pub(super) fn returns(&self, found: Found) -> Option<Vec<&'a str>> {
        self.way(&self.returns, found)
    }

    fn way(&self, reached: &HashMap<FunctionId, Next>, found: Found) -> Option<Vec<&'a str>> {
        let mut files = Vec::new();
        let mut next = Some(found);
        while let Some(found) = next {
            let file = match found {
                Found::Model(file) | Found::Function((file, _)) => self.project.path(file),
            };
            if !files.contains(&file) && files.len() < MAX_NAMED {
                files.push(file);
            }
            next = match found {
                Found::Model(_) => None,
                Found::Function(id) => *reached.get(&id)?,
            };
        }
        Some(files)
    }
}

/// One more call in each round, so that every way is the shortest and none is a circle.
fn spread(edges: &[(FunctionId, Vec<Found>)], reached: &mut HashMap<FunctionId, Next>) {
    for _ in 0..MAX_CALLS {
        let mut added = Vec::new();
        for (id, targets) in edges.iter().filter(|(id, _)| !reached.contains_key(id)) {
            let is_reached = |found: &&Found| match found {
                Found::Model(_) => true,
                Found::Function(target) => reached.contains_key(target),
            };
            if let Some(target) = targets.iter().find(is_reached) {
                added.push((*id, Some(*target)));
            }
        }
        if added.is_empty() {
            return;
        }
        reached.extend(added);
    }
}
