//! Threat rules: what can happen to an interaction or an element, by theme.
//!
//! A rule's text stands in `rules/threat/<name>.yaml`; its condition is a small function here.

mod agent;
mod channel;
mod data;
mod pipeline;
mod prompt;
mod provider;
mod weights;

use syndic_evidence::Stride;

use crate::graph::{Interaction, Station};
use crate::score::Score;

/// One threat rule.
#[derive(Debug)]
pub(crate) struct ThreatRule {
    /// Id of the rule file.
    pub(crate) rule: &'static str,
    /// What happens, in few words, before the names of the ends.
    pub(crate) name: &'static str,
    /// STRIDE category.
    pub(crate) stride: Stride,
    /// When it applies, and how much it weighs.
    pub(crate) applies: Applies,
}

/// What a rule looks at.
#[derive(Debug)]
pub(crate) enum Applies {
    /// Each interaction.
    Flow(fn(&Interaction<'_>) -> Option<Score>),
    /// Each interaction, about its far end alone: what is found at the near end makes it no likelier.
    FarEnd(fn(&Interaction<'_>) -> Option<Score>),
    /// Each element.
    Element(fn(&Station<'_>) -> Option<Score>),
}

/// Returns every threat rule, in the order of the themes.
pub(crate) fn all() -> impl Iterator<Item = &'static ThreatRule> {
    [prompt::RULES, agent::RULES, weights::RULES, data::RULES, provider::RULES, pipeline::RULES, channel::RULES]
        .into_iter()
        .flatten()
}
