//! Finds many keywords in one pass over a text, whatever the case of their letters.
//!
//! A keyword of three bytes or more covers, wherever it stands, one whole pair of bytes that begins at an even place. So
//! only those pairs are looked up, eight bytes at a step, in a table of the pairs that a keyword may be told by: its
//! rarest one for either parity. Where a pair is in the table, and the bytes before and after it may stand beside it in
//! one of the keywords behind it, these are compared byte by byte.
//!
//! Invariant: the result is that of comparing every keyword at every place; the table only passes places by.

use std::array;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes looked at in one step.
const STEP: usize = 8;
/// Bytes between two sortings of what was found.
const BLOCK: usize = 4096;
/// Pairs of bytes there are.
const PAIRS: usize = 1 << 16;
/// Makes a small letter of a large one; two bytes that it makes equal may still be different.
const FOLD: u8 = 0x20;
/// The same for the first bytes of a keyword at once.
const FOLDS: u32 = u32::from_le_bytes([FOLD; HEAD]);
/// Bytes of a keyword that are compared at once.
const HEAD: usize = 4;
/// Groups of pairs a table can name; more pairs share them.
const GROUPS: usize = 255;
/// Bytes from the most to the least frequent in source code and configuration; all others are rarer.
const FREQUENT: &[u8] = b" etaonrsil_dpcumf.\",gh()='-b:0ykv1/x2w#";

/// Pairs of folded bytes from the most to the least frequent in source code, configuration and pages, one behind the
/// other; counted in what Debian ships.
const FREQUENT_PAIRS: &[u8] =
    b"inerrethseteonorleheatesenstaranaldeticontisitetmeellindngasedratr',))tomaneiorota==noparilailpectec\
    exfiefnass--fochdiamomhallsiurcensvegeoucartacloif><</odlfpreaotltunutncmprr00imrswiustytuempoicttcl\
    adulopsprnbes.tsvahikedoofptplf.0xol),sllseeap):uemoocigblsoypsuckluaiume.abhoose,e(htxtepxsowaysh(s\
    idwh')darmirbuupag()niiblyfarge)giviqumiryr'nupirciecufumliascnpldrdffbaobcrwatcruppmmt.e'ddfrgsuatm\
    td'|bre:bofep.pydthr('sat(evivs=r(->s,auciwoipoopugreq/tx0.c";

/// A set of keywords, ready to be searched for.
///
/// ```
/// use syndic_detect::Keywords;
/// let keywords = Keywords::new(&["api_key", "key", "token"]);
/// let found: Vec<_> = keywords.find_in(b"API_KEY = 1").map(|found| (found.word, found.start..found.end)).collect();
/// assert_eq!(found, [(0, 0..7), (1, 4..7)]);
/// ```
#[derive(Debug)]
pub struct Keywords {
    words: Vec<Vec<u8>>,
    /// By pair of folded bytes, 0 or the number of its group.
    table: Box<[u8; PAIRS]>,
    /// By number of the group less one, what may be told by its pairs.
    groups: Vec<Group>,
}

/// The keywords that a pair may tell, and what can stand beside the pair in any of them.
#[derive(Debug, Clone, Default)]
struct Group {
    anchors: Vec<Anchor>,
    before: Bytes,
    after: Bytes,
}

impl Group {
    fn add(&mut self, anchor: Anchor, word: &[u8]) {
        // A keyword that two pairs of a group tell is still one.
        if !self.anchors.contains(&anchor) {
            self.anchors.push(anchor);
            self.before.add(byte_at(word, anchor.offset - 1));
            self.after.add(byte_at(word, anchor.offset + 2));
        }
    }
}

/// A set of bytes, large and small letters alike.
#[derive(Debug, Clone, Copy, Default)]
struct Bytes([u64; 4]);

impl Bytes {
    /// Adds a byte, or every one.
    fn add(&mut self, byte: Option<u8>) {
        let Some(byte) = byte else {
            self.0 = [u64::MAX; 4];
            return;
        };
        if let Some(bits) = self.0.get_mut(usize::from((byte | FOLD) >> 6)) {
            *bits |= 1 << ((byte | FOLD) & 63);
        }
    }

