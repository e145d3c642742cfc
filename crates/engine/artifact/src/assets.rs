//! The asset a model file is, and the model it was made from when the format names it.

use syndic_evidence::{Asset, AssetKind, Confidence, Input, Inspection, Location, Relation, RelationKind, Urn, Zone};

use crate::Format;
use crate::facts::Facts;

/// Base models taken over from one file.
const MAX_BASE_MODELS: usize = 8;

/// Adds the model's asset and its origins.
pub(crate) fn add(input: Input<'_>, facts: &Facts, inspection: &mut Inspection) {
    let place = Location::file(input.path);
    let file_name = input.path.rsplit('/').next().unwrap_or(input.path);
    let mut model = Asset::new(input.subject.clone(), AssetKind::Model, file_name, Zone::Data, place.clone());
    model.confidence = confidence(facts);
    model.props.clone_from(&facts.properties);
    inspection.assets.push(model);
    for base in facts.base_models.iter().take(MAX_BASE_MODELS) {
        let urn = Urn::external(AssetKind::HostedModel, base);
        let asset = Asset::new(urn.clone(), AssetKind::HostedModel, base.as_str(), Zone::ThirdParty, place.clone());
        inspection.assets.push(asset);
        let relation = Relation::new(input.subject.clone(), RelationKind::DerivedFrom, urn, place.clone());
        inspection.relations.push(relation);
    }
}

/// How sure it is that the file is a model: an array or a pickle of plain data may well be something else.
fn confidence(facts: &Facts) -> Confidence {
    let is_plain_data = match facts.format {
        Format::Npy | Format::Npz | Format::Hdf5 => true,
        Format::Pickle | Format::JoblibCompressed => {
            !facts.properties.contains_key("estimator_class") && !facts.properties.contains_key("tensors")
        }
        _ => false,
    };
    if is_plain_data { Confidence::Low } else { facts.confidence }
}
