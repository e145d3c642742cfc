//! Known products by image name: what they are, and how each is told to ask who is calling.
//!
//! A product that is not in the table is an ordinary service.

use crate::facts::{ImageRef, Service};
use crate::product_table::PRODUCTS;

/// What a product is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProductClass {
    /// Answers inference requests.
    ModelServer,
    /// Stands before model servers and providers.
    ModelGateway,
    /// Vector database.
    VectorStore,
    /// Database, cache, object store.
    DataStore,
    /// Runs code a user types: notebooks, clusters.
    Workbench,
    /// Keeps experiments and models.
    Registry,
    /// Chat front or agent builder with users of its own.
    Studio,
    /// Records traces of model calls.
    Tracing,
}

/// How a product asks who is calling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// It cannot: something in front has to.
    Never,
    /// Open until one of these settings or flags is given.
    OpenUntil {
        /// Environment settings that turn it on.
        env: &'static [&'static str],
        /// Flags that turn it on.
        flags: &'static [&'static str],
    },
    /// On from the start; these turn it off.
    OnUntil {
        /// Environment settings that turn it off, with the value that does (lower case).
        env: &'static [(&'static str, &'static str)],
        /// Flags that turn it off, with the value that does; an empty text means an empty value, `*` any.
        flags: &'static [(&'static str, &'static str)],
    },
}

/// One known product.
#[derive(Debug, PartialEq, Eq)]
pub struct Product {
    /// Stable id, also the name a person reads.
    pub id: &'static str,
    /// What it is for.
    pub class: ProductClass,
    /// Image repository endings that mean it.
    pub images: &'static [&'static str],
    /// First words of a command that mean it.
    pub programs: &'static [&'static str],
    /// How it asks who is calling.
    pub auth: Authentication,
}

impl Product {
    /// Returns the product with this id.
    pub fn by_id(id: &str) -> Option<&'static Self> {
        PRODUCTS.iter().find(|product| product.id == id)
    }

    /// Returns the product an image is.
    pub(crate) fn of_image(image: &ImageRef) -> Option<&'static Self> {
        let name = image.name.to_ascii_lowercase();
        let is_named = |known: &str| {
            name == known || (name.ends_with(known) && name.strip_suffix(known).is_some_and(|rest| rest.ends_with('/')))
        };
        // A bare name without an owner means the official image only, or the same name in a private registry.
        PRODUCTS.iter().find(|product| product.images.iter().any(|known| is_named(known)))
    }

    /// Returns the product a command runs.
    pub(crate) fn of_words(words: &[String]) -> Option<&'static Self> {
        let mut words = words.iter().map(|word| word.rsplit('/').next().unwrap_or(word));
        let first = words.next()?;
        let program = if first.starts_with("python") || first == "uv" || first == "poetry" {
            words.find(|word| !matches!(*word, "run" | "-m"))?
        } else {
            first
        };
        PRODUCTS.iter().find(|product| product.programs.contains(&program))
    }

    /// Says whether anyone who reaches it may do whatever it does, unless told otherwise.
    pub(crate) fn is_open_by_default(&self) -> bool {
        !matches!(self.auth, Authentication::OnUntil { .. })
    }

    /// Says whether models run in it, so that it needs limits of its own.
    pub(crate) fn runs_models(&self) -> bool {
        matches!(self.class, ProductClass::ModelServer | ProductClass::Workbench)
    }

    /// Says whether it keeps data at rest.
    pub(crate) fn is_store(&self) -> bool {
        matches!(self.class, ProductClass::VectorStore | ProductClass::DataStore)
    }
}

impl Service {
    /// Returns the known product the service is.
    pub(crate) fn known_product(&self) -> Option<&'static Product> {
        Product::by_id(self.product.as_deref()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(image: &str) -> Option<&'static str> {
        Product::of_image(&ImageRef::read(image, 1)).map(|product| product.id)
    }

    #[test]
    fn images_are_known_in_any_registry_by_whole_names() {
        assert_eq!(of("vllm/vllm-openai:v0.6"), Some("vLLM"));
        assert_eq!(of("mirror.example:5000/team/qdrant/qdrant"), Some("Qdrant"));
        assert_eq!(of("ghcr.io/huggingface/text-generation-inference:2"), Some("Text Generation Inference"));
        assert_eq!(of("redis:7"), Some("Redis"));
        assert_eq!(of("acme/redis-exporter:1"), None);
        assert_eq!(of("myredis"), None);
    }

    #[test]
    fn ids_are_unique() {
        let mut ids: Vec<_> = PRODUCTS.iter().map(|product| product.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), PRODUCTS.len());
    }
}