    /// Says whether it holds the byte; where there is none it is taken to.
    fn may_hold(&self, byte: Option<&u8>) -> bool {
        let has = |byte: &u8| {
            self.0.get(usize::from((byte | FOLD) >> 6)).is_some_and(|bits| (bits >> ((byte | FOLD) & 63)) & 1 != 0)
        };
        byte.is_none_or(has)
    }
}

/// A keyword with the place in it where a pair begins.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Anchor {
    word: usize,
    /// −1 where only the second byte of the pair is the keyword's.
    offset: isize,
    head: Head,
}

/// How a keyword begins: one comparison tells nearly every place where it does not stand.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Head {
    folded: u32,
    /// Covers as many bytes as the keyword has, four at most.
    mask: u32,
}

impl Head {
    fn of(word: &[u8]) -> Self {
        let mut bytes = [0; HEAD];
        let mut covered = [0; HEAD];
        for ((byte, cover), from) in bytes.iter_mut().zip(&mut covered).zip(word) {
            (*byte, *cover) = (*from | FOLD, u8::MAX);
        }
        Self { folded: u32::from_le_bytes(bytes), mask: u32::from_le_bytes(covered) }
    }

    /// Says whether a keyword may begin where `rest` does.
    fn may_begin(self, rest: &[u8]) -> bool {
        // The last bytes of a content are too few to tell.
        rest.first_chunk().is_none_or(|head| (u32::from_le_bytes(*head) | FOLDS) & self.mask == self.folded)
    }
}

/// A keyword in a text; ordered by where it ends, the longest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// Byte after its last.
    pub end: usize,
    /// Its first byte.
    pub start: usize,
    /// Which keyword, in the order they were given.
    pub word: usize,
}

impl Keywords {
    /// Prepares the search for `words`; an empty one is never found.
    pub fn new(words: &[impl AsRef<[u8]>]) -> Self {
        let words: Vec<Vec<u8>> = words.iter().map(|word| word.as_ref().to_vec()).collect();
        let mut pairs: BTreeMap<u16, Vec<Anchor>> = BTreeMap::new();
        for (word, bytes) in words.iter().enumerate() {
            for parity in 0..2 {
                let Some(offset) = rarest(bytes, parity) else { continue };
                for pair in pairs_at(bytes, offset) {
                    pairs.entry(pair).or_default().push(Anchor { word, offset, head: Head::of(bytes) });
                }
            }
        }
        let mut table = Box::new(array::from_fn(|_| 0));
        let mut groups = vec![Group::default(); pairs.len().min(GROUPS)];
        for (number, (pair, anchors)) in pairs.into_iter().enumerate() {
            let group = number % GROUPS;
            if let (Some(entry), Some(members)) = (table.get_mut(usize::from(pair)), groups.get_mut(group)) {
                *entry = u8::try_from(group + 1).unwrap_or(u8::MAX);
                for anchor in anchors {
                    members.add(anchor, words.get(anchor.word).map_or(&[], Vec::as_slice));
                }
            }
        }
        Self { words, table, groups }
    }

    /// Returns every occurrence, overlapping ones too, by where they end, the longest first.
    pub fn find_in<'a>(&'a self, content: &'a [u8]) -> Occurrences<'a> {
        Occurrences { keywords: self, content, at: 0, found: Vec::new(), ready: 0 }
    }

    /// Returns 0 for a pair that tells nothing.
    fn group(&self, pair: [u8; 2]) -> u8 {
        self.table.get(usize::from(folded(pair))).copied().unwrap_or(0)
    }

