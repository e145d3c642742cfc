//! AI providers named by a setting or an address in a text.

use std::sync::LazyLock;

use regex::Regex;
use syndic_detect::{AiCatalogue, LineIndex};

use crate::facts::Mention;
use crate::kind::is_api_class;

/// A text has at most this many mentions.
const MAX_MENTIONS: usize = 200;

static URL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(https?|wss?)://(?:[^\s/@]*@)?([a-z0-9][a-z0-9.-]*[a-z0-9])").ok());
static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b").ok());

/// Returns the third party that a setting's name speaks of.
pub(crate) fn of_setting(name: &str) -> Option<&'static str> {
    AiCatalogue::builtin().third_party(name)
}

/// Returns the AI services whose address stands in the text, each once a scheme.
pub(crate) fn addresses(text: &str, lines: &LineIndex) -> Vec<Mention> {
    let mut found: Vec<Mention> = Vec::new();
    for capture in URL.iter().flat_map(|regex| regex.captures_iter(text)) {
        let (Some(scheme), Some(host)) = (capture.get(1), capture.get(2)) else { continue };
        let known = AiCatalogue::builtin().host(host.as_str());
        let Some(known) = known.filter(|known| is_api_class(known.class) && known.confidence != "low") else {
            continue;
        };
        if is_in_comment(text, scheme.start()) {
            continue;
        }
        add(
            &mut found,
            Mention {
                provider: known.provider.to_owned(),
                by: host.as_str().to_ascii_lowercase(),
                scheme: Some(scheme.as_str().to_ascii_lowercase()),
                line: lines.line(scheme.start()),
            },
        );
    }
    found
}

/// Returns the providers whose settings are named in the text, each setting once.
pub(crate) fn settings(text: &str, lines: &LineIndex) -> Vec<Mention> {
    let mut found: Vec<Mention> = Vec::new();
    for name in NAME.iter().flat_map(|regex| regex.find_iter(text)) {
        let Some(provider) = of_setting(name.as_str()) else { continue };
        if is_in_comment(text, name.start()) {
            continue;
        }
        let by = name.as_str().to_owned();
        add(&mut found, Mention { provider: provider.to_owned(), by, scheme: None, line: lines.line(name.start()) });
    }
    found
}

fn add(found: &mut Vec<Mention>, mention: Mention) {
    let is_known = found.iter().any(|known| known.by == mention.by && known.scheme == mention.scheme);
    if !is_known && found.len() < MAX_MENTIONS {
        found.push(mention);
    }
}

/// Says whether a `#` or `//` opens the line at this place: what is switched off is not used.
fn is_in_comment(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default().trim_start();
    line.starts_with('#') || line.starts_with("//") || line.starts_with(';')
}
