//! Keeps credentials out of everything that leaves: names, identities, places, facts, messages, coverage.
//!
//! The secrets engine reports a credential where it stands in a text. People also put them where nobody looks: in the
//! name of a folder, in the metadata of a model, in an address. Those texts enter signed evidence, the store and every
//! report, so a credential whose form an issuer defines is replaced by `masked-` and twelve digits of its SHA-256, and
//! the user part of an address by `***`.
//!
//! Invariant: a mask depends on the credential alone. A path is masked alike where the file stands and where code names
//! it, so that references still meet, and two credentials have two masks, so that two assets stay two.
//! The cost is one pass of the keyword automaton over the texts of a file, which nearly always finds nothing.

mod address;
mod texts;

use std::collections::{BTreeMap, BTreeSet};

use syndic_detect::Rulebook;
use syndic_evidence::{AssetKind, Coverage, Digest, Skipped, Urn};
use syndic_secrets::SecretsEngine;

use super::file::{FileReport, Owner};
use texts::Edit;

/// Stands between texts; a NUL byte also tells the engine to look for issuers' forms alone.
const SEPARATOR: char = '\0';

/// The engine lists a bounded number of places, so a text with more is looked at again; at most this often.
const MAX_ROUNDS: usize = 64;

/// Digits of the SHA-256 in a mask.
const MASK_DIGITS: usize = 12;

/// Returns the rules whose form alone tells a credential. One that needs words around it would be masked in one text
/// and not in another.
pub(crate) fn forms(rules: &Rulebook) -> BTreeSet<String> {
    let tells = rules.rules().filter(|rule| rule.pattern.as_ref().is_some_and(|pattern| pattern.context.is_empty()));
    tells.map(|rule| rule.id.clone()).collect()
}

/// Masks credentials.
#[derive(Clone, Copy)]
pub(crate) struct Concealer<'a> {
    /// Knows the forms.
    pub(crate) secrets: &'a SecretsEngine,
    /// Rules whose form alone tells a credential.
    pub(crate) forms: &'a BTreeSet<String>,
}

impl Concealer<'_> {
    /// Conceals what a file's engines said. `owner` is the application that owns the file.
    ///
    /// Engines and owners know a file by its true path; nothing that leaves does.
    pub(crate) fn report(&self, report: &mut FileReport, owner: impl FnOnce() -> Owner) {
        self.conceal(&mut |edit| {
            report.inspected.iter_mut().for_each(|found| {
                texts::inspection(&mut found.inspection, edit);
                if let Some(path) = edit(&found.path) {
                    found.path = path;
                    found.owner = Some(Owner::default());
                }
            });
            report.skipped.iter_mut().for_each(|skipped| place(skipped, edit));
        });
        if report.inspected.iter().any(|found| found.owner.is_some()) {
            let owner = owner();
            let owner = Owner { folder: self.text(&owner.folder), name: self.text(&owner.name) };
            report.inspected.iter_mut().for_each(|found| found.owner = Some(owner.clone()));
        }
    }

    /// Conceals the places that a run passed by.
    pub(crate) fn coverage(&self, coverage: &mut Coverage) {
        self.conceal(&mut |edit| coverage.skipped.iter_mut().for_each(|skipped| place(skipped, edit)));
    }

    /// Returns one text concealed.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        self.conceal(&mut |edit| texts::text(&mut text, edit));
        text
    }

    /// Conceals the texts that `each` shows to what it is given.
    fn conceal(&self, each: &mut dyn FnMut(&mut Edit<'_>)) {
        each(&mut address::concealed);
        for _ in 0..MAX_ROUNDS {
            let mut all = String::from(SEPARATOR);
            each(&mut |text| {
                all.push_str(text);
                all.push(SEPARATOR);
                None
            });
            let (masks, is_all) = self.masks(&all);
            if !masks.is_empty() {
                each(&mut |text| masked(text, &masks));
            }
            if is_all {
                return;
            }
        }
    }

    /// Returns every credential in a text with its mask, the longest first, and whether these are all.
    fn masks(&self, text: &str) -> (Vec<(String, String)>, bool) {
        let facts = self.secrets.scan("", text.as_bytes());
        let mut masks: BTreeMap<String, String> = BTreeMap::new();
        for hit in facts.hits.iter().filter(|hit| self.forms.contains(&hit.rule)) {
            let span = usize::try_from(hit.offset).ok().zip(usize::try_from(hit.length).ok());
            let value = span.and_then(|(start, length)| text.get(start..start.checked_add(length)?));
            let Some(value) = value.filter(|value| !value.is_empty()) else { continue };
            let mask = mask(value);
            for spelling in [in_urn(value), in_urn(&value.to_lowercase()), value.to_owned()] {
                masks.insert(spelling, mask.clone());
            }
        }
        let mut masks: Vec<(String, String)> = masks.into_iter().collect();
        // One credential may be the beginning of another.
        masks.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        (masks, facts.hits_omitted == 0)
    }
}

fn place(skipped: &mut Skipped, edit: &mut Edit<'_>) {
    texts::text(&mut skipped.path, edit);
    texts::text(&mut skipped.detail, edit);
}

/// Letters, digits and a dash: the same in a path, in a URN and in an address.
fn mask(value: &str) -> String {
    let digits: String = Digest::of(value.as_bytes()).hex().chars().take(MASK_DIGITS).collect();
    format!("masked-{digits}")
}

