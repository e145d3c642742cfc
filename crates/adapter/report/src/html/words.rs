//! How values are said to people: prose with code in it, properties, sizes, counts.
//!
//! The console compiles this file too (an adapter may not depend on another), so that both pages say the same.

use std::fmt;

use serde_json::{Map, Value};
use syndic_evidence::{Asset, AssetKind, Verdict};

/// A list names this many of its items; the rest is counted.
const MAX_ITEMS: usize = 6;

/// A text is cut after this many characters.
const MAX_CHARACTERS: usize = 80;

/// A table shows this many properties of an asset.
const MAX_KNOWN: usize = 7;

/// Properties that serve machines: shown on an asset's own page alone.
const FOR_MACHINES: [&str; 6] =
    ["columns", "gguf_version", "ir_version", "opset_imports", "pickle_protocol", "array_blocks"];

/// Text in which `code` stands between backticks; displays as HTML, everything else escaped.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prose<'a>(&'a str);

impl askama::filters::HtmlSafe for Prose<'_> {}

/// Returns text whose backticks become code.
pub(crate) const fn prose(text: &str) -> Prose<'_> {
    Prose(text)
}

impl fmt::Display for Prose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        // A backtick without a partner stays one.
        while let Some((before, code, after)) = first_code(rest) {
            escape(f, before)?;
            f.write_str("<code>")?;
            escape(f, code)?;
            f.write_str("</code>")?;
            rest = after;
        }
        escape(f, rest)
    }
}

fn first_code(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('`')?;
    let (code, after) = rest.split_once('`')?;
    (!code.is_empty()).then_some((before, code, after))
}

fn escape(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for character in text.chars() {
        match character {
            '<' => f.write_str("&lt;")?,
            '>' => f.write_str("&gt;")?,
            '&' => f.write_str("&amp;")?,
            '"' => f.write_str("&quot;")?,
            '\'' => f.write_str("&#x27;")?,
            plain => fmt::Write::write_char(f, plain)?,
        }
    }
    Ok(())
}

/// One thing known of an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// Returns what a table says of an asset: the telling properties, short.
pub(crate) fn known(asset: &Asset) -> Vec<Known> {
    let is_told = |name: &str| !FOR_MACHINES.contains(&name) && !name.ends_with("sha256");
    let size = asset.size_bytes.map(|bytes| Known { name: "size".to_owned(), value: size(bytes) });
    let shown = asset.props.iter().filter(|(name, _)| is_told(name));
    shown
        .map(|(name, value)| Known { name: name.replace('_', " "), value: said(value) })
        .take(MAX_KNOWN)
        .chain(size)
        .collect()
}

/// Returns a property's value in words.
pub(crate) fn said(value: &Value) -> String {
    match value {
        Value::Null => "not known".to_owned(),
        Value::Bool(is_so) => if *is_so { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number.as_u64().map_or_else(|| number.to_string(), count),
        Value::String(text) => cut(text),
        Value::Array(items) => listed(items.iter().map(item), items.len()),
        Value::Object(fields) => listed(fields.iter().map(pair), fields.len()),
    }
}

fn item(value: &Value) -> String {
    match value {
        Value::Object(fields) => named(fields),
        Value::Array(items) => format!("{} items", items.len()),
        plain => said(plain),
    }
}

/// An object in a list goes by its name, if it has one.
fn named(fields: &Map<String, Value>) -> String {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    match (text("column").or_else(|| text("name")).or_else(|| text("id")), text("entity")) {
        (Some(name), Some(entity)) if name != entity => format!("{} ({entity})", cut(name)),
        (Some(name), _) => cut(name),
        (None, _) => format!("{} fields", fields.len()),
    }
}

fn pair((name, value): (&String, &Value)) -> String {
    format!("{name} {}", item(value))
}

fn listed(items: impl Iterator<Item = String>, total: usize) -> String {
    if total == 0 {
        return "none".to_owned();
    }
    let mut text = items.take(MAX_ITEMS).collect::<Vec<_>>().join(", ");
    if total > MAX_ITEMS {
        text.push_str(&format!(" and {} more", total - MAX_ITEMS));
    }
    text
}

fn cut(text: &str) -> String {
    if text.chars().count() <= MAX_CHARACTERS {
        return text.to_owned();
    }
    text.chars().take(MAX_CHARACTERS).chain(['…']).collect()
}

/// Returns a count with its thousands set apart from 10,000 upwards.
pub(crate) fn count(number: u64) -> String {
    const FIRST_SET_APART: u64 = 10_000;
    let digits = number.to_string();
    if number < FIRST_SET_APART {
        return digits;
    }
    let length = digits.len();
    let mut text = String::with_capacity(length + length / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (length - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns a size in the unit a person would take.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1_000 {
        return format!("{bytes} bytes");
    }
    let mut amount = bytes as f64;
    let mut unit = "bytes";
    for next in UNITS {
        if amount < 1_000.0 {
            break;
        }
        amount /= 1_000.0;
        unit = next;
    }
    format!("{amount:.1} {unit}")
}

/// Returns the data classes of an asset that holds data; nothing for the others.
pub(crate) fn classes(asset: &Asset) -> String {
    // Kinds of which "not looked at" is worth saying.
    let holds_data =
        matches!(asset.kind, AssetKind::Dataset | AssetKind::Prompt | AssetKind::Configuration | AssetKind::DataStore);
    match &asset.classification {
        None if holds_data => "not looked at".to_owned(),
        None => String::new(),
        Some(found) if found.classes.is_empty() => "none found".to_owned(),
        Some(found) => {
            found.classes.iter().map(|class| class.as_str().replace('_', " ")).collect::<Vec<_>>().join(", ")
        }
    }
}

/// Returns the answer to "may it be deployed?" and why.
pub(crate) const fn verdict(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Allow => ("Allowed to deploy", "Every control that decides passed."),
        Verdict::Unknown => ("Not decided, which counts as no", "Evidence that a deciding control needs is missing."),
        Verdict::Deny => ("Denied: do not deploy", "At least one control that decides failed."),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn markup_in_prose_is_text() {
        assert_eq!(prose("`a<b` & <script>'x'").to_string(), "<code>a&lt;b</code> &amp; &lt;script&gt;&#x27;x&#x27;");
        assert_eq!(prose("a ` b").to_string(), "a ` b");
    }

    #[test]
    fn values_are_said_as_people_say_them() {
        assert_eq!(said(&json!(true)), "yes");
        assert_eq!(said(&json!(["8080", "8081"])), "8080, 8081");
        assert_eq!(said(&json!([])), "none");
        assert_eq!(said(&json!({"F32": 1040})), "F32 1040");
        assert_eq!(
            said(&json!([{"name": "a", "type": "string"}, {"column": "mail", "entity": "email"}])),
            "a, mail (email)"
        );
        assert_eq!(said(&json!(7_000_000_000_u64)), "7,000,000,000");
        assert_eq!(said(&json!([1, 2, 3, 4, 5, 6, 7, 8])), "1, 2, 3, 4, 5, 6 and 2 more");
    }

    #[test]
    fn sizes_have_the_unit_a_person_takes() {
        assert_eq!(
            (size(72), size(4_969), size(16_100_000_000)),
            ("72 bytes".into(), "5.0 kB".into(), "16.1 GB".into())
        );
    }
}
