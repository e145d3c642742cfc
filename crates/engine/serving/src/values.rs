//! Reads the values of a Helm chart: the images it runs, by `repository`, `tag` and `digest`.
//!
//! What templates make of them is not known, so nothing but the images is judged.

use syndic_detect::document::Node;

use crate::compose::MAX_SERVICES;
use crate::documents;
use crate::facts::{ImageRef, Service, ServiceForm, User};
use crate::product::Product;

/// How deep values are searched for images.
const MAX_DEPTH: usize = 8;
/// How many nodes are visited: anchors can make values larger than the file.
const MAX_NODES: usize = 20_000;

pub(crate) fn may_be_named(name: &str) -> bool {
    name.starts_with("values") && name.rsplit_once('.').is_some_and(|(_, ending)| matches!(ending, "yaml" | "yml"))
}

/// Says whether values name an image.
pub(crate) fn names_images(root: Node<'_>) -> bool {
    !images(root, "").is_empty()
}

/// Reads every image of the values; returns what was left out too.
pub(crate) fn read(path: &str, text: &str) -> (Vec<Service>, Vec<String>) {
    let (documents, left_out) = documents::read(text);
    let chart = path.rsplit('/').nth(1).unwrap_or("chart");
    let found = documents.iter().flat_map(|document| images(document.root(), chart));
    (found.take(MAX_SERVICES).collect(), left_out)
}

/// `image: {repository: …}` below any key; the key above names the part of the chart.
fn images(root: Node<'_>, chart: &str) -> Vec<Service> {
    let mut found = Vec::new();
    let mut open = vec![(root, chart.to_owned(), 0_usize)];
    let mut visited = 0_usize;
    while let Some((node, part, depth)) = open.pop() {
        visited += 1;
        if visited > MAX_NODES || depth > MAX_DEPTH {
            continue;
        }
        for entry in node.entries() {
            let is_image = entry.key.to_ascii_lowercase().ends_with("image");
            match entry.value.get("repository").and_then(Node::as_str) {
                Some(repository) if is_image && !repository.is_empty() => {
                    found.push(service(&part, entry.line, entry.value, repository));
                }
                _ if entry.value.is_mapping() => open.push((entry.value, entry.key.to_owned(), depth + 1)),
                _ => {}
            }
        }
    }
    found.sort_by_key(|service| service.line);
    found
}

fn service(name: &str, line: u32, node: Node<'_>, repository: &str) -> Service {
    let text = |key: &str| node.get(key).and_then(Node::as_str).filter(|text| !text.is_empty());
    let registry = text("registry").map(|host| format!("{host}/")).unwrap_or_default();
    let tag = text("tag").map(|tag| format!(":{tag}")).unwrap_or_default();
    let digest = text("digest").map(|digest| format!("@{digest}")).unwrap_or_default();
    let mut image = ImageRef::read(&format!("{registry}{repository}{tag}{digest}"), line);
    // Without a tag, templates take the version of the chart.
    image.is_variable |= image.tag.is_none() && !image.has_digest;
    let product = Product::of_image(&image).map(|product| product.id.to_owned());
    Service {
        name: name.to_owned(),
        line,
        form: ServiceForm::ChartImage,
        image: Some(image),
        product,
        user: User::Unknown,
        has_memory_limit: true,
        ..Service::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_named_by_the_part_they_belong_to() {
        let text = "image:\n  repository: a/b\n  tag: ''\nworker:\n  image:\n    registry: ghcr.io\n    repository: c/d\n    tag: latest\n";
        let found = read("deploy/shop/values.yaml", text).0;
        let names: Vec<&str> = found.iter().map(|service| service.name.as_str()).collect();
        assert_eq!(names, ["shop", "worker"]);
        assert!(found[0].image.as_ref().unwrap().is_variable);
        assert_eq!(found[1].image.as_ref().unwrap().display(), "ghcr.io/c/d:latest");
    }

    proptest::proptest! {
        #[test]
        fn any_values_are_read(text in "(image:|  repository: |tag: |&a |\\*a|\n|  |\\PC){0,60}") {
            let _ = read("values.yaml", &text);
        }
    }
}
