//! The path of a tile below the log's prefix, and back.
//!
//! An index is written in groups of three digits, all but the last with an `x` before them, so that a file never has
//! the name of a folder. Only one spelling of each path is read. Source: C2SP tlog-tiles, "Merkle Tree".

use std::fmt;
use std::str::FromStr;

use super::place::{TILE_WIDTH, Tile, TileContent, TileError};

/// One more than the largest group of digits.
const GROUP: u64 = 1_000;

/// Longer than any path: `tile/entries/`, seven groups, `.p/255`.
const PATH_BYTES_LIMIT: usize = 64;

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.content {
            TileContent::Hashes { level } => write!(f, "tile/{level}/")?,
            TileContent::Entries => f.write_str("tile/entries/")?,
        }
        write_groups(self.index / GROUP, f)?;
        write!(f, "{:03}", self.index % GROUP)?;
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

/// Writes the groups before the last, the most significant first; at most six deep.
fn write_groups(index: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if index == 0 {
        return Ok(());
    }
    write_groups(index / GROUP, f)?;
    write!(f, "x{:03}/", index % GROUP)
}

impl FromStr for Tile {
    type Err = TileError;

    fn from_str(text: &str) -> Result<Self, TileError> {
        if text.len() > PATH_BYTES_LIMIT {
            return Err(TileError::Path);
        }
        let tile = read(text).ok_or(TileError::Path)?;
        // Signs, missing or additional zeros, an empty `x000`: each other spelling differs from ours.
        if tile.to_string() == text { Ok(tile) } else { Err(TileError::Path) }
    }
}

/// Reads a path loosely; the caller compares it with the one spelling.
fn read(text: &str) -> Option<Tile> {
    let (content, rest) = text.strip_prefix("tile/")?.split_once('/')?;
    let content = match content {
        "entries" => TileContent::Entries,
        level => TileContent::Hashes { level: level.parse().ok()? },
    };
    let (groups, width) = match rest.split_once(".p/") {
        Some((groups, width)) => (groups, width.parse().ok()?),
        None => (rest, TILE_WIDTH),
    };
    let index = groups.split('/').try_fold(0_u64, |index, group| {
        let digits: u64 = group.strip_prefix('x').unwrap_or(group).parse().ok()?;
        index.checked_mul(GROUP)?.checked_add(digits)
    })?;
    Tile::new(content, index, width).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_has_its_path() {
        let tile = Tile::new(TileContent::Hashes { level: 5 }, 1_234_067, 256).unwrap();
        assert_eq!(tile.to_string(), "tile/5/x001/x234/067");
    }

    #[test]
    fn paths_are_read_back() {
        for path in [
            "tile/0/000",
            "tile/entries/000.p/1",
            "tile/63/x001/000.p/255",
            "tile/entries/x018/x446/x744/x073/x709/x551/615.p/255",
        ] {
            assert_eq!(path.parse::<Tile>().unwrap().to_string(), path);
        }
    }

    #[test]
    fn every_other_spelling_is_refused() {
        for path in [
            "",
            "tile",
            "tile/",
            "tile/0",
            "tile/0/",
            "tile/0/0",
            "tile/0/00",
            "tile/0/0000",
            "tile/00/000",
            "tile/+0/000",
            "tile/64/000",
            "tile/-1/000",
            "tile/0/+00",
            "tile/0/x000/001",
            "tile/0/001/001",
            "tile/0/x001",
            "tile/0/xx01",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p/",
            "tile/0/000.p/1/",
            "/tile/0/000",
            "tile/0/x018/x446/x744/x073/x709/x551/616",
            "tile/data/000",
            "tile/8/0/000",
            "tile/0/000/",
            "tile/../000",
            "tile/entries/x001/x001/x001/x001/x001/x001/x001/x001/x001/x001/001",
        ] {
            assert_eq!(path.parse::<Tile>(), Err(TileError::Path), "{path}");
        }
    }
}
