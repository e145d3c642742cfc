//! A small classifier of what stands under a promising name, in an address, a header or a command line.
//!
//! It is a logistic regression over hashed features of the name, the value and what stands around ([`features`]).
//! Its weights are whole numbers of one byte, fitted by `specs/secrets/train.py` and compiled in ([`model`]).
//! It takes part only where everything is looked at ([`crate::Reach::Everything`]); without it the rules of the judge
//! decide alone.

mod features;
mod model;

pub(crate) use features::{Origin, Sketch, features};
pub(crate) use model::{Model, Opinion};
