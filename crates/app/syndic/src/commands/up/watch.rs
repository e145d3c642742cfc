//! Watches the assessed tree: what counts as a change, when the tree is quiet again, what is said when watching fails.
//!
//! Invariant: what Syndic itself writes is never a change, or it would assess for ever.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use notify::event::{EventKind, ModifyKind};
use notify::{ErrorKind, Event, RecommendedWatcher, RecursiveMode, Watcher as _};
use syndic_collect::Scope;
use syndic_console::{Status, Work};
use tokio::sync::{mpsc, watch};

use crate::printer;

/// A change is answered when the tree was still for this long …
const QUIET: Duration = Duration::from_millis(600);

/// … or when it has not been still for this long.
const PATIENCE: Duration = Duration::from_secs(10);

/// Folders whose content is not assessed, so that a change in them changes nothing.
const NOT_ASSESSED: [&str; 4] = [".git", ".hg", ".svn", ".syndic"];

/// The changes of a tree, as long as this lives.
pub(super) struct Changes {
    /// Keeps watching until dropped.
    _watcher: Option<RecommendedWatcher>,
    seen: mpsc::Receiver<()>,
    has_lost_root: Arc<AtomicBool>,
}

impl Changes {
    /// Begins to watch. A tree that cannot be watched is told to the person and to the console.
    pub(super) fn of(scope: &Scope, state: &Path, status: &watch::Sender<Status>) -> Self {
        let (sender, seen) = mpsc::channel(1);
        // Said of an earlier attempt; this one speaks for itself.
        status.send_if_modified(|status| status.unwatched.take().is_some());
        let has_lost_root = Arc::new(AtomicBool::new(false));
        let watcher = match begin(scope, state, status.clone(), sender, Arc::clone(&has_lost_root)) {
            Ok(watcher) => Some(watcher),
            Err(error) => {
                unwatched(status, &error);
                None
            }
        };
        Self { _watcher: watcher, seen, has_lost_root }
    }

    /// Waits for a change and then for quiet. Returns false when nothing watches.
    pub(super) async fn next(&mut self) -> bool {
        if self.seen.recv().await.is_none() {
            return false;
        }
        let settle = async { while let Ok(Some(())) = tokio::time::timeout(QUIET, self.seen.recv()).await {} };
        // After the patience the tree is assessed although it still changes.
        let _ = tokio::time::timeout(PATIENCE, settle).await;
        true
    }

    /// Says whether a root was moved away or deleted: what stands there now is not watched.
    pub(super) fn has_lost_root(&self) -> bool {
        self.has_lost_root.load(Ordering::Relaxed)
    }

    /// Says whether a change waits for its answer.
    pub(super) fn is_pending(&self) -> bool {
        !self.seen.is_empty()
    }
}

/// Waits for a change; for ever when nothing watches: the console goes on with what there is, and says so.
pub(super) async fn until_change(changes: &mut Changes) {
    if !changes.next().await {
        std::future::pending::<()>().await;
    }
}

fn begin(
    scope: &Scope,
    state: &Path,
    status: watch::Sender<Status>,
    changes: mpsc::Sender<()>,
    has_lost_root: Arc<AtomicBool>,
) -> notify::Result<RecommendedWatcher> {
    let own = std::fs::canonicalize(state).unwrap_or_else(|_| state.to_path_buf());
    let roots: Vec<PathBuf> = scope.roots().map(Path::to_path_buf).collect();
    let watched = roots.clone();
    let on_event = move |event: notify::Result<Event>| match event {
        Ok(event) if is_change(&event, &watched, &own) => {
            if loses_root(&event, &watched) {
                has_lost_root.store(true, Ordering::Relaxed);
            }
            // A full channel already holds a change that was not answered yet.
            let _ = changes.try_send(());
            status.send_if_modified(|status| {
                let is_news = !matches!(status.work, Work::Assessing(_));
                if is_news {
                    status.work = Work::Assessing(Timestamp::now());
                }
                is_news
            });
        }
        Ok(_) => {}
        Err(error) => unwatched(&status, &error),
    };
    let mut watcher = notify::recommended_watcher(on_event)?;
    for root in roots {
        watcher.watch(&root, RecursiveMode::Recursive)?;
    }
    Ok(watcher)
}

