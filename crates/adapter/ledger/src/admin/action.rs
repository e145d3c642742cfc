//! Administrative actions as records: one value has one list of tags, and a list that is not exactly one is refused.

use crate::entry::Entry;
use crate::hold::Scope;
use crate::keys::Pseudonym;
use crate::leaf::Leaf;

use super::administrator::Cause;

/// Kind of the record of an erasure.
pub const ERASED_KIND: &str = "ledger.erased";
/// Kind of the record of a hold.
pub const HELD_KIND: &str = "ledger.held";
/// Kind of the record that ends a hold.
pub const RELEASED_KIND: &str = "ledger.released";
/// Kind of the record that sets how long records are kept.
pub const RETENTION_KIND: &str = "ledger.retention";
/// Kind of the record that states up to which record segments were removed.
pub const RETIRED_KIND: &str = "ledger.retired";
/// Kind of the record of a new master key.
pub const ROTATED_KIND: &str = "ledger.rotated";
/// Kind of the record that says which witnesses cosign the log.
pub const WITNESSES_KIND: &str = "ledger.witnesses";

const KINDS: [&str; 7] =
    [ERASED_KIND, HELD_KIND, RELEASED_KIND, RETENTION_KIND, RETIRED_KIND, ROTATED_KIND, WITNESSES_KIND];
/// The tag of a witness's key.
const WITNESS_TAG: &str = "key";

/// The tag of an erasure that lists key slots.
const KEYS_TAG: &str = "keys";
/// More slots than this are not listed, so that every erasure fits a record; a subject has one or two.
pub(crate) const MOST_LISTED_KEYS: usize = 1_024;

/// Whether retention was set below the required minimum on purpose.
const MINIMUM: [&str; 2] = ["kept", "overridden"];

/// What an administrative record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    Erased {
        subject: Pseudonym,
        /// Key slots that were the subject's.
        slots: u64,
        /// Key slots too damaged to say whose they were.
        unreadable: u64,
        /// The numbers of the slots whose keys are gone for good; records of earlier versions have no list.
        keys: Option<Vec<u64>>,
    },
    Held {
        hold: String,
        scope: Scope,
    },
    Released {
        hold: String,
    },
    Retention {
        days: u32,
        is_below_minimum: bool,
    },
    Retired {
        from: u64,
        before: u64,
        days: u32,
    },
    Rotated {
        generation: u32,
    },
    Witnesses {
        /// The lines of their keys; none if the log is not witnessed any more.
        keys: Vec<String>,
    },
}

impl Action {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Erased { .. } => ERASED_KIND,
            Self::Held { .. } => HELD_KIND,
            Self::Released { .. } => RELEASED_KIND,
            Self::Retention { .. } => RETENTION_KIND,
            Self::Retired { .. } => RETIRED_KIND,
            Self::Rotated { .. } => ROTATED_KIND,
            Self::Witnesses { .. } => WITNESSES_KIND,
        }
    }

    /// The entry that records the action. It has no subject: one would make a key for whom was just erased.
    pub(crate) fn entry(&self, cause: &Cause) -> Entry {
        Entry {
            kind: self.kind().to_owned(),
            actor: cause.actor.clone(),
            subject: None,
            tags: self.tags(),
            content: cause.reason.clone().into_bytes(),
        }
    }

    /// Reads the action a leaf records; nothing if it is no administrative record.
    ///
    /// # Errors
    /// The leaf is of an administrative kind and its tags are none this build writes.
    pub(crate) fn parse(leaf: &Leaf) -> Option<Result<Self, UnknownAction>> {
        KINDS.contains(&&*leaf.kind).then(|| {
            let action = Self::from_tags(leaf).filter(|action| action.tags() == leaf.tags && leaf.subject.is_none());
            action.ok_or(UnknownAction)
        })
    }

    fn from_tags(leaf: &Leaf) -> Option<Self> {
        let tag = |wanted: &str| leaf.tags.iter().find(|(key, _)| key == wanted).map(|(_, value)| value.as_str());
        Some(match leaf.kind.as_str() {
            ERASED_KIND => Self::Erased {
                subject: Pseudonym(from_hex(tag("subject")?)?),
                slots: tag("slots")?.parse().ok()?,
                unreadable: tag("unreadable")?.parse().ok()?,
                keys: match tag(KEYS_TAG) {
                    Some(list) => Some(numbers(list)?),
                    None => None,
                },
            },
            HELD_KIND => {
                let scope = match tag("scope")? {
                    "subject" => Scope::Subject(Pseudonym(from_hex(tag("subject")?)?)),
                    "tag" => Scope::Tag { key: tag("key")?.to_owned(), value: tag("value")?.to_owned() },
                    "everything" => Scope::Everything,
                    _ => return None,
                };
                Self::Held { hold: tag("hold")?.to_owned(), scope }
            }
            RELEASED_KIND => Self::Released { hold: tag("hold")?.to_owned() },
            RETENTION_KIND => Self::Retention {
                days: tag("days")?.parse().ok()?,
                is_below_minimum: MINIMUM.iter().position(|word| Some(*word) == tag("minimum"))? == 1,
            },
            RETIRED_KIND => Self::Retired {
                from: tag("from")?.parse().ok()?,
                before: tag("before")?.parse().ok()?,
                days: tag("days")?.parse().ok()?,
            },
            ROTATED_KIND => Self::Rotated { generation: tag("generation")?.parse().ok()? },
            WITNESSES_KIND => Self::Witnesses { keys: leaf.tags.iter().map(|(_, key)| key.clone()).collect() },
            _ => return None,
        })
    }

    fn tags(&self) -> Vec<(String, String)> {
        let tags = match self {
            Self::Erased { subject, slots, unreadable, keys } => {
                let counts = [("slots", slots.to_string()), ("unreadable", unreadable.to_string())];
                let keys = keys.iter().map(|keys| (KEYS_TAG, list(keys)));
                [("subject", to_hex(subject))].into_iter().chain(counts).chain(keys).collect()
            }
            Self::Held { hold, scope } => {
                let mut tags = vec![("hold", hold.clone()), ("scope", scope.word().to_owned())];
                match scope {
                    Scope::Subject(subject) => tags.push(("subject", to_hex(subject))),
                    Scope::Tag { key, value } => tags.extend([("key", key.clone()), ("value", value.clone())]),
                    Scope::Everything => {}
                }
                tags
            }
            Self::Released { hold } => vec![("hold", hold.clone())],
            Self::Retention { days, is_below_minimum } => {
                let [kept, overridden] = MINIMUM;
                let word = if *is_below_minimum { overridden } else { kept };
                vec![("days", days.to_string()), ("minimum", word.to_owned())]
            }
            Self::Retired { from, before, days } => {
                vec![("from", from.to_string()), ("before", before.to_string()), ("days", days.to_string())]
            }
            Self::Rotated { generation } => vec![("generation", generation.to_string())],
            Self::Witnesses { keys } => keys.iter().map(|key| (WITNESS_TAG, key.clone())).collect(),
        };
        tags.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }
}

