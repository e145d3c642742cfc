//! What no check looked for, by the controls it leaves open and by what the files belong to.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{Catalogue, Control, PolicyInput, Unseen};

/// So many files are named.
const NAMED_FILES: usize = 3;

/// Files of one language that nobody looked at for a control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Gap<'a> {
    language: &'a str,
    count: usize,
    /// The first few paths.
    files: Vec<&'a str>,
}

/// Control id → URN of what the files belong to → gaps, by language.
pub(crate) type Gaps<'a> = BTreeMap<&'a str, BTreeMap<&'a str, Vec<Gap<'a>>>>;

/// Lays out what was not looked for, for the controls that rest on looking.
pub(crate) fn gaps<'a>(input: &PolicyInput<'a>, catalogue: &'a Catalogue) -> Gaps<'a> {
    let mut found = Gaps::new();
    for unseen in input.unseen {
        let controls = input.rule_controls.get(&unseen.rule).into_iter().flatten();
        let controls = controls.filter_map(|id| catalogue.control(id)).filter(|control| rests_on(control, unseen));
        for control in controls {
            let gaps: &mut Vec<Gap<'_>> =
                found.entry(&control.id).or_default().entry(unseen.subject.as_str()).or_default();
            let gap = Gap {
                language: &unseen.language,
                count: unseen.files.len(),
                files: unseen.files.iter().take(NAMED_FILES).map(String::as_str).collect(),
            };
            // Another rule of the control speaks of the same files, or of more of them.
            match gaps.iter_mut().find(|known| known.language == gap.language) {
                Some(known) if known.count < gap.count => *known = gap,
                Some(_) => {}
                None => gaps.push(gap),
            }
        }
    }
    found
}

/// Says whether evidence of the kind the fault would have been seen in is what the control rests on. A rule may bear on
/// a control that other evidence shows, such as one about containers; that one does not open.
fn rests_on(control: &Control, unseen: &Unseen) -> bool {
    let wanted = unseen.predicate.uri();
    control.evidence.iter().flat_map(|need| &need.predicate).any(|predicate| predicate == wanted)
}
