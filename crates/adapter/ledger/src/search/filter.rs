//! What is looked for: `kind=gateway.request actor=ada tag.model="gpt 4" since=2026-01-31 until=2026-02-01T12:00:00Z`.
//!
//! Conditions are separated by spaces and all must hold; a value with spaces stands in double quotes. `subject=` takes
//! the name, `pseudonym=` the 64 hexadecimal digits the log has in its place. `since` is inclusive, `until` exclusive;
//! a date means its start, UTC.

use crate::leaf::Leaf;
use crate::sealer::{SealError, Sealer};

/// Why a text is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// A condition is none of those known.
    #[error("{condition:?} is no condition; use kind=, actor=, subject=, pseudonym=, tag.NAME=, since= or until=")]
    Condition {
        /// The condition.
        condition: String,
    },
    /// A quotation mark is not closed.
    #[error("a double quote is not closed")]
    Quote,
    /// A time cannot be read.
    #[error("{value:?} is no time; write 2026-01-31 or 2026-01-31T12:00:00Z")]
    Time {
        /// The value.
        value: String,
    },
    /// A pseudonym is not 64 hexadecimal digits.
    #[error("a pseudonym has 64 hexadecimal digits")]
    Pseudonym,
}

/// Conditions that must all hold; none holds for every record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// What is indexed, as terms.
    pub(super) terms: Vec<Vec<u8>>,
    /// Names to be turned into pseudonyms.
    subjects: Vec<String>,
    /// Microseconds since 1970, inclusive.
    pub(super) since_us: Option<i64>,
    /// Microseconds since 1970, exclusive.
    pub(super) until_us: Option<i64>,
}

impl Filter {
    /// Asks for records of a kind too.
    #[must_use]
    pub fn kind(mut self, kind: &str) -> Self {
        self.terms.push(term(b'k', &[kind.as_bytes()]));
        self
    }

    /// Asks for records of an actor too.
    #[must_use]
    pub fn actor(mut self, actor: &str) -> Self {
        self.terms.push(term(b'a', &[actor.as_bytes()]));
        self
    }

    /// Asks for records about the subject of this pseudonym too.
    #[must_use]
    pub fn subject(mut self, pseudonym: &[u8; 32]) -> Self {
        self.terms.push(subject_term(pseudonym));
        self
    }

    /// Asks for records with this tag too.
    #[must_use]
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.terms.push(tag_term(key, value));
        self
    }

    /// Asks for records at or after a time too, in microseconds since 1970 UTC.
    #[must_use]
    pub fn since_us(mut self, time_us: i64) -> Self {
        self.since_us = self.since_us.max(Some(time_us));
        self
    }

    /// Asks for records before a time too, in microseconds since 1970 UTC.
    #[must_use]
    pub fn until_us(mut self, time_us: i64) -> Self {
        self.until_us = Some(self.until_us.map_or(time_us, |older| older.min(time_us)));
        self
    }

    /// Reads a filter; `sealer` gives the pseudonyms of the subjects it names.
    ///
    /// # Errors
    /// See [`FilterError`]; [`SealError`] if a subject is named and the keys are not at hand.
    pub fn parse(text: &str, sealer: &dyn Sealer) -> Result<Result<Self, SealError>, FilterError> {
        let mut filter = Self::default();
        for condition in split(text)? {
            filter.add(&condition)?;
        }
        Ok(filter.resolve(sealer))
    }

    fn resolve(mut self, sealer: &dyn Sealer) -> Result<Self, SealError> {
        for name in std::mem::take(&mut self.subjects) {
            self.terms.push(subject_term(&sealer.pseudonym(&name)?));
        }
        Ok(self)
    }

    fn add(&mut self, condition: &str) -> Result<(), FilterError> {
        let unknown = || FilterError::Condition { condition: condition.to_owned() };
        let (name, value) = condition.split_once('=').ok_or_else(unknown)?;
        let this = std::mem::take(self);
        *self = match name {
            "kind" => this.kind(value),
            "actor" => this.actor(value),
            "subject" => Self { subjects: [this.subjects, vec![value.to_owned()]].concat(), ..this },
            "pseudonym" => this.subject(&parse_pseudonym(value)?),
            "since" => this.since_us(parse_time_us(value)?),
            "until" => this.until_us(parse_time_us(value)?),
            tag => match tag.strip_prefix("tag.").filter(|tag| !tag.is_empty()) {
                Some(tag) => this.tag(tag, value),
                None => return Err(unknown()),
            },
        };
        Ok(())
    }

    /// Says whether there is no condition.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Says whether a record meets all conditions.
    pub fn matches(&self, leaf: &Leaf) -> bool {
        let own = terms_of(leaf);
        self.terms.iter().all(|term| own.contains(term))
            && self.since_us.is_none_or(|since| since <= leaf.time_us)
            && self.until_us.is_none_or(|until| leaf.time_us < until)
    }
}

