//! The pages, one file each.

mod asset;
mod assets;
mod control;
mod decisions;
mod diagram;
mod evidence;
mod finding;
mod findings;
mod frame;
mod paging;
mod posture;

pub(crate) use asset::asset;
pub(crate) use assets::assets;
pub(crate) use decisions::decisions;
pub(crate) use diagram::{diagram, picture};
pub(crate) use evidence::{envelope, evidence};
pub(crate) use finding::finding;
pub(crate) use findings::findings;
pub(crate) use frame::message;
pub(crate) use posture::posture;
