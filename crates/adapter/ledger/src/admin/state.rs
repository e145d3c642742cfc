//! What the administrative records of a log come to.

use std::collections::BTreeMap;
use std::sync::Arc;

use syndic_tlog::TreeHead;

use super::action::Action;
use super::erasures::Erasures;
use super::error::AdminError;
use super::replay::Replay;
use super::witnesses::NamedWitnesses;
use crate::disk::Disk;
use crate::hold::{Hold, Scope};
use crate::keys::Pseudonym;
use crate::leaf::Leaf;
use crate::retention::Retention;

/// Generation of the master key a key store is made with.
const FIRST_GENERATION: u32 = 1;

/// Holds, erasures, retention and key generation, as the log states them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    holds: BTreeMap<String, Hold>,
    erasures: Erasures,
    retention: Retention,
    retired_before: u64,
    generation: u32,
    witnesses: Option<NamedWitnesses>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            holds: BTreeMap::new(),
            erasures: Erasures::default(),
            retention: Retention::default(),
            retired_before: 0,
            generation: FIRST_GENERATION,
            witnesses: None,
        }
    }
}

impl State {
    /// Derives the state from the files of a log without keys: from every leaf below `head`, which must be durable.
    ///
    /// # Errors
    /// [`AdminError::NotTheLogs`], [`AdminError::Unknown`], [`AdminError::Ledger`].
    pub fn derive(disk: &Arc<dyn Disk>, head: TreeHead) -> Result<Self, AdminError> {
        Ok(Replay::default().advance(disk, head)?.state)
    }

    /// Returns the holds that stand, by name.
    pub fn holds(&self) -> impl Iterator<Item = &Hold> {
        self.holds.values()
    }

    /// Returns the hold of a name.
    pub fn hold(&self, name: &str) -> Option<&Hold> {
        self.holds.get(name)
    }

    /// Returns the index of the newest record that states the erasure of a subject.
    pub fn erased_at(&self, subject: &Pseudonym) -> Option<u64> {
        self.erasures.newest(subject)
    }

    /// Returns how many subjects were ever erased.
    pub fn erased_subjects(&self) -> usize {
        self.erasures.subjects()
    }

    /// Returns which keys are destroyed.
    pub(crate) fn erasures(&self) -> &Erasures {
        &self.erasures
    }

    /// Returns how long records are kept.
    pub fn retention(&self) -> Retention {
        self.retention
    }

    /// Returns the index before which segments were retired; 0 if none was.
    pub fn retired_before(&self) -> u64 {
        self.retired_before
    }

    /// Returns the newest recorded generation of the master key.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Returns who witnesses the log, as its newest record about that says; nothing if none ever was.
    pub fn witnesses(&self) -> Option<&NamedWitnesses> {
        self.witnesses.as_ref()
    }

    /// Returns a hold on a record, if one stands.
    pub fn hold_on(&self, leaf: &Leaf) -> Option<&Hold> {
        self.holds.values().find(|hold| hold.scope.covers(leaf))
    }

    /// Returns a hold that names the subject itself, or everything.
    pub fn hold_on_subject(&self, subject: &Pseudonym) -> Option<&Hold> {
        self.holds.values().find(|hold| match &hold.scope {
            Scope::Subject(held) => held == subject,
            Scope::Everything => true,
            Scope::Tag { .. } => false,
        })
    }

    /// Says whether a subject was erased, or a hold is on it.
    pub(super) fn is_about_somebody(&self, subject: &Pseudonym) -> bool {
        let is_held = |hold: &Hold| matches!(&hold.scope, Scope::Subject(held) if held == subject);
        self.erasures.newest(subject).is_some() || self.holds.values().any(is_held)
    }

    /// Takes in what a record says.
    pub(super) fn apply(&mut self, action: Action, leaf: &Leaf) {
        match action {
            Action::Erased { subject, keys, .. } => self.erasures.take(subject, leaf.index, keys.as_deref()),
            Action::Held { hold, scope } => {
                let (actor, time_us, index) = (leaf.actor.clone(), leaf.time_us, leaf.index);
                self.holds.insert(hold.clone(), Hold { name: hold, scope, actor, time_us, index });
            }
            Action::Released { hold } => {
                self.holds.remove(&hold);
            }
            Action::Retention { days, .. } => self.retention = Retention::recorded(days),
            Action::Retired { before, .. } => self.retired_before = self.retired_before.max(before),
            Action::Rotated { generation } => self.generation = generation,
            Action::Witnesses { keys } => self.witnesses = Some(NamedWitnesses { keys, index: leaf.index }),
        }
    }
}
