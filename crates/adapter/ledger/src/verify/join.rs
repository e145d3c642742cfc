//! Joins the pieces of a log in order and compares the tree they make with every signed head.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use syndic_tlog::{Hash, Tile, TileEdge, TileSource as _, TreeHead, encode_hashes};

use super::key_use::KeyUse;
use super::piece::{Doubt, Finding, Piece};
use super::root::{choose, grow};
use super::strays::Right;
use super::trust::Trust;
use super::views::{is_level_0, problem_of, unreadable};
use super::walk::NoteFrame;
use super::{Problem, ProblemKind};
use crate::admin::NamedWitnesses;
use crate::disk::Disk;
use crate::publish::CHECKPOINT_PATH;
use crate::tiles::StoredTiles;

/// The state of joining.
pub(super) struct Join<'a> {
    disk: Arc<dyn Disk>,
    trust: &'a Trust,
    /// Leaves the tiles cover.
    tile_size: u64,
    /// The tree of the first `base` records; nothing if their hashes are not known.
    edge: Option<TileEdge>,
    base: u64,
    /// Hashes from record `base` on, up to the last record joined.
    window: Vec<Hash>,
    doubts: Vec<Doubt>,
    /// Signed heads not compared yet.
    pending: BTreeMap<u64, Hash>,
    /// The last comparison failed, and was reported.
    is_broken: bool,
    newest_frame: Option<TreeHead>,
    pub(super) vouched: Option<TreeHead>,
    pub(super) heads_checked: u64,
    pub(super) findings: Vec<Finding>,
    pub(super) retired: Vec<(u64, u64)>,
    pub(super) keys: KeyUse,
    pub(super) witnesses: Option<NamedWitnesses>,
    pub(super) bytes: u64,
}

impl<'a> Join<'a> {
    /// Starts with an empty tree and the heads known from outside the segments.
    pub(super) fn new(disk: Arc<dyn Disk>, trust: &'a Trust, tile_size: u64, heads: &[TreeHead]) -> Self {
        let mut join = Self {
            disk,
            trust,
            tile_size,
            edge: Some(TileEdge::new()),
            base: 0,
            window: Vec::new(),
            doubts: Vec::new(),
            pending: BTreeMap::new(),
            is_broken: false,
            newest_frame: None,
            vouched: None,
            heads_checked: 0,
            findings: Vec::new(),
            retired: Vec::new(),
            keys: KeyUse::default(),
            witnesses: None,
            bytes: 0,
        };
        for head in heads {
            join.expect(*head, CHECKPOINT_PATH, 0);
        }
        join
    }

    /// What the records make of the tiles behind the newest head that was compared.
    pub(super) fn right_tiles(&self) -> Right {
        let size = self.base + self.window.len() as u64;
        self.edge.as_ref().map_or_else(|| Right::unknown(size), |edge| Right::grow(edge, &self.window))
    }

    /// The newest head a checkpoint frame states.
    pub(super) fn newest_frame(&self) -> Option<TreeHead> {
        self.newest_frame
    }

    /// Takes the next piece.
    pub(super) fn take(&mut self, piece: Piece) -> Tail {
        if piece.first != self.base + self.window.len() as u64 {
            self.edge = None;
            self.base = piece.first;
            self.window.clear();
            self.doubts.clear();
        }
        self.window.extend(piece.hashes);
        self.doubts.extend(piece.doubts);
        self.findings.extend(piece.findings);
        self.retired.extend(piece.retired);
        self.keys.merge(piece.keys);
        self.witnesses = piece.witnesses.or(self.witnesses.take());
        self.bytes += piece.bytes;
        for note in &piece.notes {
            self.note(note, &piece.path);
        }
        self.settle();
        let bad = piece.tail.map(|bad| (bad.offset, bad.why.to_string()));
        Tail { path: piece.path, size: piece.size, end: piece.end, bad }
    }

    fn note(&mut self, note: &NoteFrame, path: &str) {
        let head = match self.trust.read(&note.text) {
            Ok(signed) => signed.head,
            Err(why) => {
                let here = self.base;
                return self.report(ProblemKind::BadSignature, path, note.offset, here..here, why);
            }
        };
        match self.newest_frame {
            Some(newest) if newest.size >= head.size => {
                let what = format!("a checkpoint over {} records stands behind one over {}", head.size, newest.size);
                self.report(ProblemKind::Tampered, path, note.offset, head.size..head.size, what);
            }
            _ => self.newest_frame = Some(head),
        }
        if let Some(before) = note.before.filter(|before| *before < head.size) {
            let what = format!("a checkpoint over {} records stands before record {before}", head.size);
            self.report(ProblemKind::Tampered, path, note.offset, head.size..head.size, what);
        }
        self.expect(head, path, note.offset);
    }

    /// Remembers a signed head; compares it at once if its records have gone by.
    fn expect(&mut self, head: TreeHead, path: &str, offset: u64) {
        let fork = |root: &Hash| format!("two roots were signed over {} records, {root} and {}", head.size, head.root);
        let known = match self.vouched {
            _ if head.size == 0 => Some(TreeHead::EMPTY.root),
            Some(vouched) if vouched.size == head.size => Some(vouched.root),
            _ => self.pending.get(&head.size).copied(),
        };
        match known {
            Some(root) if root != head.root => {
                self.report(ProblemKind::Tampered, path, offset, head.size..head.size, fork(&root));
            }
            Some(_) if head.size == 0 && self.vouched.is_none() => self.vouched = Some(head),
            Some(_) => {}
            None if head.size > self.base => {
                self.pending.insert(head.size, head.root);
            }
            None => self.late(head, path, offset),
        }
    }

