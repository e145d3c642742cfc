//! Did a run look at this place? Only then may it say that something there is gone.

use std::collections::BTreeSet;
use std::ops::Bound;

use syndic_evidence::{Run, Skipped};

/// The places and rules of one run.
pub(crate) struct Covered<'a> {
    rules: BTreeSet<&'a str>,
    /// Files and folders that were not looked at, or not wholly; whatever the reason.
    skipped: BTreeSet<&'a str>,
    /// The run looked at nothing, or its list of skipped places was cut: then nothing is known to be covered.
    is_blind: bool,
}

impl<'a> Covered<'a> {
    pub(crate) fn new(run: &'a Run) -> Self {
        let coverage = &run.coverage;
        let listed = u64::try_from(coverage.skipped.len()).unwrap_or(u64::MAX);
        Self {
            rules: run.rules.iter().map(String::as_str).collect(),
            skipped: coverage.skipped.iter().map(|skipped: &Skipped| outer(&skipped.path)).collect(),
            is_blind: coverage.files_inspected == 0 || coverage.skipped_total > listed,
        }
    }

    /// Says whether the run ran `rule`.
    pub(crate) fn ran(&self, rule: &str) -> bool {
        self.rules.contains(rule)
    }

    /// Says whether the run looked at all of `path`: it, the folders above it and what lies below it.
    pub(crate) fn looked_at(&self, path: &str) -> bool {
        if self.is_blind || self.skipped.contains("") || self.skipped.contains(".") {
            return false;
        }
        let path = outer(path);
        let is_above = std::iter::successors(Some(path), |path| path.rsplit_once('/').map(|(folder, _)| folder))
            .any(|folder| self.skipped.contains(folder));
        let inside = format!("{path}/");
        let mut after = self.skipped.range::<str, _>((Bound::Included(inside.as_str()), Bound::Unbounded));
        let is_below = after.next().is_some_and(|skipped| skipped.starts_with(&inside));
        !is_above && !is_below
    }
}

/// The file that an archive member lies in.
fn outer(path: &str) -> &str {
    path.split('!').next().unwrap_or(path).trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use syndic_evidence::{AssetKind, Coverage, SkipReason, Timestamp, Urn};

    use super::*;

    fn run(skipped: &[&str]) -> Run {
        let mut coverage = Coverage { files_seen: 9, files_inspected: 5, ..Coverage::default() };
        for path in skipped {
            coverage.skip(Skipped { path: (*path).to_owned(), reason: SkipReason::Unreadable, detail: String::new() });
        }
        Run {
            id: "1".to_owned(),
            system: Urn::local("s", AssetKind::System, "s"),
            started_at: Timestamp::UNIX_EPOCH,
            finished_at: Timestamp::UNIX_EPOCH,
            tool_version: "0".to_owned(),
            rules: vec!["a.b-c".to_owned()],
            coverage,
        }
    }

    #[test]
    fn a_place_is_not_covered_when_it_a_folder_above_or_a_part_below_was_skipped() {
        for skipped in ["a/b.pkl", "a", "a/b.pkl/part", "a/b.pkl!inner", "", ".", "a/"] {
            assert!(!Covered::new(&run(&[skipped])).looked_at("a/b.pkl"), "{skipped}");
        }
    }

    #[test]
    fn a_neighbour_that_was_skipped_does_not_matter() {
        for skipped in ["a/b.pk", "a/b.pkl2", "ab", "b", "a/b"] {
            assert!(Covered::new(&run(&[skipped])).looked_at("a/b.pkl"), "{skipped}");
        }
    }

    #[test]
    fn a_cut_list_or_an_empty_run_covers_nothing() {
        let mut cut = run(&["x"]);
        cut.coverage.skipped_total = 2;
        let mut empty = run(&[]);
        empty.coverage.files_inspected = 0;
        assert!(!Covered::new(&cut).looked_at("a") && !Covered::new(&empty).looked_at("a"));
    }
}
