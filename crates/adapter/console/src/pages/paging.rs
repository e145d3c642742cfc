//! Long lists in pages.

/// Rows of one page.
pub(super) const PAGE: usize = 100;

/// One page of a list.
pub(super) struct Paging {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) total: usize,
    pub(super) previous: Option<String>,
    pub(super) next: Option<String>,
}

impl Paging {
    /// Finds page `number` (from 1) of `total` rows; a number past the end is the last page.
    pub(super) fn new(number: usize, total: usize, href: impl Fn(&str) -> String) -> Self {
        let pages = total.div_ceil(PAGE).max(1);
        let number = number.clamp(1, pages);
        let skipped = (number - 1) * PAGE;
        Self {
            first: skipped + usize::from(total > 0),
            last: (skipped + PAGE).min(total),
            total,
            previous: (number > 1).then(|| href(&(number - 1).to_string())),
            next: (number < pages).then(|| href(&(number + 1).to_string())),
        }
    }

    /// Takes this page's rows out of all.
    pub(super) fn cut<'a, T>(&self, rows: &'a [T]) -> &'a [T] {
        rows.get(self.first.saturating_sub(1)..self.last).unwrap_or_default()
    }

    /// Says whether there is more than one page.
    pub(super) const fn is_needed(&self) -> bool {
        self.previous.is_some() || self.next.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_on_exactly_one_page() {
        let rows: Vec<usize> = (0..250).collect();
        let seen: Vec<usize> =
            (1..=3).flat_map(|number| Paging::new(number, 250, str::to_owned).cut(&rows).to_vec()).collect();
        assert_eq!(seen, rows);
        assert_eq!(Paging::new(usize::MAX, 250, str::to_owned).first, 201);
        assert!(Paging::new(1, 0, str::to_owned).cut(&rows[..0]).is_empty());
    }
}