    /// Adds what may be told by a pair of the group at `place` and stands there.
    fn compare(&self, group: u8, content: &[u8], place: usize, found: &mut Vec<Occurrence>) {
        let Some(group) = usize::from(group).checked_sub(1).and_then(|group| self.groups.get(group)) else { return };
        let before = place.checked_sub(1).and_then(|before| content.get(before));
        if !(group.after.may_hold(content.get(place + 2)) && group.before.may_hold(before)) {
            return;
        }
        for anchor in &group.anchors {
            let Some(start) = place.checked_add_signed(-anchor.offset) else { continue };
            let Some(rest) = content.get(start..).filter(|rest| anchor.head.may_begin(rest)) else { continue };
            let Some(word) = self.words.get(anchor.word) else { continue };
            if rest.get(..word.len()).is_some_and(|bytes| bytes.eq_ignore_ascii_case(word)) {
                found.push(Occurrence { end: start + word.len(), start, word: anchor.word });
            }
        }
    }
}

/// Returns the offset of that parity at which the rarest pair of a keyword begins.
fn rarest(word: &[u8], parity: isize) -> Option<isize> {
    let last = isize::try_from(word.len()).ok()?.checked_sub(1).filter(|last| *last >= 0)?;
    let rank = |byte: &u8| FREQUENT.iter().position(|known| known == byte).unwrap_or(FREQUENT.len());
    let rarity = |offset: &isize| {
        let bytes = [byte_at(word, *offset), byte_at(word, offset + 1)];
        // A pair that is not wholly in the keyword tells less than any that is.
        (bytes.iter().flatten().count(), pair_rank(bytes), bytes.iter().flatten().map(rank).sum::<usize>())
    };
    (-1..=last).filter(|offset| offset.rem_euclid(2) == parity).max_by_key(rarity)
}

/// Returns the place of a pair among the frequent ones; one that is not among them is rarer than all that are.
fn pair_rank(bytes: [Option<u8>; 2]) -> usize {
    let [Some(first), Some(second)] = bytes.map(|byte| byte.map(|byte| byte | FOLD)) else { return 0 };
    let (pairs, _) = FREQUENT_PAIRS.as_chunks();
    pairs.iter().position(|pair| *pair == [first, second]).unwrap_or(pairs.len())
}

fn byte_at(word: &[u8], offset: isize) -> Option<u8> {
    word.get(usize::try_from(offset).ok()?).copied()
}

/// Returns the folded pairs that may stand at `offset` of the keyword: any byte beside it.
fn pairs_at(word: &[u8], offset: isize) -> BTreeSet<u16> {
    let bytes = |offset| byte_at(word, offset).map_or(0..=u8::MAX, |byte| byte..=byte);
    bytes(offset).flat_map(|first| bytes(offset + 1).map(move |second| folded([first, second]))).collect()
}

fn folded(pair: [u8; 2]) -> u16 {
    u16::from_le_bytes(pair.map(|byte| byte | FOLD))
}

/// The keywords in a text, one after the other.
#[derive(Debug)]
pub struct Occurrences<'a> {
    keywords: &'a Keywords,
    content: &'a [u8],
    /// Up to where pairs were looked up; even.
    at: usize,
    found: Vec<Occurrence>,
    /// How many of `found` were handed out.
    ready: usize,
}

impl Iterator for Occurrences<'_> {
    type Item = Occurrence;

    fn next(&mut self) -> Option<Occurrence> {
        loop {
            // What is found later ends behind the place where looking goes on.
            let is_done = self.at >= self.content.len();
            if let Some(next) = self.found.get(self.ready).filter(|next| is_done || next.end <= self.at) {
                self.ready += 1;
                return Some(*next);
            }
            if is_done {
                return None;
            }
            self.found.drain(..self.ready);
            self.ready = 0;
            self.look_up_block();
        }
    }
}

