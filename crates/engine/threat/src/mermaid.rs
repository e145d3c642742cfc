//! Draws a model as a Mermaid flowchart, for places that render Markdown.
//!
//! Labels are quoted and written with entity codes, so that no name can end a label or start a directive.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use syndic_evidence::{Urn, Zone};

use crate::model::{Element, Model, Shape};
use crate::text::is_unprintable;

/// Returns the model as `flowchart LR` with one subgraph a zone.
pub fn mermaid(model: &Model) -> String {
    let ids: BTreeMap<&Urn, String> =
        model.elements.iter().enumerate().map(|(at, element)| (&element.urn, format!("n{at}"))).collect();
    let mut text = String::from("flowchart LR\n");
    for zone in Zone::ALL {
        let inside: Vec<&Element> = model.elements.iter().filter(|element| element.zone == zone).collect();
        if inside.is_empty() {
            continue;
        }
        let _ = writeln!(text, "  subgraph z{} [\"{}\"]", zone as u8, zone.title());
        for element in inside {
            if let Some(id) = ids.get(&element.urn) {
                let _ = writeln!(text, "    {id}{}", node(element));
            }
        }
        text.push_str("  end\n");
    }
    for flow in &model.flows {
        let (Some(src), Some(dst)) = (ids.get(&flow.src), ids.get(&flow.dst)) else { continue };
        let classes: Vec<&str> = flow.classes.iter().map(|class| class.as_str()).collect();
        let label =
            if classes.is_empty() { flow.label.clone() } else { format!("{} ({})", flow.label, classes.join(", ")) };
        let arrow = if flow.crosses_boundary { "-.->" } else { "-->" };
        let _ = writeln!(text, "  {src} {arrow}|\"{}\"| {dst}", escape(&label));
    }
    text
}

fn node(element: &Element) -> String {
    let name = escape(&element.name);
    match element.shape {
        Shape::Process => format!("([\"{name}\"])"),
        Shape::Store => format!("[(\"{name}\")]"),
        Shape::External => format!("[\"{name}\"]"),
    }
}

fn escape(label: &str) -> String {
    let mut safe = String::with_capacity(label.len());
    for letter in label.chars() {
        match letter {
            '"' | '#' | '<' | '>' | '&' | '`' | '|' | '[' | ']' | '{' | '}' | '(' | ')' | '\\' | ';' | '%' => {
                let _ = write!(safe, "#{};", u32::from(letter));
            }
            letter if is_unprintable(letter) => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}
