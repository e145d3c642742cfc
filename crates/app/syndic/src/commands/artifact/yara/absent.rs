//! What stands in for YARA where it is not built in: it refuses.

use anyhow::Result;
use syndic_detect::ReadAt;

use super::Judged;
use crate::cli::YaraArgs;
use crate::commands::UsageError;

/// No rules can be made of this.
#[derive(Debug)]
pub(in super::super) enum Yara {}

impl Yara {
    /// Refuses rules if some are named.
    ///
    /// # Errors
    /// Some are named.
    pub(in super::super) fn named(args: &YaraArgs) -> Result<Option<Self>> {
        if args.yara.is_empty() {
            return Ok(None);
        }
        let why = "this program was built without YARA: build it with `cargo build --release --features yara`";
        Err(UsageError(why.to_owned()).into())
    }

    pub(in super::super) const fn judge(&self, _: &dyn ReadAt) -> Judged {
        match *self {}
    }
}
