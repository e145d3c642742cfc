//! Why a dataset could not be sampled.

use std::io;

/// Why a dataset could not be sampled.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The format is none this crate reads.
    #[error("format `{0}` is not read: use parquet, arrow, csv, tsv, jsonl, json or sql_dump")]
    Format(String),
    /// The system refused.
    #[error("reading the dataset: {0}")]
    Io(#[from] io::Error),
    /// The file is not what its format says.
    #[error("malformed {format}: {problem}")]
    Malformed {
        /// The format.
        format: &'static str,
        /// What is wrong, and where as far as known.
        problem: String,
    },
    /// The file asks for more than the bounds allow.
    #[error("{format} beyond the bounds: {problem}")]
    Beyond {
        /// The format.
        format: &'static str,
        /// Which bound.
        problem: String,
    },
}

impl DatasetError {
    pub(crate) fn parquet(problem: impl Into<String>) -> Self {
        Self::Malformed { format: "parquet", problem: problem.into() }
    }
}
