//! The summary a person reads in a terminal: verdict, assets by kind, top risks, findings, failed controls, next steps.

mod controls;
mod findings;
mod inventory;
mod listing;
mod next;
mod overview;
mod paint;
pub(crate) mod words;
mod wrap;

use syndic_evidence::Assessment;

pub use listing::{Row, listing};
use paint::Page;
pub use paint::Style;

/// Returns the summary. Colour carries no meaning that words do not, and no name in it can move the cursor.
pub fn terminal(assessment: &Assessment, style: &Style) -> String {
    let mut page = Page::new(style);
    overview::head(&mut page, assessment);
    inventory::assets(&mut page, assessment);
    overview::risks(&mut page, assessment);
    findings::findings(&mut page, assessment);
    controls::controls(&mut page, assessment);
    overview::coverage(&mut page, assessment);
    next::steps(&mut page, assessment);
    page.finish()
}
