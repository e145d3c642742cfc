//! AI providers named by a setting or an address.

use syndic_detect::{AiCatalogue, AiHost};

/// Returns the third party that a setting's name speaks of.
pub(crate) fn of_setting(name: &str) -> Option<&'static str> {
    AiCatalogue::builtin().third_party(name)
}

/// Returns the AI service at a host.
pub(crate) fn of_host(host: &str) -> Option<&'static AiHost> {
    AiCatalogue::builtin().host(host).filter(|known| known.confidence != "low")
}
