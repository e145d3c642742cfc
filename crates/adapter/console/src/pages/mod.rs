//! The pages, one file each.

mod assets;
mod decisions;
mod diagram;
mod evidence;
mod findings;
mod frame;
mod posture;

pub(crate) use assets::assets;
pub(crate) use decisions::decisions;
pub(crate) use diagram::{diagram, picture};
pub(crate) use evidence::evidence;
pub(crate) use findings::{finding, findings};
pub(crate) use frame::message;
pub(crate) use posture::posture;
