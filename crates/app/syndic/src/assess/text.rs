//! A text file: read once, handed to every engine that recognises it.

mod prompts;

use std::cell::OnceCell;

use syndic_artifact::{Family, Identified};
use syndic_code::Language;
use syndic_collect::{ContentHash, Entry, FileReader, hash_bytes, hash_reader};
use syndic_detect::{Place, ReadAt, read_vec_at};
use syndic_evidence::{AssetKind, Input, SkipReason, Skipped, Urn};

use super::file::{Context, FileReport};

/// A text file is read up to here; what lies beyond is reported as not looked at.
const MAX_TEXT_BYTES: usize = 8 << 20;

/// A notebook carries its pictures, and half of one cannot be parsed.
const MAX_NOTEBOOK_BYTES: usize = 24 << 20;

/// Endings of configuration files: a secret in one belongs to that file, elsewhere to the application.
const CONFIGURATION: [&str; 10] =
    [".yaml", ".yml", ".json", ".jsonc", ".toml", ".ini", ".cfg", ".conf", ".env", ".properties"];

/// Looks at one text file.
pub(crate) fn inspect(
    context: &Context<'_>,
    entry: &Entry,
    identified: &Identified,
    reader: &FileReader,
    mut report: FileReport,
) -> FileReport {
    if Place::of(&entry.path) == Place::Vendored {
        // Somebody else's code: model files in it are found, its source is not ours to judge.
        report.engines.push("vendored");
        return report;
    }
    let is_notebook = identified.format.family() == Family::Notebook;
    let limit = if is_notebook { MAX_NOTEBOOK_BYTES } else { MAX_TEXT_BYTES };
    let read = read_vec_at(reader, 0, limit).and_then(|bytes| Ok((partial(&bytes, reader)?, bytes)));
    let (partial, bytes) = match read {
        Ok(read) => read,
        Err(error) => {
            let (path, detail) = (entry.path.clone(), error.to_string());
            report.skipped.push(Skipped { path, reason: SkipReason::Unreadable, detail });
            return report;
        }
    };
    if reader.len() > bytes.len() as u64 {
        let detail = format!("only the first {limit} bytes of a text file are read");
        report.skipped.push(Skipped { path: entry.path.clone(), reason: SkipReason::Budget, detail });
    }
    let (text, decoded) = decode(bytes);
    let content = partial.or(decoded).map_or_else(OnceCell::new, OnceCell::from);
    let file = TextFile { context, entry, text: &text, content, owner: context.owners.urn(&entry.path) };
    if is_notebook {
        file.notebook(&mut report);
    } else {
        file.recognise(&mut report);
    }
    report.bytes_hashed += file.content.get().map_or(0, |content| content.size_bytes);
    if is_generated(&entry.path, &text) {
        // Its source is elsewhere, so what is too large to read of it leaves nothing of the product unread.
        for skipped in &mut report.skipped {
            skipped.reason = SkipReason::OutOfScope;
            skipped.detail.push_str(" (generated file)");
        }
    }
    report
}

/// The identity of the whole file when only its beginning was read.
fn partial(bytes: &[u8], reader: &FileReader) -> std::io::Result<Option<ContentHash>> {
    if reader.len() > bytes.len() as u64 { hash_reader(reader).map(Some) } else { Ok(None) }
}

/// Mean bytes a line beyond which a script was written by a bundler.
const BUNDLED_LINE_BYTES: usize = 300;

/// Says whether a file was made by a tool from sources that are kept elsewhere: bundles and source maps.
fn is_generated(path: &str, text: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let is_map = [".js.map", ".mjs.map", ".css.map"].iter().any(|ending| name.ends_with(ending));
    let is_script = [".js", ".mjs", ".cjs", ".css"].iter().any(|ending| name.ends_with(ending));
    let is_named = [".min.", ".bundle.", "-bundle.", ".chunk."].iter().any(|part| name.contains(part));
    let has_long_lines = || {
        let lines = text.bytes().filter(|byte| *byte == b'\n').count() + 1;
        text.len() / lines > BUNDLED_LINE_BYTES
    };
    is_map || (is_script && (is_named || has_long_lines()))
}

/// UTF-8 with what is not UTF-8 replaced, or UTF-16 when a byte order mark says so; with the identity of the bytes when
/// the text no longer is those very bytes.
fn decode(bytes: Vec<u8>) -> (String, Option<ContentHash>) {
    let units = |pairs: &[u8], from: fn([u8; 2]) -> u16| -> String {
        let units: Vec<u16> = pairs.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(from)).collect();
        String::from_utf16_lossy(&units)
    };
    let text = match bytes.as_slice() {
        [0xFF, 0xFE, rest @ ..] => units(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => units(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        // Nearly every text is UTF-8 and is taken as it is.
        _ => match String::from_utf8(bytes) {
            Ok(text) => return (text, None),
            Err(error) => {
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                return (text, Some(hash_bytes(error.as_bytes())));
            }
        },
    };
    (text, Some(hash_bytes(&bytes)))
}

struct TextFile<'a> {
    context: &'a Context<'a>,
    entry: &'a Entry,
    text: &'a str,
    content: OnceCell<ContentHash>,
    owner: Urn,
}

