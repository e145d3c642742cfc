//! Options of `syndic ledger witness`.

use std::net::SocketAddr;

use clap::{Args, Subcommand};
use syndic_attest::note::NoteKey;
use syndic_witness::Address;

use crate::ledger::witness_key;

/// Witnesses: who remembers how far a log was, so that nobody can put it back.
#[derive(Debug, Subcommand)]
pub(crate) enum WitnessCommand {
    /// Have every run cosigned by a witness from now on.
    Add(WitnessAddArgs),
    /// Ask a witness no more.
    Remove {
        /// Its address.
        #[arg(value_name = "URL")]
        url: Address,
    },
    /// List the witnesses that are asked, the newest head they cosigned, and the key they must know the log by.
    List,
    /// Have the newest checkpoint cosigned now, and print it.
    Submit(WitnessSubmitArgs),
    /// Be a witness for the logs of others.
    Serve(WitnessServeArgs),
    /// Print the key of the witness that `serve` is; made on first use.
    Key {
        #[command(flatten)]
        name: WitnessNameArgs,
    },
    /// Let the witness that `serve` is know a log.
    AddLog {
        /// The log's key, with `ORIGIN=` before it if the log has another name than its key.
        #[arg(value_name = "[ORIGIN=]KEY")]
        log: String,
        #[command(flatten)]
        name: WitnessNameArgs,
    },
    /// List the logs that the witness knows, and how far it saw them.
    Logs,
}

/// Options of `ledger witness add`.
#[derive(Debug, Args)]
pub(crate) struct WitnessAddArgs {
    /// Its address: the prefix before `/add-checkpoint`.
    #[arg(value_name = "URL")]
    pub(crate) url: Address,
    /// Its key as a line `name+id+key`; several if it signs with several.
    #[arg(value_name = "KEY", required = true, value_parser = witness_key)]
    pub(crate) keys: Vec<NoteKey>,
}

/// Options of `ledger witness submit`.
#[derive(Debug, Args)]
pub(crate) struct WitnessSubmitArgs {
    /// The witness's address; all that were added if absent.
    #[arg(value_name = "URL", requires = "witness")]
    pub(crate) url: Option<Address>,
    /// Its key as a line `name+id+key`; several if it signs with several.
    #[arg(long, value_name = "KEY", requires = "url", value_parser = witness_key)]
    pub(crate) witness: Vec<NoteKey>,
}

/// What the witness is called.
#[derive(Debug, Args)]
pub(crate) struct WitnessNameArgs {
    /// Name of the witness, for its first use: a URL without scheme, such as `witness.example/w1`.
    #[arg(long)]
    pub(crate) name: Option<String>,
}

/// Options of `ledger witness serve`.
#[derive(Debug, Args)]
pub(crate) struct WitnessServeArgs {
    /// Where to listen; port 0 takes a free one. Put a server that speaks TLS before it to be reached from elsewhere.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7118")]
    pub(crate) listen: SocketAddr,
    /// A log to know: its key, with `ORIGIN=` before it if the log has another name; may be given several times.
    #[arg(long, value_name = "[ORIGIN=]KEY")]
    pub(crate) log: Vec<String>,
    #[command(flatten)]
    pub(crate) name: WitnessNameArgs,
}
