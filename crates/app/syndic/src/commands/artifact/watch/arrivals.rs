//! What arrived: events of the system, each path once, when it has been quiet.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind, RenameMode};
use notify::{ErrorKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

use super::due_at;
use super::exclusions::Exclusions;

/// A path is scanned when nothing happened to it for this long …
pub(super) const QUIET: Duration = Duration::from_millis(250);
/// … or when something has kept happening to it for this long.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// Paths kept at once; beyond that everything is looked through.
const MAX_WAITING: usize = 50_000;
/// Folders whose content is never scanned: another program's bookkeeping, as in a scan.
const PASSED_OVER: [&str; 4] = [".git", ".hg", ".svn", ".syndic"];

/// What is to be scanned now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// These files, links and folders.
    Paths(Vec<PathBuf>),
    /// All that changed since it was last scanned.
    Everything {
        /// Because events were lost.
        is_lost: bool,
    },
}

/// The events of some folders, as long as this lives.
pub(super) struct Arrivals {
    shared: Arc<Shared>,
    _watcher: RecommendedWatcher,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    news: Notify,
}

#[derive(Default)]
struct Waiting {
    /// When each path was first and last heard of.
    paths: HashMap<PathBuf, (Instant, Instant)>,
    has_lost: bool,
}

impl Arrivals {
    /// Begins to watch. Events in `own` folders and of what is excluded are not heard.
    ///
    /// # Errors
    /// The system cannot watch them.
    pub(super) fn of(folders: &[PathBuf], own: &[PathBuf], exclusions: &Exclusions) -> Result<Self> {
        let shared = Arc::new(Shared::default());
        let (heard, roots, own, exclusions) = (Arc::clone(&shared), folders.to_vec(), own.to_vec(), exclusions.clone());
        let is_heard = move |path: &Path| is_scanned(path, &roots, &own) && !exclusions.leave_out(path);
        let on_event = move |event: notify::Result<notify::Event>| heard.take(event, &is_heard);
        let mut watcher = notify::recommended_watcher(on_event)?;
        for folder in folders {
            if let Err(error) = watcher.watch(folder, RecursiveMode::Recursive) {
                let why = match error.kind {
                    ErrorKind::MaxFilesWatch => {
                        "it has more folders than the system lets a program watch: raise fs.inotify.max_user_watches"
                            .to_owned()
                    }
                    _ => error.to_string(),
                };
                bail!("cannot watch {}: {why}", folder.display());
            }
        }
        Ok(Self { shared, _watcher: watcher })
    }

    /// Waits until something is due; nothing if that takes longer than `patience`.
    pub(super) async fn next(&self, patience: Duration) -> Option<Due> {
        let end = Instant::now() + patience;
        loop {
            let (due, next) = self.shared.lock().take_due(Instant::now());
            if due.is_some() || Instant::now() >= end {
                return due;
            }
            let until = next.map_or(end, |next| next.min(end));
            let sleep = tokio::time::sleep_until(until.into());
            tokio::select! {
                () = self.shared.news.notified() => {}
                () = sleep => {}
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, event: notify::Result<notify::Event>, is_heard: &dyn Fn(&Path) -> bool) {
        let mut waiting = self.lock();
        match event {
            Ok(event) if event.need_rescan() => waiting.has_lost = true,
            Ok(event) => {
                let arrived: Vec<&PathBuf> = arrived(&event).into_iter().filter(|path| is_heard(path)).collect();
                if arrived.is_empty() {
                    return;
                }
                let now = Instant::now();
                for path in arrived {
                    waiting.add(path, now);
                }
            }
            // An event that could not be read may have been anything.
            Err(_) => waiting.has_lost = true,
        }
        drop(waiting);
        self.news.notify_one();
    }
}

impl Waiting {
    fn add(&mut self, path: &Path, now: Instant) {
        if self.paths.len() >= MAX_WAITING {
            self.paths.clear();
            self.has_lost = true;
        }
        self.paths.entry(path.to_path_buf()).or_insert((now, now)).1 = now;
    }

    /// Returns what is due, and when the next will be.
    fn take_due(&mut self, now: Instant) -> (Option<Due>, Option<Instant>) {
        if std::mem::take(&mut self.has_lost) {
            self.paths.clear();
            return (Some(Due::Everything { is_lost: true }), None);
        }
        let mut due = Vec::new();
        self.paths.retain(|path, (first, last)| {
            let is_due = due_at(*first, *last) <= now;
            if is_due {
                due.push(path.clone());
            }
            !is_due
        });
        due.sort();
        let next = self.paths.values().map(|(first, last)| due_at(*first, *last)).min();
        ((!due.is_empty()).then_some(Due::Paths(due)), next)
    }
}

/// Returns the paths at which something is complete now: closed after writing, moved in, linked in.
fn arrived(event: &notify::Event) -> Vec<&PathBuf> {
    match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => event.paths.iter().collect(),
        EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Both)) => {
            event.paths.last().into_iter().collect()
        }
        // What is made is still empty, but for links and folders that came with their content.
        EventKind::Create(_) => event.paths.iter().filter(|path| is_whole_at_birth(path)).collect(),
        _ => Vec::new(),
    }
}

