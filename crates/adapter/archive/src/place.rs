//! Where an archive lies: `s3://BUCKET/PREFIX` or `file:///DIR`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::error::ArchiveError;

/// The shortest and longest names of buckets.
const BUCKET_LENGTHS: std::ops::RangeInclusive<usize> = 3..=63;

/// The place of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Objects below a prefix of a bucket.
    S3 {
        /// The bucket's name.
        bucket: String,
        /// What comes before every object's name; without slashes at its ends, and empty for the whole bucket.
        prefix: String,
    },
    /// A folder of this machine.
    Folder(PathBuf),
}

impl Place {
    /// Says whether a text means to name a place: it has one of the schemes.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with("s3://") || text.starts_with("file://")
    }
}

impl FromStr for Place {
    type Err = ArchiveError;

    fn from_str(text: &str) -> Result<Self, ArchiveError> {
        let wrong = |why: &str| ArchiveError::Place { text: text.to_owned(), why: why.to_owned() };
        if let Some(path) = text.strip_prefix("file://") {
            if !path.starts_with('/') {
                return Err(wrong("write file:// and an absolute path, such as file:///mnt/archive"));
            }
            return Ok(Self::Folder(PathBuf::from(path)));
        }
        let Some(rest) = text.strip_prefix("s3://") else {
            return Err(wrong("write s3://BUCKET/PREFIX or file:///DIR"));
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        if !is_bucket(bucket) {
            return Err(wrong("a bucket's name has 3 to 63 small letters, digits, hyphens and dots"));
        }
        if !prefix.is_empty() && !prefix.split('/').all(is_segment) {
            return Err(wrong("a prefix has letters, digits and -_.=+ between single slashes, and no part is . or .."));
        }
        Ok(Self::S3 { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }
}

fn is_bucket(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    BUCKET_LENGTHS.contains(&name.len())
        && name.bytes().all(|byte| is_plain(byte) || matches!(byte, b'-' | b'.'))
        && name.bytes().next().is_some_and(is_plain)
        && name.bytes().last().is_some_and(is_plain)
        && !name.contains("..")
}

fn is_segment(part: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'=' | b'+');
    !part.is_empty() && part != "." && part != ".." && part.bytes().all(is_plain)
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::S3 { bucket, prefix } if prefix.is_empty() => write!(f, "s3://{bucket}"),
            Self::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
            Self::Folder(path) => write!(f, "file://{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_written_alike() {
        for (text, same) in [
            ("s3://acme-logs", "s3://acme-logs"),
            ("s3://acme-logs/", "s3://acme-logs"),
            ("s3://acme.logs/a/b-c_1/", "s3://acme.logs/a/b-c_1"),
            ("file:///mnt/archive", "file:///mnt/archive"),
        ] {
            assert_eq!(text.parse::<Place>().unwrap().to_string(), same);
            assert!(Place::is_meant(text));
        }
    }

    #[test]
    fn what_could_mean_another_place_is_refused() {
        for text in [
            "",
            "/mnt/archive",
            "s3:/b",
            "s3://",
            "s3:///x",
            "s3://ab",
            "s3://Acme",
            "s3://a_b_c",
            "s3://-abc",
            "s3://a..b",
            "s3://key:secret@bucket/p",
            "s3://acme/../other",
            "s3://acme/a//b",
            "s3://acme/./b",
            "s3://acme/a?x=1",
            "s3://acme/a#b",
            "s3://acme/a b",
            "s3://acme//a",
            "file://relative",
            "file://",
            "https://acme/x",
        ] {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
    }
}
