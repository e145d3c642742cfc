//! The weights and what a sum of them means.

use std::sync::LazyLock;

use serde::Deserialize;

/// What `specs/secrets/train.py` wrote: one line of JSON that says how it was made, then one signed byte a bucket.
static BYTES: &[u8] = include_bytes!("weights.bin");

static BUILTIN: LazyLock<Option<Model>> = LazyLock::new(|| Model::read(BYTES));

/// Feature buckets; a power of two.
pub(super) const BUCKETS: usize = 1 << 15;

/// The first line of the file.
#[derive(Debug, Deserialize)]
struct Header {
    format: u32,
    /// From this sum on a value is a credential.
    tell: i32,
    /// Below this sum what the rules believe is doubted.
    doubt: i32,
    /// Added to every sum.
    bias: i32,
}

/// What the classifier says of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opinion {
    /// A credential.
    Likely,
    /// Nothing that would outweigh the rules.
    Open,
    /// No credential, whatever the rules say.
    Unlikely,
}

/// A classifier.
#[derive(Debug)]
pub(crate) struct Model {
    header: Header,
    weights: &'static [u8],
}

impl Model {
    /// Returns the compiled-in one; nothing if its file is not of the form, which a test rules out.
    pub(crate) fn builtin() -> Option<&'static Self> {
        BUILTIN.as_ref()
    }

    fn read(bytes: &'static [u8]) -> Option<Self> {
        let end = memchr::memchr(b'\n', bytes)?;
        let header: Header = serde_json::from_slice(bytes.get(..end)?).ok()?;
        let weights = bytes.get(end + 1..)?;
        (header.format == 1 && weights.len() == BUCKETS).then_some(Self { header, weights })
    }

    /// Judges a value by its features.
    pub(crate) fn judge(&self, features: &[u16]) -> Opinion {
        let weight =
            |bucket: &u16| self.weights.get(usize::from(*bucket)).map_or(0, |byte| i32::from(byte.cast_signed()));
        let sum = self.header.bias + features.iter().map(weight).sum::<i32>();
        if sum >= self.header.tell {
            Opinion::Likely
        } else if sum >= self.header.doubt {
            Opinion::Open
        } else {
            Opinion::Unlikely
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiled_in_weights_are_of_the_form_and_in_order() {
        let model = Model::builtin().unwrap();
        assert!(model.header.doubt <= model.header.tell);
        assert!(model.weights.iter().any(|weight| *weight != 0));
    }

    #[test]
    fn a_file_of_another_size_or_format_is_refused() {
        assert!(Model::read(b"{\"format\":1,\"tell\":0,\"doubt\":0,\"bias\":0}\nabc").is_none());
        assert!(Model::read(b"no header").is_none());
    }
}
