//! The objects below a prefix of a bucket, or one object.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use rayon::prelude::*;
use syndic_archive::remote::{RemoteError, RemoteFile};
use syndic_archive::{Access, ArchiveError, Bucket, Place};

use super::super::folder::Models;
use super::super::scanned::Scanned;
use super::{Reading, time, told, unread};
use crate::cli::RemoteArgs;
use crate::commands::UsageError;

/// Objects of one prefix.
const MAX_OBJECTS: usize = 500_000;
/// Objects scanned before their results are handed over.
const BATCH: usize = 64;

/// Hands over an object for every object of the store, then one for each folder that is a model.
pub(super) fn each(
    given: &str,
    args: &RemoteArgs,
    reading: Reading<'_>,
    take: &mut dyn FnMut(Scanned) -> Result<bool>,
) -> Result<bool> {
    let deadline = Instant::now() + time(args);
    let (name, prefix) = place(given)?;
    let access = Access::from_environment(args.endpoint.endpoint.as_deref()).map_err(settings)?;
    let store = |prefix: &str| Bucket::new(&name, prefix, access.clone()).map(Arc::new).map_err(settings);
    let below = store(&prefix)?;
    let (listed, is_all) = below.below(MAX_OBJECTS).map_err(settings)?;
    if listed.is_empty() && !prefix.is_empty() {
        let (above, last) = prefix.rsplit_once('/').unwrap_or(("", &prefix));
        let opened = RemoteFile::of_object(&store(above)?, last, deadline).map_err(told)?;
        let Some(file) = opened else { anyhow::bail!("{given} is not there: neither an object nor a prefix of some") };
        return take(reading.scan(&file, given.to_owned()));
    }
    let base = format!("s3://{name}{}{prefix}", if prefix.is_empty() { "" } else { "/" });
    let mut models = Models::default();
    for batch in listed.chunks(BATCH) {
        let scan = |name: &str| {
            let path = format!("{base}/{name}");
            match RemoteFile::of_object(&below, name, deadline) {
                Ok(Some(file)) => reading.scan(&file, path),
                Ok(None) => Scanned::unread(path, "it was deleted meanwhile".to_owned()),
                Err(error) => unread(path, &error),
            }
        };
        let scanned: Vec<Scanned> = batch.par_iter().map(|object| scan(&object.name)).collect();
        for scanned in scanned {
            models.note(&scanned);
            if !take(scanned)? {
                return Ok(false);
            }
        }
    }
    let rest =
        (!is_all).then(|| Scanned::unread(base, format!("objects after the first {}: not listed", listed.len())));
    for scanned in models.into_folders(&[]).into_iter().chain(rest) {
        if !take(scanned)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Splits `s3://BUCKET/PREFIX`; a prefix may have any letters that a key may have.
fn place(given: &str) -> Result<(String, String)> {
    let rest = given.strip_prefix("s3://").unwrap_or(given);
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let _: Place = format!("s3://{bucket}").parse().map_err(settings)?;
    let prefix = prefix.trim_end_matches('/');
    if prefix.chars().any(char::is_control) || prefix.len() > 1_024 {
        return Err(UsageError(format!("{prefix:?} can be no prefix")).into());
    }
    Ok((bucket.to_owned(), prefix.to_owned()))
}

fn settings(error: ArchiveError) -> anyhow::Error {
    told(RemoteError::from(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_a_bucket_and_perhaps_a_prefix() {
        let of = |text: &str| place(text).map(|(bucket, prefix)| format!("{bucket} {prefix}"));
        assert_eq!(of("s3://models").unwrap(), "models ");
        assert_eq!(of("s3://models/ml flow/1/").unwrap(), "models ml flow/1");
        for text in ["s3://", "s3://A/x", "s3://models/a\nb"] {
            assert!(of(text).is_err(), "{text}");
        }
    }
}