/// An administrative record whose tags this build does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnknownAction;

/// Numbers with commas between them.
fn list(numbers: &[u64]) -> String {
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(",")
}

fn numbers(list: &str) -> Option<Vec<u64>> {
    if list.is_empty() {
        return Some(Vec::new());
    }
    list.split(',').map(|number| number.parse().ok()).collect()
}

fn to_hex(pseudonym: &Pseudonym) -> String {
    pseudonym.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect();
    bytes.filter(|_| rest.is_empty())?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actions() -> Vec<Action> {
        let held = |scope| Action::Held { hold: "case 7".to_owned(), scope };
        vec![
            Action::Erased { subject: Pseudonym([0xa7; 32]), slots: 1, unreadable: 2, keys: None },
            Action::Erased { subject: Pseudonym([0xa7; 32]), slots: 0, unreadable: 0, keys: Some(vec![]) },
            Action::Erased { subject: Pseudonym([0xa7; 32]), slots: 1, unreadable: 0, keys: Some(vec![3, 17]) },
            held(Scope::Subject(Pseudonym([3; 32]))),
            held(Scope::Tag { key: "scope".to_owned(), value: "everything".to_owned() }),
            held(Scope::Everything),
            Action::Released { hold: "case 7".to_owned() },
            Action::Retention { days: 30, is_below_minimum: true },
            Action::Retention { days: 400, is_below_minimum: false },
            Action::Retired { from: 0, before: 77, days: 183 },
            Action::Rotated { generation: 9 },
            Action::Witnesses { keys: vec!["w.example+1+aa".to_owned(), "v.example+2+bb".to_owned()] },
        ]
    }

    fn leaf(entry: Entry) -> Leaf {
        let Entry { kind, actor, tags, .. } = entry;
        Leaf { index: 1, time_us: 2, kind, actor, subject: None, tags, content_bytes: 0, content_sha256: [0; 32] }
    }

    #[test]
    fn every_action_survives_its_record() {
        let cause = Cause { actor: "dpo".to_owned(), reason: "asked".to_owned() };
        for action in actions() {
            assert_eq!(Action::parse(&leaf(action.entry(&cause))), Some(Ok(action)));
        }
    }

    #[test]
    fn tags_that_are_not_exactly_an_actions_are_refused() {
        for action in actions() {
            let good = leaf(action.entry(&Cause::default()));
            let mut more = good.clone();
            more.tags.push(("extra".to_owned(), String::new()));
            let mut fewer = good.clone();
            fewer.tags.pop();
            let mut other = good.clone();
            other.tags[0].1.insert(0, '+');
            let about_somebody = Leaf { subject: Some([0; 32]), ..good.clone() };
            // An erasure without its list is what earlier versions recorded; witnesses may be one fewer.
            let is_legacy = matches!(&action, Action::Erased { keys: Some(_), .. } | Action::Witnesses { .. });
            for wrong in [more, about_somebody].into_iter().chain((!is_legacy).then_some(fewer)) {
                assert_eq!(Action::parse(&wrong), Some(Err(UnknownAction)), "{wrong:?}");
            }
            assert_ne!(Action::parse(&other), Some(Ok(action)));
        }
        assert_eq!(Action::parse(&Leaf { kind: "ledger.gap".to_owned(), ..leaf(Entry::default()) }), None);
    }
}
