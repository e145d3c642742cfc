//! Git repositories read natively: no git program is started, nothing of the repository is executed.
//!
//! Why no library: gix at its smallest adds 96 CPU seconds to the cold build, and none hands out the delta a blob is
//! stored as. Here a blob that is stored as a delta is looked at where it differs from its base, which was looked at
//! before; that is what makes a whole history cheap. Source: git's `gitformat-pack`, `gitformat-index`,
//! `gitrepository-layout`.

mod commits;
mod database;
mod delta;
mod forest;
mod history;
mod index_file;
mod lifetime;
mod loose;
mod object;
mod pack;
mod refs;
mod repository;
mod staged;
mod tree;

#[cfg(test)]
mod tests;

pub(crate) use history::look as look_history;
pub(crate) use lifetime::Lifetime;
pub(crate) use repository::Repository;
pub(crate) use staged::look as look_staged;
