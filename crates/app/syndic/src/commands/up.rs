//! `syndic up [PATH]`: assess, serve the console on loopback, re-assess on change, until Ctrl-C.

mod watch;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use syndic_collect::Scope;
use syndic_console::{Console, Status, Work};
use syndic_detect::Rulebook;
use syndic_evidence::{Assessment, FindingState};
use syndic_report::Style;
use syndic_store::Store;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch as latest;

use super::UsageError;
use crate::assess::{Engines, assess};
use crate::cli::{Cli, UpArgs};
use crate::exit::Exit;
use crate::printer;
use crate::progress::Bar;
use crate::state::State;
use watch::Changes;

/// What failed is tried again after this long, change or not.
const RETRY: Duration = Duration::from_secs(15);

/// How long each part may take to end after Ctrl-C; what a run would store is stored whole or not at all.
const FAREWELL: Duration = Duration::from_millis(700);

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
    // From here on a signal is an orderly stop, however early it comes.
    let stop_signals = StopSignals::listen()?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}: is another `syndic up` running? Try --port 0"))?;
    let address = listener.local_addr().context("cannot tell the port")?;
    let state = State::open(&cli.state)?;
    let scope = scope.without_own(&cli.state);
    let (status, told) = latest::channel(Status { work: Work::Assessing(Timestamp::now()), unwatched: None });
    let worker = Arc::new(Worker {
        engines: Engines::builtin()?,
        key: state.signing_key()?,
        store: Store::open(&state.store_url()).await?,
        scope,
        status,
        is_plain: cli.plain,
    });
    let console = Console { store: worker.store.clone(), rules: Rulebook::all()?, status: told };
    let (stop, stopped) = latest::channel(false);
    let server = tokio::spawn(syndic_console::serve(listener, console, wait_for(stopped)));
    printer::say(&format!("the console is at http://{address}/ while the first assessment runs"));
    let changes = Changes::of(&worker.scope, &cli.state, &worker.status);
    let outcome = tokio::select! {
        outcome = worker.work(address, changes) => outcome,
        () = stop_signals.first() => {
            printer::say("stopping");
            Ok(())
        }
    };
    // The receiver is gone only when the server already ended.
    let _ = stop.send(true);
    let served = match tokio::time::timeout(FAREWELL, server).await {
        Ok(Ok(ended)) => ended.context("the console stopped"),
        Ok(Err(error)) => Err(error).context("the console failed"),
        // A browser that holds a connection open must not hold the program.
        Err(_) => Ok(()),
    };
    // Folds the write-ahead log into the file; left undone it is done by the next run.
    let _ = tokio::time::timeout(FAREWELL, worker.store.clone().close()).await;
    outcome.and(served)
}

async fn wait_for(mut stopped: latest::Receiver<bool>) {
    // An error means that the sender is gone, which is a stop as well.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Ctrl-C, and what service managers and closed terminals send.
struct StopSignals([Signal; 3]);

impl StopSignals {
    fn listen() -> Result<Self> {
        let of = |kind: SignalKind| signal(kind).context("cannot listen for signals");
        Ok(Self([of(SignalKind::interrupt())?, of(SignalKind::terminate())?, of(SignalKind::hangup())?]))
    }

    async fn first(self) {
        let [mut interrupt, mut terminate, mut hangup] = self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

/// What every assessment needs.
struct Worker {
    engines: Engines,
    key: syndic_attest::SigningKey,
    store: Store,
    scope: Scope,
    status: latest::Sender<Status>,
    is_plain: bool,
}

impl Worker {
    /// Assesses once and then after every change; ends only when the first assessment fails.
    async fn work(self: &Arc<Self>, address: SocketAddr, mut changes: Changes) -> Result<()> {
        let mut known = self.first(address, &changes).await?;
        let mut has_failed = false;
        loop {
            if has_failed {
                // A change that comes meanwhile is answered by the same attempt.
                let _ = tokio::time::timeout(RETRY, changes.next()).await;
            } else if !changes.next().await {
                // Nothing watches: the console goes on with what there is, and says so.
                std::future::pending::<()>().await;
            }
            self.tell(Work::Assessing(Timestamp::now()));
            match self.again(known, &changes).await {
                Some(open) => (known, has_failed) = (open, false),
                None => has_failed = true,
            }
        }
    }

    /// The first assessment: prints the whole summary and where to look. Returns how many findings are open.
    async fn first(self: &Arc<Self>, address: SocketAddr, changes: &Changes) -> Result<usize> {
        let assessment = self.assess().await?;
        self.done(changes);
        let style = Style { is_coloured: printer::is_coloured(self.is_plain), width: printer::width() };
        printer::result(&syndic_report::terminal(&assessment, &style))?;
        let note = "(Ctrl-C stops it; changes are assessed as they come)";
        printer::result(&format!("\nConsole  http://{address}/   {note}\n"))?;
        Ok(open(&assessment))
    }

    /// A later one: one line. A fault is told, here and in the console, and the program goes on with what it knew.
    async fn again(self: &Arc<Self>, known: usize, changes: &Changes) -> Option<usize> {
        match self.assess().await {
            Ok(assessment) => {
                self.done(changes);
                let now = open(&assessment);
                printer::say(&format!(
                    "{}  assessed again: {now} open findings (were {known}), decision {}",
                    Timestamp::now().strftime("%H:%M:%S"),
                    assessment.decision.verdict.as_str(),
                ));
                Some(now)
            }
            Err(error) => {
                printer::say(&format!("could not assess again: {error:#}"));
                self.tell(Work::Failed { at: Timestamp::now(), problem: format!("{error:#}") });
                None
            }
        }
    }

    /// What is stored is current, unless the tree changed while it was assessed.
    fn done(&self, changes: &Changes) {
        if !changes.is_pending() {
            self.tell(Work::Current);
        }
    }

    fn tell(&self, work: Work) {
        self.status.send_modify(|status| status.work = work);
    }

    async fn assess(self: &Arc<Self>) -> Result<Assessment> {
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

fn open(assessment: &Assessment) -> usize {
    assessment.findings.iter().filter(|finding| finding.state == FindingState::Open).count()
}
