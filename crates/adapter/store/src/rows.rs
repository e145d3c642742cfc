//! Between the program's types and the text in rows.

use serde::Serialize;
use serde::de::DeserializeOwned;
use syndic_evidence::{FindingState, Severity, Timestamp};

use crate::error::Fault;

/// Writes a time so that text order is time order: RFC 3339, UTC, always nine decimals.
pub(crate) fn time(at: Timestamp) -> String {
    format!("{at:.9}")
}

/// Reads a time back.
pub(crate) fn read_time(text: &str) -> Result<Timestamp, Fault> {
    text.parse().map_err(|error| Fault::form("a time", error))
}

/// Writes a thing as public JSON.
pub(crate) fn doc<T: Serialize>(what: &'static str, thing: &T) -> Result<String, Fault> {
    serde_json::to_string(thing).map_err(|error| Fault::form(what, error))
}

/// Reads a thing back.
pub(crate) fn read_doc<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::form(what, error))
}

/// Reads a thing back from its public name, such as `open` or `sha256:…`.
pub(crate) fn read_name<T: DeserializeOwned>(what: &'static str, name: String) -> Result<T, Fault> {
    serde_json::from_value(serde_json::Value::String(name)).map_err(|error| Fault::form(what, error))
}

/// Reads a finding's state back.
pub(crate) fn read_state(name: String) -> Result<FindingState, Fault> {
    read_name("a finding's state", name)
}

/// Position from mildest to worst: info 0 … critical 4.
pub(crate) const fn severity_rank(severity: Severity) -> i64 {
    match severity {
        Severity::Info => 0,
        Severity::Low => 1,
        Severity::Medium => 2,
        Severity::High => 3,
        Severity::Critical => 4,
    }
}

/// The severity at a position from mildest to worst; what is above the worst is the worst.
pub(crate) const fn severity_of(rank: i64) -> Severity {
    match rank {
        i64::MIN..=0 => Severity::Info,
        1 => Severity::Low,
        2 => Severity::Medium,
        3 => Severity::High,
        _ => Severity::Critical,
    }
}

/// Writes a position in a list.
pub(crate) fn position(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn text_order_is_time_order(one in 0_i64..253_402_207_200, two in 0_i64..253_402_207_200, nanos in 0_i32..999_999_999) {
            let (one, two) = (Timestamp::new(one, nanos).unwrap(), Timestamp::new(two, 0).unwrap());
            proptest::prop_assert_eq!(one.cmp(&two), time(one).cmp(&time(two)));
            proptest::prop_assert_eq!(read_time(&time(one)).unwrap(), one);
        }
    }
}
