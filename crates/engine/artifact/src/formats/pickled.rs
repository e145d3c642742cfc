//! Files that are one stream of pickles: plain, joblib, torch before 1.6, and compressed ones.

use std::io;

use serde_json::{Map, json};
use syndic_detect::{ReadAt, read_vec_at};

use super::container;
use crate::facts::{Facts, ObservationKind, PickleEnd};
use crate::identify::identify;
use crate::pickle::{Stream, buried_start, probe_at, read_one, read_stream, stray_pickles};
use crate::slice::Slice;
use crate::zip::Part;
use crate::{Format, Standing, tar};

/// Bytes looked at to see what a stream begins with.
const HEAD_BYTES: usize = 64 * 1024;
/// Members read of one tar archive.
const MAX_TAR_MEMBERS: usize = 64;
/// A stream of fewer opcodes than this does not start with a pickle.
const FEWEST_OPCODES: u64 = 2;
/// Zips in constants that are opened.
const MAX_NESTED_ZIPS: usize = 8;

/// Libraries whose objects are data, not estimators.
const PLAIN_DATA: [&str; 16] = [
    "builtins",
    "collections",
    "joblib",
    "numpy",
    "pandas",
    "datetime",
    "decimal",
    "uuid",
    "pathlib",
    "scipy",
    "zoneinfo",
    "functools",
    "operator",
    "io",
    "types",
    "__torch__",
];

/// Reads a stream.
pub(super) fn read(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let head = read_vec_at(source, 0, HEAD_BYTES)?;
    if tar::is_tar(&head) {
        return read_tar(source, facts);
    }
    if facts.format == Format::Pickle
        && probe_at(source, 0).opcodes < FEWEST_OPCODES
        && let Some(start) = buried_start(&head)
    {
        facts.skip(format!("the first {start} bytes: not recognised; a pickle stands behind them and was read"));
        return take_source(source, start as u64, true, None, facts);
    }
    take_source(source, 0, true, None, facts)
}

/// Walks the pickles of a torch checkpoint that is a tar archive.
fn read_tar(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let mut position = 0;
    for _ in 0..MAX_TAR_MEMBERS {
        let Some(member) = tar::member_at(source, position)? else { return Ok(()) };
        let held = source.len().saturating_sub(member.start);
        if member.length > 0 && held > 0 {
            let part = Part::new(source, member.start, member.length.min(held));
            take_source(&part, 0, member.length <= held, Some(&member.name), facts)?;
        }
        position = member.next();
    }
    facts.skip(format!("archive: members after the first {MAX_TAR_MEMBERS}"));
    Ok(())
}

/// Reads a compressed stream.
pub(super) fn read_compressed(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    container::with_unpacked(source, facts, |content, is_whole, facts| {
        // The name may promise a pickle where there is another stream or an archive.
        if !matches!(identify("", content)?.format, Format::Pickle | Format::Joblib | Format::Binary) {
            return container::take("content", content, is_whole(), facts);
        }
        take_source(content, 0, is_whole(), None, facts)
    })
}

/// Walks the pickles of `bytes` into the facts.
pub(super) fn take_stream(bytes: &[u8], is_whole: bool, member: Option<&str>, facts: &mut Facts) -> io::Result<()> {
    take_source(&Slice::new(bytes), 0, is_whole, member, facts)
}

/// Walks the pickles of a source from an offset into the facts.
pub(super) fn take_source(
    source: &dyn ReadAt,
    start: u64,
    is_whole: bool,
    member: Option<&str>,
    facts: &mut Facts,
) -> io::Result<()> {
    let stream = read_stream(source, start, member, facts.tracing)?;
    // torch reads its five pickles and takes the rest as numbers.
    let is_rest_raw = facts.format == Format::TorchLegacy
        && stream.trailing.is_some()
        && stream.pickles.iter().all(|pickle| pickle.end == PickleEnd::Stop);
    if !is_whole && !is_rest_raw {
        facts.skip(format!("{}: only the first {} bytes were read", member.unwrap_or("pickle stream"), source.len()));
    }
    if let Some((offset, count)) = stream.trailing
        && facts.format != Format::TorchLegacy
    {
        let detail = format!("{count} bytes follow the last pickle, from byte {offset}");
        facts.observe_at(ObservationKind::PickleTrailing, "", detail, member, Some(offset));
    }
    keep(stream, member, facts)
}