impl TextFile<'_> {
    /// Returns the identity of the file. Most files say nothing, and nobody asks for theirs.
    fn content(&self) -> ContentHash {
        *self.content.get_or_init(|| hash_bytes(self.text.as_bytes()))
    }

    fn urn(&self, kind: AssetKind) -> Urn {
        Urn::local(self.context.system, kind, &self.entry.path)
    }

    fn input<'b>(&'b self, subject: &'b Urn) -> Input<'b> {
        Input { system: self.context.system, path: &self.entry.path, subject, owner: &self.owner }
    }

    fn notebook(&self, report: &mut FileReport) {
        let subject = self.urn(AssetKind::Notebook);
        self.code(Language::Notebook, &subject, report);
        self.secrets(&subject, report);
        self.personal_data(&subject, report);
    }

    /// Tries the engines from the most specific shape to the least.
    fn recognise(&self, report: &mut FileReport) {
        let (path, text) = (self.entry.path.as_str(), self.text);
        if Place::is_package_metadata(path) {
            // What an installer wrote about a package describes no system; a secret in it is still one.
            return self.secrets(&self.owner.clone(), report);
        }
        let mut subject = if self.is_configuration() { self.urn(AssetKind::Configuration) } else { self.owner.clone() };
        let mut is_config = self.is_configuration();
        let mut lists_packages = false;
        if let Some(kind) = syndic_supply::recognise(path, text) {
            subject = self.urn(AssetKind::Manifest);
            let around = self.context.surroundings.of(kind.ecosystem(), path);
            let inspection = self.context.engines.supply.inspect(self.input(&subject), kind, text, around);
            report.engines.push("supply");
            report.add(self.entry, "supply", inspection, self.content());
            // A Dockerfile that names an index stays a Dockerfile; only a list of packages is nothing else.
            lists_packages = kind.lists_packages();
            is_config = is_config && !lists_packages;
        }
        let deployment = if lists_packages { None } else { syndic_serving::recognise(path, text) };
        if let Some(kind) = deployment {
            subject = self.urn(AssetKind::Configuration);
            let inspection = self.context.engines.serving.inspect(self.input(&subject), kind, text);
            report.engines.push("serving");
            report.add(self.entry, "serving", inspection, self.content());
        }
        if let Some(kind) = syndic_discover::recognise(path, text) {
            let found = self.context.engines.discover.inspect(self.input(&subject), kind, text);
            report.engines.push("discover");
            if let Some(inspection) = found {
                subject = inspection.subject.clone();
                report.add(self.entry, "discover", inspection, self.content());
            }
        }
        if let Some(language) = Language::of(path, text.as_bytes()) {
            self.code(language, &self.owner.clone(), report);
        }
        self.secrets(&subject, report);
        if is_config || self.is_document() {
            self.personal_data(&subject, report);
        }
    }

    fn is_configuration(&self) -> bool {
        let name = self.entry.path.rsplit('/').next().unwrap_or_default();
        name.starts_with(".env") || CONFIGURATION.iter().any(|ending| name.ends_with(ending))
    }

    /// Plain documents: what retrieval reads. Project pages such as a README are not.
    fn is_document(&self) -> bool {
        let path = self.entry.path.to_ascii_lowercase();
        let name = path.rsplit('/').next().unwrap_or_default();
        let is_project_page = ["readme", "license", "changelog", "contributing", "security", "authors", "notice"]
            .iter()
            .any(|page| name.starts_with(page));
        (name.ends_with(".txt") || name.ends_with(".md")) && !is_project_page && Place::of(&path) != Place::Test
    }

    fn code(&self, language: Language, subject: &Urn, report: &mut FileReport) {
        report.engines.push("code");
        let (engine, input) = (&self.context.engines.code, self.input(subject));
        let found = if self.context.reads_whole {
            engine.inspect(input, language, self.text)
        } else {
            engine.look(input, language, self.text)
        };
        if let Some(inspection) = found {
            if language != Language::Notebook {
                prompts::inspect(self, &inspection.facts, report);
            }
            report.add(self.entry, "code", inspection, self.content());
        }
    }

    fn secrets(&self, subject: &Urn, report: &mut FileReport) {
        report.engines.push("secrets");
        if let Some(inspection) = self.context.engines.secrets.inspect(self.input(subject), self.text.as_bytes()) {
            report.add(self.entry, "secrets", inspection, self.content());
        }
    }

    fn personal_data(&self, subject: &Urn, report: &mut FileReport) {
        report.engines.push("privacy");
        if let Some(inspection) = self.context.engines.privacy.inspect_text(self.input(subject), self.text) {
            report.add(self.entry, "privacy", inspection, self.content());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_generated_and_a_script_is_not() {
        let line = "a".repeat(5_000);
        assert!(is_generated("static/app.js", &line));
        assert!(is_generated("static/swagger-ui-bundle.js", "x\n"));
        assert!(is_generated("static/index-B2.js.map", "{}"));
        assert!(!is_generated("src/app.js", "const a = 1;\nconst b = 2;\n"));
        assert!(!is_generated("data/one-line.txt", &line));
    }
}
