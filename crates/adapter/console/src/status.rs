//! How what the store holds relates to what is there now.
//!
//! The program that assesses keeps this up to date; the pages show it, so that nothing old passes for new.

use syndic_evidence::Timestamp;

/// What the program that serves the console is doing about the assessed tree.
#[derive(Debug, Clone, Default)]
pub struct Status {
    /// What became of the last assessment.
    pub work: Work,
    /// Why later changes may go unnoticed; absent while the tree is watched.
    pub unwatched: Option<String>,
}

/// What became of the last assessment.
#[derive(Debug, Clone, Default)]
pub enum Work {
    /// What is stored was true when the last run ended, and no change was seen since.
    #[default]
    Current,
    /// A change was seen at this time, or the first run began then: it is being assessed.
    Assessing(Timestamp),
    /// The last attempt failed: what is stored is older than what is there.
    Failed {
        /// When.
        at: Timestamp,
        /// Why, in one line.
        problem: String,
    },
}