    /// Compares a head whose records have gone by with the tiles under the newest root that was found right.
    fn late(&mut self, head: TreeHead, path: &str, offset: u64) {
        let Some(vouched) = self.vouched.filter(|vouched| vouched.size > head.size) else { return };
        self.heads_checked += 1;
        let what = match StoredTiles(Arc::clone(&self.disk)).head_under(head.size, vouched) {
            Some(under) if under == head => return,
            Some(under) => {
                format!("a root {} was signed over {} records that have root {}", head.root, head.size, under.root)
            }
            None => {
                format!("the root signed over {} records cannot be compared: the tiles do not lead to it", head.size)
            }
        };
        self.report(ProblemKind::Tampered, path, offset, head.size..head.size, what);
    }

    /// Compares every pending head whose records are there.
    fn settle(&mut self) {
        while let Some((size, root)) = self.pending.first_key_value().map(|(size, root)| (*size, *root))
            && size <= self.base + self.window.len() as u64
        {
            self.pending.pop_first();
            if size > self.base {
                self.heads_checked += 1;
                self.compare(TreeHead { size, root });
            }
        }
    }

    fn compare(&mut self, head: TreeHead) {
        let first = self.base;
        let count = usize::try_from(head.size - first).unwrap_or(usize::MAX).min(self.window.len());
        let mut hashes: Vec<Hash> = self.window.drain(..count).collect();
        let later = self.doubts.partition_point(|doubt| doubt.index < head.size);
        let doubts: Vec<Doubt> = self.doubts.drain(..later).collect();
        self.base = head.size;
        let edge = self.edge.take();
        let grown = edge.as_ref().and_then(|edge| choose(edge, first, &mut hashes, &doubts, head.root));
        if let Some(grown) = grown {
            self.vouched = Some(head);
            self.is_broken = false;
            for (doubt, right) in doubts.iter().filter_map(|doubt| Some((doubt, at(&hashes, doubt.index - first)?))) {
                let problems = doubt.judge(right, self.tile_size);
                self.findings.extend(problems.into_iter().map(|problem| Finding { problem, torn_at: None }));
            }
            self.check_tiles(&grown.tiles, &grown.edge);
            self.edge = Some(grown.edge);
            return;
        }
        if !std::mem::replace(&mut self.is_broken, true) {
            self.complain(first, head, &doubts);
        }
        let tiles = StoredTiles(Arc::clone(&self.disk));
        let stored = TileEdge::read(&tiles.reader(head.size), head.size).ok();
        // Tiles that lead to the signed root let what follows be judged by itself.
        let stored = stored.filter(|stored| stored.frontier().root() == head.root);
        self.is_broken &= stored.is_none();
        self.edge = stored.or_else(|| edge.map(|edge| grow(&edge, &hashes).edge));
    }

    fn complain(&mut self, first: u64, head: TreeHead, doubts: &[Doubt]) {
        let what = format!("they do not lead to the root {} signed over {} records", head.root, head.size);
        let (path, offset) =
            doubts.first().map_or(("segments".to_owned(), 0), |doubt| (doubt.path.clone(), doubt.offset));
        self.report(ProblemKind::Tampered, &path, offset, first..head.size, what);
        for doubt in doubts {
            let what = "frame, tile and bundle disagree, and no root says which is right".to_owned();
            self.report(ProblemKind::Tampered, &doubt.path, doubt.offset, doubt.index..doubt.index + 1, what);
        }
    }

    /// Compares the hash tiles above level 0 with those on the disk.
    fn check_tiles(&mut self, filled: &[(Tile, Vec<u8>)], edge: &TileEdge) {
        for (tile, bytes) in filled {
            if Tile::in_tree(tile.content(), tile.index(), self.tile_size) == Some(*tile) {
                self.check_tile(tile, bytes);
            }
        }
        if edge.frontier().size() == self.tile_size {
            for (tile, hashes) in edge.partial_tiles().filter(|(tile, _)| !is_level_0(tile)) {
                self.check_tile(&tile, &encode_hashes(hashes));
            }
        }
    }

    fn check_tile(&mut self, tile: &Tile, right: &[u8]) {
        let stored = StoredTiles(Arc::clone(&self.disk)).read_tile(tile);
        let mut problem = match stored {
            Ok(stored) if stored.starts_with(right) && (stored.len() == right.len() || !self.exists(tile)) => return,
            Ok(_) => problem_of(
                tile,
                ProblemKind::TileMismatch,
                "the tile has other hashes than the records make".to_owned(),
            ),
            Err(error) => {
                let (kind, what) = unreadable(&error);
                problem_of(tile, kind, what)
            }
        };
        if let Ok(stored) = StoredTiles(Arc::clone(&self.disk)).read_tile(tile) {
            let same = stored.iter().zip(right).take_while(|(one, other)| one == other).count();
            problem.offset = same as u64;
        }
        self.findings.push(Finding { problem, torn_at: None });
    }

    /// Tells whether the tile of this very width is there, and not only a wider one.
    fn exists(&self, tile: &Tile) -> bool {
        !matches!(self.disk.open(&tile.to_string()), Err(problem) if problem.kind() == io::ErrorKind::NotFound)
    }

    fn report(&mut self, kind: ProblemKind, path: &str, offset: u64, records: Range<u64>, what: String) {
        let problem = Problem { kind, path: path.to_owned(), offset, records, what };
        self.findings.push(Finding { problem, torn_at: None });
    }
}

/// How the last piece ends.
#[derive(Default)]
pub(super) struct Tail {
    pub(super) path: String,
    pub(super) size: u64,
    pub(super) end: u64,
    /// Byte and reason, if bytes that are no frame follow the last record.
    pub(super) bad: Option<(u64, String)>,
}

fn at(hashes: &[Hash], place: u64) -> Option<Hash> {
    hashes.get(usize::try_from(place).ok()?).copied()
}
