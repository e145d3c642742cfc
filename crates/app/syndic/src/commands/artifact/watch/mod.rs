//! `syndic artifact watch`: scans folders of models now, and from then on what arrives in them.
//!
//! A file is scanned when who wrote it closed it, when it was moved or linked in, and after a lost event everything
//! that changed is. Files are read from where they stand; what is bad enough is moved into quarantine if that was asked.

mod arrivals;
mod event;
mod exclusions;
mod round;

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use syndic_artifact::Verdict;
use tokio::signal::unix::{Signal, SignalKind, signal};

use self::arrivals::{Arrivals, Due};
use self::event::{Event, Events};
use self::exclusions::Exclusions;
use self::round::{Mover, Rounds};
use super::quarantine::{self, Vault};
use super::scan::exit;
use super::scanned::{Hashing, Inspector};
use crate::cli::{ArtifactWatchArgs, Cli, QuarantineAt};
use crate::commands::{UsageError, block_on};
use crate::exit::Exit;

/// How often it is looked whether a folder is still the one that is watched: one above it that moves tells nobody.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Watches until told to stop.
pub(crate) fn run(cli: &Cli, args: &ArtifactWatchArgs) -> Result<Exit> {
    let mut folders = Vec::new();
    for folder in &args.folders {
        if !folder.is_dir() {
            return Err(UsageError(format!("{} is no folder: watch takes folders", folder.display())).into());
        }
        folders.push(fs::canonicalize(folder)?);
    }
    let mover = args.quarantine_at.map(|at| mover(cli, args, at)).transpose()?;
    let own: Vec<PathBuf> = mover.iter().map(|mover| mover.vault.folder().to_path_buf()).collect();
    if let Some(inside) = folders.iter().find(|folder| own.iter().any(|own| folder.starts_with(own))) {
        return Err(UsageError(format!("{} is the quarantine itself", inside.display())).into());
    }
    let exclusions = Exclusions::of(&folders, &args.exclude)?;
    let inspector = Inspector::new(Hashing::On, &args.clamd)?.with_yara(&args.yara)?;
    let stop = Arc::new(AtomicBool::new(false));
    let events = Events::new(args.format);
    let rounds = Rounds::new(cli.state.clone(), inspector, mover, events, Arc::clone(&stop), exclusions);
    block_on(watch(folders, own, rounds, stop, cli))
}

fn mover(cli: &Cli, args: &ArtifactWatchArgs, at: QuarantineAt) -> Result<Mover> {
    Ok(Mover { at, vault: Vault::open(cli, &args.place)?, who: quarantine::on_watch(at)? })
}

async fn watch(
    folders: Vec<PathBuf>,
    own: Vec<PathBuf>,
    mut rounds: Rounds,
    stop: Arc<AtomicBool>,
    cli: &Cli,
) -> Result<Exit> {
    let mut signals = Signals::listen()?;
    let arrivals = Arrivals::of(&folders, &own, rounds.exclusions())?;
    let mut watched = Watched::of(folders);
    rounds.events().tell(&Event::Watching { folders: watched.shown() })?;
    // What was there before the watch began counts as having arrived; what arrives meanwhile is in the queue already.
    let mut due = Some(Due::Everything { is_lost: false });
    loop {
        for folder in watched.lost() {
            rounds.events().tell(&Event::Lost { folder })?;
        }
        if watched.folders.is_empty() {
            break;
        }
        if let Some(due) = due.take() {
            let (folders, own) = (watched.paths(), own.clone());
            let mut round = tokio::task::spawn_blocking(move || (rounds.run(due, &folders, &own), rounds));
            let ended = tokio::select! {
                ended = &mut round => ended,
                () = signals.first() => {
                    stop.store(true, Ordering::Relaxed);
                    round.await
                }
            };
            let outcome;
            (outcome, rounds) = ended.context("the scan failed")?;
            outcome?;
            rounds.record(cli);
        }
        if stop.load(Ordering::Relaxed) {
            break;
        }
        tokio::select! {
            () = signals.first() => break,
            found = arrivals.next(LOOK_AGAIN) => due = found,
        }
    }
    rounds.events().tell(&Event::Stopped { scanned: rounds.scanned(), quarantined: rounds.quarantined() })?;
    let worst = if watched.has_lost { rounds.worst().max(Verdict::Incomplete) } else { rounds.worst() };
    Ok(exit(worst))
}

/// The folders that are watched, each with what it was when that began.
struct Watched {
    folders: Vec<(PathBuf, Option<(u64, u64)>)>,
    has_lost: bool,
}

impl Watched {
    fn of(folders: Vec<PathBuf>) -> Self {
        let folders = folders.into_iter().map(|folder| (folder.clone(), identity(&folder))).collect();
        Self { folders, has_lost: false }
    }

    /// Drops the folders that are not there any more, and returns them.
    fn lost(&mut self) -> Vec<String> {
        let mut lost = Vec::new();
        self.folders.retain(|(folder, known)| {
            let is_there = known.is_some() && identity(folder) == *known;
            if !is_there {
                lost.push(folder.to_string_lossy().into_owned());
            }
            is_there
        });
        self.has_lost |= !lost.is_empty();
        lost
    }

    fn paths(&self) -> Vec<PathBuf> {
        self.folders.iter().map(|(folder, _)| folder.clone()).collect()
    }

    fn shown(&self) -> Vec<String> {
        self.folders.iter().map(|(folder, _)| folder.to_string_lossy().into_owned()).collect()
    }
}

fn identity(folder: &Path) -> Option<(u64, u64)> {
    let metadata = fs::metadata(folder).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// Ctrl-C, and what service managers and closed terminals send.
struct Signals([Signal; 3]);

impl Signals {
    fn listen() -> Result<Self> {
        let of = |kind: SignalKind| signal(kind).context("cannot listen for signals");
        Ok(Self([of(SignalKind::interrupt())?, of(SignalKind::terminate())?, of(SignalKind::hangup())?]))
    }

    async fn first(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

/// Returns the time after which a file that changed at `last`, and for the first time at `first`, is due.
fn due_at(first: Instant, last: Instant) -> Instant {
    (last + arrivals::QUIET).min(first + arrivals::PATIENCE)
}
