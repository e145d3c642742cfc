//! What an engine is told about the file it looks at.

use crate::Urn;

/// The file under inspection, by name: its content comes beside it.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Name of the assessed system, the first part of every local URN.
    pub system: &'a str,
    /// Path relative to the assessed root, `/`-separated.
    pub path: &'a str,
    /// The asset the file is or belongs to; findings without an asset of their own fall to it.
    pub subject: &'a Urn,
    /// The application whose code or configuration the file is; the near end of the flows found in it.
    pub owner: &'a Urn,
}
