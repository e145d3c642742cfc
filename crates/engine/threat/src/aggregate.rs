//! Joins what one rule says about many similar interactions into few risks a person will read.

use std::collections::BTreeMap;

use syndic_evidence::{Location, Urn};

use crate::model::Element;
use crate::score::Score;

/// A rule that applies more often than this has its threats joined by a common end.
const REPEATS: usize = 3;
/// At most this many joined interactions are named.
const NAMED: usize = 12;

/// One rule's threat to one interaction or element.
#[derive(Debug)]
pub(crate) struct Threat<'a> {
    /// The start of the flow, or the element.
    pub(crate) src: &'a Element,
    /// The other end, if it is about a flow.
    pub(crate) dst: Option<&'a Element>,
    /// The place that shows it.
    pub(crate) source: &'a Location,
    /// How much it weighs.
    pub(crate) score: Score,
    /// Ways of the threats joined into this one.
    pub(crate) others: Vec<String>,
}

impl Threat<'_> {
    /// Returns the names of the ends, and how many more there are.
    pub(crate) fn way(&self) -> String {
        let path = self.path();
        match self.others.len() {
            0 => path,
            count => format!("{path} (and {count} alike)"),
        }
    }

    fn path(&self) -> String {
        if !self.score.path.is_empty() {
            return self.score.path.join(" → ");
        }
        match self.dst {
            Some(dst) => format!("{} → {}", self.src.name, dst.name),
            None => self.src.name.clone(),
        }
    }

    /// Returns the factors of the score, with what was joined at the end.
    pub(crate) fn factors(&self) -> Vec<String> {
        let mut factors = self.score.factors.clone();
        if !self.others.is_empty() {
            let named = self.others.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ");
            let rest = self.others.len().saturating_sub(NAMED);
            let rest = if rest == 0 { String::new() } else { format!("; and {rest} more") };
            factors.push(format!("stands for {} interactions; also {named}{rest}", self.others.len() + 1));
        }
        factors
    }
}

/// Joins the threats of one rule when they are many: by the end that leaves the fewest risks.
pub(crate) fn aggregate(threats: Vec<Threat<'_>>) -> Vec<Threat<'_>> {
    if threats.len() <= REPEATS {
        return threats;
    }
    let count = |key: fn(&Threat<'_>) -> Urn| threats.iter().map(key).collect::<std::collections::BTreeSet<_>>().len();
    let by_start: fn(&Threat<'_>) -> Urn = |threat| threat.src.urn.clone();
    let by_end: fn(&Threat<'_>) -> Urn = |threat| threat.dst.unwrap_or(threat.src).urn.clone();
    let key = if threats.iter().all(|threat| threat.dst.is_none()) {
        |threat: &Threat<'_>| Urn::from_canonical(threat.src.kind.as_str())
    } else if count(by_end) < count(by_start) {
        by_end
    } else {
        by_start
    };
    let mut groups: BTreeMap<Urn, Vec<Threat<'_>>> = BTreeMap::new();
    for threat in threats {
        groups.entry(key(&threat)).or_default().push(threat);
    }
    groups.into_values().filter_map(join).collect()
}

fn join(mut group: Vec<Threat<'_>>) -> Option<Threat<'_>> {
    // The sort is stable, so of equal scores the first by URN speaks for the group.
    group.sort_by_key(|threat| std::cmp::Reverse(threat.score.total()));
    let mut rest = group.into_iter();
    let mut head = rest.next()?;
    head.others = rest.map(|threat| threat.path()).collect();
    Some(head)
}
