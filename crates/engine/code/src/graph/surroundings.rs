//! Pipelines a file declares, and the people who use its interfaces.

use syndic_detect::Place;
use syndic_evidence::{AssetKind, Confidence, RelationKind, Urn, Zone};

use super::Graph;
use crate::Spot;

impl Graph<'_> {
    /// The one pipeline a file declares: what the file does, that pipeline does.
    pub(super) fn declared_pipeline(&self) -> Option<Urn> {
        let is_one = self.facts.pipelines.len() == 1 && Place::of(&self.facts.path) != Place::Test;
        is_one.then(|| self.local(AssetKind::Pipeline, &self.facts.path))
    }

    /// Draws the pipelines with their steps, as parts of the application.
    pub(super) fn pipelines(&mut self) {
        let facts = self.facts;
        for seen in &facts.pipelines {
            let own = || self.local(AssetKind::Pipeline, &format!("{}#{}", facts.path, seen.name));
            let urn = self.declared_pipeline().unwrap_or_else(own);
            let asset = self.asset(&urn, AssetKind::Pipeline, &seen.name, Zone::Pipeline, seen.at);
            let asset = asset.prop("framework", seen.framework.as_str()).prop("steps", seen.steps.clone());
            self.add(asset);
            let contains = self.relation(self.input.owner, RelationKind::Contains, &urn, seen.at);
            self.relate(contains);
        }
    }

    /// Returns the users of the system, drawn.
    pub(super) fn users(&mut self, at: Spot) -> Urn {
        let users = self.local(AssetKind::User, "users");
        let asset = self.asset(&users, AssetKind::User, "Users", Zone::Internet, at).confidence(Confidence::Medium);
        self.add(asset);
        users
    }

    /// Draws that people reach the application through its interfaces.
    pub(super) fn interfaces(&mut self) {
        let facts = self.facts;
        for seen in &facts.interfaces {
            let users = self.users(seen.at);
            let calls = self.relation(&users, RelationKind::Calls, self.input.owner, seen.at);
            let mut calls = calls.confidence(Confidence::Medium);
            // Without one here, a proxy may still ask for a login.
            calls.authn = seen.has_auth.then(|| "required".to_owned());
            self.relate(calls);
        }
    }
}
