//! Runs jobs on several threads and hands over their results in order, never holding more than two a thread.

use std::sync::mpsc::{Receiver, sync_channel};

/// Runs `run` on each job with `workers` threads, and gives the results to `take` in the order of the jobs.
pub(super) fn in_order<J: Sync, R: Send>(
    jobs: &[J],
    workers: usize,
    run: impl Fn(&J) -> R + Sync,
    mut take: impl FnMut(R),
) {
    let workers = workers.clamp(1, jobs.len().max(1));
    if workers == 1 {
        return jobs.iter().for_each(|job| take(run(job)));
    }
    std::thread::scope(|scope| {
        let run = &run;
        // Job n is worker n mod workers': jobs are alike, and so the results come in order by themselves.
        let results: Vec<Receiver<R>> = (0..workers)
            .map(|worker| {
                let (give, result) = sync_channel(1);
                scope.spawn(move || {
                    for job in jobs.iter().skip(worker).step_by(workers) {
                        if give.send(run(job)).is_err() {
                            break;
                        }
                    }
                });
                result
            })
            .collect();
        for result in results.iter().cycle().take(jobs.len()) {
            // A worker that panicked gives nothing; the scope passes its panic on.
            let Ok(result) = result.recv() else { break };
            take(result);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_jobs() {
        let jobs: Vec<u64> = (0..100).collect();
        for workers in [0, 1, 3, 200] {
            let mut results = Vec::new();
            in_order(&jobs, workers, |job| job * 2, |result| results.push(result));
            assert_eq!(results, jobs.iter().map(|job| job * 2).collect::<Vec<u64>>());
        }
        in_order(&[], 2, |job: &u64| *job, |_| panic!("no job, no result"));
    }
}
