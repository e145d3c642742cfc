//! The verbs, one file each.

mod artifact;
mod assess;
mod assessing;
mod assets;
mod diff;
mod evidence;
mod explain;
mod findings;
mod ledger;
mod outputs;
mod sealing;
mod up;

use anyhow::{Context as _, Result};
use syndic_collect::ScopeError;
use syndic_store::Store;

use crate::cli::{Cli, Command};
use crate::exit::Exit;
use crate::state::State;

/// A mistake in what the user asked for, as opposed to a fault while doing it.
#[derive(Debug)]
pub(crate) struct UsageError(pub String);

impl std::fmt::Display for UsageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// Does what was asked.
///
/// # Errors
/// What kept it from being done.
pub(crate) fn run(cli: &Cli) -> Result<Exit> {
    match &cli.command {
        Command::Assess(args) => assess::run(cli, args),
        Command::Up(args) => up::run(cli, args),
        Command::Artifact(command) => artifact::run(cli, command),
        Command::Secrets(args) => crate::secrets::run(args),
        Command::Init(args) => crate::secrets::init(args),
        Command::Assets(args) => assets::run(cli, args),
        Command::Findings(args) => findings::run(cli, args),
        Command::Diff(args) => diff::run(cli, args),
        Command::Explain(args) => explain::run(args),
        Command::Evidence(args) => evidence::run(cli, args),
        Command::Ledger(args) => ledger::run(cli, args),
    }
}

/// Returns the exit code of an error: the user's own mistakes are usage, the rest "could not check".
pub(crate) fn exit_for(error: &anyhow::Error) -> Exit {
    let is_usage = error.downcast_ref::<UsageError>().is_some()
        || matches!(error.downcast_ref::<ScopeError>(), Some(ScopeError::Exclude { .. } | ScopeError::Empty));
    if is_usage { Exit::Usage } else { Exit::CouldNotCheck }
}

/// Runs a future to its end on a small runtime of its own.
fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the async runtime")?
        .block_on(future)
}

/// Opens the store that an earlier run made.
async fn open_existing(cli: &Cli) -> Result<Store> {
    let state = State::existing(&cli.state)?;
    Ok(Store::open(&state.store_url()).await?)
}
