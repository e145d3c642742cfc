//! Models in XML: PMML, and the graphs of OpenVINO whose weights stand in a file beside them.
//!
//! PMML evaluators in Java load a function whose name has a dot as a class; OpenVINO runs a layer of a set of operators
//! that is not its own by a library that the application loads.
//! Source: PMML 4.4 (Apply), JPMML-Evaluator's function registry, OpenVINO intermediate representation version 11.

use std::collections::BTreeSet;
use std::io;

use syndic_detect::ReadAt;

use super::custom;
use super::xml::{Element, Tag, Tags, has_external_entity};
use crate::Format;
use crate::facts::{Facts, ObservationKind};

/// Distinct names kept.
const MAX_NAMES: usize = 1_000;
/// Sets of operators of OpenVINO itself, beside the numbered ones.
const OPENVINO_SETS: [&str; 5] = ["experimental", "ie_internal_opset", "type_relaxed_opset", "util", "gpu_opset"];

/// Reads the model.
pub(super) fn read(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let is_pmml = facts.format == Format::Pmml;
    facts.property("framework", if is_pmml { "pmml" } else { "openvino" });
    let mut tags = Tags::new(source);
    let (mut named, mut layers) = (BTreeSet::new(), 0_u64);
    while let Some(tag) = tags.next() {
        match tag {
            Tag::DocumentType(text) if has_external_entity(&text) => {
                let detail = "the document type names an entity of another file or address";
                facts.observe(ObservationKind::XmlEntity, "document type", detail);
            }
            Tag::DocumentType(_) => {}
            Tag::Element(element) => {
                layers += u64::from(element.name == "layer");
                let custom = if is_pmml { java_function(&element) } else { foreign_layer(&element) };
                if named.len() < MAX_NAMES {
                    named.extend(custom);
                }
                describe(&element, facts);
            }
        }
    }
    if !tags.finish()? {
        facts.skip("XML: ends inside a tag, or has more or longer tags than the bound");
    }
    if layers > 0 {
        facts.property("operators", layers);
    }
    let what = if is_pmml { "PMML functions" } else { "OpenVINO layers" };
    custom::note(what, named.iter().map(String::as_str), facts);
    Ok(())
}

fn describe(element: &Element, facts: &mut Facts) {
    let (property, attribute) = match element.name.as_str() {
        "Application" => ("producer", "name"),
        "PMML" => ("format_version", "version"),
        "net" => ("model_name", "name"),
        _ => return,
    };
    if let Some(value) = element.attribute(attribute) {
        facts.property(property, value.chars().take(200).collect::<String>());
    }
}

/// Returns the class that an evaluator loads for this function.
fn java_function(element: &Element) -> Option<String> {
    let name = element.attribute("function").filter(|_| element.name == "Apply")?;
    name.contains('.').then(|| name.to_owned())
}

/// Returns the kind of a layer that is of no set of operators of OpenVINO.
fn foreign_layer(element: &Element) -> Option<String> {
    let set = element.attribute("version").filter(|_| element.name == "layer")?;
    let number = set.strip_prefix("opset").unwrap_or(".");
    let is_own = set.is_empty() || number.chars().all(|digit| digit.is_ascii_digit()) || OPENVINO_SETS.contains(&set);
    (!is_own).then(|| format!("{set}.{}", element.attribute("type").unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use crate::{Format, Scanner, Verdict};

    fn scanned(path: &str, text: &str) -> (Format, Verdict) {
        let report = Scanner::builtin().unwrap().scan(path, &text.as_bytes().to_vec()).unwrap();
        (report.format, report.verdict)
    }

    #[test]
    fn functions_of_pmml_that_are_java_classes_need_a_review() {
        let model = |before: &str, function: &str| {
            format!(
                "<?xml version=\"1.0\"?>{before}<PMML version=\"4.4\" xmlns=\"http://www.dmg.org/PMML-4_4\"><Apply function=\"{function}\"/></PMML>"
            )
        };
        assert_eq!(scanned("m.pmml", &model("", "ln")), (Format::Pmml, Verdict::Clean));
        assert_eq!(scanned("m.pmml", &model("", "com.acme.Run")), (Format::Pmml, Verdict::Unreviewed));
        let entity = "<!DOCTYPE PMML [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
        assert_eq!(scanned("m.xml", &model(entity, "ln")), (Format::Pmml, Verdict::Suspicious));
        assert_eq!(scanned("m.pmml", &model("", "ln").replace("/></PMML>", " ")), (Format::Pmml, Verdict::Incomplete));
    }

    #[test]
    fn layers_of_openvino_that_an_extension_brings_need_a_review() {
        let model = |set: &str| {
            format!(
                "<?xml version=\"1.0\"?>\n<net name=\"m\" version=\"11\">\n<layers><layer id=\"0\" type=\"Relu\" version=\"{set}\"/></layers></net>"
            )
        };
        assert_eq!(scanned("m.xml", &model("opset1")), (Format::OpenVino, Verdict::Clean));
        assert_eq!(scanned("m.xml", &model("extension")), (Format::OpenVino, Verdict::Unreviewed));
        assert_eq!(
            scanned("pom.xml", "<?xml version=\"1.0\"?><project><net/></project>"),
            (Format::Text, Verdict::Clean)
        );
    }
}
