//! Which tile: its content, level, index and width, and the tiles a log of some size consists of.
//!
//! A tile of level `l` and index `n` holds the nodes `256 n` to `256 n + 255` of tree level `8 l`. The rightmost tile of
//! a level is partial until it is full; only full tiles have a hash in the level above.
//! Source: C2SP tlog-tiles, "Merkle Tree" and "Partial Tiles".

use crate::Node;

/// Levels of the tree one tile spans.
pub const TILE_HEIGHT: u8 = 8;

/// Hashes or entries of a full tile.
pub const TILE_WIDTH: u16 = 1 << TILE_HEIGHT;

/// The highest level a path may name; a tree of 2^64 leaves reaches level 7.
pub(super) const LEVEL_LIMIT: u8 = 63;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileContent {
    /// Hashes of nodes; level 0 are the leaves' hashes.
    Hashes {
        /// Level among tiles, 0 to 63; the tree level is 8 times it.
        level: u8,
    },
    /// The leaves themselves (an "entry bundle").
    Entries,
}

impl TileContent {
    /// Returns how many hashes or entries of this kind a tree of `size` leaves has.
    fn count(self, size: u64) -> u64 {
        match self {
            Self::Entries => size,
            Self::Hashes { level } => size.checked_shr(u32::from(level) * u32::from(TILE_HEIGHT)).unwrap_or(0),
        }
    }
}

/// The place of one tile. Its text form is its path below the log's prefix, like `tile/0/x001/067.p/3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    pub(super) content: TileContent,
    pub(super) index: u64,
    pub(super) width: u16,
}

/// Why there is no such tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// The level is above 63.
    #[error("a tile's level is 0 to {LEVEL_LIMIT}")]
    Level,
    /// Neither 1 to 255 nor full.
    #[error("a tile has 1 to {TILE_WIDTH} hashes or entries")]
    Width,
    /// The text is no path of a tile, or not its only spelling.
    #[error("not the path of a tile (`tile/<level or entries>/<index>[.p/<width>]`)")]
    Path,
}

impl Tile {
    /// Names a tile; a width of [`TILE_WIDTH`] is a full one.
    ///
    /// # Errors
    /// [`TileError::Level`] and [`TileError::Width`].
    pub fn new(content: TileContent, index: u64, width: u16) -> Result<Self, TileError> {
        if matches!(content, TileContent::Hashes { level } if level > LEVEL_LIMIT) {
            return Err(TileError::Level);
        }
        if width == 0 || width > TILE_WIDTH {
            return Err(TileError::Width);
        }
        Ok(Self { content, index, width })
    }

    /// Returns the tile at a place as a tree of `size` leaves has it, full or partial; `None` if it has none there.
    pub fn in_tree(content: TileContent, index: u64, size: u64) -> Option<Self> {
        let before = index.checked_mul(u64::from(TILE_WIDTH))?;
        let held = content.count(size).checked_sub(before)?.min(u64::from(TILE_WIDTH));
        Self::new(content, index, u16::try_from(held).ok()?).ok()
    }

    /// Returns the hash tile that holds or spans `node` in a tree of `size` leaves; `None` if the node is not in it.
    pub fn of_node(node: Node, size: u64) -> Option<Self> {
        if !node.is_in_tree(size) {
            return None;
        }
        let level = node.level / TILE_HEIGHT;
        let index = node.index >> (TILE_HEIGHT - node.level % TILE_HEIGHT);
        Self::in_tree(TileContent::Hashes { level }, index, size)
    }

    /// Returns all hash tiles a log must write when it grows from `old_size` to `new_size` leaves, lower levels first.
    pub fn hash_tiles(old_size: u64, new_size: u64) -> impl Iterator<Item = Self> {
        let levels = 0..=(u64::BITS / u32::from(TILE_HEIGHT) - 1);
        levels
            .filter_map(|level| u8::try_from(level).ok())
            .flat_map(move |level| Self::grown(TileContent::Hashes { level }, old_size, new_size))
    }

    /// Returns all entry bundles a log must write when it grows from `old_size` to `new_size` leaves.
    pub fn entry_bundles(old_size: u64, new_size: u64) -> impl Iterator<Item = Self> {
        Self::grown(TileContent::Entries, old_size, new_size)
    }

    fn grown(content: TileContent, old_size: u64, new_size: u64) -> impl Iterator<Item = Self> {
        let (old, new) = (content.count(old_size), content.count(new_size));
        let width = u64::from(TILE_WIDTH);
        // From the tile the first new hash falls into; none if nothing is new.
        let end = if new > old { new.div_ceil(width) } else { 0 };
        (old / width..end).filter_map(move |index| Self::in_tree(content, index, new_size))
    }

    /// Returns what the tile holds.
    pub fn content(&self) -> TileContent {
        self.content
    }

    /// Returns its place within its level, from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Returns how many hashes or entries it holds: 1 to 256.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Says whether it is full and so never changes.
    pub fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// Returns the full tile at the same place.
    #[must_use]
    pub fn to_full(self) -> Self {
        Self { width: TILE_WIDTH, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widths(size: u64, level: u8) -> Vec<u16> {
        let content = TileContent::Hashes { level };
        Tile::hash_tiles(0, size).filter(|tile| tile.content == content).map(|tile| tile.width).collect()
    }

    #[test]
    fn the_example_of_the_specification_has_its_tiles() {
        let level_0 = widths(70_000, 0);
        assert_eq!((level_0.len(), level_0.last()), (274, Some(&112)));
        assert!(level_0.iter().take(273).all(|width| *width == 256));
        assert_eq!(widths(70_000, 1), [256, 17]);
        assert_eq!(widths(70_000, 2), [1]);
        assert_eq!((widths(256, 0), widths(256, 1)), (vec![256], vec![1]));
        assert_eq!(Tile::entry_bundles(0, 70_000).count(), 274);
    }

    #[test]
    fn a_log_that_does_not_grow_writes_nothing() {
        for size in [0, 1, 255, 256, 257, u64::MAX] {
            assert_eq!(Tile::hash_tiles(size, size).count() + Tile::entry_bundles(size, size).count(), 0);
        }
        assert_eq!(Tile::entry_bundles(500, 3).count(), 0);
    }

    #[test]
    fn the_largest_tree_has_a_tile_for_its_top_node() {
        let top = Node { level: 63, index: 0 };
        let tile = Tile::of_node(top, u64::MAX).unwrap();
        assert_eq!((tile.content(), tile.index(), tile.width()), (TileContent::Hashes { level: 7 }, 0, 255));
        assert_eq!(Tile::of_node(top, u64::MAX >> 1), None);
    }

    #[test]
    fn levels_and_widths_out_of_range_are_refused() {
        let hashes = |level| TileContent::Hashes { level };
        assert_eq!(Tile::new(hashes(64), 0, 1), Err(TileError::Level));
        assert_eq!(Tile::new(hashes(0), 0, 0), Err(TileError::Width));
        assert_eq!(Tile::new(TileContent::Entries, 0, 257), Err(TileError::Width));
        assert!(Tile::new(hashes(63), u64::MAX, 256).is_ok());
    }
}
