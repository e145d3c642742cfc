//! One file: opened, identified by content, hashed if it is an asset, handed to the engines that know its kind.

use syndic_artifact::{Family, Format, Identified, broken_promise, identify};
use syndic_collect::{ContentHash, Entry, FileReader, Owners, hash_reader};
use syndic_detect::Place;
use syndic_evidence::{AssetKind, Input, Inspection, Location, SkipReason, Skipped, Urn};

use super::engines::Engines;
use super::surroundings::SurroundingFiles;
use super::text;

/// An asset lists at most this many further paths of its inode.
const MAX_ALIASES: usize = 32;

/// What every file's inspection needs.
pub(crate) struct Context<'a> {
    pub(crate) system: &'a str,
    pub(crate) engines: &'a Engines,
    pub(crate) owners: &'a Owners,
    pub(crate) surroundings: SurroundingFiles,
    /// Whether source files that tell nothing by themselves are read too.
    pub(crate) reads_whole: bool,
}

/// An inspection with the content it rests on.
#[derive(Debug)]
pub(crate) struct Inspected {
    pub(crate) inspection: Inspection,
    /// The engine that made it.
    pub(crate) engine: &'static str,
    /// Path of the file.
    pub(crate) path: String,
    pub(crate) content: ContentHash,
    /// The application it belongs to, when `path` was masked and no longer tells.
    pub(crate) owner: Option<Owner>,
}

/// An application: the folder it starts at, empty for the root, and the name a person uses for it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Owner {
    pub(crate) folder: String,
    pub(crate) name: String,
}

impl Owner {
    /// Returns the application that owns `path`.
    pub(crate) fn of(owners: &Owners, path: &str) -> Self {
        let folder = owners.folder(path);
        Self { folder: folder.to_owned(), name: owners.name(folder).to_owned() }
    }
}

/// What came out of one file.
#[derive(Debug, Default)]
pub(crate) struct FileReport {
    pub(crate) inspected: Vec<Inspected>,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) engines: Vec<&'static str>,
    pub(crate) is_inspected: bool,
    pub(crate) bytes_hashed: u64,
}

impl FileReport {
    /// The report of a file that could not be looked at.
    pub(crate) fn skipped(skipped: Skipped) -> Self {
        Self { skipped: vec![skipped], ..Self::default() }
    }

    /// Takes over an engine's inspection; parts it could not look at enter the coverage.
    pub(crate) fn add(
        &mut self,
        entry: &Entry,
        engine: &'static str,
        mut inspection: Inspection,
        content: ContentHash,
    ) {
        let subject = inspection.subject.clone();
        for asset in inspection.assets.iter_mut().filter(|asset| asset.urn == subject) {
            // Other names of the same inode: links in a model cache, hard links.
            asset.sources.extend(entry.aliases.iter().take(MAX_ALIASES).map(Location::file));
        }
        // What could not be read of a test or an example leaves nothing unread of what runs; of a model it does.
        let is_aside = matches!(Place::of(&entry.path), Place::Test | Place::Documentation) && engine != "artifact";
        let reason = if is_aside { SkipReason::OutOfScope } else { SkipReason::Unsupported };
        self.skipped.extend(inspection.not_inspected.iter().map(|detail| Skipped {
            path: entry.path.clone(),
            reason,
            detail: detail.clone(),
        }));
        self.inspected.push(Inspected { inspection, engine, path: entry.path.clone(), content, owner: None });
    }

    fn skip(mut self, entry: &Entry, reason: SkipReason, detail: impl Into<String>) -> Self {
        self.skipped.push(Skipped { path: entry.path.clone(), reason, detail: detail.into() });
        self
    }
}

/// Looks at one file. What comes back holds no credential that can be told by its form.
pub(crate) fn inspect(context: &Context<'_>, entry: &Entry) -> FileReport {
    let mut report = look(context, entry);
    context.engines.concealer().report(&mut report, || Owner::of(context.owners, &entry.path));
    report
}

fn look(context: &Context<'_>, entry: &Entry) -> FileReport {
    let report = FileReport::default();
    let reader = match FileReader::open(entry) {
        Ok(reader) => reader,
        Err(error) => return report.skip(entry, error.reason(), error.to_string()),
    };
    let identified = match identify(&entry.path, &reader) {
        Ok(identified) => identified,
        Err(error) => return report.skip(entry, SkipReason::Unreadable, error.to_string()),
    };
    let report = FileReport { is_inspected: true, ..report };
    if identified.format == Format::LfsPointer {
        return report.skip(entry, SkipReason::Unsupported, "a Git LFS pointer: fetch the content with `git lfs pull`");
    }
    let report = match broken_promise(&entry.path, &identified) {
        Some(broken) => unread(report, entry, broken.reason, &broken.detail),
        None => report,
    };
    match identified.format {
        Format::Sqlite => return unread(report, entry, SkipReason::Unsupported, "SQLite database: rows not sampled"),
        Format::SqlDump => {
            // Statements around the rows can hold credentials, like any text.
            let report = text::inspect(context, entry, &identified, &reader, report);
            return dataset(context, entry, &identified, &reader, report);
        }
        _ => {}
    }
    match identified.format.family() {
        Family::Model => model(context, entry, &identified, &reader, report),
        Family::Dataset if Place::is_package_metadata(&entry.path) => report,
        Family::Dataset => dataset(context, entry, &identified, &reader, report),
        Family::Notebook | Family::Text => text::inspect(context, entry, &identified, &reader, report),
        Family::Archive => {
            let (reason, whose) = closed(&entry.path);
            let whose = whose.map_or(String::new(), |whose| format!(" {whose}"));
            report.skip(entry, reason, format!("{} archive{whose}: not opened", identified.format.as_str()))
        }
        Family::Other => report,
    }
}

