//! Derives the state from the leaves of the log, and checks that they are all of them.

use std::sync::Arc;

use syndic_tlog::{Frontier, TreeHead, leaf_hash};

use super::action::Action;
use super::error::AdminError;
use super::leaves::Leaves;
use super::state::State;
use crate::disk::Disk;
use crate::leaf::Leaf;

/// The state at some size of the log, and what it was derived from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Replay {
    pub(super) frontier: Frontier,
    pub(super) state: State,
    /// The administrative leaves, in order.
    pub(super) actions: Vec<Vec<u8>>,
}

impl Replay {
    /// Reads on to `head`.
    ///
    /// # Errors
    /// [`AdminError::NotTheLogs`] if the leaves do not lead to it; [`AdminError::Unknown`]; what reading reports.
    pub(super) fn advance(mut self, disk: &Arc<dyn Disk>, head: TreeHead) -> Result<Self, AdminError> {
        let mut leaves = Leaves::new(disk, self.frontier.size(), head.size)?;
        while let Some(bytes) = leaves.step()? {
            self.frontier.push(leaf_hash(&bytes));
            // A leaf that cannot be read might be a hold.
            let unknown =
                |_| AdminError::Unknown { index: self.frontier.size() - 1, kind: "(unreadable leaf)".to_owned() };
            if self.take(&Leaf::parse(&bytes).map_err(unknown)?)? {
                self.actions.push(bytes);
            }
        }
        if self.frontier.head() != head {
            return Err(AdminError::NotTheLogs { records: self.frontier.size() });
        }
        Ok(self)
    }

    /// Takes in a record; false if it is no administrative one.
    pub(super) fn take(&mut self, leaf: &Leaf) -> Result<bool, AdminError> {
        let Some(action) = Action::parse(leaf) else { return Ok(false) };
        let unknown = |_| AdminError::Unknown { index: leaf.index, kind: leaf.kind.clone() };
        self.state.apply(action.map_err(unknown)?, leaf);
        Ok(true)
    }
}
