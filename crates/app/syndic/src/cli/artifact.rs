//! Options of `syndic artifact`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What to do with model files.
#[derive(Debug, Subcommand)]
pub(crate) enum ArtifactCommand {
    /// Say of every file whether loading it is safe: malicious, suspicious, incomplete, unreviewed or clean.
    Scan(ArtifactScanArgs),
    /// Show what a file would do when it is loaded, step by step, with offsets. Nothing is run.
    Explain(ArtifactExplainArgs),
}

/// Options of `artifact scan`.
#[derive(Debug, Args)]
pub(crate) struct ArtifactScanArgs {
    /// Files and folders.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Form of the result on standard output.
    #[arg(long, value_enum, ignore_case = true, default_value = "human")]
    pub(crate) format: ScanFormat,
    /// Leave out what matches this glob; may be given several times.
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// Do not hash the files: a verdict on a large checkpoint needs only its directory and its pickles.
    #[arg(long)]
    pub(crate) no_hash: bool,
}

/// Forms of a scan's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScanFormat {
    /// For people, on a terminal.
    Human,
    /// One JSON document.
    Json,
    /// One JSON object a file, as it comes.
    Jsonl,
    /// SARIF 2.1.0 for code-scanning tools.
    Sarif,
}

/// Options of `artifact explain`.
#[derive(Debug, Args)]
pub(crate) struct ArtifactExplainArgs {
    /// The file.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}
