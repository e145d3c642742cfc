//! Byte offset → line and column, in `O(log lines)` after one pass.

/// The starts of all lines of a text.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    /// Notes where each line of `text` starts.
    pub fn new(text: &[u8]) -> Self {
        let breaks = memchr::memchr_iter(b'\n', text).map(|index| index + 1);
        Self { starts: std::iter::once(0).chain(breaks).collect() }
    }

    /// Returns line and column of a byte offset, both from 1; the column counts bytes.
    ///
    /// ```
    /// use syndic_detect::LineIndex;
    /// assert_eq!(LineIndex::new(b"ab\ncd").position(4), (2, 2));
    /// ```
    pub fn position(&self, offset: usize) -> (u32, u32) {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(offset - start + 1).unwrap_or(u32::MAX))
    }

    /// Returns the line of a byte offset, from 1.
    pub fn line(&self, offset: usize) -> u32 {
        self.position(offset).0
    }
}
