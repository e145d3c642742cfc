//! Constants as text and bytes, where somebody asks: most of them are only passed over.

use std::borrow::Cow;

use super::machine::Machine;
use super::tape::Payload;
use super::value::{Node, Value};

/// Bytes read again of a constant that was passed over.
const MAX_AGAIN_BYTES: u64 = 8 * 1024;

impl Machine<'_> {
    /// Returns the text a value is, unless it is too long for anybody to ask.
    pub(super) fn text_of(&self, value: Value) -> Option<Cow<'_, str>> {
        if let Value::Name(number) = value {
            return std::str::from_utf8(self.texts.get(number)).ok().map(Cow::Borrowed);
        }
        let Some(Node::Text(span)) = self.arena.node(value) else { return None };
        let payload = Some(span.payload()).filter(|payload| payload.length <= MAX_AGAIN_BYTES)?;
        String::from_utf8(self.tape.again(payload)?).ok().map(Cow::Owned)
    }

    /// Returns how the bytes that a value is begin.
    pub(super) fn bytes_of(&self, value: Value) -> Option<Vec<u8>> {
        let Some(Node::Bytes(span)) = self.arena.node(value) else { return None };
        let Payload { start, length } = span.payload();
        self.tape.again(Payload { start, length: length.min(MAX_AGAIN_BYTES) })
    }

    pub(super) fn is_text(&self, value: Value) -> bool {
        matches!(value, Value::Name(_) | Value::LostText) || matches!(self.arena.node(value), Some(Node::Text(_)))
    }

    pub(super) fn is_bytes(&self, value: Value) -> bool {
        value == Value::LostBytes || matches!(self.arena.node(value), Some(Node::Bytes(_)))
    }
}
