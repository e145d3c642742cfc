//! Which view of a doubtful record is right: the one that leads to the signed root.

use syndic_tlog::{Hash, Tile, TileEdge, encode_hashes};

use super::piece::Doubt;
use super::views::{entry_place, hash_place};
use super::{Problem, ProblemKind};

/// A way to choose among views.
type Choose = fn(&Doubt) -> Option<Hash>;

/// Two views that agree, else the frame; then each kind of view alone.
const CHOICES: [Choose; 4] = [
    |doubt| doubt.agreed().or(doubt.frame).or(doubt.tile).or(doubt.bundle),
    |doubt| doubt.frame.or(doubt.tile).or(doubt.bundle),
    |doubt| doubt.tile.or(doubt.bundle).or(doubt.frame),
    |doubt| doubt.bundle.or(doubt.tile).or(doubt.frame),
];

impl Doubt {
    fn agreed(&self) -> Option<Hash> {
        let Self { frame, tile, bundle, .. } = *self;
        let pairs = [(frame, tile), (frame, bundle), (tile, bundle)];
        pairs.into_iter().find_map(|(one, other)| one.filter(|_| one == other))
    }

    /// Names each view that is not `right`; `size` is the tree the tiles belong to.
    pub(super) fn judge(&self, right: Hash, size: u64) -> Vec<Problem> {
        let records = self.index..self.index.saturating_add(1);
        let problem = |kind, path: String, offset, what: &str| Problem {
            kind,
            path,
            offset,
            records: records.clone(),
            what: what.to_owned(),
        };
        let mut problems = Vec::new();
        if self.frame.is_some_and(|frame| frame != right) {
            let what = "the leaf is not the one that was signed";
            problems.push(problem(ProblemKind::Tampered, self.path.clone(), self.offset, what));
        }
        if let Some(place) = hash_place(self.index, size).filter(|_| self.tile.is_some_and(|tile| tile != right)) {
            let what = "the tile has another hash than the record";
            problems.push(problem(ProblemKind::TileMismatch, place.path, place.offset, what));
        }
        if let Some(place) = entry_place(self.index, size).filter(|_| self.bundle.is_some_and(|bundle| bundle != right))
        {
            let what = "the bundle has another leaf than the record";
            problems.push(problem(ProblemKind::TileMismatch, place.path, place.offset, what));
        }
        problems
    }
}

/// A tree grown by some records.
pub(super) struct Grown {
    pub(super) edge: TileEdge,
    /// Hash tiles above level 0 that the records filled.
    pub(super) tiles: Vec<(Tile, Vec<u8>)>,
}

/// Appends hashes to a tree.
pub(super) fn grow(edge: &TileEdge, hashes: &[Hash]) -> Grown {
    let mut grown = Grown { edge: edge.clone(), tiles: Vec::new() };
    for hash in hashes {
        grown.edge.push(*hash, |tile, hashes| {
            if !super::views::is_level_0(&tile) {
                grown.tiles.push((tile, encode_hashes(hashes)));
            }
        });
    }
    grown
}

/// Chooses views so that the tree has this root, and leaves them in `hashes`, whose first is that of record `first`.
pub(super) fn choose(edge: &TileEdge, first: u64, hashes: &mut [Hash], doubts: &[Doubt], root: Hash) -> Option<Grown> {
    let choices = if doubts.is_empty() { CHOICES.get(..1) } else { Some(CHOICES.as_slice()) };
    for choose in choices.unwrap_or_default() {
        for doubt in doubts {
            let place = usize::try_from(doubt.index - first).ok().and_then(|place| hashes.get_mut(place));
            if let (Some(place), Some(chosen)) = (place, choose(doubt)) {
                *place = chosen;
            }
        }
        let grown = grow(edge, hashes);
        if grown.edge.frontier().root() == root {
            return Some(grown);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use syndic_tlog::leaf_hash;

    fn doubt(index: u64, views: [Hash; 3]) -> Doubt {
        let [frame, tile, bundle] = views.map(Some);
        Doubt { index, path: "segments/s".into(), offset: 8, frame, tile, bundle }
    }

    #[test]
    fn the_root_decides_even_if_two_views_agree_on_a_wrong_hash() {
        let (right, wrong) = (leaf_hash(b"right"), leaf_hash(b"wrong"));
        let root = grow(&TileEdge::new(), &[right, right]).edge.frontier().root();
        for views in [[right, wrong, wrong], [wrong, right, wrong], [wrong, wrong, right], [wrong, right, right]] {
            let doubts = [doubt(1, views)];
            let mut hashes = [right, views[0]];
            assert!(choose(&TileEdge::new(), 0, &mut hashes, &doubts, root).is_some());
            assert_eq!(hashes, [right, right]);
            let named = doubts[0].judge(hashes[1], 2);
            assert_eq!(named.len(), views.iter().filter(|view| **view == wrong).count());
            assert_eq!(named.iter().any(|problem| problem.kind == ProblemKind::Tampered), views[0] == wrong);
        }
    }

    #[test]
    fn no_view_that_leads_to_the_root_is_no_choice() {
        let wrong = leaf_hash(b"wrong");
        assert!(choose(&TileEdge::new(), 0, &mut [wrong], &[doubt(0, [wrong; 3])], leaf_hash(b"right")).is_none());
        assert!(choose(&TileEdge::new(), 0, &mut [wrong], &[], leaf_hash(b"right")).is_none());
    }
}
