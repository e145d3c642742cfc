//! Models where they lie: an artifact in an OCI registry, or the objects below a prefix of a bucket, read by ranges.

mod bucket;
mod registry;

use std::time::Duration;

use anyhow::{Error, Result};
use syndic_archive::remote::{Fetched, OciReference, Reach, RemoteError, RemoteFile};

use super::scanned::{self, Hashing, Inspector, Scanned};
use crate::cli::RemoteArgs;
use crate::commands::UsageError;

/// Says whether what was given is a place elsewhere.
pub(super) fn is_meant(given: &str) -> bool {
    OciReference::is_meant(given) || given.starts_with("s3://")
}

/// Hands over an object for every file, then one for each model; `false` if nobody reads any more.
///
/// # Errors
/// The place cannot be reached, or what was given names none.
pub(super) fn each(
    given: &str,
    args: &RemoteArgs,
    inspector: &Inspector,
    take: &mut dyn FnMut(Scanned) -> Result<bool>,
) -> Result<bool> {
    let reading = Reading { inspector, is_full: args.full };
    if OciReference::is_meant(given) {
        registry::each(given, &reach(args), reading, take)
    } else {
        bucket::each(given, args, reading, take)
    }
}

fn reach(args: &RemoteArgs) -> Reach {
    Reach { time: time(args), is_plain_allowed: args.plain_http, others: args.allow_redirect.clone() }
}

const fn time(args: &RemoteArgs) -> Duration {
    Duration::from_secs(args.remote_timeout)
}

/// What was asked wrongly ends with another code than what could not be had.
fn told(error: RemoteError) -> Error {
    match error {
        RemoteError::Settings(why) => UsageError(why).into(),
        error => Error::new(error),
    }
}

/// How remote files are read.
#[derive(Clone, Copy)]
struct Reading<'i> {
    inspector: &'i Inspector,
    /// Whether every byte is read and hashed.
    is_full: bool,
}

impl Reading<'_> {
    /// Looks at a remote file. Its digest is known if it is short, or if every byte was asked for; what was looked at is
    /// then what has that digest.
    fn scan(self, file: &RemoteFile, path: String) -> Scanned {
        let pinned = if self.is_full { file.pin().map(Some) } else { Ok(file.digest_if_held()) };
        let digest = match pinned {
            Ok(digest) => digest,
            Err(error) => return Scanned { coverage: Some(coverage(file, false)), ..unread(path, &error) },
        };
        let mut scanned = self.inspector.open(file, path, Hashing::Off);
        scanned.sha256 = digest.map(|digest| syndic_evidence::Digest::from_bytes(digest).hex());
        scanned.coverage = Some(coverage(file, digest.is_some()));
        scanned
    }
}

fn coverage(file: &RemoteFile, is_whole: bool) -> scanned::Fetched {
    let Fetched { bytes, requests } = file.fetched();
    let size_bytes = syndic_detect::ReadAt::len(file);
    scanned::Fetched { size_bytes, fetched_bytes: bytes, requests, is_whole }
}

fn unread(path: String, error: &RemoteError) -> Scanned {
    Scanned::unread(path, error.to_string())
}
