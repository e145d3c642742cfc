//! Options of `syndic ledger archive` and `syndic ledger restore`.

use std::path::PathBuf;

use clap::Args;

/// How to reach a bucket.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct EndpointArgs {
    /// Where an S3-compatible store answers, such as https://minio.example; AWS if neither this nor AWS_ENDPOINT_URL says.
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,
}

/// Options of `ledger archive`.
#[derive(Debug, Args)]
pub(crate) struct LedgerArchiveArgs {
    /// Where to: s3://BUCKET/PREFIX or file:///DIR.
    #[arg(long, value_name = "URL")]
    pub(crate) to: String,
    /// Look at every object, not only at what is new: send again what was lost, name what was changed.
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) endpoint: EndpointArgs,
}

/// Options of `ledger restore`.
#[derive(Debug, Args)]
pub(crate) struct LedgerRestoreArgs {
    /// Where from: s3://BUCKET/PREFIX or file:///DIR.
    #[arg(long, value_name = "URL")]
    pub(crate) from: String,
    /// The folder to write, which is new or empty.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// The log's public key as a line `name+id+key`; the local key if absent.
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// A checkpoint that was kept elsewhere; may be given several times. A log that does not extend it was rolled back.
    #[arg(long, value_name = "FILE")]
    pub(crate) known: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) endpoint: EndpointArgs,
}
