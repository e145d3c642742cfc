//! Does many small things at once, because each mostly waits for the network.

use std::sync::{Mutex, PoisonError};

use crate::error::{ArchiveError, Result};

/// Things done at once.
pub(crate) const WORKERS: usize = 8;

/// Calls `work` for each item, several at once; items are drawn one by one, so a long row costs no memory.
///
/// # Errors
/// The first error; items not begun then are left.
pub(crate) fn for_each<T: Send>(
    items: impl Iterator<Item = T> + Send,
    work: impl Fn(T) -> Result<()> + Sync,
) -> Result<()> {
    let state: Mutex<(_, Option<ArchiveError>)> = Mutex::new((items, None));
    let draw = || {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.1.is_some() { None } else { state.0.next() }
    };
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(item) = draw() {
                    if let Err(error) = work(item) {
                        state.lock().unwrap_or_else(PoisonError::into_inner).1.get_or_insert(error);
                    }
                }
            });
        }
    });
    state.into_inner().unwrap_or_else(PoisonError::into_inner).1.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn every_item_is_done_once() {
        let sum = AtomicU64::new(0);
        for_each(0..1_000_u64, |item| {
            sum.fetch_add(item, Ordering::Relaxed);
            Ok(())
        })
        .unwrap();
        assert_eq!(sum.into_inner(), 499_500);
    }

    #[test]
    fn an_error_stops_what_was_not_begun() {
        let done = AtomicU64::new(0);
        let outcome = for_each(0..1_000_000_u64, |item| {
            done.fetch_add(1, Ordering::Relaxed);
            if item == 3 { Err(ArchiveError::Source("three".to_owned())) } else { Ok(()) }
        });
        assert_eq!(outcome.unwrap_err().to_string(), "three");
        assert!(done.into_inner() < 1_000_000);
    }
}
