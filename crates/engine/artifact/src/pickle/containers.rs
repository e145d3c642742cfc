//! Opcodes that make constants, tuples and dictionaries, and the memo.

use super::array_block;
use super::machine::{MAX_NAME_BYTES, Machine};
use super::names::unescape;
use super::value::{MAX_KEPT, Node, Value};

/// Constants kept for a look inside.
const MAX_NESTED: usize = 256;

impl<'a> Machine<'a> {
    pub(super) fn pop_or_unmark(&mut self) {
        if self.marks.last() == Some(&self.stack.len()) {
            self.marks.pop();
        } else {
            self.pop("POP");
        }
    }

    pub(super) fn duplicate(&mut self) {
        let top = self.top("DUP");
        self.push(top);
    }

    /// Pushes a new value of the arena.
    pub(super) fn add(&mut self, node: Node<'a>) {
        let value = self.arena.add(node);
        self.push(value);
    }

    pub(super) fn escaped(&mut self, raw: &'a [u8]) {
        if raw.len() <= MAX_NAME_BYTES {
            self.add(Node::Owned(unescape(raw).into()));
        } else {
            self.push(Value::Opaque);
        }
    }

    pub(super) fn bytes(&mut self, bytes: &'a [u8]) {
        self.keep_nested(bytes);
        self.push(Value::Bytes(bytes));
    }

    pub(super) fn tuple_since_mark(&mut self) {
        let elements = self.since_mark("TUPLE");
        self.tuple(elements);
    }

    pub(super) fn tuple_of(&mut self, count: u8) {
        let mut elements: Vec<_> = (0..count).map(|_| self.pop("TUPLE")).collect();
        elements.reverse();
        self.tuple(elements);
    }

    pub(super) fn append(&mut self) {
        let element = self.pop("APPEND");
        self.weigh_handed_over(&[element]);
    }

    pub(super) fn opaque_since_mark(&mut self) {
        self.drop_elements("LIST");
        self.push(Value::Opaque);
    }

    pub(super) fn dict_since_mark(&mut self) {
        let mark = self.mark("DICT");
        let target = self.arena.add(Node::Dict(Vec::new()));
        self.set_items(mark, target);
        self.push(target);
    }

    pub(super) fn set_item(&mut self) {
        let mark = self.stack.len().saturating_sub(2).max(self.floor());
        self.set_items_of_top(mark, "SETITEM");
    }

    pub(super) fn set_items_since_mark(&mut self) {
        let mark = self.mark("SETITEMS");
        self.set_items_of_top(mark, "SETITEMS");
    }

    pub(super) fn get(&mut self, index: u64, at: usize) {
        if self.memo.get(index).is_none() {
            self.problem.get_or_insert_with(|| format!("memo slot {index} is read at byte {at} but never set"));
        }
        self.push(self.memo.get(index).unwrap_or(Value::Opaque));
    }

    pub(super) fn text(&mut self, bytes: &'a [u8]) {
        // Protocol 2 writes bytes as Latin-1 text: 0x80 becomes C2 80.
        if let [0xc2, 0x80, 0..=5, ..] | [b'P', b'K', 3, 4, ..] = bytes
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            let latin1: Vec<u8> = text.chars().map_while(|character| u8::try_from(u32::from(character)).ok()).collect();
            self.keep_nested(&latin1);
        }
        self.push(Value::Text(bytes));
    }

    fn keep_nested(&mut self, bytes: &[u8]) {
        if matches!(bytes, [0x80, 0..=5, _, ..] | [b'P', b'K', 3, 4, ..]) {
            if self.walk.nested.len() < MAX_NESTED {
                self.walk.nested.push(bytes.to_vec());
            } else {
                self.budget.get_or_insert_with(|| format!("more than {MAX_NESTED} constants look like pickles"));
            }
        }
    }

    pub(super) fn tuple(&mut self, mut elements: Vec<Value<'a>>) {
        self.weigh_handed_over(&elements);
        elements.truncate(MAX_KEPT);
        elements.shrink_to_fit();
        let value = self.arena.add(Node::Tuple(elements));
        self.push(value);
    }

    pub(super) fn put(&mut self, index: u64) {
        let value = self.top("PUT");
        if !self.memo.put(index, value) {
            self.exhaust("more memo slots than the interpreter keeps");
        }
    }

    fn set_items_of_top(&mut self, mark: usize, opcode: &str) {
        if mark <= self.floor() {
            self.fault(opcode, 1);
        }
        let target = mark.checked_sub(1).and_then(|top| self.stack.get(top)).copied().unwrap_or(Value::Opaque);
        self.set_items(mark, target);
    }

    /// Drops what an opcode puts into a list or a set: nobody asks what is in one, but for what is handed over with it.
    pub(super) fn drop_elements(&mut self, opcode: &str) {
        let elements = self.since_mark(opcode);
        self.weigh_handed_over(&elements);
    }

    /// Moves the pairs from `mark` on into a dictionary. Only the keys that matter are kept: an array wrapper's
    /// description and library versions; everything else would cost memory for nothing.
    fn set_items(&mut self, mark: usize, target: Value<'a>) {
        let mut at = mark;
        while let (Some(key), Some(value)) = (self.stack.get(at).copied(), self.stack.get(at + 1).copied()) {
            at += 2;
            self.weigh_item(key, value);
            if self.arena.text(key).is_some_and(array_block::is_description) {
                if let Some(Node::Dict(pairs)) = self.arena.node_mut(target)
                    && pairs.len() < MAX_KEPT
                {
                    pairs.push((key, value));
                }
            } else {
                self.note_version(key, value);
            }
        }
        self.stack.truncate(mark);
    }

    /// Keeps the library version that sklearn and others put into the state.
    fn note_version(&mut self, key: Value<'a>, value: Value<'a>) {
        let Value::Text(key) = key else { return };
        if !key.ends_with(b"_version") || key.len() > 40 || self.walk.versions.len() >= MAX_KEPT {
            return;
        }
        if let (Ok(key), Some(version)) = (std::str::from_utf8(key), self.arena.text(value))
            && version.len() <= 40
        {
            let (key, version) = (key.to_owned(), version.to_owned());
            self.walk.versions.entry(key).or_insert(version);
        }
    }
}
