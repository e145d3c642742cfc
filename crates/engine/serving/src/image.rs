//! Takes an image reference apart: `registry/name:tag@digest`, with compose's and Docker's variables resolved.
//!
//! Source: the distribution project's reference grammar.

use crate::facts::ImageRef;

/// A reference longer than this is cut: no registry takes more.
const MAX_REFERENCE: usize = 512;

impl ImageRef {
    /// Reads a reference. Variables must have been resolved as far as they can be.
    pub(crate) fn read(text: &str, line: u32) -> Self {
        let text: String = text.trim().chars().take(MAX_REFERENCE).collect();
        let is_variable = text.contains(['$', '<', '{', '%']) || text.is_empty();
        let (rest, has_digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, digest.starts_with("sha256:")),
            None => (text.as_str(), false),
        };
        let (path, tag) = match rest.rsplit_once(':') {
            Some((path, tag)) if !tag.contains('/') => (path, Some(tag.to_owned())),
            _ => (rest, None),
        };
        let (registry, name) = match path.split_once('/') {
            Some((host, name)) if host.contains(['.', ':']) || host == "localhost" => (host, name),
            _ => ("", path),
        };
        let is_default = registry == "docker.io" || registry == "index.docker.io";
        let name = if is_default || registry.is_empty() { name.strip_prefix("library/").unwrap_or(name) } else { name };
        Self {
            registry: if is_default { String::new() } else { registry.to_owned() },
            name: name.to_owned(),
            tag,
            has_digest,
            is_variable,
            line,
        }
    }

    /// Says whether the tag is one that moves by design, or is missing.
    pub(crate) fn is_floating(&self) -> bool {
        const MOVING: [&str; 10] =
            ["latest", "main", "master", "nightly", "edge", "dev", "develop", "stable", "latest-gpu", "cuda"];
        !self.has_digest && self.tag.as_deref().is_none_or(|tag| MOVING.contains(&tag) || tag.starts_with("latest-"))
    }

    /// Returns the reference as a person writes it.
    pub(crate) fn display(&self) -> String {
        let registry = if self.registry.is_empty() { String::new() } else { format!("{}/", self.registry) };
        let tag = self.tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default();
        format!("{registry}{}{tag}", self.name)
    }
}

/// Replaces `${NAME}`, `${NAME:-default}`, `${NAME-default}` and `$NAME` by what `lookup` or the default gives;
/// what has neither stays as it is.
pub(crate) fn substitute(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        result.push_str(before);
        let after = from.get(1..).unwrap_or_default();
        let (variable, length) = variable_at(after);
        let Some((name, default)) = variable else {
            result.push('$');
            rest = after;
            continue;
        };
        let whole = from.get(..=length).unwrap_or(from);
        match lookup(name).or_else(|| default.map(str::to_owned)) {
            Some(value) => result.push_str(&value),
            None => result.push_str(whole),
        }
        rest = after.get(length..).unwrap_or_default();
    }
    result.push_str(rest);
    result
}

/// Reads the variable after a `$`: its name and default, and how many bytes it takes.
fn variable_at(after: &str) -> (Option<(&str, Option<&str>)>, usize) {
    if let Some(inner) = after.strip_prefix('{') {
        let Some(end) = inner.find('}') else { return (None, 0) };
        let inner = inner.get(..end).unwrap_or_default();
        let name_end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
        let (name, operator) = inner.split_at(name_end);
        let default = operator.strip_prefix(":-").or_else(|| operator.strip_prefix('-'));
        return (Some((name, default)), end + 2);
    }
    let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
    let name = after.get(..end).unwrap_or_default();
    if name.is_empty() { (None, 0) } else { (Some((name, None)), end) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_taken_apart() {
        let image = ImageRef::read("ghcr.io:443/huggingface/tgi:2.0@sha256:ab", 1);
        assert_eq!((image.registry.as_str(), image.name.as_str()), ("ghcr.io:443", "huggingface/tgi"));
        assert!(image.has_digest && !image.is_floating());
        assert_eq!(ImageRef::read("docker.io/library/redis", 1).name, "redis");
        assert!(ImageRef::read("redis", 1).is_floating());
        assert!(!ImageRef::read("localhost:5000/app:1", 1).is_floating());
    }

    #[test]
    fn variables_take_their_default_or_stay() {
        let lookup = |name: &str| (name == "TAG").then(|| "1.2".to_owned());
        assert_eq!(substitute("a:${TAG}-$OTHER", &lookup), "a:1.2-$OTHER");
        assert_eq!(substitute("${I:-qdrant/qdrant}:${T-v1}$", &lookup), "qdrant/qdrant:v1$");
    }

    proptest::proptest! {
        #[test]
        fn any_reference_is_read(text in "[-a-z0-9:/@.${}é]{0,60}") {
            let _ = ImageRef::read(&substitute(&text, &|_| None), 1).display();
        }

        #[test]
        fn nothing_is_lost_when_nothing_is_known(text in "[a-z${}_ é]{0,60}") {
            proptest::prop_assert_eq!(substitute(&text, &|_| None), text);
        }
    }
}