impl Occurrences<'_> {
    fn look_up_block(&mut self) {
        let rest = self.content.get(self.at..).unwrap_or_default();
        let block = rest.get(..BLOCK).unwrap_or(rest);
        let (steps, tail) = block.as_chunks();
        for (number, step) in steps.iter().enumerate() {
            self.look_up(self.at + number * STEP, step);
        }
        if !tail.is_empty() {
            let mut step = [0; STEP];
            step.iter_mut().zip(tail).for_each(|(to, from)| *to = *from);
            self.look_up(self.at + steps.len() * STEP, &step);
        }
        self.at += block.len();
        self.found.sort_unstable();
    }

    /// Looks up the pairs of the bytes at `place`. Most steps hold none of a keyword, so one test is made for all.
    #[inline]
    fn look_up(&mut self, place: usize, step: &[u8; STEP]) {
        let (pairs, _) = step.as_chunks();
        let mut groups = [0; STEP / 2];
        groups.iter_mut().zip(pairs).for_each(|(group, pair)| *group = self.keywords.group(*pair));
        let groups = u32::from_le_bytes(groups);
        if groups != 0 {
            self.compare(place, groups);
        }
    }

    /// Kept out of the loop over the steps, which is the quicker for it. A byte of `groups` is the group of a pair.
    #[inline(never)]
    fn compare(&mut self, mut place: usize, mut groups: u32) {
        while groups != 0 {
            let [group, ..] = groups.to_le_bytes();
            if group != 0 {
                self.keywords.compare(group, self.content, place, &mut self.found);
            }
            groups >>= u8::BITS;
            place += 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use proptest::prelude::*;

    const WORDS: [&str; 10] = ["token", "apikey", "api_key", "_key", "sk-", "sk-or-", "q~", "://", "oken_", ":"];

    fn one_by_one(content: &[u8]) -> Vec<Occurrence> {
        let mut all = Vec::new();
        for (word, bytes) in WORDS.iter().enumerate() {
            for start in 0..content.len() {
                let end = start + bytes.len();
                if content.get(start..end).is_some_and(|there| there.eq_ignore_ascii_case(bytes.as_bytes())) {
                    all.push(Occurrence { end, start, word });
                }
            }
        }
        all.sort();
        all
    }

    fn found(content: &[u8]) -> Vec<Occurrence> {
        static KEYWORDS: LazyLock<Keywords> = LazyLock::new(|| Keywords::new(&WORDS));
        KEYWORDS.find_in(content).collect()
    }

    #[test]
    fn a_keyword_is_found_at_every_place_of_every_block() {
        let mut content = vec![b'.'; 2 * BLOCK];
        for start in (0..content.len() - 8).step_by(31).chain(BLOCK - 9..BLOCK + 9).chain([2 * BLOCK - 5]) {
            content.get_mut(start..start + 5).unwrap().copy_from_slice(b"ToKeN");
            assert_eq!(found(&content), [Occurrence { end: start + 5, start, word: 0 }]);
            content.get_mut(start..start + 5).unwrap().fill(b'.');
        }
    }

    #[test]
    fn of_keywords_that_end_together_the_longest_comes_first() {
        let words: Vec<usize> = found(b"api_key SK-or-").iter().map(|one| one.word).collect();
        assert_eq!(words, [2, 3, 4, 5]);
    }

    #[test]
    fn a_keyword_is_found_once_however_many_there_are() {
        let letters = || (b'a'..=b'z').map(char::from);
        let mut words: Vec<String> = letters().flat_map(|a| letters().map(move |b| format!("{a}{b}.{b}{a}"))).collect();
        words.extend(["q~", "~"].map(str::to_owned));
        let found: Vec<Occurrence> = Keywords::new(&words).find_in(b"q~q~ ab.ba Q~\xff~\xf0").collect();
        let starts = |word: usize| found.iter().filter(|one| one.word == word).map(|one| one.start).collect::<Vec<_>>();
        assert_eq!((starts(1), starts(words.len() - 2)), (vec![5], vec![0, 2, 11]));
        assert_eq!((starts(words.len() - 1), found.len()), (vec![1, 3, 12, 14], 8));
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_stands_there(
            parts in prop::collection::vec("token|TOKEN_|api|_key|[sS][kK]-|or-|Q~|q|~|:|//|[a-z]{0,4}|\\PC|\n", 0..60),
        ) {
            let content = parts.concat().into_bytes();
            prop_assert_eq!(found(&content), one_by_one(&content));
        }
    }
}
