//! The modules of a system: from a dotted path in one file to the function in another.
//!
//! A path is taken for a module of the project only if the folder it would be imported from stands above the importing
//! file (or is called `src`), as Python's own search does; among several the nearest wins.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::mounts;
use crate::maps::HashMap;
use crate::python::last;
use crate::read::is_method_of_model;
use crate::{Facts, FunctionLinks};

/// Files of one name that are looked at for one path.
const MAX_CANDIDATES: usize = 64;
/// Objects and re-exports followed for one path.
const MAX_STEPS: usize = 4;

/// A function of the project: file and position among its functions.
pub(super) type FunctionId = (usize, usize);

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// A function of the project.
    Function(FunctionId),
    /// A method of a model, chain or agent that the project made in this file.
    Model(usize),
}

/// The files of a system by module and function.
pub(super) struct Project<'a> {
    pub(super) files: &'a [&'a Facts],
    modules: Vec<Vec<&'a str>>,
    by_last: HashMap<&'a str, Vec<usize>>,
    functions: HashMap<(usize, &'a str), usize>,
    methods: HashMap<(usize, &'a str), usize>,
    pub(super) mounted: mounts::Mounted<'a>,
    /// Files that were put off and that a path led to.
    wanted: RefCell<BTreeSet<usize>>,
}

impl<'a> Project<'a> {
    /// Indexes the files.
    pub(super) fn new(files: &'a [&'a Facts]) -> Self {
        let modules: Vec<Vec<&str>> = files.iter().map(|facts| module(&facts.path)).collect();
        let mut by_last: HashMap<&str, Vec<usize>> = HashMap::default();
        let (mut functions, mut methods) = (HashMap::default(), HashMap::default());
        for (index, facts) in files.iter().enumerate() {
            if let Some(last) = modules.get(index).and_then(|parts| parts.last()) {
                by_last.entry(*last).or_default().push(index);
            }
            for (position, function) in facts.links.functions.iter().enumerate() {
                functions.entry((index, function.name.as_str())).or_insert(position);
                methods.entry((index, last(&function.name))).or_insert(position);
            }
        }
        let mut project = Self {
            files,
            modules,
            by_last,
            functions,
            methods,
            mounted: HashMap::default(),
            wanted: RefCell::default(),
        };
        project.mounted = mounts::mounted(&project);
        project
    }

    /// Returns the files that were put off and that a path led to so far.
    pub(super) fn wanted(self) -> BTreeSet<usize> {
        self.wanted.into_inner()
    }

    /// Returns the links of a function.
    pub(super) fn function(&self, (file, position): FunctionId) -> Option<&'a FunctionLinks> {
        self.files.get(file)?.links.functions.get(position)
    }

    /// Returns the path of a file.
    pub(super) fn path(&self, file: usize) -> &'a str {
        self.files.get(file).map_or("", |facts| facts.path.as_str())
    }

    /// Returns a function of a file by name: `f`, `Class.f`.
    pub(super) fn local(&self, file: usize, name: &str) -> Option<FunctionId> {
        self.functions.get(&(file, name)).map(|position| (file, *position))
    }

    /// Returns a function of a file by name, whatever class it is a method of.
    pub(super) fn named(&self, file: usize, name: &str) -> Option<FunctionId> {
        self.local(file, name).or_else(|| self.methods.get(&(file, name)).map(|position| (file, *position)))
    }

    /// Follows a dotted path from a file to what it means.
    pub(super) fn find(&self, from: usize, path: &str) -> Option<Found> {
        self.find_within(from, path, MAX_STEPS)
    }

    fn find_within(&self, from: usize, path: &str, steps: usize) -> Option<Found> {
        let steps = steps.checked_sub(1)?;
        let (file, rest) = self.locate(from, path)?;
        let plain = rest.replace("()", "");
        if let Some(found) = self.local(file, &plain) {
            return Some(Found::Function(found));
        }
        let links = &self.files.get(file)?.links;
        let (head, tail) = rest.split_once('.').map_or((rest.as_str(), ""), |(head, tail)| (head, tail));
        let head = head.trim_end_matches("()");
        let dotted = |start: &str| if tail.is_empty() { start.to_owned() } else { format!("{start}.{tail}") };
        if let Some(target) = links.reexports.get(head) {
            return self.find_within(file, &dotted(target), steps);
        }
        if let Some(made) = links.objects.get(head) {
            let full = dotted(made);
            if let Some(found) = self.local(file, &full.replace("()", "")) {
                return Some(Found::Function(found));
            }
            let found = self.find_within(file, &full, steps);
            return found.or_else(|| is_method_of_model(&full, &dotted(head)).then_some(Found::Model(file)));
        }
        // A method on what a function of that module returns, or one that is inherited.
        let method = tail.rsplit('.').next().filter(|method| rest.contains("()") && !method.is_empty())?;
        self.named(file, method).map(Found::Function)
    }

    /// Splits a path into the file of its module and the name inside.
    pub(super) fn locate(&self, from: usize, path: &str) -> Option<(usize, String)> {
        let dots = path.len() - path.trim_start_matches('.').len();
        let mut parts: Vec<&str> = path.split('.').filter(|part| !part.is_empty()).collect();
        let here = self.modules.get(from)?;
        let mut fixed = 0;
        if dots > 0 {
            let is_package = self.path(from).ends_with("__init__.py");
            let up = dots - usize::from(is_package);
            let base = here.get(..here.len().checked_sub(up)?)?;
            fixed = base.len();
            parts = base.iter().copied().chain(parts).collect();
        }
        let names =
            parts.iter().position(|part| part.contains('(')).unwrap_or(parts.len() - usize::from(!parts.is_empty()));
        for length in (fixed.max(1)..=names.min(parts.len().saturating_sub(1))).rev() {
            let (module, rest) = parts.split_at_checked(length)?;
            if let Some(file) = self.module(from, module, dots > 0) {
                return Some((file, rest.join(".")));
            }
        }
        None
    }

    /// Returns the file of a module: exactly there when the path was relative, else from a folder above `from`.
    fn module(&self, from: usize, wanted: &[&str], is_exact: bool) -> Option<usize> {
        let here = self.modules.get(from)?;
        let candidates = self.by_last.get(wanted.last()?)?.iter().take(MAX_CANDIDATES);
        candidates
            .filter_map(|file| {
                let module = self.modules.get(*file)?;
                let root = module.strip_suffix(wanted)?;
                let is_above = here.starts_with(root) || matches!(root.last(), Some(&("src" | "lib" | "python")));
                let fits = if is_exact { root.is_empty() } else { is_above };
                fits.then_some((root.len(), *file))
            })
            .max_by_key(|(depth, file)| (*depth, std::cmp::Reverse(*file)))
            .map(|(_, file)| file)
            .inspect(|file| {
                if self.files.get(*file).is_some_and(|facts| facts.is_deferred) {
                    self.wanted.borrow_mut().insert(*file);
                }
            })
    }
}

/// `app/llm.py` → `app`, `llm`; `app/__init__.py` → `app`.
fn module(path: &str) -> Vec<&str> {
    let stem = path.strip_suffix(".py").unwrap_or(path);
    let stem = stem.strip_suffix("__init__").unwrap_or(stem);
    stem.split('/').filter(|part| !part.is_empty()).collect()
}
