//! Finds personal, financial and health data in text and tables.
//!
//! A rule is a pattern plus a validator (checksum, issuer range, country length, label): cheap byte gates choose small
//! windows of the text, the rule's expression proposes candidates in them, the validator disposes. Columns of a table
//! are judged by how many of their sampled values pass and by what the column's name says.
//!
//! Invariant: no value found ever leaves this crate; hits are spans, facts are counts, shares and column names.

mod column;
mod column_name;
mod compiled;
mod context;
mod detectors;
mod engine;
mod entity;
mod expression;
mod facts;
mod find;
mod hints;
mod neighbours;
mod quoted;
mod table;
mod text;
mod validate;
mod window;

pub use engine::PrivacyEngine;
pub use facts::{ColumnEntity, ColumnFacts, Facts, Seen, TextEntity};
pub use find::Hit;
pub use quoted::{QuotedPrompt, QuotedTexts};
pub use table::{Column, TableSample};
