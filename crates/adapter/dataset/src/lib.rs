//! Reads samples of datasets: Parquet, Arrow, CSV, JSON lines, SQL dumps.
//!
//! Memory is bounded whatever the file claims: regions of text files have a fixed size, Parquet footers and page headers
//! are checked by a small reader of this crate before the library may allocate by them, and the values kept have
//! bounds of their own. What is left out is said in the sample's notes.

mod arrow_file;
mod column_set;
mod delimited;
mod error;
mod json_lines;
mod message_guard;
mod packed;
mod page_guard;
mod parquet_file;
mod regions;
mod sample;
mod sql_dump;
mod thrift;

pub use error::DatasetError;
pub use sample::sample_file;
