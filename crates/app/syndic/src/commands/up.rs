//! `syndic up [PATH]`: assess, serve the console on loopback, re-assess on change, until Ctrl-C.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use notify::{RecursiveMode, Watcher as _};
use syndic_collect::Scope;
use syndic_console::Console;
use syndic_detect::Rulebook;
use syndic_report::Style;
use syndic_store::Store;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::UsageError;
use crate::assess::{Engines, assess};
use crate::cli::{Cli, UpArgs};
use crate::exit::Exit;
use crate::printer;
use crate::progress::Bar;
use crate::state::State;

/// A change is answered when the tree was still for this long …
const QUIET: Duration = Duration::from_millis(600);

/// … or when it has not been still for this long.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long an assessment under way may go on after Ctrl-C; what it would store is stored whole or not at all.
const FAREWELL: Duration = Duration::from_secs(2);

/// Assesses and serves until told to stop.
pub(crate) fn run(cli: &Cli, args: &UpArgs) -> Result<Exit> {
    let path = match &args.path {
        Some(path) => path.clone(),
        None => bundled_example()?,
    };
    let scope = Scope::new(std::slice::from_ref(&path), args.scope.system.as_deref(), &args.scope.exclude)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the async runtime")?;
    let outcome = runtime.block_on(serve(cli, args, scope));
    runtime.shutdown_timeout(FAREWELL);
    outcome.map(|()| Exit::Clean)
}

/// The example application of the source tree, found from the working folder upwards.
fn bundled_example() -> Result<PathBuf> {
    let here = std::env::current_dir().context("cannot tell the working folder")?;
    let found = here.ancestors().map(|folder| folder.join("examples/acme-support")).find(|path| path.is_dir());
    found.ok_or_else(|| UsageError("name the tree to assess: `syndic up PATH`".to_owned()).into())
}

async fn serve(cli: &Cli, args: &UpArgs, scope: Scope) -> Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}: is another `syndic up` running? Try --port 0"))?;
    let address = listener.local_addr().context("cannot tell the port")?;
    let state = State::open(&cli.state)?;
    let worker = Arc::new(Worker {
        engines: Engines::builtin()?,
        key: state.signing_key()?,
        store: Store::open(&state.store_url()).await?,
        scope,
        is_plain: cli.plain,
    });
    let console = Console { store: worker.store.clone(), rules: Rulebook::all()? };
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let server = tokio::spawn(syndic_console::serve(listener, console, wait_for(stopped)));
    let (changes, mut changed) = mpsc::channel(1);
    let _watcher = watch(&worker.scope, &cli.state, changes);
    let work = async {
        worker.first(address).await?;
        while next_change(&mut changed).await {
            worker.again().await;
        }
        // Nothing watches: the console goes on with what there is.
        std::future::pending::<Result<()>>().await
    };
    let outcome = tokio::select! {
        outcome = work => outcome,
        () = asked_to_stop() => {
            printer::say("stopping");
            Ok(())
        }
    };
    // The receiver is gone only when the server already ended.
    let _ = stop.send(true);
    match tokio::time::timeout(FAREWELL, server).await {
        Ok(Ok(ended)) => ended.context("the console stopped")?,
        Ok(Err(error)) => return Err(error).context("the console failed"),
        // A browser that holds a connection open must not hold the program.
        Err(_) => {}
    }
    outcome
}

async fn wait_for(mut stopped: tokio::sync::watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a stop as well.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

async fn asked_to_stop() {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
}

/// What every re-assessment needs.
struct Worker {
    engines: Engines,
    key: syndic_attest::SigningKey,
    store: Store,
    scope: Scope,
    is_plain: bool,
}

impl Worker {
    /// The first assessment: prints the whole summary and where to look.
    async fn first(self: &Arc<Self>, address: SocketAddr) -> Result<()> {
        let assessment = self.assess().await?;
        let style = Style { is_coloured: printer::is_coloured(self.is_plain), width: printer::width() };
        printer::result(&syndic_report::terminal(&assessment, &style))?;
        printer::result(&format!("\nConsole  http://{address}/   (Ctrl-C stops it; changes are assessed as they come)\n"))
    }

    /// A later one: one line. A fault is told and the program goes on with what it knew.
    async fn again(self: &Arc<Self>) {
        let before = self.store.latest(None).await.ok().flatten();
        match self.assess().await {
            Ok(assessment) => {
                let was = before.map_or(0, |before| open(&before));
                printer::say(&format!(
                    "{}  assessed again: {} open findings (were {was}), decision {}",
                    Timestamp::now().strftime("%H:%M:%S"),
                    open(&assessment),
                    assessment.decision.verdict.as_str(),
                ));
            }
            Err(error) => printer::say(&format!("could not assess again: {error:#}")),
        }
    }

    async fn assess(self: &Arc<Self>) -> Result<syndic_evidence::Assessment> {
        let worker = Arc::clone(self);
        let assessment = tokio::task::spawn_blocking(move || {
            let bar = Bar::new(worker.is_plain);
            let assessment = assess(&worker.scope, &worker.engines, &worker.key, Timestamp::now, &bar);
            bar.finish();
            assessment
        })
        .await
        .context("the assessment failed")??;
        self.store.record(&assessment).await?;
        Ok(assessment)
    }
}

fn open(assessment: &syndic_evidence::Assessment) -> usize {
    assessment.findings.iter().filter(|finding| finding.state == syndic_evidence::FindingState::Open).count()
}

/// Watches the roots; a change in the state folder or a mere read is none.
fn watch(scope: &Scope, state: &Path, changes: mpsc::Sender<()>) -> Option<notify::RecommendedWatcher> {
    let state = std::fs::canonicalize(state).unwrap_or_else(|_| state.to_path_buf());
    let on_event = move |event: notify::Result<notify::Event>| {
        let is_change = event.is_ok_and(|event| {
            !event.kind.is_access() && event.paths.iter().any(|path| !path.starts_with(&state))
        });
        if is_change {
            // A full channel already holds a change that was not answered yet.
            let _ = changes.try_send(());
        }
    };
    let started = notify::recommended_watcher(on_event).and_then(|mut watcher| {
        for root in scope.roots() {
            watcher.watch(root, RecursiveMode::Recursive)?;
        }
        Ok(watcher)
    });
    match started {
        Ok(watcher) => Some(watcher),
        Err(error) => {
            printer::say(&format!("changes are not watched: {error}"));
            None
        }
    }
}

/// Waits for a change and then for quiet. Returns false when nothing watches.
async fn next_change(changed: &mut mpsc::Receiver<()>) -> bool {
    if changed.recv().await.is_none() {
        return false;
    }
    let settle = async {
        while let Ok(Some(())) = tokio::time::timeout(QUIET, changed.recv()).await {}
    };
    // After the patience the tree is assessed although it still changes.
    let _ = tokio::time::timeout(PATIENCE, settle).await;
    true
}
