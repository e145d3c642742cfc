//! `syndic up [PATH]`: assess, serve the console on loopback, re-assess on change, until Ctrl-C.

mod example;
mod stop;
mod tree;
mod watch;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use syndic_collect::Scope;
use syndic_console::{Console, Status, Work};
use syndic_detect::Rulebook;
use syndic_evidence::{Assessment, FindingState};
use syndic_report::Style;
use syndic_store::{Changes as Recorded, Store};
use tokio::net::TcpListener;
use tokio::sync::watch as latest;

use super::assessing::{Excludes, assessed, recorded, warn_of_idle};
use crate::assess::Engines;
use crate::cli::{Cli, UpArgs};
use crate::exit::Exit;
use crate::ledger::StateLedger;
use crate::printer;
use crate::progress::Bar;
use crate::state::{State, StoreFile};
use stop::StopSignals;
use tree::Tree;
use watch::{Changes, until_change};

/// What failed is tried again after this long, change or not.
const RETRY: Duration = Duration::from_secs(15);

/// How often it is looked whether the tree is still there: a folder above it that moves tells nobody.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// How long each part may take to end after Ctrl-C; what a run would store is stored whole or not at all.
const FAREWELL: Duration = Duration::from_millis(700);

/// Assesses and serves until told to stop.
pub(crate) fn run(cli: &Cli, args: &UpArgs) -> Result<Exit> {
    let path = if let Some(path) = &args.path {
        path.clone()
    } else {
        State::open(&cli.state)?;
        example::folder(&cli.state)?
    };
    let roots = std::slice::from_ref(&path);
    let scope = Scope::new(roots, args.scope.system.as_deref(), &args.scope.exclude)?;
    let excludes = Excludes::new(roots, &args.scope)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the async runtime")?;
    let outcome = runtime.block_on(serve(cli, args, scope, excludes));
    runtime.shutdown_timeout(FAREWELL);
    outcome.map(|()| Exit::Clean)
}

