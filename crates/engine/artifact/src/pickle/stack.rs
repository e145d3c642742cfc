//! The stack of the abstract machine: values, marks, and what is noted when an opcode finds too few of them.

use super::machine::Machine;
use super::value::Value;

/// Values on the stack at once, and marks.
const MAX_STACK: usize = 1 << 20;

impl Machine<'_> {
    #[inline]
    pub(super) fn push(&mut self, value: Value) {
        if self.stack.len() >= MAX_STACK || self.arena.is_full() {
            self.exhaust("more values at once than the interpreter keeps");
            return;
        }
        self.stack.push(value);
    }

    #[inline]
    pub(super) fn push_mark(&mut self) {
        if self.marks.len() >= MAX_STACK {
            self.exhaust("more marks at once than the interpreter keeps");
            return;
        }
        self.marks.push(self.stack.len());
        self.floor = self.stack.len();
    }

    /// Takes the innermost mark off.
    #[inline]
    fn pop_mark(&mut self) -> Option<usize> {
        let mark = self.marks.pop();
        self.floor = self.marks.last().copied().unwrap_or(0);
        mark
    }

    #[inline]
    pub(super) fn pop(&mut self, opcode: &str) -> Value {
        if self.stack.len() <= self.floor {
            self.fault(opcode, 1);
            return Value::Opaque;
        }
        self.stack.pop().unwrap_or(Value::Opaque)
    }

    #[inline]
    pub(super) fn top(&mut self, opcode: &str) -> Value {
        if self.stack.len() <= self.floor {
            self.fault(opcode, 1);
            return Value::Opaque;
        }
        self.stack.last().copied().unwrap_or(Value::Opaque)
    }

    #[inline]
    pub(super) fn pop_or_unmark(&mut self) {
        if self.marks.last() == Some(&self.stack.len()) {
            self.pop_mark();
        } else {
            self.pop("POP");
        }
    }

    /// Takes the mark: where the values since it start. Without a mark that is the end of the stack.
    #[inline]
    pub(super) fn mark(&mut self, opcode: &str) -> usize {
        if let Some(mark) = self.pop_mark() {
            return mark.min(self.stack.len());
        }
        self.no_mark(opcode);
        self.stack.len()
    }

    pub(super) fn since_mark(&mut self, opcode: &str) -> Vec<Value> {
        let mark = self.mark(opcode);
        self.stack.split_off(mark)
    }

    pub(super) fn drop_to_mark(&mut self, opcode: &str) {
        let mark = self.mark(opcode);
        self.stack.truncate(mark);
    }

    #[cold]
    fn no_mark(&mut self, opcode: &str) {
        let at = self.tape.position();
        self.problem.get_or_insert_with(|| format!("pickle opcode {opcode} before byte {at} finds no mark"));
    }

    #[cold]
    pub(super) fn fault(&mut self, opcode: &str, needed: usize) {
        let at = self.tape.position();
        let found = self.stack.len().saturating_sub(self.floor);
        self.problem.get_or_insert_with(|| {
            format!("pickle opcode {opcode} before byte {at} needs {needed} stack item, found {found}")
        });
    }
}