/// Returns a name as identities write it.
fn in_urn(name: &str) -> String {
    let urn = Urn::local("x", AssetKind::System, name);
    urn.as_str().strip_prefix("urn:syndic:x:system:").unwrap_or(name).to_owned()
}

fn masked(text: &str, masks: &[(String, String)]) -> Option<String> {
    let mut result: Option<String> = None;
    for (value, mask) in masks {
        let current = result.as_deref().unwrap_or(text);
        if current.contains(value.as_str()) {
            result = Some(current.replace(value.as_str(), mask));
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use syndic_evidence::{Asset, FindingDraft, Inspection, Location, PredicateType, Relation, RelationKind, Zone};

    use super::*;

    /// A key of the issuer's form that nobody issued; in two parts, so that this file holds none.
    const KEY: [&str; 2] = ["hf_", "pVxKqWmZtRbYcLdGsNfHjAeUoTiQwXrZab"];
    const OTHER: [&str; 2] = ["hf_", "QmZtRbYcLdGsNfHjAeUoTiQwXrZabpVxKq"];

    fn with<T>(check: impl FnOnce(Concealer<'_>) -> T) -> T {
        let secrets = SecretsEngine::builtin().unwrap();
        let forms = forms(&Rulebook::all().unwrap());
        check(Concealer { secrets: &secrets, forms: &forms })
    }

    #[test]
    fn one_credential_has_one_mask_wherever_it_stands_and_another_has_another() {
        let (key, other) = (KEY.concat(), OTHER.concat());
        with(|concealer| {
            let mask = concealer.text(&key);
            assert!(mask.starts_with("masked-") && !mask.contains(KEY[1]), "{mask}");
            assert_eq!(concealer.text(&format!("models/{key}/m.pkl")), format!("models/{mask}/m.pkl"));
            assert_ne!(concealer.text(&other), mask);
            assert_eq!(concealer.text(&mask), mask, "concealing twice equals concealing once");
            assert_eq!(concealer.text("models/bert-base-uncased/m.pkl"), "models/bert-base-uncased/m.pkl");
            assert_eq!(concealer.text("https://u:p@host/x"), "https://***@host/x");
        });
    }

    #[test]
    fn an_identity_from_a_masked_path_is_the_masked_identity_from_the_path() {
        let path = format!("models/{}/m.pkl", KEY.concat());
        with(|concealer| {
            let from_masked = Urn::local("acme", AssetKind::Model, &concealer.text(&path));
            let masked = concealer.text(Urn::local("acme", AssetKind::Model, &path).as_str());
            assert_eq!(masked, from_masked.as_str());
        });
    }

    #[test]
    fn no_text_of_an_inspection_keeps_a_credential() {
        let key = KEY.concat();
        let urn = Urn::external(AssetKind::Provider, &key);
        let mut place = Location::file(&key);
        place.member = Some(key.clone());
        let mut asset = Asset::new(urn.clone(), AssetKind::Provider, &key, Zone::ThirdParty, place.clone());
        asset.props.insert(key.clone(), json!({"list": [key]}));
        let mut relation = Relation::new(urn.clone(), RelationKind::Calls, urn.clone(), place.clone()).protocol(&key);
        relation.authn = Some(key.clone());
        let facts = json!({"metadata": {&key: {"nested": [&key, 1, null]}}});
        let mut inspection = Inspection::new(urn.clone(), PredicateType::ArtifactScan, facts);
        inspection.assets.push(asset.clone());
        inspection.relations.push(relation);
        inspection.not_inspected.push(format!("member {key} is too large"));
        inspection.findings.push(FindingDraft {
            rule: "a.b-c".to_owned(),
            asset: Some(urn),
            message: format!("`{key}` is open"),
            severity: syndic_evidence::Severity::High,
            confidence: syndic_evidence::Confidence::High,
            location: place,
            discriminator: key.clone(),
            props: asset.props,
        });
        with(|concealer| concealer.conceal(&mut |edit| texts::inspection(&mut inspection, edit)));
        let text = serde_json::to_string(&inspection).unwrap().to_lowercase();
        assert!(!text.contains(&KEY[1].to_lowercase()), "{text}");
        assert!(text.contains("is too large") && text.contains("masked-"), "{text}");
    }

    #[test]
    fn more_credentials_than_the_engine_lists_are_all_masked() {
        let alphabet = b"bcdfghjkmnpqrstvwxzBCDFGHJKMNPQRSTVWXZ";
        let name = |number: usize| -> String {
            let mut state = number as u64 + 1;
            let letters = (0..34).map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                char::from(alphabet[(state >> 33) as usize % alphabet.len()])
            });
            format!("{}{}", KEY[0], letters.collect::<String>())
        };
        with(|concealer| {
            // The engine takes a few of them for placeholders.
            let told = (0..1_300).map(name).filter(|name| concealer.text(name) != *name);
            let mut names: Vec<String> = told.take(1_200).collect();
            assert_eq!(names.len(), 1_200);
            concealer.conceal(&mut |edit| names.iter_mut().for_each(|name| texts::text(name, edit)));
            assert_eq!(names.iter().find(|name| name.contains(KEY[0])), None);
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 1_200);
        });
    }
}
