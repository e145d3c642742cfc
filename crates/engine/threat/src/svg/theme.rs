//! Colours of the light scheme as attributes, and of the dark scheme as the style block.
//!
//! Contrast of text against its ground is at least 4.5 : 1 in both schemes (WCAG 2.2 AA).

use syndic_evidence::Severity;

pub(super) const FONT: &str = "system-ui, 'Segoe UI', 'DejaVu Sans', 'Liberation Sans', sans-serif";
pub(super) const PAPER: &str = "#ffffff";
pub(super) const ZONE: &str = "#f6f8fb";
pub(super) const BOUNDARY: &str = "#d0605e";
pub(super) const CROSSING: &str = "#c81e1e";
pub(super) const TEXT: &str = "#172033";
pub(super) const FAINT: &str = "#51607a";
pub(super) const EDGE: &str = "#71809b";
pub(super) const PROCESS: &str = "#e8f0fe";
pub(super) const PROCESS_LINE: &str = "#3b6fd4";
pub(super) const STORE: &str = "#e9f7ef";
pub(super) const STORE_LINE: &str = "#2c8a57";
pub(super) const EXTERNAL: &str = "#fdf3e3";
pub(super) const EXTERNAL_LINE: &str = "#b7791f";
pub(super) const CLASS: &str = "#6d28d9";

/// The dark scheme; a style overrides presentation attributes.
pub(super) const STYLE: &str = "@media (prefers-color-scheme:dark){.paper{fill:#0f1522}.zone{fill:#161e2e;stroke:#b0504e}\
.zonename,.faint{fill:#a5b2c8}.text{fill:#e8edf6}.edge{stroke:#8796b0}.head{fill:#8796b0}.process{fill:#1b2c4f;stroke:#6f9bf0}\
.store{fill:#15352a;stroke:#4fb583}.external{fill:#3a2c14;stroke:#d9a24a}.halo{fill:#0f1522;stroke:#33405a}.tick{stroke:#ff6b6b}\
.guess{fill:#241a3d;stroke:#b79cf5}.guessed{fill:#d9ccff}\
.hot{stroke:#ff8a80}.hothead{fill:#ff8a80}}";

/// Returns the ground of a risk badge; its text is white.
pub(super) const fn heat(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "#8b0f1a",
        Severity::High => "#c2410c",
        Severity::Medium => "#946200",
        Severity::Low => "#3f6f8f",
        Severity::Info => "#5b6778",
    }
}
