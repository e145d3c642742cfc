//! From a keyword to what it may tell: what stands there is read, and judged by the rules.
//!
//! A proposal that the rules do not believe is one for the classifier alone; without it, it is not told.

use syndic_evidence::Confidence;

use crate::classifier::{Origin, Sketch};
use crate::engine::Reach;
use crate::form::FileForm;
use crate::matcher::Matcher;
use crate::overlap::Candidate;
use crate::placeholder::is_placeholder;
use crate::randomness::entropy;
use crate::validator::{Validator, Verdict};
use crate::{assignment, base64, judge, url};

/// A name longer than this is not repeated in the facts.
const SHOWN_NAME: usize = 64;
/// Forms and addresses rank before names.
pub(crate) const RANK_FORM: u8 = 0;
const RANK_ADDRESS: u8 = 1;
const RANK_NAME: u8 = 2;

/// A value that may be told.
#[derive(Debug)]
pub(crate) struct Proposal {
    pub(crate) candidate: Candidate,
    /// Whether the rules believe it by themselves.
    pub(crate) is_believed: bool,
    /// What the classifier judges; nothing where the rules decide alone.
    pub(crate) asked: Option<Asked>,
}

/// What the classifier needs besides the candidate.
#[derive(Debug)]
pub(crate) struct Asked {
    origin: Origin,
    /// Name, or user of an address.
    name: (usize, usize),
    /// The password within the value, where that is encoded.
    decoded: Option<Vec<u8>>,
}

impl Proposal {
    /// Rank of the candidate, and whether it is believed: of equal places the first of each order is kept.
    pub(crate) const fn order(&self) -> u8 {
        self.candidate.rank * 2 + if self.is_believed { 0 } else { 1 }
    }

    /// Returns what the classifier sees of it.
    pub(crate) fn sketch<'a>(&'a self, path: &'a str, content: &'a [u8], form: FileForm) -> Option<Sketch<'a>> {
        let asked = self.asked.as_ref()?;
        let (start, end) = (self.candidate.start, self.candidate.end);
        let value = asked.decoded.as_deref().or_else(|| content.get(start..end))?;
        Some(Sketch {
            path,
            content,
            form,
            origin: asked.origin,
            rule: &self.candidate.rule,
            name: content.get(asked.name.0..asked.name.1)?,
            value,
            start: asked.name.0.min(start),
            end,
            is_believed: self.is_believed,
        })
    }
}

/// Proposes what the expression of a rule finds.
pub(crate) fn by_form(
    matcher: &Matcher,
    content: &[u8],
    (start, end): (usize, usize),
    form: FileForm,
) -> Option<Proposal> {
    let (from, to) = matcher.find(content, start, end, form)?;
    let value = content.get(from..to)?;
    let is_asked = form.reach == Reach::Everything && matcher.is_generic();
    let (validated, weakness, confidence) = match matcher.validator.test(value, form.reach) {
        Verdict::Refused if is_asked => (None, None, None),
        Verdict::Refused => return None,
        Verdict::Proven => (Some(true), None, Some(Confidence::High)),
        Verdict::Plausible => (None, None, Some(Confidence::High)),
        Verdict::Doubtful(weakness) => (Some(false), Some(weakness), Some(Confidence::Low)),
    };
    let is_dummy = validated != Some(true) && matcher.validator.allows_placeholder_test() && is_placeholder(value);
    let is_believed = confidence.is_some() && !is_dummy && entropy(value) >= matcher.min_entropy;
    let decoded = (matcher.validator == Validator::BasicAuth).then(|| password_of(value)).flatten();
    let judged = decoded.as_deref().unwrap_or(value);
    if !(is_believed || is_asked && judge::may_be_secret(judged)) {
        return None;
    }
    let asked = is_asked.then_some(Asked { origin: Origin::Form, name: (from, from), decoded });
    let confidence = confidence.unwrap_or(Confidence::Medium);
    let candidate = Candidate {
        rule: matcher.id.clone(),
        start: from,
        end: to,
        rank: RANK_FORM,
        validated,
        weakness,
        name: None,
        confidence,
    };
    Some(Proposal { candidate, is_believed, asked })
}

/// The password in the base64 of `user:password`.
fn password_of(value: &[u8]) -> Option<Vec<u8>> {
    let pair = base64::decode(value)?;
    let at = memchr::memchr(b':', &pair)?;
    pair.get(at + 1..).map(<[u8]>::to_vec)
}

/// Proposes what is assigned to the name around a keyword.
pub(crate) fn by_name(content: &[u8], start: usize, end: usize, form: FileForm) -> Option<Proposal> {
    let assignment = assignment::read(content, start, end, form)?;
    let judgement = judge::judge(&assignment, form);
    let is_asked = form.reach == Reach::Everything;
    let believed = judgement.is_some();
    let judgement = judgement.or_else(|| judge::propose(&assignment).filter(|_| is_asked))?;
    let name = std::str::from_utf8(assignment.name).ok().filter(|name| name.len() <= SHOWN_NAME).map(str::to_owned);
    let asked = Asked {
        origin: Origin::Name,
        name: (assignment.start, assignment.start + assignment.name.len()),
        decoded: None,
    };
    let candidate = Candidate {
        rule: judgement.rule.to_owned(),
        start: assignment.offset,
        end: assignment.offset + assignment.value.len(),
        rank: RANK_NAME,
        validated: None,
        weakness: judgement.weakness,
        name,
        confidence: judgement.confidence,
    };
    Some(Proposal { candidate, is_believed: believed, asked: is_asked.then_some(asked) })
}

/// Proposes the password of the address around `://`.
pub(crate) fn by_address(content: &[u8], start: usize, form: FileForm) -> Option<Proposal> {
    let address = url::read(content, start, form)?;
    let judgement = url::judge(&address, form);
    let is_asked = form.reach == Reach::Everything;
    if judgement.is_none() && !(is_asked && judge::may_be_secret(address.value)) {
        return None;
    }
    let (weakness, confidence) = judgement.unwrap_or((None, Confidence::Medium));
    let user = (address.offset - 1 - address.user.len(), address.offset - 1);
    let candidate = Candidate {
        rule: address.rule.to_owned(),
        start: address.offset,
        end: address.offset + address.value.len(),
        rank: RANK_ADDRESS,
        validated: None,
        weakness,
        name: None,
        confidence,
    };
    let asked = is_asked.then_some(Asked { origin: Origin::Address, name: user, decoded: None });
    Some(Proposal { candidate, is_believed: judgement.is_some(), asked })
}