/// A mere read is no change; events that were lost may have been anything.
fn is_change(event: &Event, roots: &[PathBuf], own: &Path) -> bool {
    let is_assessed = |path: &PathBuf| {
        let inside = roots.iter().find_map(|root| path.strip_prefix(root).ok()).unwrap_or(path);
        let is_passed_over = inside.components().any(|part| NOT_ASSESSED.iter().any(|name| part.as_os_str() == *name));
        // The bundled example is assessed where it stands, in the state folder.
        let is_own = path.starts_with(own) && !roots.iter().any(|root| root.starts_with(own) && path.starts_with(root));
        !is_passed_over && !is_own
    };
    event.need_rescan() || (!event.kind.is_access() && event.paths.iter().any(is_assessed))
}

/// The system watches folders, not names: one that goes takes the watch with it.
fn loses_root(event: &Event, roots: &[PathBuf]) -> bool {
    let goes = event.kind.is_remove() || matches!(event.kind, EventKind::Modify(ModifyKind::Name(_)));
    goes && event.paths.iter().any(|path| roots.contains(path))
}

/// Tells once that changes may go unnoticed, and what to do about it.
fn unwatched(status: &watch::Sender<Status>, error: &notify::Error) {
    let problem = match &error.kind {
        ErrorKind::MaxFilesWatch => {
            "the tree has more folders than the system lets a program watch (sysctl fs.inotify.max_user_watches)"
                .to_owned()
        }
        _ => format!("the system cannot watch the tree ({error})"),
    };
    let is_news = status.send_if_modified(|status| {
        let is_news = status.unwatched.is_none();
        status.unwatched = Some(problem.clone());
        is_news
    });
    if is_news {
        printer::say(&format!("changes may go unnoticed: {problem}; start `syndic up` again to see them"));
    }
}

#[cfg(test)]
mod tests {
    use notify::event::{AccessKind, CreateKind, Flag, RemoveKind, RenameMode};

    use super::*;

    fn seen(kind: EventKind, path: &str) -> bool {
        let event = Event::new(kind).add_path(PathBuf::from(path));
        is_change(&event, &[PathBuf::from("/tree/.git/work")], Path::new("/tree/.git/work/state"))
    }

    #[test]
    fn own_writes_version_control_and_reads_are_no_changes() {
        let made = EventKind::Create(CreateKind::File);
        assert!(seen(made, "/tree/.git/work/app.py"));
        assert!(!seen(made, "/tree/.git/work/state/syndic.db-wal"));
        assert!(!seen(made, "/tree/.git/work/.git/index.lock"));
        assert!(!seen(EventKind::Access(AccessKind::Any), "/tree/.git/work/app.py"));
    }

    #[test]
    fn a_root_that_goes_takes_its_watch_with_it() {
        let root = PathBuf::from("/tree");
        let loses =
            |kind, path: &str| loses_root(&Event::new(kind).add_path(PathBuf::from(path)), std::slice::from_ref(&root));
        assert!(loses(EventKind::Remove(RemoveKind::Folder), "/tree"));
        assert!(loses(EventKind::Modify(ModifyKind::Name(RenameMode::From)), "/tree"));
        assert!(!loses(EventKind::Remove(RemoveKind::Folder), "/tree/inner"));
        assert!(!loses(EventKind::Create(CreateKind::Folder), "/tree"));
    }

    #[test]
    fn lost_events_count_as_a_change() {
        let event = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert!(is_change(&event, &[], Path::new("/s")));
    }

    #[test]
    fn the_limit_of_the_system_is_told_with_its_remedy() {
        let (status, seen) = watch::channel(Status::default());
        unwatched(&status, &notify::Error::new(ErrorKind::MaxFilesWatch));
        assert!(seen.borrow().unwatched.as_ref().unwrap().contains("max_user_watches"));
    }
}
