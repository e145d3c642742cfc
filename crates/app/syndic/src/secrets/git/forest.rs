//! The blobs of packs as a forest: a blob stored as a delta hangs below its base, so that each is unpacked once.
//!
//! A blob of the same path as its base is looked at only where it differs, with what stands around: everything else was
//! looked at in the base. Where a look at those windows finds something, the whole blob is looked at, and only what
//! begins in a window is told.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use rayon::prelude::*;

use super::database::{Database, Place};
use super::delta;
use super::history::Blob;
use super::object::{GitError, Id, Kind};
use super::pack::{Header, Pack, Stored};
use crate::secrets::outcome::Seen;
use crate::secrets::scanner::{Piece, Scanner};
use crate::secrets::unpack;

/// Bytes around a change that are looked at with it, before lines are filled up.
const AROUND: usize = 384;
/// Bytes further to either side in which the end of a line is looked for.
const LINE: usize = 2048;

/// A secret and the value it was found with, which never leaves the run.
pub(super) struct Found {
    pub(super) secret: crate::secrets::secret::Secret,
    pub(super) blob: Id,
    pub(super) value: Vec<u8>,
}

/// What a look at blobs came to.
#[derive(Default)]
pub(super) struct Looked {
    pub(super) found: Vec<Found>,
    pub(super) seen: Seen,
}

impl Looked {
    fn add(mut self, other: Self) -> Self {
        self.found.extend(other.found);
        self.seen.add(other.seen);
        self
    }
}

/// Looks at every blob once.
pub(super) fn look(scanner: &Scanner, objects: &Database, blobs: &HashMap<Id, Blob>) -> Looked {
    let (mut by_pack, mut loose) = (vec![Vec::new(); objects.packs().len()], Vec::new());
    for (id, blob) in blobs {
        match objects.place(*id) {
            Place::Packed(number, offset) => match by_pack.get_mut(number) {
                Some(list) => list.push((offset, *id, blob)),
                None => loose.push((*id, blob)),
            },
            Place::Loose => loose.push((*id, blob)),
        }
    }
    loose.sort_by_key(|(id, _)| *id);
    let apart = loose.par_iter().map(|(id, blob)| {
        let mut looked = Looked::default();
        match objects.read_as(Kind::Blob, *id) {
            Ok(content) => whole(scanner, *id, blob, &content, &mut looked),
            Err(error) => looked.seen.gap(&blob.path, error.to_string()),
        }
        looked
    });
    let mut all = apart.reduce(Looked::default, Looked::add);
    for (pack, mut members) in objects.packs().iter().zip(by_pack) {
        members.sort_by_key(|(offset, ..)| *offset);
        all = all.add(Forest::new(scanner, objects, pack, members).look());
    }
    all
}

type Member<'a> = (u64, Id, &'a Blob);
/// The number of a base and its content.
type Base = (usize, Rc<Vec<u8>>);
/// A content, and where it may differ from its base.
type Unpacked = (Vec<u8>, Option<Vec<Range<usize>>>);

struct Forest<'a> {
    scanner: &'a Scanner,
    objects: &'a Database,
    pack: &'a Pack,
    members: Vec<Member<'a>>,
    headers: Vec<Option<Header>>,
    /// By number of the base, the members stored as deltas to it.
    children: HashMap<usize, Vec<usize>>,
    roots: Vec<usize>,
    problems: Seen,
}

impl<'a> Forest<'a> {
    fn new(scanner: &'a Scanner, objects: &'a Database, pack: &'a Pack, members: Vec<Member<'a>>) -> Self {
        let mut forest = Self {
            scanner,
            objects,
            pack,
            headers: Vec::with_capacity(members.len()),
            children: HashMap::new(),
            roots: Vec::new(),
            problems: Seen::default(),
            members: Vec::new(),
        };
        let number_of = |offset: u64| members.binary_search_by_key(&offset, |(at, ..)| *at).ok();
        for (number, (offset, _, blob)) in members.iter().enumerate() {
            let header = match pack.header(*offset) {
                Ok(header) => Some(header),
                Err(error) => {
                    forest.problems.gap(&blob.path, error.to_string());
                    None
                }
            };
            let base = header.and_then(|header| match header.stored {
                Stored::Whole(_) => None,
                Stored::Beside(at) => number_of(at),
                Stored::To(id) => pack.find(id).and_then(number_of),
            });
            match base.filter(|base| *base != number) {
                Some(base) => forest.children.entry(base).or_default().push(number),
                None if header.is_some() => forest.roots.push(number),
                None => {}
            }
            forest.headers.push(header);
        }
        forest.members = members;
        forest
    }

    fn look(mut self) -> Looked {
        let problems = std::mem::take(&mut self.problems);
        let looked = self.roots.par_iter().map(|root| self.tree(*root)).reduce(Looked::default, Looked::add);
        looked.add(Looked { found: Vec::new(), seen: problems })
    }

