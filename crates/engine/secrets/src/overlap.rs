//! One place, one finding: of candidates that overlap, the most telling is kept.

/// A value found, before it becomes a hit.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) rule: String,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// How telling: a form of its own beats an address, an address beats a name.
    pub(crate) rank: u8,
    pub(crate) validated: Option<bool>,
    pub(crate) weakness: Option<crate::Weakness>,
    pub(crate) name: Option<String>,
    pub(crate) confidence: syndic_evidence::Confidence,
}

/// Keeps of overlapping candidates the one of the best rank, then the longest; the result is in order of place.
pub(crate) fn resolve(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by(|a, b| {
        let key = |c: &Candidate| (c.start, c.rank, std::cmp::Reverse(c.end));
        key(a).cmp(&key(b)).then_with(|| a.rule.cmp(&b.rule))
    });
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        match kept.last_mut() {
            Some(last) if candidate.start < last.end => {
                let is_better = (candidate.rank, last.end - last.start) < (last.rank, candidate.end - candidate.start);
                if is_better && candidate.rank <= last.rank {
                    *last = candidate;
                }
            }
            _ => kept.push(candidate),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(rule: &str, start: usize, end: usize, rank: u8) -> Candidate {
        let confidence = syndic_evidence::Confidence::High;
        Candidate { rule: rule.into(), start, end, rank, validated: None, weakness: None, name: None, confidence }
    }

    #[test]
    fn a_form_of_its_own_beats_a_name() {
        let kept =
            resolve(vec![candidate("name", 0, 20, 2), candidate("form", 0, 20, 0), candidate("other", 30, 40, 2)]);
        let rules: Vec<&str> = kept.iter().map(|candidate| candidate.rule.as_str()).collect();
        assert_eq!(rules, ["form", "other"]);
    }

    #[test]
    fn the_longer_of_two_equal_ranks_is_kept() {
        let kept = resolve(vec![candidate("short", 5, 10, 0), candidate("long", 0, 20, 0)]);
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].rule, "long");
    }
}
