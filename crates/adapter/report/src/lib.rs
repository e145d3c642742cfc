//! An assessment as people and tools take it: terminal summary, versioned JSON, SARIF 2.1.0, one HTML page.
//!
//! Reports state what the assessment holds and compute no status of their own. Equal assessments give equal bytes.

mod count;
mod html;
mod json;
mod own;
mod sarif;
mod shorten;
mod terminal;

pub use html::html;
pub use json::{SCHEMA_VERSION, json};
pub use own::{MADE_BY, is_own};
pub use sarif::sarif;
pub use terminal::{Row, Style, listing, terminal};