    /// Looks at a root and everything that hangs below it. Each member hangs below one other, so this ends.
    fn tree(&self, root: usize) -> Looked {
        let mut looked = Looked::default();
        let mut open: Vec<(usize, Option<Base>)> = vec![(root, None)];
        while let Some((number, base)) = open.pop() {
            let Some((_, id, blob)) = self.members.get(number).copied() else { continue };
            match self.content(number, id, base.as_ref().map(|(_, content)| content)) {
                Ok((content, fresh)) => {
                    let base_path = base.and_then(|(number, _)| self.members.get(number)).map(|(.., base)| &base.path);
                    match fresh.filter(|_| base_path == Some(&blob.path)) {
                        Some(fresh) => changed(self.scanner, id, blob, &content, &fresh, &mut looked),
                        None => whole(self.scanner, id, blob, &content, &mut looked),
                    }
                    let content = Rc::new(content);
                    let children = self.children.get(&number).into_iter().flatten();
                    open.extend(children.map(|child| (*child, Some((number, Rc::clone(&content))))));
                }
                Err(error) => {
                    looked.seen.gap(&blob.path, error.to_string());
                    // What hangs below may still be read on its own, if another copy of the base is whole.
                    open.extend(self.children.get(&number).into_iter().flatten().map(|child| (*child, None)));
                }
            }
        }
        looked
    }

    fn content(&self, number: usize, id: Id, base: Option<&Rc<Vec<u8>>>) -> Result<Unpacked, GitError> {
        let (Some(base), Some(Some(header))) = (base, self.headers.get(number)) else {
            return Ok((self.objects.read_as(Kind::Blob, id)?, None));
        };
        let applied = delta::apply(base, &self.pack.unpack(header)?)?;
        Ok((applied.content, Some(applied.fresh)))
    }
}

fn whole(scanner: &Scanner, id: Id, blob: &Blob, content: &[u8], looked: &mut Looked) {
    looked.seen.covered.files += 1;
    looked.seen.covered.bytes += content.len() as u64;
    let mut seen = Seen::default();
    if unpack::is_archive(content) {
        unpack::look_stream(scanner, &blob.path, &mut &*content, &mut seen);
        seen.covered = crate::secrets::outcome::Covered::default();
    } else {
        scanner.look(piece(blob, content), &mut seen);
    }
    keep(id, content, seen, looked, |_| true);
}

fn changed(scanner: &Scanner, id: Id, blob: &Blob, content: &[u8], fresh: &[Range<usize>], looked: &mut Looked) {
    let windows = windows(content, fresh);
    let total: usize = windows.iter().map(ExactSizeIterator::len).sum();
    if total * 2 > content.len() || unpack::is_archive(content) {
        return whole(scanner, id, blob, content, looked);
    }
    looked.seen.covered.files += 1;
    looked.seen.covered.bytes += content.len() as u64;
    let is_clean = windows.iter().all(|window| {
        let mut seen = Seen::default();
        scanner.look(piece(blob, content.get(window.clone()).unwrap_or_default()), &mut seen);
        seen.secrets.is_empty() && seen.gaps.is_empty() && seen.notes.is_empty() && seen.marked == 0
    });
    if is_clean {
        return;
    }
    let mut seen = Seen::default();
    scanner.look(piece(blob, content), &mut seen);
    keep(id, content, seen, looked, |at| windows.iter().any(|window| window.contains(&at)));
}

const fn piece<'a>(blob: &'a Blob, content: &'a [u8]) -> Piece<'a> {
    Piece { path: blob.path.as_str(), content, lines_before: 0, told: 0, until: content.len() }
}

fn keep(id: Id, content: &[u8], mut seen: Seen, looked: &mut Looked, is_told: impl Fn(usize) -> bool) {
    for secret in std::mem::take(&mut seen.secrets) {
        let (start, end) = secret.span;
        if is_told(start) {
            // The place of a member of an archive is in the member; the archive's history stands for it.
            let value = content.get(start..end).filter(|_| !secret.path.contains('!')).unwrap_or_default().to_vec();
            looked.found.push(Found { secret, blob: id, value });
        }
    }
    looked.seen.add(seen);
}

/// Grows each change to whole lines and what stands around, and joins what touches.
fn windows(content: &[u8], fresh: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut windows: Vec<Range<usize>> = Vec::new();
    for change in fresh {
        let from = change.start.saturating_sub(AROUND);
        let before = content.get(from.saturating_sub(LINE)..from).unwrap_or_default();
        let start = from - before.iter().rev().take_while(|byte| **byte != b'\n').count();
        let to = content.len().min(change.end + AROUND);
        let after = content.get(to..content.len().min(to + LINE)).unwrap_or_default();
        let end = to + after.iter().take_while(|byte| **byte != b'\n').count();
        match windows.last_mut() {
            Some(last) if start <= last.end => last.end = last.end.max(end),
            _ => windows.push(start..end),
        }
    }
    windows
}
