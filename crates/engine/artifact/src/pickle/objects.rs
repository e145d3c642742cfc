//! Opcodes that resolve, call and build: what a loader would run.

use super::array_block;
use super::machine::Machine;
use super::tape::End;
use super::value::{Node, Value};
use super::weigh::How;
use crate::facts::Standing;

impl Machine<'_> {
    pub(super) fn global(&mut self, at: u64) -> Result<(), End> {
        let (module, name) = self.two_lines()?;
        let value = self.resolve_bytes(&module, &name, at);
        self.push(value);
        Ok(())
    }

    pub(super) fn inst(&mut self, at: u64) -> Result<(), End> {
        let (module, name) = self.two_lines()?;
        let arguments = self.since_mark("INST");
        let class = self.resolve_bytes(&module, &name, at);
        self.instantiate(class, &arguments, at);
        Ok(())
    }

    pub(super) fn obj(&mut self, at: u64) {
        let given = self.since_mark("OBJ");
        let (class, arguments) =
            given.split_first().map_or((Value::Opaque, [].as_slice()), |(class, rest)| (*class, rest));
        self.instantiate(class, arguments, at);
    }

    pub(super) fn newobj(&mut self, at: u64) {
        let arguments = self.pop("NEWOBJ");
        let class = self.pop("NEWOBJ");
        self.new_object(class, arguments, at);
    }

    pub(super) fn newobj_ex(&mut self, at: u64) {
        self.pop("NEWOBJ_EX");
        let arguments = self.pop("NEWOBJ_EX");
        let class = self.pop("NEWOBJ_EX");
        self.new_object(class, arguments, at);
    }

    pub(super) fn reduce(&mut self, at: u64) {
        let arguments = self.pop("REDUCE");
        let callee = self.pop("REDUCE");
        self.record(at, "call", &[callee, arguments]);
        let value = self.call(callee, arguments, at);
        self.push(value);
    }

    pub(super) fn persistent(&mut self) {
        let id = self.pop("BINPERSID");
        self.add(Node::Persistent(id));
    }

    pub(super) fn extension(&mut self, code: u32, at: u64) {
        let reason = "resolved through the copyreg extension registry, which hides its name";
        let value = self.note(format!("copyreg.extension[{code}]"), Standing::Suspicious, reason, at);
        self.push(value);
    }

    fn instantiate(&mut self, class: Value, arguments: &[Value], at: u64) {
        let arguments = self.arena.tuple(arguments);
        self.record(at, "call", &[class, arguments]);
        let result = self.call(class, arguments, at);
        let is_plain_call = matches!(self.arena.node(result), Some(Node::Call { .. }));
        let value = if is_plain_call { self.arena.add(Node::Instance { class }) } else { result };
        self.push(value);
    }

    fn new_object(&mut self, class: Value, arguments: Value, at: u64) {
        self.walk.structural += 1;
        self.record(at, "new", &[class, arguments]);
        if self.arena.global(class).is_none() {
            self.call(class, arguments, at);
        } else {
            self.count_call(class, arguments);
            if let Some(index) = self.arena.global(class) {
                self.weigh_call(index, arguments, How::Made);
                let name = self.import(index).map(|import| import.name.clone()).unwrap_or_default();
                self.weigh_arguments(&name, index, arguments);
            }
        }
        let value = self.arena.add(Node::Instance { class });
        self.push(value);
    }

    pub(super) fn build(&mut self, at: u64) {
        let state = self.pop("BUILD");
        let target = self.top("BUILD");
        self.walk.structural += 1;
        self.record(at, "set state", &[target, state]);
        if self.arena.global(target).is_some() {
            let reason = "state is set on an imported object itself, which plants attributes on it";
            self.note("<state of an import>".to_owned(), Standing::Suspicious, reason, at);
        }
        let is_wrapper = self.class_name(target).is_some_and(|name| array_block::is_wrapper(&name));
        if is_wrapper && !array_block::pass(self, state) {
            self.budget.get_or_insert_with(|| "a raw array block of unknown size".to_owned());
        }
    }
}
