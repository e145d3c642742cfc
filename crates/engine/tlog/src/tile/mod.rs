//! Tiles: the files a tree is stored and served in, 256 hashes or entries each.
//!
//! Source: C2SP tlog-tiles.

mod bundle;
mod content;
mod edge;
mod path;
mod place;
mod reader;

pub use bundle::{BundleError, ENTRY_LIMIT, decode_entries, encode_entries};
pub use content::{decode_hashes, encode_hashes};
pub use edge::TileEdge;
pub use place::{TILE_HEIGHT, TILE_WIDTH, Tile, TileContent, TileError};
pub use reader::{TileHashReader, TileReadError, TileSource};
