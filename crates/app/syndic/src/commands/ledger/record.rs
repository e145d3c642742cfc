//! A record as it is printed, and the count of contents that could not be.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use syndic_ledger::admin::is_hidden;
use syndic_ledger::{Content, Record};

/// Returns a record as one JSON object: its public part, and its content if it can be read.
///
/// A tag that stands there more than once has a list. A content that is no text is in base64.
pub(super) fn to_json(record: &Record) -> Map<String, Value> {
    let leaf = &record.leaf;
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| drop(object.insert(name.to_owned(), value));
    put("index", json!(record.index));
    put("time", json!(time(leaf.time_us)));
    put("kind", json!(leaf.kind));
    put("actor", json!(leaf.actor));
    put("subject", json!(leaf.subject.as_ref().map(|pseudonym| hex(pseudonym))));
    put("tags", tags(&leaf.tags));
    let (state, content) = match &record.content {
        Content::Plain(bytes) => ("plain", std::str::from_utf8(bytes).ok()),
        Content::Erased => ("erased", None),
        Content::Sealed(_) => ("sealed", None),
        Content::Retired => ("retired", None),
    };
    put("content_state", json!(state));
    put("content", json!(content));
    match &record.content {
        Content::Plain(bytes) if content.is_none() => put("content_base64", json!(STANDARD.encode(bytes))),
        Content::Sealed(why) => put("content_sealed_because", json!(why)),
        _ => {}
    }
    object
}

/// Writes JSON so that no terminal acts on it: what is not seen, or changes how the rest reads, is written as `\\u…`.
/// Such characters stand in strings only, where both forms mean the same.
pub(super) fn shown(json: &str) -> String {
    json.chars().fold(String::with_capacity(json.len()), |mut shown, character| {
        if character != '\n' && is_hidden(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(character);
        }
        shown
    })
}

fn tags(tags: &[(String, String)]) -> Value {
    let mut object = Map::new();
    for (key, value) in tags {
        match object.get_mut(key) {
            None => drop(object.insert(key.clone(), json!(value))),
            Some(Value::Array(values)) => values.push(json!(value)),
            Some(one) => *one = json!([one.clone(), value]),
        }
    }
    Value::Object(object)
}

/// Writes a time of the log as RFC 3339; one that no calendar has as its number of microseconds.
pub(super) fn time(time_us: i64) -> String {
    jiff::Timestamp::from_microsecond(time_us).map_or_else(|_| time_us.to_string(), |time| time.to_string())
}

/// Writes bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Contents that were met and could not be read, by cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Unread {
    pub(super) erased: u64,
    pub(super) retired: u64,
    /// Keys or contents that are not what they should be: the others are meant to be gone, these are not.
    pub(super) sealed: u64,
}

impl Unread {
    /// Takes in a content; says whether it can be read.
    pub(super) fn count(&mut self, content: &Content) -> bool {
        match content {
            Content::Plain(_) => return true,
            Content::Erased => self.erased += 1,
            Content::Retired => self.retired += 1,
            Content::Sealed(_) => self.sealed += 1,
        }
        false
    }

    /// Returns how many there were.
    pub(super) fn total(self) -> u64 {
        self.erased + self.retired + self.sealed
    }
}

impl std::fmt::Display for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let counts = [
            (self.erased, "erased"),
            (self.retired, "retired"),
            (self.sealed, "sealed, and they should open: see content_sealed_because in --format jsonl"),
        ];
        let told: Vec<String> =
            counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        f.write_str(&told.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syndic_ledger::leaf::Leaf;

    fn record(content: Content, tags: &[(&str, &str)]) -> Record {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let leaf = Leaf {
            index: 4,
            time_us: 1_767_225_600_000_001,
            kind: "k".to_owned(),
            actor: "a".to_owned(),
            subject: Some([0xa7; 32]),
            tags,
            content_bytes: 0,
            content_sha256: [0; 32],
        };
        Record { index: 4, leaf, content }
    }

    #[test]
    fn nothing_of_a_record_is_lost_in_its_json() {
        let tags = [("a", "1"), ("b", "2"), ("a", "3"), ("a", "4")];
        let object = to_json(&record(Content::Plain(vec![0xff, 0]), &tags));
        assert_eq!(object["tags"], json!({"a": ["1", "3", "4"], "b": "2"}));
        assert_eq!((&object["content"], &object["content_base64"]), (&Value::Null, &json!("/wA=")));
        assert_eq!(object["time"], "2026-01-01T00:00:00.000001Z");
        assert_eq!(object["subject"], "a7".repeat(32));
        assert_eq!(to_json(&record(Content::Plain(b"text".to_vec()), &[]))["content"], "text");
        assert_eq!(to_json(&record(Content::Erased, &[]))["content_state"], "erased");
    }

    #[test]
    fn what_is_hidden_is_escaped_and_means_the_same() {
        let text = "a\u{202e}b\u{1b}c\u{9b}d\u{e0041}e\u{feff}f 中";
        let json = serde_json::to_string_pretty(&json!({ text: [text] })).unwrap();
        let shown = shown(&json);
        assert!(shown.chars().all(|character| character == '\n' || !is_hidden(character)), "{shown}");
        assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), json!({ text: [text] }));
    }

    #[test]
    fn contents_that_cannot_be_read_are_counted_by_cause() {
        let mut unread = Unread::default();
        let contents = [Content::Erased, Content::Plain(vec![]), Content::Retired, Content::Erased];
        assert_eq!(contents.iter().filter(|content| unread.count(content)).count(), 1);
        assert_eq!((unread.total(), unread.to_string().as_str()), (3, "2 erased, 1 retired"));
    }
}
