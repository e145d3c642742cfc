//! The two threads of an open ledger: one writes groups, one prepares segments and publishes checkpoints.
//!
//! Nobody waits for a group to fill: what arrives while one is synced is the next. An appender that finds the writer
//! idle writes its group itself, which spares a lone writer two changes of thread a record.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::catalogue::Catalogue;
use crate::entry::Entry;
use crate::error::LedgerError;
use crate::group::commit_group;
use crate::publish::{Publisher, SignedCheckpoint};
use crate::queue::Queue;
use crate::segment::Spare;
use crate::writer::Writer;

/// Kind of the record that states how many submitted entries were dropped.
pub const GAP_KIND: &str = "ledger.gap";

/// What the threads and the handles share.
pub(crate) struct Shared {
    pub(crate) queue: Queue,
    pub(crate) writer: Mutex<Writer>,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) publisher: Mutex<Publisher>,
    pub(crate) spare: Arc<Spare>,
    pub(crate) wants_spare: AtomicBool,
    pub(crate) tick: Tick,
    /// Why the last publication in the background failed.
    pub(crate) publish_error: Mutex<Option<LedgerError>>,
}

/// Wakes the publishing thread, or ends it.
#[derive(Default)]
pub(crate) struct Tick {
    is_over: Mutex<bool>,
    changed: Condvar,
}

impl Tick {
    pub(crate) fn wake(&self) {
        self.changed.notify_all();
    }

    pub(crate) fn end(&self) {
        *self.is_over.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    /// Waits for a wake or the timeout; false when it is over.
    fn wait(&self, timeout: Duration) -> bool {
        let is_over = self.is_over.lock().unwrap_or_else(PoisonError::into_inner);
        if *is_over {
            return false;
        }
        let (is_over, _) = self.changed.wait_timeout(is_over, timeout).unwrap_or_else(PoisonError::into_inner);
        !*is_over
    }
}

impl Shared {
    /// Publishes and hands the note to the writer.
    pub(crate) fn publish(&self) -> Result<SignedCheckpoint, LedgerError> {
        let mut publisher = self.publisher.lock().unwrap_or_else(PoisonError::into_inner);
        let before = publisher.published();
        let signed = publisher.publish()?;
        if before != Some(signed.head.size) {
            self.queue.note(signed.note.clone());
        }
        Ok(signed)
    }
}

/// Writes groups until the queue is closed and empty.
pub(crate) fn write(shared: &Shared) {
    // However this ends, nobody may wait for it in vain.
    let _abandon = AbandonOnDrop(&shared.queue);
    while shared.queue.wait() {
        // A panic while writing leaves an unknown state: better closed than wrong.
        let Ok(mut writer) = shared.writer.lock() else { return };
        write_group(shared, &mut writer);
    }
}

struct AbandonOnDrop<'a>(&'a Queue);

impl Drop for AbandonOnDrop<'_> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

impl Shared {
    /// Has what waits written: by this thread if the writer is idle, else by the writing thread.
    pub(crate) fn write_soon(&self) {
        if let Ok(mut writer) = self.writer.try_lock() {
            write_group(self, &mut writer);
            drop(writer);
            if !self.queue.has_work() {
                return;
            }
        }
        self.queue.wake();
    }
}

fn write_group(shared: &Shared, writer: &mut Writer) {
    let work = shared.queue.take();
    if let Some(note) = &work.note {
        // A note that does not get in stands in its file all the same; what stops the writer also stops the batches.
        drop(writer.add_note(note));
    }
    let gap = gap_entry(work.dropped);
    let mut batches: Vec<&[Entry]> = gap.as_ref().map(std::slice::from_ref).into_iter().collect();
    batches.extend(work.batches.iter().map(|batch| batch.entries.as_slice()));
    let mut outcomes = commit_group(writer, &batches).into_iter();
    let mut dropped = 0;
    let mut is_failing = false;
    if gap.is_some() && outcomes.next().is_none_or(|outcome| outcome.is_err()) {
        dropped += work.dropped;
        is_failing = true;
    }
    for (batch, outcome) in work.batches.into_iter().zip(outcomes) {
        is_failing |= outcome.is_err();
        match batch.reply {
            // A caller that no longer listens loses only its receipt.
            Some(reply) => drop(reply.send(outcome)),
            None if outcome.is_err() => dropped += batch.entries.len() as u64,
            None => {}
        }
    }
    shared.queue.went(is_failing, dropped);
    if writer.wants_spare() && !shared.wants_spare.swap(true, Ordering::Relaxed) {
        shared.tick.wake();
    }
}

fn gap_entry(dropped: u64) -> Option<Entry> {
    (dropped > 0).then(|| Entry {
        kind: GAP_KIND.to_owned(),
        actor: "ledger".to_owned(),
        tags: vec![("dropped".to_owned(), dropped.to_string())],
        ..Entry::default()
    })
}

/// Prepares segments and publishes checkpoints until told that it is over.
pub(crate) fn publish(shared: &Shared, every: Duration) {
    let mut last = std::time::Instant::now();
    while shared.tick.wait(every.saturating_sub(last.elapsed()).max(Duration::from_millis(1))) {
        if shared.wants_spare.load(Ordering::Relaxed) {
            // If it fails, the writer meets the same fault when it needs the segment, and says so.
            drop(shared.spare.prepare());
            shared.wants_spare.store(false, Ordering::Relaxed);
        }
        if last.elapsed() >= every {
            last = std::time::Instant::now();
            let outcome = shared.publish().err();
            *shared.publish_error.lock().unwrap_or_else(PoisonError::into_inner) = outcome;
        }
    }
}
