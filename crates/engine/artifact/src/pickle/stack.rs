//! The stack of the abstract machine: values, marks, and what is noted when an opcode finds too few of them.

use super::machine::Machine;
use super::value::Value;

/// Values on the stack at once.
const MAX_STACK: usize = 4_000_000;

impl<'a> Machine<'a> {
    pub(super) fn push(&mut self, value: Value<'a>) {
        if self.stack.len() >= MAX_STACK || self.arena.is_full() {
            self.budget.get_or_insert_with(|| "more values at once than the interpreter keeps".to_owned());
            return;
        }
        self.stack.push(value);
    }

    pub(super) fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    pub(super) fn pop(&mut self, opcode: &str) -> Value<'a> {
        if self.stack.len() <= self.floor() {
            self.fault(opcode, 1);
            return Value::Opaque;
        }
        self.stack.pop().unwrap_or(Value::Opaque)
    }

    pub(super) fn top(&mut self, opcode: &str) -> Value<'a> {
        if self.stack.len() <= self.floor() {
            self.fault(opcode, 1);
            return Value::Opaque;
        }
        self.stack.last().copied().unwrap_or(Value::Opaque)
    }

    /// Takes the mark: where the values since it start. Without a mark that is the end of the stack.
    pub(super) fn mark(&mut self, opcode: &str) -> usize {
        if let Some(mark) = self.marks.pop() {
            return mark.min(self.stack.len());
        }
        let at = self.decoder.position();
        self.problem.get_or_insert_with(|| format!("pickle opcode {opcode} before byte {at} finds no mark"));
        self.stack.len()
    }

    pub(super) fn since_mark(&mut self, opcode: &str) -> Vec<Value<'a>> {
        let mark = self.mark(opcode);
        self.stack.split_off(mark)
    }

    pub(super) fn drop_to_mark(&mut self, opcode: &str) {
        let mark = self.mark(opcode);
        self.stack.truncate(mark);
    }

    pub(super) fn fault(&mut self, opcode: &str, needed: usize) {
        let at = self.decoder.position();
        let found = self.stack.len().saturating_sub(self.floor());
        self.problem.get_or_insert_with(|| {
            format!("pickle opcode {opcode} before byte {at} needs {needed} stack item, found {found}")
        });
    }
}