/// Everything a record is found by.
pub(super) fn terms_of(leaf: &Leaf) -> Vec<Vec<u8>> {
    let mut terms = vec![term(b'k', &[leaf.kind.as_bytes()]), term(b'a', &[leaf.actor.as_bytes()])];
    terms.extend(leaf.subject.as_ref().map(subject_term));
    terms.extend(leaf.tags.iter().map(|(key, value)| tag_term(key, value)));
    terms
}

fn subject_term(pseudonym: &[u8; 32]) -> Vec<u8> {
    term(b's', &[pseudonym])
}

/// The key's length stands before it, so that no key and value look like others.
fn tag_term(key: &str, value: &str) -> Vec<u8> {
    let length = u8::try_from(key.len()).unwrap_or(u8::MAX);
    term(b't', &[&[length], key.as_bytes(), value.as_bytes()])
}

fn term(field: u8, parts: &[&[u8]]) -> Vec<u8> {
    std::iter::once(field).chain(parts.iter().flat_map(|part| part.iter().copied())).collect()
}

/// Splits at spaces outside double quotes, which are removed.
fn split(text: &str) -> Result<Vec<String>, FilterError> {
    let mut conditions = vec![String::new()];
    let mut is_quoted = false;
    for character in text.chars() {
        match character {
            '"' => is_quoted = !is_quoted,
            space if space.is_whitespace() && !is_quoted => conditions.push(String::new()),
            other => conditions.last_mut().into_iter().for_each(|last| last.push(other)),
        }
    }
    conditions.retain(|condition| !condition.is_empty());
    if is_quoted { Err(FilterError::Quote) } else { Ok(conditions) }
}

/// Reads a time as filters have it, RFC 3339 or a date, which means its start in UTC; in microseconds since 1970 UTC.
///
/// # Errors
/// [`FilterError::Time`].
pub fn parse_time_us(value: &str) -> Result<i64, FilterError> {
    let whole = if value.contains('T') { value.to_owned() } else { format!("{value}T00:00:00Z") };
    let time: Result<jiff::Timestamp, _> = whole.parse();
    time.map(jiff::Timestamp::as_microsecond).map_err(|_| FilterError::Time { value: value.to_owned() })
}

/// Reads a pseudonym of 64 hexadecimal digits.
///
/// # Errors
/// [`FilterError::Pseudonym`].
pub fn parse_pseudonym(text: &str) -> Result<[u8; 32], FilterError> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return Err(FilterError::Pseudonym) };
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect();
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or(FilterError::Pseudonym)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealer::Unsealed;

    fn leaf() -> Leaf {
        Leaf {
            index: 0,
            time_us: 1_767_225_600_000_000,
            kind: "gateway.request".to_owned(),
            actor: "ada".to_owned(),
            subject: Some(Unsealed.pseudonym("bob").unwrap()),
            tags: vec![("model".to_owned(), "gpt 4".to_owned())],
            content_bytes: 0,
            content_sha256: [0; 32],
        }
    }

    fn matches(text: &str) -> bool {
        Filter::parse(text, &Unsealed).unwrap().unwrap().matches(&leaf())
    }

    #[test]
    fn every_condition_decides() {
        for (holds, fails) in [
            ("kind=gateway.request", "kind=gateway"),
            ("actor=ada", "actor=bob"),
            ("subject=bob", "subject=ada"),
            ("tag.model=\"gpt 4\"", "tag.model=gpt"),
            ("since=2026-01-01", "since=2026-01-01T00:00:00.000001Z"),
            ("until=2026-01-01T00:00:00.000001Z", "until=2026-01-01"),
            ("", "kind=x actor=ada"),
            ("  kind=gateway.request  actor=ada ", "actor=ada tag.mode=lgpt"),
        ] {
            assert!(matches(holds) && !matches(fails), "{holds} / {fails}");
        }
        let pseudonym: String = leaf().subject.unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(matches(&format!("pseudonym={pseudonym}")));
    }

    #[test]
    fn a_tag_with_quotes_and_spaces_is_found_by_its_value() {
        let tagged = Leaf { tags: vec![("quote".to_owned(), "she said \"no\"".to_owned())], ..leaf() };
        let filter = Filter::default().kind("gateway.request").actor("ada").tag("quote", "she said \"no\"");
        assert!(filter.matches(&tagged) && !filter.matches(&leaf()));
    }

    #[test]
    fn what_is_no_filter_is_named() {
        let error = |text: &str| Filter::parse(text, &Unsealed).unwrap_err();
        assert!(matches!(error("kind"), FilterError::Condition { .. }));
        assert!(matches!(error("model=x"), FilterError::Condition { .. }));
        assert!(matches!(error("tag.=x"), FilterError::Condition { .. }));
        assert_eq!(error("actor=\"ada"), FilterError::Quote);
        assert!(matches!(error("since=yesterday"), FilterError::Time { .. }));
        assert_eq!(error("pseudonym=12"), FilterError::Pseudonym);
    }
}