/// Notes that something named or known as a model or data was not read; out of scope where nothing ships.
fn unread(report: FileReport, entry: &Entry, reason: SkipReason, detail: &str) -> FileReport {
    match aside(&entry.path) {
        Some(whose) => report.skip(entry, SkipReason::OutOfScope, format!("{detail} ({whose})")),
        None => report.skip(entry, reason, detail),
    }
}

/// Returns whose a file is that does not ship with the product.
fn aside(path: &str) -> Option<&'static str> {
    match Place::of(path) {
        Place::Test => Some("of tests"),
        Place::Documentation => Some("of documentation or examples"),
        Place::Vendored => Some("of third-party code"),
        Place::Product => None,
    }
}

/// Endings of archives that are somebody's released package for a runtime that loads no weights from it: third-party
/// code, like a folder of vendored sources. A wheel is not among them: wheels are how models travel.
const PACKAGES: [&str; 6] = [".jar", ".war", ".aar", ".nupkg", ".gem", ".vsix"];

/// Says what an archive left closed means: in the product it may hold a model or data, so the assessment is
/// incomplete; what does not ship and released packages are out of scope, and listed as such.
fn closed(path: &str) -> (SkipReason, Option<&'static str>) {
    let lower = path.to_ascii_lowercase();
    let is_package = || PACKAGES.iter().any(|ending| lower.ends_with(ending));
    match aside(path).or_else(|| is_package().then_some("of a released package")) {
        Some(whose) => (SkipReason::OutOfScope, Some(whose)),
        None => (SkipReason::Unsupported, None),
    }
}

/// Hashes a file whole; one that grows or shrinks meanwhile has no identity.
fn identity(entry: &Entry, reader: &FileReader) -> Result<ContentHash, (SkipReason, String)> {
    let content = hash_reader(reader).map_err(|error| (SkipReason::Unreadable, error.to_string()))?;
    if content.size_bytes == entry.size_bytes {
        return Ok(content);
    }
    let detail = format!("had {} bytes when it was listed, {} when it was read", entry.size_bytes, content.size_bytes);
    Err((SkipReason::Changed, detail))
}

fn model(
    context: &Context<'_>,
    entry: &Entry,
    identified: &Identified,
    reader: &FileReader,
    mut report: FileReport,
) -> FileReport {
    let content = match identity(entry, reader) {
        Ok(content) => content,
        Err((reason, detail)) => return report.skip(entry, reason, detail),
    };
    report.bytes_hashed += content.size_bytes;
    let subject = Urn::local(context.system, AssetKind::Model, &entry.path);
    let owner = context.owners.urn(&entry.path);
    let input = Input { system: context.system, path: &entry.path, subject: &subject, owner: &owner };
    match context.engines.artifact.inspect(input, identified, reader) {
        Ok(inspection) => {
            report.engines.push("artifact");
            report.add(entry, "artifact", inspection, content);
            report
        }
        Err(error) => report.skip(entry, SkipReason::Unreadable, error.to_string()),
    }
}

fn dataset(
    context: &Context<'_>,
    entry: &Entry,
    identified: &Identified,
    reader: &FileReader,
    mut report: FileReport,
) -> FileReport {
    let content = match identity(entry, reader) {
        Ok(content) => content,
        Err((reason, detail)) => return report.skip(entry, reason, detail),
    };
    report.bytes_hashed += content.size_bytes;
    let subject = Urn::local(context.system, AssetKind::Dataset, &entry.path);
    let owner = context.owners.urn(&entry.path);
    let input = Input { system: context.system, path: &entry.path, subject: &subject, owner: &owner };
    let sample = match syndic_dataset::sample_file(&entry.absolute, identified.format.as_str()) {
        Ok(sample) => sample,
        Err(error) => return report.skip(entry, SkipReason::Malformed, error.to_string()),
    };
    report.engines.push("privacy");
    if identified.format == Format::SqlDump {
        // Its credentials were searched with its text.
        let inspection = context.engines.privacy.inspect_table(input, &sample);
        report.add(entry, "privacy", inspection, content);
        return report;
    }
    // Credentials hide in datasets too: the sampled values are searched, each on a line of its own.
    let values: String =
        sample.columns.iter().flat_map(|column| &column.values).fold(String::new(), |mut text, value| {
            text.push_str(value);
            text.push('\n');
            text
        });
    report.engines.push("secrets");
    if let Some(mut secrets) = context.engines.secrets.inspect(input, values.as_bytes()) {
        // Lines of the joined sample mean nothing to a reader of the file.
        secrets.findings.iter_mut().for_each(|draft| (draft.location.line, draft.location.column) = (None, None));
        report.add(entry, "secrets", secrets, content);
    }
    let inspection = context.engines.privacy.inspect_table(input, &sample);
    report.add(entry, "privacy", inspection, content);
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_archive_of_the_product_leaves_the_assessment_incomplete() {
        let by_design = ["tests/cassettes/a.yaml.gz", "docs/a.zip", "node_modules/x/a.tgz", "lib/commons-1.jar"];
        assert!(by_design.iter().all(|path| closed(path).0.is_by_design()));
        let faults = ["models/weights.zip", "data/train.tar.gz", "static/numpy-1-py3.whl"];
        assert!(faults.iter().all(|path| !closed(path).0.is_by_design()));
    }
}