/// Reads the pickles that stand somewhere in a file of another format.
pub(super) fn take_strays(source: &dyn ReadAt, member: Option<&str>, facts: &mut Facts) -> io::Result<()> {
    let strays = stray_pickles(source)?;
    for start in strays.starts {
        let stream = read_one(source, start, member, facts.tracing)?;
        keep(stream, member, facts)?;
    }
    if !strays.is_all {
        facts.skip("pickles inside of the file: more places where one may start than the bound");
    }
    Ok(())
}

/// Takes over what a stream told, and reads the archives in its constants as files of their own.
fn keep(mut stream: Stream, member: Option<&str>, facts: &mut Facts) -> io::Result<()> {
    facts.trace.append(&mut stream.trace);
    describe(&stream, facts);
    for reason in stream.not_inspected {
        facts.skip(reason);
    }
    for (index, zip) in stream.zips.iter().enumerate() {
        if index >= MAX_NESTED_ZIPS {
            facts.skip("zips nested in constants: too many");
            break;
        }
        let name = member.map_or_else(|| "nested.zip".to_owned(), |member| format!("{member}!nested.zip"));
        container::take(&name, zip, true, facts)?;
    }
    facts.pickles.extend(stream.pickles);
    Ok(())
}

/// Puts what the stream tells about the model into the properties.
fn describe(stream: &Stream, facts: &mut Facts) {
    let is_outer =
        |pickle: &&crate::PickleFacts| !pickle.member.as_deref().is_some_and(|name| name.ends_with("nested"));
    if let Some(first) = stream.pickles.iter().filter(is_outer).find_map(|pickle| pickle.root.clone()) {
        facts.property("root_class", first.clone());
        let library = first.split('.').next().unwrap_or_default();
        let is_class =
            first.rsplit('.').next().is_some_and(|name| name.starts_with(|letter: char| letter.is_ascii_uppercase()));
        if is_class && !PLAIN_DATA.contains(&library) {
            facts.property("estimator_class", first.clone());
            facts.property("library", library);
        }
    }
    let uses = |prefix: &str| {
        let imports = || stream.pickles.iter().flat_map(|pickle| &pickle.imports);
        imports().any(|import| import.standing == Standing::Allowed && import.name.starts_with(prefix))
    };
    let framework = [
        ("torch.", "pytorch"),
        ("sklearn.", "scikit-learn"),
        ("xgboost.", "xgboost"),
        ("lightgbm.", "lightgbm"),
        ("catboost.", "catboost"),
        ("numpy.", "numpy"),
    ];
    if let Some((_, name)) = framework.iter().find(|(prefix, _)| uses(prefix)) {
        facts.property("framework", *name);
    }
    if let Some(version) = stream.versions.get("_sklearn_version") {
        facts.property("library_version", version.clone());
    } else if let Some((_, version)) =
        stream.versions.iter().find(|(key, _)| key.ends_with("_version") && key.len() > 8)
    {
        facts.property("library_version", version.clone());
    }
    if stream.tensors > 0 {
        facts.property("tensors", stream.tensors);
        facts.property("parameters", stream.elements.values().fold(0_u64, |sum, count| sum.saturating_add(*count)));
        let by_dtype: Map<String, serde_json::Value> =
            stream.elements.iter().map(|(dtype, count)| (dtype.clone(), json!(count))).collect();
        facts.property("dtypes", by_dtype);
    }
    if stream.array_blocks > 0 {
        facts.property("array_blocks", stream.array_blocks);
    }
}
