//! Archives that carry models: TorchServe's `.mar`, SageMaker's `model.tar.gz`, a zip of checkpoints.
//!
//! Every member that is a pickle, whatever its name, or a zip of pickles is walked; models of other formats are named
//! as not inspected.

use std::io;

use syndic_detect::{ReadAt, read_vec_at};

use super::pickled::take_stream;
use super::zipped;
use crate::decompress::decompress;
use crate::zip::Zip;
use crate::{Facts, pickle, tar};

/// Members looked at.
const MAX_MEMBERS: usize = 2_000;
/// Bytes of one archive that is a single stream, and of one member.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Bytes of all members together.
const MAX_TOTAL_BYTES: usize = 256 * 1024 * 1024;
/// Bytes of a member that tell whether it is a pickle.
const SNIFFED_BYTES: usize = 4 * 1024;
/// Endings of names of pickles.
const PICKLES: [&str; 7] = [".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt", ".dill"];
/// Endings of names of other models.
const MODELS: [&str; 6] = [".onnx", ".safetensors", ".gguf", ".h5", ".keras", ".tflite"];
/// Endings of somebody's released package: third-party code, not a model of this product.
const PACKAGES: [&str; 9] = [".whl", ".egg", ".jar", ".war", ".aar", ".nupkg", ".gem", ".crate", ".vsix"];

/// Says whether an archive called `path` with such members carries models; torch once called its member `pickle`.
pub(crate) fn carries_models<'n>(path: &str, mut names: impl Iterator<Item = &'n str>) -> bool {
    let path = path.to_ascii_lowercase();
    !PACKAGES.iter().any(|ending| path.ends_with(ending))
        && names.any(|name| is_model(name) || name == "MAR-INF/MANIFEST.json" || name == "pickle")
}

fn is_model(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    PICKLES.iter().chain(&MODELS).any(|ending| name.ends_with(ending))
}

/// Reads such an archive.
pub(super) fn read(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    if read_vec_at(source, 0, 2)? == b"PK" {
        return read_zip(source, facts);
    }
    let mut bytes = read_vec_at(source, 0, MAX_BYTES)?;
    let mut is_whole = bytes.len() as u64 >= source.len();
    if !tar::is_tar(&bytes) {
        let Some(undone) = decompress(&bytes, MAX_BYTES) else { return Ok(()) };
        (bytes, is_whole) = (undone.bytes, is_whole && undone.is_whole);
    }
    let members = tar::members(&bytes, MAX_MEMBERS);
    facts.property("members", members.len());
    if !is_whole || members.len() >= MAX_MEMBERS {
        facts.skip(format!("archive: only its first {} bytes and {MAX_MEMBERS} members were read", bytes.len()));
    }
    for member in members {
        let end = member.range.end.min(bytes.len());
        let content = bytes.get(member.range.start..end).unwrap_or_default();
        take(&member.name, content, end == member.range.end, facts)?;
    }
    Ok(())
}

fn read_zip(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let zip = Zip::read(source)?;
    zipped::note_faults(&zip, facts);
    facts.property("members", zip.entries.len());
    let mut total = 0_usize;
    for (index, entry) in zip.entries.iter().enumerate() {
        if index >= MAX_MEMBERS || total > MAX_TOTAL_BYTES {
            facts.skip(format!("archive: members after the first {index} were not read"));
            break;
        }
        let (start, _) = entry.content(source, SNIFFED_BYTES)?;
        if !is_model(&entry.name) && !is_pickle(&start) {
            continue;
        }
        let (bytes, is_whole) = entry.content(source, MAX_BYTES)?;
        total = total.saturating_add(bytes.len());
        take(&entry.name, &bytes, is_whole, facts)?;
    }
    Ok(())
}

fn is_pickle(bytes: &[u8]) -> bool {
    let start = bytes.get(..bytes.len().min(SNIFFED_BYTES)).unwrap_or_default();
    matches!(start, [0x80, 2..=5, ..]) && pickle::probe(start).structural > 0
}

/// Walks the pickles of one member.
fn take(name: &str, bytes: &[u8], is_whole: bool, facts: &mut Facts) -> io::Result<()> {
    if !is_model(name) && !is_pickle(bytes) {
        return Ok(());
    }
    let lower = name.to_ascii_lowercase();
    if !PICKLES.iter().any(|ending| lower.ends_with(ending)) && !is_pickle(bytes) {
        facts.skip(format!("{name}: a model inside an archive; unpack it to have it inspected"));
        return Ok(());
    }
    if bytes.starts_with(b"PK") {
        return zipped::read_pickles(bytes, Some(name), facts);
    }
    match decompress(bytes, MAX_BYTES).filter(|undone| !undone.bytes.is_empty()) {
        Some(undone) => take_stream(&undone.bytes, is_whole && undone.is_whole, Some(name), facts),
        None => take_stream(bytes, is_whole, Some(name), facts),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use syndic_evidence::{AssetKind, Input, Urn};

    use super::*;
    use crate::{ArtifactEngine, Format, Verdict, identify};

    const CALL: &[u8] = b"\x80\x02cos\nsystem\n(U\x04echotR.";

    fn tar(name: &str, content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0_u8; 512];
        bytes[..name.len()].copy_from_slice(name.as_bytes());
        bytes[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        bytes[257..262].copy_from_slice(b"ustar");
        bytes.extend(content);
        bytes.resize(bytes.len().div_ceil(512) * 512 + 1024, 0);
        bytes
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn inspected(path: &str, bytes: &[u8]) -> (Format, Option<Verdict>) {
        let bytes = bytes.to_vec();
        let identified = identify(path, &bytes).unwrap();
        let subject = Urn::local("t", AssetKind::Model, path);
        let input = Input { system: "t", path, subject: &subject, owner: &subject };
        let inspection = ArtifactEngine::builtin().unwrap().inspect(input, &identified, &bytes).unwrap();
        let facts: Facts = serde_json::from_value(inspection.facts).unwrap();
        (identified.format, Some(facts.verdict))
    }

    #[test]
    fn a_checkpoint_in_a_tarball_is_walked() {
        let archive = tar("model.pth", CALL);
        assert_eq!(inspected("model.tar", &archive), (Format::ModelArchive, Some(Verdict::Malicious)));
        assert_eq!(inspected("model.tar.gz", &gzip(&archive)), (Format::ModelArchive, Some(Verdict::Malicious)));
    }

    #[test]
    fn a_model_of_another_format_leaves_the_archive_unfinished() {
        let archive = tar("net.onnx", b"\x08\x07 something");
        assert_eq!(inspected("a.tar", &archive), (Format::ModelArchive, Some(Verdict::Incomplete)));
    }

    #[test]
    fn an_archive_of_sources_is_no_model() {
        assert_eq!(identify("src.tar", &tar("main.py", b"print()")).unwrap().format, Format::Tar);
        assert!(!carries_models("x-1.0.whl", ["x/model.pkl"].into_iter()));
    }
}