async fn serve(cli: &Cli, args: &UpArgs, scope: Scope, excludes: Excludes) -> Result<()> {
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
        ledger: StateLedger::of(&cli.state),
        store: Store::open(&state.store_url()).await?.keeping(args.keep.keep_runs),
        // Fields are made in this order: the file is there by now.
        store_file: StoreFile::of(&cli.state).context("the store vanished while it was opened")?,
        scope,
        excludes,
        state: cli.state.clone(),
        status,
        is_plain: cli.plain,
        has_warned: AtomicBool::new(false),
    });
    let console = Console { store: worker.store.clone(), rules: Rulebook::all()?, status: told };
    let (stop, stopped) = latest::channel(false);
    let server = tokio::spawn(syndic_console::serve(listener, console, wait_for(stopped)));
    printer::say(&format!("the console is at http://{address}/ while the first assessment runs"));
    let outcome = tokio::select! {
        outcome = worker.work(address) => outcome,
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

/// What every assessment needs.
struct Worker {
    engines: Engines,
    key: syndic_attest::SigningKey,
    ledger: StateLedger,
    store: Store,
    store_file: StoreFile,
    scope: Scope,
    excludes: Excludes,
    /// Folder of the store and the key.
    state: PathBuf,
    status: latest::Sender<Status>,
    is_plain: bool,
    /// Whether idle patterns were told of: once is enough.
    has_warned: AtomicBool,
}

impl Worker {
    /// Assesses once and then after every change; ends only when the first assessment fails.
    async fn work(self: &Arc<Self>, address: SocketAddr) -> Result<()> {
        let mut tree = Tree::of(&self.scope)?;
        let mut changes = self.watch();
        let mut known = self.first(address, &changes).await?;
        let mut has_failed = false;
        loop {
            if has_failed {
                // A change that comes meanwhile is answered by the same attempt.
                let _ = tokio::time::timeout(RETRY, changes.next()).await;
            } else {
                tokio::select! {
                    () = until_change(&mut changes) => {}
                    () = self.until_another(&tree) => {}
                }
            }
            self.tell(Work::Assessing(Timestamp::now()));
            let found = self.until_there().await;
            if found != tree || changes.has_lost_root() {
                // What was watched is the folder that stood here before.
                changes = self.watch();
                tree = found;
            }
            match self.again(known, &changes).await {
                Some(open) => (known, has_failed) = (open, false),
                None => has_failed = true,
            }
        }
    }

    fn watch(&self) -> Changes {
        Changes::of(&self.scope, &self.state, &self.status)
    }

    fn has_store(&self) -> bool {
        StoreFile::of(&self.state) == Some(self.store_file)
    }

    /// Looks for the tree, and for the store: what is recorded into a deleted file is lost.
    fn found(&self) -> Result<Tree> {
        if !self.has_store() {
            bail!(
                "the store in {} is gone: put the folder back, or stop this and start `syndic up` again for a new one",
                self.state.display()
            );
        }
        Tree::of(&self.scope)
    }

    /// Waits until the tree or the store is gone, or another one.
    async fn until_another(&self, tree: &Tree) {
        while self.found().is_ok_and(|found| found == *tree) {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Waits until the tree and the store are there. That one is not is told once, here and in the console.
    async fn until_there(&self) -> Tree {
        let mut is_told = false;
        loop {
            match self.found() {
                Ok(tree) => return tree,
                Err(error) if !is_told => {
                    let shown = if self.has_store() { "; the console shows what was there before" } else { "" };
                    printer::say(&format!("could not assess again: {error:#}{shown}"));
                    self.tell(Work::Failed { at: Timestamp::now(), problem: format!("{error:#}") });
                    is_told = true;
                }
                Err(_) => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
    }

    /// The first assessment: prints the whole summary and where to look. Returns how many findings are open.
    async fn first(self: &Arc<Self>, address: SocketAddr, changes: &Changes) -> Result<usize> {
        let (assessment, _) = self.assess().await?;
        self.done(changes);
        let is_coloured = printer::is_coloured(self.is_plain);
        let style = Style { is_coloured, width: printer::width(), is_stored: true };
        printer::result(&syndic_report::terminal(&assessment, &style))?;
        let note = "(Ctrl-C stops it; changes are assessed as they come)";
        printer::result(&format!("\nConsole  http://{address}/   {note}\n"))?;
        Ok(open(&assessment))
    }

    /// A later one: one line. A fault is told, here and in the console, and the program goes on with what it knew.
    async fn again(self: &Arc<Self>, known: usize, changes: &Changes) -> Option<usize> {
        match self.assess().await {
            Ok((assessment, recorded)) => {
                self.done(changes);
                let now = open(&assessment);
                printer::say(&format!(
                    "{}  assessed again: {now} open findings (were {known}){}, decision {}",
                    Timestamp::now().strftime("%H:%M:%S"),
                    unseen(&assessment, &recorded),
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

    async fn assess(self: &Arc<Self>) -> Result<(Assessment, Recorded)> {
        let worker = Arc::clone(self);
        let (assessment, idle) = tokio::task::spawn_blocking(move || {
            let before = worker.found()?;
            let bar = Bar::new(worker.is_plain);
            let outcome = assessed(&worker.scope, &worker.excludes, &worker.engines, &worker.key, &bar);
            bar.finish();
            let outcome = outcome?;
            // What vanished meanwhile would look like an empty, clean tree.
            if worker.found()? != before {
                bail!("another folder took the place of the tree while it was assessed");
            }
            Ok(outcome)
        })
        .await
        .context("the assessment failed")??;
        let changes = recorded(&assessment, &self.store, &self.ledger, &self.key).await?;
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            warn_of_idle(&idle);
        }
        Ok((assessment, changes))
    }
}

/// Says what a smaller number of open findings does not mean: that the others were mended.
fn unseen(assessment: &Assessment, recorded: &Recorded) -> String {
    let unseen = recorded.not_covered.len();
    match (assessment.run.coverage.files_seen, unseen) {
        (0, _) => format!(", no file is left in the tree and {unseen} earlier findings stay open"),
        (_, 0) => String::new(),
        _ => format!(", {unseen} more could not be looked at again"),
    }
}

fn open(assessment: &Assessment) -> usize {
    assessment.findings.iter().filter(|finding| finding.state == FindingState::Open).count()
}
