//! The summary a person reads in a terminal: verdict, assets by kind, top risks, findings, failed controls, next steps.

mod paint;
mod parts;

use syndic_evidence::Assessment;

pub use paint::Style;
use paint::Page;

/// Returns the summary. Colour carries no meaning that words do not.
pub fn terminal(assessment: &Assessment, style: &Style) -> String {
    let mut page = Page::new(style);
    parts::head(&mut page, assessment);
    parts::assets(&mut page, assessment);
    parts::risks(&mut page, assessment);
    parts::findings(&mut page, assessment);
    parts::controls(&mut page, assessment);
    parts::coverage(&mut page, assessment);
    parts::next_steps(&mut page, assessment);
    page.finish()
}
