//! One model made of several files: as bad as its worst part, and as what its layout gets wrong.

use syndic_artifact::Verdict;
use syndic_evidence::Severity;

use super::super::scanned::{Finding, Scanned};

/// Findings and gaps a whole repeats of its parts.
const MAX_REPEATED: usize = 200;

/// What a layout can get wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A content is not the one its digest names.
    Digest,
    /// A part that is named is not there.
    Missing,
    /// Two statements about one thing, of which a reader may take either.
    Ambiguous,
    /// A link or a name leads out of the layout.
    Outside,
    /// A content is of another kind than its media type states, and of one that can run code.
    Type,
}

impl Fault {
    /// The id of the rule, how bad it is, and what it makes of the whole.
    const fn weight(self) -> (&'static str, Severity, Verdict) {
        match self {
            Self::Digest => ("layout.digest-mismatch", Severity::High, Verdict::Suspicious),
            Self::Missing => ("layout.missing-blob", Severity::Medium, Verdict::Incomplete),
            Self::Ambiguous => ("layout.ambiguous", Severity::Medium, Verdict::Suspicious),
            Self::Outside => ("layout.outside", Severity::High, Verdict::Suspicious),
            Self::Type => ("layout.type-mismatch", Severity::Medium, Verdict::Suspicious),
        }
    }
}

/// A whole in the making.
#[derive(Debug)]
pub(crate) struct Whole {
    scanned: Scanned,
}

impl Whole {
    /// Begins with nothing said against it.
    pub(crate) fn new(path: String, format: &str, model: Option<String>) -> Self {
        let mut scanned = Scanned::unread(path, String::new());
        scanned.not_inspected.clear();
        scanned.verdict = Verdict::Clean;
        scanned.format = Some(format.to_owned());
        scanned.model = model;
        Self { scanned }
    }

    /// Goes on with one that was done.
    pub(crate) const fn again(scanned: Scanned) -> Self {
        Self { scanned }
    }

    pub(super) fn set_format(&mut self, format: &str) {
        self.scanned.format = Some(format.to_owned());
    }

    /// Takes over what was said of a part called `name`.
    pub(crate) fn holds(&mut self, name: &str, part: &Scanned) {
        self.scanned.verdict = self.scanned.verdict.max(part.verdict);
        for finding in &part.findings {
            let member = finding.member.as_ref().map_or_else(|| name.to_owned(), |inner| format!("{name}!{inner}"));
            self.push(Finding {
                message: format!("{name}: {}", finding.message),
                member: Some(member),
                ..finding.clone()
            });
        }
        for what in &part.not_inspected {
            self.note(format!("{name}: {what}"));
        }
    }

    /// Notes what the layout gets wrong, about the part called `member`.
    pub(crate) fn finds(&mut self, fault: Fault, member: &str, message: String) {
        let (rule, severity, verdict) = fault.weight();
        self.scanned.verdict = self.scanned.verdict.max(verdict);
        let member = Some(member.to_owned()).filter(|member| !member.is_empty());
        self.push(Finding { rule: rule.to_owned(), severity, message, offset: None, member });
    }

    /// Notes what was not looked at.
    pub(crate) fn lacks(&mut self, what: String) {
        self.scanned.verdict = self.scanned.verdict.max(Verdict::Incomplete);
        self.note(what);
    }

    pub(crate) fn done(self) -> Scanned {
        self.scanned
    }

    fn push(&mut self, finding: Finding) {
        if self.scanned.findings.len() < MAX_REPEATED {
            self.scanned.findings.push(finding);
        }
    }

    fn note(&mut self, what: String) {
        if self.scanned.not_inspected.len() < MAX_REPEATED {
            self.scanned.not_inspected.push(what);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_is_as_bad_as_its_worst_part_and_its_own_faults() {
        let mut whole = Whole::new("m".to_owned(), "x", None);
        let mut part = Scanned::unread("p".to_owned(), "cut".to_owned());
        whole.holds("p", &part);
        assert_eq!(whole.scanned.verdict, Verdict::Incomplete);
        part.verdict = Verdict::Malicious;
        whole.holds("q", &part);
        whole.finds(Fault::Outside, "r", "it leads away".to_owned());
        let done = whole.done();
        assert_eq!(done.verdict, Verdict::Malicious);
        assert_eq!(done.not_inspected, ["p: cut", "q: cut"]);
        assert_eq!((done.findings[0].rule.as_str(), done.findings[0].member.as_deref()), ("layout.outside", Some("r")));
    }

    #[test]
    fn a_whole_of_many_parts_repeats_only_so_much() {
        let mut whole = Whole::new("m".to_owned(), "x", None);
        for part in 0..MAX_REPEATED * 2 {
            whole.lacks(part.to_string());
            whole.finds(Fault::Missing, "", part.to_string());
        }
        let done = whole.done();
        assert_eq!((done.findings.len(), done.not_inspected.len()), (MAX_REPEATED, MAX_REPEATED));
    }
}
