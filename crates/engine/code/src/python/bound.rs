//! The assignments to one name, found by the function they stand in without a look at those of other functions.

/// The assignments to one name: function and index among all, by function, then in source order.
#[derive(Debug, Default)]
pub(crate) struct Bound {
    sorted: Vec<(Option<usize>, usize)>,
}

impl Bound {
    /// Adds an assignment; [`Self::sort`] comes before any look-up.
    pub(crate) fn push(&mut self, function: Option<usize>, index: usize) {
        self.sorted.push((function, index));
    }

    /// Puts the assignments in order.
    pub(crate) fn sort(&mut self) {
        self.sorted.sort_unstable();
    }

    /// Returns the indexes of the assignments of one function.
    pub(crate) fn inside(&self, function: Option<usize>) -> impl DoubleEndedIterator<Item = usize> {
        let start = self.sorted.partition_point(|(known, _)| *known < function);
        let end = self.sorted.partition_point(|(known, _)| *known <= function);
        self.sorted.get(start..end).unwrap_or_default().iter().map(|(_, index)| *index)
    }

    /// Returns the indexes of all assignments.
    pub(crate) fn all(&self) -> impl Iterator<Item = usize> {
        self.sorted.iter().map(|(_, index)| *index)
    }

    /// Returns the index of the assignment that comes last in the source.
    pub(crate) fn last(&self) -> Option<usize> {
        self.all().max()
    }
}
