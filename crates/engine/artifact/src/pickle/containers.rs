//! Opcodes that make constants, tuples and dictionaries, and the memo.

use super::kept_text::Meaning;
use super::machine::{Constant, MAX_NAME_BYTES, Machine};
use super::names::unescape;
use super::tape::{End, Payload};
use super::value::{MAX_KEPT, Node, Value};

/// Constants kept for a look inside.
const MAX_NESTED: usize = 256;
/// Bytes written as text that are undone for a look inside.
const MAX_UNDONE_BYTES: u64 = 8 * 1024 * 1024;

impl Machine<'_> {
    pub(super) fn duplicate(&mut self) {
        let top = self.top("DUP");
        self.push(top);
    }

    /// Pushes a new value of the arena.
    pub(super) fn add(&mut self, node: Node) {
        let value = self.arena.add(node);
        self.push(value);
    }

    pub(super) fn escaped(&mut self) -> Result<(), End> {
        let line = self.tape.line()?.map(|range| self.tape.shown(range)).filter(|line| line.len() <= MAX_NAME_BYTES);
        let value = line.map_or(Value::Opaque, |line| {
            self.texts.keep(unescape(line).as_bytes()).map_or(Value::LostText, Value::Name)
        });
        self.push(value);
        Ok(())
    }

    pub(super) fn bytes(&mut self, length: u64) -> Result<(), End> {
        let (payload, first) = self.tape.pass(length)?;
        let is_pickle = length > 2 && matches!(first, [0x80, 0..=5, next, _] if is_opcode(next));
        let is_nested = is_pickle || first == *b"PK\x03\x04";
        if is_nested {
            self.keep_nested(Constant::At(payload));
        }
        let value = self.arena.bytes(payload);
        self.push(value);
        Ok(())
    }

    #[inline]
    pub(super) fn text(&mut self, length: u64) -> Result<(), End> {
        let Some(count) = usize::try_from(length).ok().filter(|count| *count <= MAX_NAME_BYTES) else {
            return self.long_text(length);
        };
        let start = self.tape.position();
        let bytes = self.tape.bytes(count)?;
        let is_nested = is_nested_text(bytes);
        let kept = self.texts.keep(bytes);
        let payload = Payload { start, length };
        if is_nested {
            self.undo_text(payload);
        }
        let value = kept.map_or_else(|| self.arena.text(payload), Value::Name);
        self.push(value);
        Ok(())
    }

    #[cold]
    fn long_text(&mut self, length: u64) -> Result<(), End> {
        let (payload, first) = self.tape.pass(length)?;
        if is_nested_text(&first) {
            self.undo_text(payload);
        }
        let value = self.arena.text(payload);
        self.push(value);
        Ok(())
    }

    /// Protocol 2 writes bytes as Latin-1 text: 0x80 becomes C2 80.
    #[cold]
    fn undo_text(&mut self, payload: Payload) {
        if payload.length > MAX_UNDONE_BYTES {
            self.exhaust("a text that looks like a pickle is longer than the interpreter undoes");
            return;
        }
        let bytes = self.tape.again(payload).unwrap_or_default();
        let Ok(text) = std::str::from_utf8(&bytes) else { return };
        let undone = text.chars().map_while(|character| u8::try_from(u32::from(character)).ok()).collect();
        self.keep_nested(Constant::Undone(undone));
    }

    #[cold]
    fn keep_nested(&mut self, constant: Constant) {
        if self.walk.nested.len() < MAX_NESTED {
            self.walk.nested.push(constant);
        } else {
            self.budget.get_or_insert_with(|| format!("more than {MAX_NESTED} constants look like pickles"));
        }
    }

    #[inline]
    pub(super) fn tuple_since_mark(&mut self) {
        let mark = self.mark("TUPLE");
        self.tuple_from(mark);
    }

    #[inline]
    pub(super) fn tuple_of(&mut self, count: usize) {
        if self.stack.len() < self.floor + count {
            for _ in self.stack.len()..self.floor + count {
                self.fault("TUPLE", 1);
                self.stack.push(Value::Opaque);
            }
        }
        self.tuple_from(self.stack.len() - count);
    }

    /// Makes a tuple of the values from `mark` on.
    #[inline]
    fn tuple_from(&mut self, mark: usize) {
        self.weigh_handed_over_from(mark);
        let value = self.arena.tuple(self.stack.get(mark..).unwrap_or_default());
        self.stack.truncate(mark);
        self.push(value);
    }

    #[inline]
    pub(super) fn append(&mut self) {
        let element = self.pop("APPEND");
        self.weigh_handed_over(element);
    }

    pub(super) fn opaque_since_mark(&mut self) {
        self.drop_elements("LIST");
        self.push(Value::Opaque);
    }

    pub(super) fn dict_since_mark(&mut self) {
        let mark = self.mark("DICT");
        let mut target = Value::Dict;
        self.set_items(mark, &mut target);
        self.push(target);
    }

    pub(super) fn set_item(&mut self) {
        let mark = self.stack.len().saturating_sub(2).max(self.floor);
        self.set_items_of_top(mark, "SETITEM");
    }

    pub(super) fn set_items_since_mark(&mut self) {
        let mark = self.mark("SETITEMS");
        self.set_items_of_top(mark, "SETITEMS");
    }

    #[inline]
    pub(super) fn get(&mut self, index: u64, at: u64) {
        let found = self.memo.get(index);
        if found.is_none() {
            self.unset(index, at);
        }
        self.push(found.unwrap_or(Value::Opaque));
    }

    #[cold]
    fn unset(&mut self, index: u64, at: u64) {
        self.problem.get_or_insert_with(|| format!("memo slot {index} is read at byte {at} but never set"));
    }

    #[inline]
    pub(super) fn put(&mut self, index: u64) {
        let value = self.top("PUT");
        if !self.memo.put(index, value) {
            self.exhaust("more memo slots than the interpreter keeps");
        }
    }

    fn set_items_of_top(&mut self, mark: usize, opcode: &str) {
        if mark <= self.floor {
            self.fault(opcode, 1);
        }
        let place = mark.checked_sub(1);
        let found = place.and_then(|top| self.stack.get(top)).copied().unwrap_or(Value::Opaque);
        let mut target = found;
        self.set_items(mark, &mut target);
        if let Some(slot) = place.and_then(|top| self.stack.get_mut(top)).filter(|_| target != found) {
            *slot = target;
        }
    }

    /// Drops what an opcode puts into a list or a set: nobody asks what is in one, but for what is handed over with it.
    pub(super) fn drop_elements(&mut self, opcode: &str) {
        let mark = self.mark(opcode);
        self.weigh_handed_over_from(mark);
        self.stack.truncate(mark);
    }

    /// Moves the pairs from `mark` on into a dictionary. Only the keys that matter are kept: an array wrapper's
    /// description and library versions; everything else would cost memory for nothing.
    fn set_items(&mut self, mark: usize, target: &mut Value) {
        let mut at = mark;
        while let (Some(key), Some(value)) = (self.stack.get(at).copied(), self.stack.get(at + 1).copied()) {
            at += 2;
            self.weigh_item(key, value);
            let Value::Name(number) = key else { continue };
            match self.texts.meaning(number) {
                Meaning::Description => self.describe(target, key, value),
                Meaning::Version => self.note_version(number, value),
                Meaning::Plain | Meaning::LookedUp => {}
            }
        }
        self.stack.truncate(mark);
    }

    fn describe(&mut self, target: &mut Value, key: Value, value: Value) {
        if *target == Value::Dict {
            *target = self.arena.dict(key, value);
        } else if let Some(Node::Dict(index)) = self.arena.node(*target) {
            self.arena.put(index, key, value);
        }
    }

    /// Keeps the library version that sklearn and others put into the state.
    fn note_version(&mut self, key: u32, value: Value) {
        let Value::Name(version) = value else { return };
        let version = self.texts.get(version);
        if self.walk.versions.len() >= MAX_KEPT || version.len() > 40 {
            return;
        }
        if let (Ok(key), Ok(version)) = (std::str::from_utf8(self.texts.get(key)), std::str::from_utf8(version)) {
            self.walk.versions.entry(key.to_owned()).or_insert_with(|| version.to_owned());
        }
    }
}

/// Says whether a byte is an opcode, so that digests that begin like a pickle are told from pickles.
fn is_opcode(byte: u8) -> bool {
    matches!(byte, 0x80..=0x98 | b'(' | b')' | b'.' | b'0'..=b'2' | b']' | b'}')
        || b"BCFGIJKLMNPQRSTUVXabcdeghijlopqrstu".contains(&byte)
}

fn is_nested_text(bytes: &[u8]) -> bool {
    matches!(bytes, [0xc2, 0x80, 0..=5, ..] | [b'P', b'K', 3, 4, ..])
}
