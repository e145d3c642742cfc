//! Expressions of the tree → values of the sketch. Every call inside is recorded, inner before outer.

use ruff_python_ast::visitor::walk_expr;
use ruff_python_ast::{CmpOp, Expr, ExprCall, ExprFString, InterpolatedStringElement, Operator};
use ruff_text_size::Ranged as _;

use super::lower::Lower;
use super::sketch::{Bind, Call, Known, Name, Value, split_last};
use compact_str::format_compact;

/// Longest placeholder name written into mixed text, in bytes.
const MAX_PLACEHOLDER: usize = 60;

impl Lower<'_> {
    /// Lowers one expression.
    pub(super) fn value(&mut self, expr: &Expr) -> Value {
        match expr {
            Expr::StringLiteral(literal) => Value::Text(literal.value.to_str().into()),
            Expr::BooleanLiteral(literal) => Value::Bool(literal.value),
            Expr::Name(_) => self.dotted(expr).map_or(Value::Parts(Vec::new()), Value::Name),
            Expr::Attribute(attribute) => match self.dotted(expr) {
                Some(name) => Value::Name(name),
                None => Value::Parts(vec![self.value(&attribute.value)]),
            },
            Expr::Subscript(subscript) => {
                let index = self.value(&subscript.slice);
                match self.dotted(expr) {
                    Some(name)
                        if matches!(index, Value::Text(_) | Value::Bool(_)) || index == Value::Parts(Vec::new()) =>
                    {
                        Value::Name(name)
                    }
                    Some(name) => Value::Parts(vec![Value::Name(name), index]),
                    None => Value::Parts(vec![self.value(&subscript.value), index]),
                }
            }
            Expr::Call(call) => self.call(call),
            Expr::Await(wait) => self.value(&wait.value),
            Expr::Starred(starred) => self.value(&starred.value),
            Expr::List(list) => self.list(&list.elts),
            Expr::Tuple(tuple) => self.list(&tuple.elts),
            Expr::Set(set) => self.list(&set.elts),
            Expr::Dict(dict) => Value::Dict(
                dict.items
                    .iter()
                    .map(|item| {
                        let key = item.key.as_ref().and_then(|key| self.value(key).text().map(Name::from));
                        (key.unwrap_or_default(), self.value(&item.value))
                    })
                    .collect(),
            ),
            Expr::FString(text) => self.f_string(text),
            Expr::BinOp(operation) => {
                let parts = vec![self.value(&operation.left), self.value(&operation.right)];
                match operation.op {
                    Operator::Add | Operator::Mod => mixed(parts),
                    Operator::Div => joined_path(parts),
                    _ => Value::Parts(parts),
                }
            }
            Expr::Named(named) => {
                let value = self.value(&named.value);
                if let Some(target) = self.dotted(&named.target) {
                    let at = self.spot(named.start());
                    self.sketch.binds.push(Bind { target, value: value.clone(), function: self.function, at });
                }
                value
            }
            Expr::Yield(given) => {
                self.returns(given.value.as_deref());
                Value::Parts(Vec::new())
            }
            Expr::YieldFrom(given) => {
                self.returns(Some(&given.value));
                Value::Parts(Vec::new())
            }
            Expr::Compare(compare) => {
                // The outcome of a comparison carries nothing of what was compared.
                let asked = self.value(&compare.left);
                for value in &compare.comparators {
                    self.value(value);
                }
                if compare.ops.iter().any(|op| matches!(op, CmpOp::In | CmpOp::NotIn)) {
                    self.sketch.memberships.push((asked, self.function));
                }
                Value::Parts(Vec::new())
            }
            _ => Value::Parts(self.parts(expr)),
        }
    }

    fn parts(&mut self, expr: &Expr) -> Vec<Value> {
        let outer = std::mem::take(&mut self.collected);
        walk_expr(self, expr);
        std::mem::replace(&mut self.collected, outer)
    }

    fn list(&mut self, items: &[Expr]) -> Value {
        Value::List(items.iter().map(|item| self.value(item)).collect())
    }

    /// Returns the dotted path of a name, an attribute or an element of one; the first part resolved by imports.
    pub(super) fn dotted(&self, expr: &Expr) -> Option<Name> {
        if let Expr::Name(name) = expr {
            let name = name.id.as_str();
            return Some(self.sketch.aliases.get(name).map_or_else(|| name.into(), Name::clone));
        }
        let mut parts = Vec::with_capacity(4);
        let mut next = expr;
        loop {
            match next {
                Expr::Attribute(attribute) => {
                    parts.push(attribute.attr.as_str());
                    next = &attribute.value;
                }
                Expr::Subscript(subscript) => next = &subscript.value,
                Expr::Name(name) => {
                    let name = name.id.as_str();
                    parts.push(self.sketch.aliases.get(name).map_or(name, Name::as_str));
                    parts.reverse();
                    return Some(joined(&parts));
                }
                _ => return None,
            }
        }
    }

    fn call(&mut self, call: &ExprCall) -> Value {
        let (written, receiver) = self.callee(&call.func);
        let args: Vec<Value> = call.arguments.args.iter().map(|arg| self.value(arg)).collect();
        let named: Vec<(Name, Value)> = call
            .arguments
            .keywords
            .iter()
            .map(|keyword| {
                (keyword.arg.as_ref().map(|name| name.as_str().into()).unwrap_or_default(), self.value(&keyword.value))
            })
            .collect();
        if let (Some(Value::Text(text)), true) = (&receiver, written.ends_with(".format")) {
            let values = args.iter().chain(named.iter().map(|(_, value)| value)).cloned().collect();
            return Value::Mixed(text.clone(), values);
        }
        let at = self.spot(call.range_start);
        let index = self.sketch.calls.len();
        self.sketch.calls.push(Call {
            // Known once every assignment is.
            callee: Name::default(),
            last_at: 0,
            written,
            receiver,
            args,
            named,
            function: self.function,
            target: None,
            at,
            known: Known::default(),
        });
        Value::Call(index)
    }

    /// Returns the path of what is called and the value it is called on.
    fn callee(&mut self, func: &Expr) -> (Name, Option<Value>) {
        if let Some(path) = self.dotted(func) {
            let receiver = split_last(&path).map(|(receiver, _)| Value::Name(receiver.into()));
            return (path, receiver);
        }
        if let Expr::Attribute(attribute) = func {
            let receiver = self.value(&attribute.value);
            let path = self.path_of(&receiver);
            (format_compact!("{path}{}.{}", attributes(&attribute.value), attribute.attr), Some(receiver))
        } else {
            let receiver = self.value(func);
            (self.path_of(&receiver), Some(receiver))
        }
    }

    fn path_of(&self, value: &Value) -> Name {
        match value {
            Value::Call(index) => {
                self.sketch.calls.get(*index).map_or_else(Name::default, |call| format_compact!("{}()", call.written))
            }
            Value::Name(name) => name.clone(),
            Value::Parts(parts) => parts.first().map_or_else(Name::default, |part| self.path_of(part)),
            _ => Name::default(),
        }
    }

    fn f_string(&mut self, literal: &ExprFString) -> Value {
        let mut text = Name::default();
        let mut values = Vec::new();
        for part in &literal.value {
            match part {
                ruff_python_ast::FStringPart::Literal(part) => text.push_str(part.as_str()),
                ruff_python_ast::FStringPart::FString(part) => {
                    for element in &part.elements {
                        match element {
                            InterpolatedStringElement::Literal(part) => text.push_str(&part.value),
                            InterpolatedStringElement::Interpolation(part) => {
                                let value = self.value(&part.expression);
                                push_placeholder(&mut text, &value);
                                values.push(value);
                            }
                        }
                    }
                }
            }
        }
        Value::Mixed(text, values)
    }
}