fn is_whole_at_birth(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|it| it.is_symlink() || it.is_dir() || (it.is_file() && it.nlink() > 1))
}

fn is_scanned(path: &Path, roots: &[PathBuf], own: &[PathBuf]) -> bool {
    let inside = roots.iter().find_map(|root| path.strip_prefix(root).ok()).unwrap_or(path);
    let is_bookkeeping = inside.components().any(|part| PASSED_OVER.iter().any(|name| part.as_os_str() == *name));
    !is_bookkeeping && !own.iter().any(|own| path.starts_with(own))
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, DataChange, Flag};

    use super::*;

    fn heard(events: Vec<notify::Event>) -> Waiting {
        let shared = Shared::default();
        for event in events {
            shared.take(Ok(event), &|path| is_scanned(path, &[PathBuf::from("/m")], &[PathBuf::from("/m/q")]));
        }
        shared.waiting.into_inner().unwrap()
    }

    fn closed(path: &str) -> notify::Event {
        notify::Event::new(EventKind::Access(AccessKind::Close(AccessMode::Write))).add_path(path.into())
    }

    #[test]
    fn a_file_is_due_once_it_was_closed_and_quiet() {
        let mut waiting = heard(vec![closed("/m/a"), closed("/m/a"), closed("/m/b")]);
        let now = Instant::now();
        let (due, next) = waiting.take_due(now);
        assert!(due.is_none() && next.is_some_and(|next| next > now));
        let (due, next) = waiting.take_due(now + QUIET);
        assert_eq!((due, next), (Some(Due::Paths(vec!["/m/a".into(), "/m/b".into()])), None));
        assert_eq!(waiting.take_due(now + QUIET), (None, None));
    }

    #[test]
    fn a_file_that_is_never_quiet_is_due_after_the_patience() {
        let mut waiting = Waiting::default();
        let start = Instant::now();
        for tenth in 0..101 {
            waiting.add(Path::new("/m/a"), start + Duration::from_millis(tenth * 100));
        }
        assert!(waiting.take_due(start + Duration::from_millis(9_999)).0.is_none());
        assert!(waiting.take_due(start + PATIENCE).0.is_some());
    }

    #[test]
    fn writing_opening_and_our_own_folders_are_no_arrivals() {
        let data = EventKind::Modify(ModifyKind::Data(DataChange::Any));
        let opened = EventKind::Access(AccessKind::Open(AccessMode::Any));
        let made = EventKind::Create(CreateKind::File);
        let of = |kind, path: &str| notify::Event::new(kind).add_path(path.into());
        let waiting = heard(vec![
            of(data, "/m/a"),
            of(opened, "/m/a"),
            of(made, "/m/not-there"),
            closed("/m/q/x"),
            closed("/m/.git/index"),
        ]);
        assert!(waiting.paths.is_empty());
    }

    #[test]
    fn of_a_move_only_where_it_went_counts() {
        let both = EventKind::Modify(ModifyKind::Name(RenameMode::Both));
        let event = notify::Event::new(both).add_path("/m/from".into()).add_path("/m/to".into());
        let from = notify::Event::new(EventKind::Modify(ModifyKind::Name(RenameMode::From))).add_path("/m/gone".into());
        assert_eq!(heard(vec![event, from]).paths.into_keys().collect::<Vec<_>>(), [PathBuf::from("/m/to")]);
    }

    #[test]
    fn lost_events_and_too_many_paths_make_everything_due() {
        let lost = notify::Event::new(EventKind::Other).set_flag(Flag::Rescan);
        let mut waiting = heard(vec![closed("/m/a"), lost]);
        assert_eq!(waiting.take_due(Instant::now()).0, Some(Due::Everything { is_lost: true }));
        assert_eq!(waiting.take_due(Instant::now() + PATIENCE), (None, None));
        let now = Instant::now();
        (0..=MAX_WAITING).for_each(|index| waiting.add(Path::new(&format!("/m/{index}")), now));
        assert!(waiting.has_lost && waiting.paths.len() == 1);
    }
}
