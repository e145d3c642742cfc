//! What a call in a pickle means: some callables are judged by their arguments, some build instances.
//!
//! `getattr` and its kin are harmless on a class of the allow table with a plain attribute, as pandas, enum and bound
//! methods use them, and a way to anything at all otherwise.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::machine::Machine;
use super::tables::is_dangerous_attribute;
use super::value::{Node, Value};
use super::weigh::{How, weigh_attribute};
use crate::facts::Standing;

/// Characters kept of the arguments of a denied call.
const MAX_ARGUMENT_CHARS: usize = 120;
/// An unbroken run this long may be a token and is masked.
const MASKED_RUN: usize = 16;

impl Machine<'_> {
    /// Calls `callee` and returns what comes of it.
    pub(super) fn call(&mut self, callee: Value, arguments: Value, at: u64) -> Value {
        self.walk.structural += 1;
        let Some(index) = self.arena.global(callee) else { return self.call_result(callee, arguments, at) };
        self.count_call(callee, arguments);
        self.weigh_call(index, arguments, How::Called);
        let Some(name) = self.import(index).map(|import| import.name.clone()) else { return Value::Opaque };
        match name.as_str() {
            "builtins.getattr" => self.get_attribute(index, arguments, at),
            "operator.attrgetter" | "operator.methodcaller" => self.attribute_getter(index, callee, arguments),
            "copyreg._reconstructor" | "copyreg.__newobj__" | "copyreg.__newobj_ex__" => {
                let class = self.arena.elements(arguments).first().copied().unwrap_or(Value::Opaque);
                if self.arena.global(class).is_some() {
                    self.count_call(class, Value::Opaque);
                }
                self.arena.add(Node::Instance { class })
            }
            _ => {
                self.weigh_arguments(&name, index, arguments);
                self.count_tensor(&name, arguments);
                self.arena.add(Node::Call { callee, arguments })
            }
        }
    }

    /// Calls something that is no import: the result of a call, an instance, an unknown.
    fn call_result(&mut self, callee: Value, arguments: Value, at: u64) -> Value {
        let reason = "calls something that is computed while loading";
        self.note("<computed>".to_owned(), Standing::Suspicious, reason, at);
        self.arena.add(Node::Call { callee, arguments })
    }

    /// Counts a call of an import; of a denied one the arguments are kept.
    pub(super) fn count_call(&mut self, callee: Value, arguments: Value) {
        let Some(index) = self.arena.global(callee) else { return };
        let is_denied = self.import(index).is_some_and(|import| import.standing == Standing::Denied);
        let shown = is_denied.then(|| self.show(arguments));
        if let Some(import) = self.import_mut(index) {
            import.calls = import.calls.saturating_add(1);
            if import.arguments.is_none() {
                import.arguments = shown;
            }
        }
    }

    pub(super) fn worsen(&mut self, index: u32, standing: Standing, reason: &str) {
        if let Some(import) = self.import_mut(index)
            && import.standing < standing
        {
            import.standing = standing;
            reason.clone_into(&mut import.reason);
        }
        self.walk.facts.weights_only_loadable = false;
    }

    fn get_attribute(&mut self, index: u32, arguments: Value, at: u64) -> Value {
        let [object, attribute, ..] = self.arena.elements(arguments) else {
            self.worsen(index, Standing::Suspicious, "getattr with arguments computed while loading");
            return Value::Opaque;
        };
        let (object, attribute) = (*object, *attribute);
        let Some(attribute) = self.text_of(attribute).map(Cow::into_owned) else {
            self.worsen(index, Standing::Suspicious, "getattr of a name computed while loading");
            return Value::Opaque;
        };
        if is_dangerous_attribute(&attribute) {
            self.worsen(index, Standing::Denied, "getattr of an attribute that leads to code");
        }
        let owner = self.arena.global(object).and_then(|owner| self.import(owner));
        let class = owner
            .map(|import| import.name.clone())
            .or_else(|| self.class_name(object))
            .or_else(|| self.constant_class(object));
        let Some(class) = class else {
            self.worsen(index, Standing::Suspicious, "getattr on something computed while loading");
            return Value::Opaque;
        };
        let of_owner = owner.map_or(Standing::Allowed, |import| import.standing);
        let (standing, on_call) = weigh_attribute(&class, &attribute, of_owner);
        let reason = if standing == Standing::Allowed { "" } else { "attribute reached with getattr" };
        self.note_callable(format!("{class}.{attribute}"), standing, reason, on_call, at)
    }

    /// Returns the class of a constant: `'abc'.upper` pickles as getattr on the text.
    fn constant_class(&self, object: Value) -> Option<String> {
        let name = match object {
            _ if self.is_text(object) => "builtins.str",
            _ if self.is_bytes(object) => "builtins.bytes",
            _ if self.arena.number(object).is_some() => "builtins.int",
            _ => return None,
        };
        Some(name.to_owned())
    }

    fn attribute_getter(&mut self, index: u32, callee: Value, arguments: Value) -> Value {
        let names: Vec<Option<String>> =
            self.arena.elements(arguments).iter().map(|name| self.text_of(*name).map(Cow::into_owned)).collect();
        // Of methodcaller only the first argument is a name; looking at all of them does no harm.
        for name in names.iter().flatten() {
            if name.split('.').any(is_dangerous_attribute) {
                self.worsen(index, Standing::Denied, "reaches an attribute that leads to code");
            }
        }
        if names.first().is_none_or(Option::is_none) {
            self.worsen(index, Standing::Suspicious, "the attribute's name is computed while loading");
        }
        self.arena.add(Node::Call { callee, arguments })
    }

    /// Counts what torch's rebuild functions make: arguments are (storage, offset, size, stride, …).
    fn count_tensor(&mut self, name: &str, arguments: Value) {
        if !matches!(
            name,
            "torch._utils._rebuild_tensor_v2" | "torch._utils._rebuild_tensor" | "torch._utils._rebuild_tensor_v3"
        ) {
            return;
        }
        let elements = self.arena.elements(arguments);
        let (Some(storage), Some(size)) = (elements.first(), elements.get(2)) else { return };
        let mut count = 1_u64;
        for dimension in self.arena.elements(*size) {
            let Some(dimension) = self.arena.number(*dimension) else { return };
            count = count.saturating_mul(u64::try_from(dimension).unwrap_or(0));
        }
        let dtype = self.storage_dtype(*storage).unwrap_or_else(|| "unknown".to_owned());
        self.walk.tensors += 1;
        let total = self.walk.elements.entry(dtype).or_insert(0);
        *total = total.saturating_add(count);
    }

    /// Returns the dtype of a persistent id `("storage", torch.FloatStorage, key, device, count)`.
    fn storage_dtype(&self, storage: Value) -> Option<String> {
        let Node::Persistent(id) = self.arena.node(storage)? else { return None };
        let class = self.import(self.arena.global(*self.arena.elements(id).get(1)?)?)?;
        let name = class.name.rsplit('.').next()?.trim_end_matches("Storage");
        Some(
            match name {
                "Float" => "float32",
                "Double" => "float64",
                "Half" => "float16",
                "BFloat16" => "bfloat16",
                "Long" => "int64",
                "Int" => "int32",
                "Short" => "int16",
                "Char" => "int8",
                "Byte" | "Untyped" => "uint8",
                "Bool" => "bool",
                other => return Some(other.to_lowercase()),
            }
            .to_owned(),
        )
    }

    /// Shows constant arguments, shortened, with what may be a token masked.
    fn show(&self, arguments: Value) -> String {
        let mut shown = String::new();
        for argument in self.arena.elements(arguments) {
            if !shown.is_empty() {
                shown.push_str(", ");
            }
            if let Some(text) = self.text_of(*argument) {
                let _ = write!(shown, "{:?}", mask(&text));
            } else if let Some(number) = self.arena.number(*argument) {
                shown.push_str(&number.to_string());
            } else if let Some(bytes) = self.bytes_of(*argument) {
                let _ = write!(shown, "{:?}", mask(&String::from_utf8_lossy(&bytes)));
            } else {
                shown.push('…');
            }
            if shown.len() > MAX_ARGUMENT_CHARS {
                break;
            }
        }
        shown.chars().take(MAX_ARGUMENT_CHARS).collect()
    }
}

fn mask(text: &str) -> String {
    let mut masked = String::new();
    let mut run = String::new();
    let flush = |run: &mut String, masked: &mut String| {
        if run.len() >= MASKED_RUN {
            masked.push_str("***");
        } else {
            masked.push_str(run);
        }
        run.clear();
    };
    for character in text.chars().take(MAX_ARGUMENT_CHARS * 2) {
        if character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '+' | '=') {
            run.push(character);
        } else {
            flush(&mut run, &mut masked);
            masked.push(character);
        }
    }
    flush(&mut run, &mut masked);
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_unbroken_runs_in_arguments_are_masked() {
        let token = "a1".repeat(12);
        assert_eq!(mask(&format!("curl -H {token} http://x")), "curl -H *** http://x");
    }
}
