//! Names a pickle imports: judged once, recorded once, given a value.

use super::machine::{MAX_NAME_BYTES, Machine};
use super::names::{canonical, is_dotted_name};
use super::tables::{OnCall, judge};
use super::trace::Tracing;
use super::value::{Node, Value};
use crate::facts::{Import, Standing};

/// Distinct names resolved by one pickle.
const MAX_IMPORTS: usize = 2_000;

impl Machine<'_> {
    pub(super) fn resolve_bytes(&mut self, module: &[u8], name: &[u8], at: u64) -> Value {
        if !is_dotted_name(module) || !is_dotted_name(name) {
            self.problem.get_or_insert_with(|| format!("the name imported at byte {at} is no Python name"));
        }
        let (module, name) = (String::from_utf8_lossy(module), String::from_utf8_lossy(name));
        self.resolve(module.trim_end_matches('\r'), name.trim_end_matches('\r'), at)
    }

    pub(super) fn stack_global(&mut self, at: u64) {
        let name = self.pop("STACK_GLOBAL");
        let module = self.pop("STACK_GLOBAL");
        let names = self.text_of(module).zip(self.text_of(name));
        let value = if let Some((module, name)) = names.map(|(module, name)| (module.into_owned(), name.into_owned())) {
            self.resolve(&module, &name, at)
        } else {
            // No pickler writes a name as the result of a call; only somebody who hides it does.
            let is_hidden =
                [module, name].into_iter().any(|part| matches!(self.arena.node(part), Some(Node::Call { .. })));
            let (standing, reason) = if is_hidden {
                (Standing::Denied, "hides what it imports behind calls")
            } else {
                (Standing::Suspicious, "the imported name is computed while loading")
            };
            self.note("<computed>".to_owned(), standing, reason, at)
        };
        self.push(value);
    }

    /// Resolves an import: judges it once, records it, gives its value.
    pub(super) fn resolve(&mut self, module: &str, name: &str, at: u64) -> Value {
        self.walk.structural += 1;
        let (module, name) = canonical(module, name);
        self.key.clear();
        self.key.push_str(module);
        self.key.push('\0');
        self.key.push_str(name);
        if self.tracing == Tracing::On {
            let shown = format!("import     {module}.{name}").replace(char::is_control, "\u{fffd}");
            self.record(at, &shown, &[]);
        }
        if let Some(index) = self.known.get(self.key.as_str()) {
            return self.arena.add(Node::Global(*index));
        }
        let judgement = judge(module, name);
        self.walk.facts.weights_only_loadable &= judgement.weights_only;
        let shortened: String = format!("{module}.{name}").chars().take(MAX_NAME_BYTES).collect();
        let reason = judgement.explain(module);
        let value = self.note_callable(shortened, judgement.standing, &reason, judgement.on_call, at);
        if let Some(index) = self.arena.global(value) {
            self.known.insert(self.key.clone(), index);
        }
        value
    }

    /// Records an import under a name of its own.
    pub(super) fn note(&mut self, name: String, standing: Standing, reason: &str, at: u64) -> Value {
        self.note_callable(name, standing, reason, OnCall::Same, at)
    }

    /// Records an import that a call makes worse.
    pub(super) fn note_callable(
        &mut self,
        name: String,
        standing: Standing,
        reason: &str,
        on_call: OnCall,
        at: u64,
    ) -> Value {
        if standing >= Standing::Needless {
            self.walk.facts.weights_only_loadable = false;
        }
        let imports = &mut self.walk.facts.imports;
        if let Some(index) = imports.iter().position(|import| import.name == name && import.standing == standing) {
            return self.arena.add(Node::Global(u32::try_from(index).unwrap_or(u32::MAX)));
        }
        if imports.len() >= MAX_IMPORTS {
            self.budget.get_or_insert_with(|| format!("more than {MAX_IMPORTS} distinct imports"));
            return Value::Opaque;
        }
        let offset = at.saturating_sub(self.start);
        let index = u32::try_from(imports.len()).unwrap_or(u32::MAX);
        self.on_call.push(on_call);
        imports.push(Import { name, standing, reason: reason.to_owned(), offset, calls: 0, arguments: None });
        self.arena.add(Node::Global(index))
    }
}
