//! From nested dictionaries to names: `{"encoder": {"weight": …}}` is `encoder.weight`.

use super::refusal::{Refusal, RefusalKind};
use super::value::{Loaded, Node, Value, What};
use super::view::View;

/// Dictionaries that stand inside one another.
const MAX_DEPTH: usize = 32;
/// Tensors of one file; the largest models have some ten thousand.
const MAX_TENSORS: usize = 250_000;
/// Bytes of all names together; the header they go into has a bound of the same size.
const MAX_NAME_BYTES: usize = 100_000_000;
/// Keys named where one of them must be chosen.
const SHOWN_KEYS: usize = 8;

/// Returns the tensors of a dictionary by name, in its order.
///
/// # Errors
/// Something in it is no tensor, no dictionary, or has a key that is no text.
pub(super) fn tensors(loaded: &Loaded<'_>, part: Option<&str>) -> Result<Vec<(String, View)>, Refusal> {
    let root = match part {
        Some(part) => descend(loaded, loaded.root, part).ok_or_else(|| no_such_part(loaded, part))?,
        None => loaded.root,
    };
    let Some(Node::Dict(_)) = loaded.node(root) else {
        let reason = format!("it holds {}, not a dictionary of tensors", loaded.describe(root));
        return Err(Refusal::content(reason, "save a dictionary of named tensors").at(root.at));
    };
    let mut flattening = Flattening { loaded, found: Vec::new(), name_bytes: 0 };
    flattening.dictionary(root, "", 0).map_err(|refusal| suggest(loaded, part, refusal))?;
    if flattening.found.is_empty() {
        return Err(Refusal::content("the dictionary is empty", "save a dictionary of named tensors").at(root.at));
    }
    Ok(flattening.found)
}

/// Finds a part by its key, or by keys with dots between.
fn descend<'a>(loaded: &Loaded<'a>, value: Value<'a>, part: &str) -> Option<Value<'a>> {
    let Node::Dict(entries) = loaded.node(value)? else { return None };
    let of = |name: &str| {
        entries.iter().find(|(key, _)| matches!(key.what, What::Text(text) if text == name)).map(|(_, value)| *value)
    };
    let whole = of(part).filter(|value| matches!(loaded.node(*value), Some(Node::Dict(_))));
    whole.or_else(|| {
        let (first, rest) = part.split_once('.')?;
        descend(loaded, of(first)?, rest)
    })
}

/// The keys of the root whose values are dictionaries that hold a tensor.
fn parts<'a>(loaded: &Loaded<'a>) -> Vec<&'a str> {
    let Some(Node::Dict(entries)) = loaded.node(loaded.root) else { return Vec::new() };
    let holds_tensor = |value: Value<'a>| match loaded.node(value) {
        Some(Node::Dict(inner)) => inner.iter().any(|(_, value)| matches!(loaded.node(*value), Some(Node::Tensor(_)))),
        _ => false,
    };
    let keys = entries.iter().filter(|(_, value)| holds_tensor(*value)).filter_map(|(key, _)| match key.what {
        What::Text(text) => Some(text),
        _ => None,
    });
    keys.take(SHOWN_KEYS).collect()
}

fn no_such_part(loaded: &Loaded<'_>, part: &str) -> Refusal {
    let next_step = match parts(loaded).as_slice() {
        [] => "leave --part out: no dictionary of tensors stands inside of the whole".to_owned(),
        keys => format!("give --part one of {keys:?}"),
    };
    let reason = format!("there is no dictionary {part:?} in it");
    Refusal { kind: RefusalKind::Request, next_step, ..Refusal::content(reason, "") }
}

/// A checkpoint of a training run holds the state dict beside other things: says which part it is.
fn suggest(loaded: &Loaded<'_>, part: Option<&str>, refusal: Refusal) -> Refusal {
    match (part, parts(loaded).as_slice()) {
        (None, [key, ..]) => Refusal { next_step: format!("convert a part alone, such as --part {key}"), ..refusal },
        _ => refusal,
    }
}

struct Flattening<'l, 'a> {
    loaded: &'l Loaded<'a>,
    found: Vec<(String, View)>,
    name_bytes: usize,
}

impl<'a> Flattening<'_, 'a> {
    fn dictionary(&mut self, value: Value<'a>, prefix: &str, depth: usize) -> Result<(), Refusal> {
        let Some(Node::Dict(entries)) = self.loaded.node(value) else { return Ok(()) };
        if depth >= MAX_DEPTH {
            return Err(
                Refusal::content(format!("dictionaries stand over {MAX_DEPTH} deep"), "flatten them").at(value.at)
            );
        }
        for (key, value) in entries {
            let What::Text(key) = key.what else {
                let reason = format!("a key of the dictionary {prefix:?} is {}, no text", self.loaded.describe(*key));
                return Err(Refusal::content(reason, "give every tensor a name").at(value.at));
            };
            let name = if depth == 0 { key.to_owned() } else { format!("{prefix}.{key}") };
            self.name_bytes = self.name_bytes.saturating_add(name.len());
            if self.name_bytes > MAX_NAME_BYTES {
                let reason = format!("the names take more than {MAX_NAME_BYTES} bytes");
                return Err(Refusal::content(reason, "split the checkpoint").at(value.at));
            }
            self.entry(name, *value, depth)?;
        }
        Ok(())
    }

    fn push(&mut self, name: String, view: &View) -> Result<(), Refusal> {
        if self.found.len() >= MAX_TENSORS {
            let reason = format!("it holds more than {MAX_TENSORS} tensors");
            return Err(Refusal::content(reason, "split the checkpoint"));
        }
        self.found.push((name, view.clone()));
        Ok(())
    }

    fn entry(&mut self, name: String, value: Value<'a>, depth: usize) -> Result<(), Refusal> {
        match self.loaded.node(value) {
            Some(Node::Tensor(view)) => self.push(name, view)?,
            Some(Node::Dict(_)) => self.dictionary(value, &name, depth + 1)?,
            _ => {
                let reason = format!("the entry {name:?} is {}, no tensor", self.loaded.describe(value));
                return Err(Refusal::content(reason, "take it out, or convert a part alone with --part").at(value.at));
            }
        }
        Ok(())
    }
}
