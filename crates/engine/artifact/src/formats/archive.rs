//! Archives that carry models: TorchServe's `.mar`, SageMaker's `model.tar.gz`, a zip of checkpoints.
//!
//! They are told from other archives by the names of their members; [`super::container`] reads what they hold.

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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use syndic_evidence::{AssetKind, Input, Urn};

    use super::*;
    use crate::{ArtifactEngine, Facts, Format, Verdict, identify};

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