/// Parts of a path, put together with dots.
fn joined(parts: &[&str]) -> Name {
    let mut path = Name::default();
    for part in parts {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(part);
    }
    path
}

/// The attributes between a call and what is called on it: `.chat.completions` of `OpenAI().chat.completions.create()`.
fn attributes(expr: &Expr) -> Name {
    let mut names = Vec::new();
    let mut next = expr;
    loop {
        next = match next {
            Expr::Attribute(attribute) => {
                names.push(attribute.attr.as_str());
                &attribute.value
            }
            Expr::Subscript(subscript) => &subscript.value,
            _ => return names.iter().rev().fold(Name::default(), |path, name| path + "." + name),
        };
    }
}

fn push_placeholder(text: &mut Name, value: &Value) {
    let name = match value {
        Value::Name(name) if name.len() <= MAX_PLACEHOLDER => name,
        _ => "",
    };
    text.push('{');
    text.push_str(name);
    text.push('}');
}

/// `"a" + b` and `"a %s" % b` as text with placeholders; two literals make one literal.
fn mixed(parts: Vec<Value>) -> Value {
    if let [Value::Text(left), Value::Text(right)] = parts.as_slice() {
        return Value::Text(format_compact!("{left}{right}"));
    }
    // Lists are put together with `+` too; their elements stay elements.
    if parts.iter().any(|part| matches!(part, Value::List(_) | Value::Dict(_) | Value::Parts(_))) {
        return Value::Parts(parts);
    }
    interleaved(parts, "")
}

/// `ROOT / "models" / "m.pkl"` as text with placeholders.
fn joined_path(parts: Vec<Value>) -> Value {
    if !parts.iter().any(|part| matches!(part, Value::Text(_) | Value::Mixed(..))) {
        return Value::Parts(parts);
    }
    interleaved(parts, "/")
}

/// Literal text and placeholders in order, `separator` between them unless it stands there.
fn interleaved(parts: Vec<Value>, separator: &str) -> Value {
    let mut text = Name::default();
    let mut values = Vec::new();
    for part in parts {
        if !text.is_empty() && !text.ends_with(separator) {
            text.push_str(separator);
        }
        match part {
            Value::Text(part) => text.push_str(&part),
            Value::Mixed(part, inner) => {
                text.push_str(&part);
                values.extend(inner);
            }
            other => {
                push_placeholder(&mut text, &other);
                values.push(other);
            }
        }
    }
    Value::Mixed(text, values)
}
