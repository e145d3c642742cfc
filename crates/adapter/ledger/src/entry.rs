//! What goes in and what comes out: entries, receipts, records.

use syndic_tlog::Hash;

use crate::leaf::Leaf;

/// Largest plain content of one entry in bytes; sealing adds some hundred.
pub const MAX_CONTENT_BYTES: usize = 8 << 20;

/// What a caller wants to be remembered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// What happened, `gateway.request`; 1 to 255 printable ASCII characters.
    pub kind: String,
    /// Who did it; at most 255 bytes. Stands in the log in clear: no personal datum.
    pub actor: String,
    /// Whom it is about. The log keeps a keyed pseudonym; the content can be erased by it.
    pub subject: Option<String>,
    /// Searchable facts. They stand in the log in clear and cannot be erased: no personal datum.
    pub tags: Vec<(String, String)>,
    /// The rest, encrypted; at most [`MAX_CONTENT_BYTES`].
    pub content: Vec<u8>,
}

/// Says that a record is durable, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Its place in the log, from 0.
    pub index: u64,
    /// What the tree holds of it; an inclusion proof shows that it is under a signed root.
    pub leaf_hash: Hash,
}

/// A record's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// As appended.
    Plain(Vec<u8>),
    /// Its subject was erased.
    Erased,
    /// The keys are not at hand or the stored bytes do not open; the reason.
    Sealed(String),
    /// Its segment was retired; the leaf stays.
    Retired,
}

/// A record of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its place in the log, from 0.
    pub index: u64,
    /// Its public part.
    pub leaf: Leaf,
    /// Its content.
    pub content: Content,
}
