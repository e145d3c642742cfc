//! Prompts in source code, looked at for personal data as a prompt in a file of its own is.
//!
//! What is told to a model with every request leaves with every request. The code engine's facts say where prompts
//! stand; their text goes from the file straight to the privacy engine, whose facts hold counts and lines only.
//! Notebooks are looked at whole, so their prompts need no second look.

use serde_json::Value;
use syndic_detect::Place;
use syndic_evidence::{AssetKind, Urn};
use syndic_privacy::{QuotedPrompt, QuotedTexts};

use super::{FileReport, TextFile};

/// Looks at every prompt that the facts of the code engine name.
pub(super) fn inspect(file: &TextFile<'_>, facts: &Value, report: &mut FileReport) {
    let prompts: Vec<(&str, QuotedPrompt<'_>)> =
        facts.get("prompts").and_then(Value::as_array).into_iter().flatten().filter_map(noted).collect();
    // A test's prompts are not the system's.
    if prompts.is_empty() || Place::of(&file.entry.path) == Place::Test {
        return;
    }
    report.engines.push("privacy");
    let texts = QuotedTexts::of(&file.entry.path, file.text);
    for (name, prompt) in prompts {
        let Some(text) = texts.find(prompt) else { continue };
        // The identity the code engine gives the prompt.
        let name = format!("{}#{name}", file.entry.path);
        let subject = Urn::local(file.context.system, AssetKind::Prompt, &name);
        if let Some(inspection) = file.context.engines.privacy.inspect_text(file.input(&subject), &text) {
            report.add(file.entry, "privacy", inspection, file.content());
        }
    }
}

fn noted(prompt: &Value) -> Option<(&str, QuotedPrompt<'_>)> {
    let quoted = QuotedPrompt {
        line: u32::try_from(prompt.pointer("/at/line")?.as_u64()?).ok()?,
        characters: usize::try_from(prompt.get("characters")?.as_u64()?).ok()?,
        sha256: prompt.get("sha256")?.as_str()?,
    };
    Some((prompt.get("name")?.as_str()?, quoted))
}
