//! Prompts, agents and MCP servers of a file.

use syndic_evidence::{AssetKind, Confidence, RelationKind, Urn, Zone};

use super::Graph;
use crate::{AgentSeen, PromptSeen};

impl Graph<'_> {
    pub(super) fn prompts(&mut self) {
        for seen in &self.facts.prompts {
            self.prompt(seen);
        }
    }

    fn prompt(&mut self, seen: &PromptSeen) {
        let name = format!("{}#{}", self.facts.path, seen.name);
        let urn = self.local(AssetKind::Prompt, &name);
        let asset = self.asset(&urn, AssetKind::Prompt, &seen.name, Zone::Application, seen.at);
        let asset = asset
            .prop("role", seen.role.as_str())
            .prop("sha256", seen.sha256.as_str())
            .prop("characters", seen.characters)
            .prop("variables", seen.variables.clone());
        self.add(asset);
        let uses = self.relation(&self.actor, RelationKind::Prompts, &urn, seen.at);
        self.relate(uses);
    }

    pub(super) fn agents(&mut self) {
        for seen in &self.facts.agents {
            self.agent(seen);
        }
    }

    fn agent(&mut self, seen: &AgentSeen) {
        let kind = if seen.is_mcp_server { AssetKind::McpServer } else { AssetKind::Agent };
        let urn = self.local(kind, &format!("{}#{}", self.facts.path, seen.name));
        let asset = self.asset(&urn, kind, &seen.name, Zone::Application, seen.at);
        self.add(
            asset
                .prop("framework", seen.framework.as_str())
                .prop("tools", seen.tools.clone())
                .prop("model", seen.model.clone())
                .prop("transport", seen.transport.clone()),
        );
        let contains = self.relation(&self.actor, RelationKind::Contains, &urn, seen.at);
        self.relate(contains);
        self.told_model(seen, &urn);
        for provider in self.facts.providers.iter().filter(|_| !seen.is_mcp_server) {
            let (provider_urn, _) = self.provider_urn(&provider.provider, provider.host);
            let mut calls =
                self.relation(&urn, RelationKind::Calls, &provider_urn, seen.at).confidence(Confidence::Medium);
            calls.encrypted = provider.encrypted;
            self.relate(calls);
        }
    }

    /// The edge to the model an agent is told to use, where the file says whose it is.
    fn told_model(&mut self, seen: &AgentSeen, agent: &Urn) {
        let facts = self.facts;
        let Some(known) = facts.models.iter().find(|known| Some(&known.model) == seen.model.as_ref()) else { return };
        let mut calls = self.relation(agent, RelationKind::Calls, &self.model_urn(known), seen.at);
        let provider = facts.providers.iter().find(|client| client.provider == known.provider);
        calls.encrypted = provider.map_or(Some(true), |client| client.encrypted);
        self.relate(calls.confidence(known.confidence));
    }
}
