//! JSON files that are one array of records: training examples, conversations, people.
//!
//! An array of objects alone says nothing: package lists and translations are that too. The keys decide.

use serde_json::{Map, Value};

/// Records that are looked at, and how many must be there.
const LOOKED_AT: usize = 8;
const FEWEST: usize = 3;

/// Keys that hold a conversation.
const DIALOGUE: [&str; 5] = ["messages", "conversations", "conversation", "dialog", "dialogue"];
/// Keys of what a model is asked, and of what it should answer.
const ASKED: [&str; 8] = ["instruction", "prompt", "question", "query", "input", "text", "sentence", "context"];
const ANSWERED: [&str; 9] =
    ["output", "response", "completion", "answer", "answers", "chosen", "label", "labels", "sentiment"];
/// Keys of records about people; two of them make one.
const PERSONAL: [&str; 12] = [
    "email",
    "e_mail",
    "phone",
    "ssn",
    "iban",
    "first_name",
    "last_name",
    "full_name",
    "date_of_birth",
    "birth_date",
    "dob",
    "address",
];

/// Says whether the first records of the array are of such a kind; `text` may be cut.
pub(super) fn are_training_or_personal(text: &[u8]) -> bool {
    let mut rest = text.trim_ascii_start().strip_prefix(b"[").unwrap_or_default();
    let mut count = 0;
    while count < LOOKED_AT {
        rest = rest.trim_ascii_start();
        rest = rest.strip_prefix(b",").unwrap_or(rest);
        let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<Value>();
        let Some(Ok(value)) = values.next() else { break };
        if !value.as_object().is_some_and(is_telling) {
            return false;
        }
        count += 1;
        rest = rest.get(values.byte_offset()..).unwrap_or_default();
    }
    count >= FEWEST
}

fn is_telling(record: &Map<String, Value>) -> bool {
    let has =
        |keys: &[&str]| keys.iter().filter(|key| record.keys().any(|name| name.eq_ignore_ascii_case(key))).count();
    let is_dialogue = DIALOGUE.iter().any(|key| record.get(*key).is_some_and(Value::is_array));
    is_dialogue || (has(&ASKED) > 0 && has(&ANSWERED) > 0) || has(&PERSONAL) >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(record: &str) -> bool {
        are_training_or_personal(format!("[{record},\n {record}, {record}]").as_bytes())
    }

    #[test]
    fn training_records_and_records_of_people_are_data() {
        assert!(array(r#"{"instruction":"Add","input":"","output":"3"}"#));
        assert!(array(r#"{"conversations":[{"from":"human","value":"hi"}]}"#));
        assert!(array(r#"{"id":1,"Email":"a","phone":"b"}"#));
    }

    #[test]
    fn other_arrays_of_objects_are_configuration() {
        assert!(!array(r#"{"name":"left-pad","version":"1.0"}"#));
        assert!(!array(r#"{"key":"greeting","text":"Hello"}"#));
        assert!(!array("[1,2,3]"));
    }

    #[test]
    fn a_cut_array_is_judged_by_its_whole_records() {
        let text =
            r#"[{"prompt":"a","completion":"b"},{"prompt":"a","completion":"b"},{"prompt":"a","completion":"b"},{"pro"#;
        assert!(are_training_or_personal(text.as_bytes()));
    }
}
