//! One requirement as PEP 508 writes it: `name[extra]>=1,<2 ; marker` or `name @ address`.
//!
//! Only what decides about firmness and origin is read; versions are not compared.

use crate::facts::{Pin, Requirement, Source};
use crate::read::address::Address;
use crate::read::cut;

/// Reads one requirement; nothing if the text is none.
///
/// ```text
/// torch[cuda]>=2,<3 ; python_version > "3.9"
/// ```
pub(crate) fn parse_requirement(text: &str, line: u32) -> Option<Requirement> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c))).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    let edges_fit =
        name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.ends_with(|c: char| c.is_ascii_alphanumeric());
    if !edges_fit || name.len() > 100 {
        return None;
    }
    let rest = after_extras(rest.trim_start())?.trim_start();
    if let Some(address) = rest.strip_prefix('@') {
        return direct(name, address, line);
    }
    let (specifier, marker) = rest.split_once(';').map_or((rest, None), |(left, right)| (left, Some(right.trim())));
    let specifier = specifier.trim().trim_start_matches('(').trim_end_matches(')').trim();
    let pinned = pin_of(specifier)?;
    Some(Requirement {
        name: name.to_owned(),
        specifier: cut(specifier),
        pinned,
        hashed: false,
        source: Source::Index,
        group: crate::facts::Group::Runtime,
        marker: marker.map(cut),
        line,
    })
}

fn after_extras(rest: &str) -> Option<&str> {
    let Some(inner) = rest.strip_prefix('[') else { return Some(rest) };
    let (extras, after) = inner.split_once(']')?;
    extras.chars().all(|c| c.is_ascii_alphanumeric() || "._-, ".contains(c)).then_some(after)
}

fn direct(name: &str, address: &str, line: u32) -> Option<Requirement> {
    let (address, marker) =
        address.split_once(" ;").map_or((address, None), |(left, right)| (left, Some(cut(right.trim()))));
    let source = match Address::parse(address) {
        Some(address) => address.source(false),
        None if address.trim().is_empty() => return None,
        None => Source::Path,
    };
    Some(Requirement {
        name: name.to_owned(),
        specifier: String::new(),
        pinned: Pin::None,
        hashed: false,
        source,
        group: crate::facts::Group::Runtime,
        marker,
        line,
    })
}

/// Reads how firm a PEP 440 specifier is; nothing if the text is no specifier.
pub(crate) fn pin_of(specifier: &str) -> Option<Pin> {
    if specifier.is_empty() {
        return Some(Pin::None);
    }
    let mut pin = Pin::None;
    for clause in specifier.split(',').map(str::trim).filter(|clause| !clause.is_empty()) {
        let version = clause.trim_start_matches(['=', '<', '>', '!', '~']);
        let operator = clause.strip_suffix(version)?;
        let version = version.trim();
        let is_version =
            !version.is_empty() && version.chars().all(|c| c.is_ascii_alphanumeric() || "._+!*-".contains(c));
        if !is_version {
            return None;
        }
        pin = firmer(
            pin,
            match operator {
                "==" | "===" if !version.contains('*') => Pin::Exact,
                "==" | "<" | "<=" | "~=" => Pin::Range,
                ">" | ">=" => Pin::Open,
                "!=" => continue,
                _ => return None,
            },
        );
    }
    Some(pin)
}

const fn firmer(left: Pin, right: Pin) -> Pin {
    match (left, right) {
        (Pin::Exact, _) | (_, Pin::Exact) => Pin::Exact,
        (Pin::Range, _) | (_, Pin::Range) => Pin::Range,
        (Pin::Open, _) | (_, Pin::Open) => Pin::Open,
        (Pin::None, Pin::None) => Pin::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(text: &str) -> Option<Pin> {
        parse_requirement(text, 1).map(|requirement| requirement.pinned)
    }

    #[test]
    fn firmness_follows_the_operators() {
        for (text, expected) in [
            ("torch", Pin::None),
            ("torch==2.4.0", Pin::Exact),
            ("torch == 2.4.0+cpu", Pin::Exact),
            ("torch===2.4.0", Pin::Exact),
            ("torch==2.*", Pin::Range),
            ("torch~=2.4", Pin::Range),
            ("torch>=2,<3", Pin::Range),
            ("torch>=2", Pin::Open),
            ("torch!=2.1", Pin::None),
            ("torch (>=2,<3)", Pin::Range),
            ("uvicorn[standard]==0.30.0", Pin::Exact),
            ("a.b-c_d==1 ; python_version < '3.9'", Pin::Exact),
        ] {
            assert_eq!(pin(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn prose_is_no_requirement() {
        for text in ["The system shall answer", "torch 2.4", "a = b", "- item", "", "-", "x>=", "name: value", "a==b c"]
        {
            assert_eq!(pin(text), None, "{text}");
        }
    }

    #[test]
    fn a_direct_reference_keeps_its_address() {
        let requirement = parse_requirement("b @ git+https://github.com/a/b@main ; os_name == 'nt'", 1).unwrap();
        assert!(matches!(requirement.source, Source::Git { at_commit: false, .. }));
        assert_eq!(requirement.marker.as_deref(), Some("os_name == 'nt'"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_requirement_or_not(text in "\\PC{0,80}") {
            let _ = parse_requirement(&text, 1);
        }

        #[test]
        fn a_pinned_requirement_is_read_back(name in "[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,4})?", version in "[0-9]{1,3}(\\.[0-9]{1,3}){0,2}") {
            let requirement = parse_requirement(&format!("{name}=={version}"), 1).unwrap();
            proptest::prop_assert_eq!((requirement.name, requirement.pinned), (name, Pin::Exact));
        }
    }
}
