//! JSON as it is read: objects that open and close, and texts under their keys. No tree is built, so that a description of
//! any size costs the memory of its longest text and of its depth.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, BufReader};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use syndic_detect::ReadAt;

use crate::cursor::Cursor;

/// Bytes read at a time.
const READ_BYTES: usize = 64 * 1024;

/// What hears of a document. Items of an array come under the key of the array.
pub(super) trait Listener {
    /// An object opens.
    fn open(&mut self, key: &str);
    /// A text stands under a key.
    fn text(&mut self, key: &str, text: &str);
    /// The object that opened last closes.
    fn close(&mut self);
}

/// Reads the first document that stands at an offset; returns where it ends, if it is sound to its end. What comes before
/// a fault has been heard of.
pub(super) fn read(source: &dyn ReadAt, start: u64, listener: &mut dyn Listener) -> Option<u64> {
    let mut reader = Counted { reader: BufReader::with_capacity(READ_BYTES, Cursor::at(source, start)), count: 0 };
    let document = Value { key: "", listener }.deserialize(&mut serde_json::Deserializer::from_reader(&mut reader));
    document.is_ok().then(|| start.saturating_add(reader.count))
}

/// A reader that knows how much was read of it.
struct Counted<R> {
    reader: R,
    count: u64,
}

impl<R: io::Read> io::Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.count += count as u64;
        Ok(count)
    }
}

/// Reads a document that is all of a source, behind a byte order mark or not.
///
/// # Errors
/// The source's own error.
pub(super) fn read_whole(source: &dyn ReadAt, listener: &mut dyn Listener) -> io::Result<bool> {
    let mark = syndic_detect::read_vec_at(source, 0, 3)? == b"\xef\xbb\xbf";
    let reader = BufReader::with_capacity(READ_BYTES, Cursor::at(source, if mark { 3 } else { 0 }));
    let mut document = serde_json::Deserializer::from_reader(reader);
    let is_sound = Value { key: "", listener }.deserialize(&mut document).is_ok();
    Ok(is_sound && document.end().is_ok())
}

/// One value under a key.
struct Value<'k, 'l> {
    key: &'k str,
    listener: &'l mut dyn Listener,
}

impl<'de> DeserializeSeed<'de> for Value<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.listener.text(self.key, text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Value { key: self.key, listener: &mut *self.listener })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        self.listener.open(self.key);
        while let Some(key) = entries.next_key::<Cow<'_, str>>()? {
            entries.next_value_seed(Value { key: &key, listener: &mut *self.listener })?;
        }
        self.listener.close();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Log(String);

    impl Listener for Log {
        fn open(&mut self, key: &str) {
            self.0 += &format!("{key}< ");
        }

        fn text(&mut self, key: &str, text: &str) {
            self.0 += &format!("{key}={text} ");
        }

        fn close(&mut self) {
            self.0 += "> ";
        }
    }

    fn heard(text: &str) -> (bool, String) {
        let mut log = Log::default();
        let is_sound = read_whole(&text.as_bytes().to_vec(), &mut log).unwrap();
        (is_sound, log.0)
    }

    #[test]
    fn objects_and_texts_are_heard_of_under_their_keys() {
        let (is_sound, log) =
            heard("\u{feff}{\"a\": [\"x\", {\"b\\u0063\": \"y\", \"n\": [1, 2.5, null, true]}], \"c\": {}}");
        assert!(is_sound);
        assert_eq!(log, "< a=x a< bc=y > c< > > ");
    }

    #[test]
    fn a_document_in_a_file_ends_where_it_ends() {
        let bytes = b"\0\0{\"a\": {}}\0\0{".to_vec();
        assert_eq!(read(&bytes, 2, &mut Log::default()), Some(11));
        assert_eq!(read(&bytes, 13, &mut Log::default()), None);
    }

    #[test]
    fn what_stands_before_a_fault_is_heard_of() {
        for text in ["{\"a\": \"x\", ", "{\"a\": \"x\"} {", "{\"a\": \"x\", \u{1}}"] {
            let (is_sound, log) = heard(text);
            assert!(!is_sound && log.contains("a=x"), "{text}");
        }
    }
}
