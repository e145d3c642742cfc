//! The queue in front of the writer: batches of many threads, taken as one group.

use std::collections::VecDeque;
use std::sync::mpsc::SyncSender;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::entry::{Entry, Receipt};
use crate::error::{LedgerError, Result};

/// A group has at most this many records, unless one batch has more.
const GROUP_RECORDS: usize = 1024;

/// Where the outcome of an awaited batch goes; it has room for one.
pub(crate) type Reply = SyncSender<Result<Vec<Receipt>>>;

/// A batch that waits.
pub(crate) struct Batch {
    pub(crate) entries: Vec<Entry>,
    /// Nobody waits for a submitted batch.
    pub(crate) reply: Option<Reply>,
}

/// What the writer takes at once.
#[derive(Default)]
pub(crate) struct Work {
    pub(crate) batches: Vec<Batch>,
    /// A signed checkpoint to be kept in the log.
    pub(crate) note: Option<String>,
    /// Submitted entries that were dropped and are not counted in the log yet.
    pub(crate) dropped: u64,
}

#[derive(Default)]
struct State {
    batches: VecDeque<Batch>,
    submitted_entries: usize,
    note: Option<String>,
    dropped: u64,
    /// The last group did not become durable.
    is_failing: bool,
    is_closed: bool,
}

/// What becomes of submitted entries that find no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoRoom {
    Refuse,
    DropAndCount,
}

/// Batches on their way to the writer.
#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

impl Queue {
    /// Adds a batch somebody waits for. The caller sees to it that somebody takes it: itself, or after
    /// [`Queue::wake`] the writing thread.
    pub(crate) fn append(&self, entries: Vec<Entry>, reply: Reply) -> Result<()> {
        let mut state = self.state();
        if state.is_closed {
            return Err(LedgerError::Closed);
        }
        state.batches.push_back(Batch { entries, reply: Some(reply) });
        Ok(())
    }

    /// Wakes the writing thread.
    pub(crate) fn wake(&self) {
        self.changed.notify_one();
    }

    /// Tells whether something waits to be written.
    pub(crate) fn has_work(&self) -> bool {
        let state = self.state();
        !state.batches.is_empty() || state.note.is_some()
    }

    /// Adds a batch nobody waits for, if there is room.
    pub(crate) fn submit(&self, entries: Vec<Entry>, most: usize, no_room: NoRoom) -> Result<()> {
        let mut state = self.state();
        let waiting = state.submitted_entries;
        let has_room = waiting + entries.len() <= most && !(state.is_failing && waiting > 0);
        if has_room {
            state.submitted_entries += entries.len();
            drop(state);
            return self.push(Batch { entries, reply: None });
        }
        if no_room == NoRoom::Refuse {
            return Err(LedgerError::QueueFull { waiting });
        }
        state.dropped += entries.len() as u64;
        Ok(())
    }

    /// Hands the writer a checkpoint; one it has not taken yet is replaced.
    pub(crate) fn note(&self, note: String) {
        self.state().note = Some(note);
        self.changed.notify_one();
    }

    /// Waits until there is work; false once the queue is closed and empty.
    pub(crate) fn wait(&self) -> bool {
        let mut state = self.state();
        while state.batches.is_empty() && state.note.is_none() {
            if state.is_closed {
                // What was dropped last must not go unsaid.
                return state.dropped > 0 && !state.is_failing;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        true
    }

    /// Takes the next group; it may be empty.
    pub(crate) fn take(&self) -> Work {
        let mut state = self.state();
        let mut work = Work { note: state.note.take(), dropped: std::mem::take(&mut state.dropped), ..Work::default() };
        let mut records = 0;
        while records < GROUP_RECORDS
            && let Some(batch) = state.batches.pop_front()
        {
            records += batch.entries.len();
            if batch.reply.is_none() {
                state.submitted_entries = state.submitted_entries.saturating_sub(batch.entries.len());
            }
            work.batches.push(batch);
        }
        work
    }

    /// Learns how the last group went, and how many entries nobody waited for it lost.
    pub(crate) fn went(&self, is_failing: bool, dropped: u64) {
        let mut state = self.state();
        state.is_failing = is_failing;
        state.dropped += dropped;
    }

    /// Takes nothing more; what waits is still written.
    pub(crate) fn close(&self) {
        self.state().is_closed = true;
        self.changed.notify_all();
    }

    /// Closes the queue and forgets what waits: those who wait learn that the ledger is closed.
    pub(crate) fn abandon(&self) {
        self.close();
        self.state().batches.clear();
    }

    fn push(&self, batch: Batch) -> Result<()> {
        let mut state = self.state();
        if state.is_closed {
            return Err(LedgerError::Closed);
        }
        state.batches.push_back(batch);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(count: usize) -> Vec<Entry> {
        vec![Entry::default(); count]
    }

    #[test]
    fn a_group_has_at_most_1024_records_and_keeps_the_order() {
        let queue = Queue::default();
        for count in [1, 1000, 23, 5] {
            queue.submit(entries(count), 5000, NoRoom::Refuse).unwrap();
        }
        let sizes = |work: Work| work.batches.iter().map(|batch| batch.entries.len()).collect::<Vec<_>>();
        assert_eq!(sizes(queue.take()), [1, 1000, 23]);
        assert_eq!(sizes(queue.take()), [5]);
    }

    #[test]
    fn without_room_entries_are_refused_or_counted() {
        let queue = Queue::default();
        queue.submit(entries(3), 3, NoRoom::Refuse).unwrap();
        assert!(matches!(queue.submit(entries(1), 3, NoRoom::Refuse), Err(LedgerError::QueueFull { waiting: 3 })));
        queue.submit(entries(7), 3, NoRoom::DropAndCount).unwrap();
        assert_eq!(queue.take().dropped, 7);
        queue.submit(entries(3), 3, NoRoom::Refuse).unwrap();
    }

    #[test]
    fn a_closed_queue_takes_nothing_and_gives_what_waits() {
        let queue = Queue::default();
        queue.submit(entries(1), 3, NoRoom::Refuse).unwrap();
        queue.close();
        assert!(matches!(queue.submit(entries(1), 3, NoRoom::Refuse), Err(LedgerError::Closed)));
        assert_eq!(queue.take().batches.len(), 1);
        assert!(!queue.wait());
    }
}
