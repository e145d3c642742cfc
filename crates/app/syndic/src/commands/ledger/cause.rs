//! Who acts and why, as it is recorded.

use std::fs;

use anyhow::Result;
use syndic_ledger::admin::Cause;

use crate::cli::{CauseArgs, ReasonedCauseArgs};
use crate::commands::UsageError;

/// Returns who was named, or else the user that runs this.
pub(in crate::commands) fn of(args: &CauseArgs) -> Cause {
    Cause { actor: args.actor.clone().unwrap_or_else(login), reason: args.reason.clone() }
}

/// The same where a reason is due.
pub(super) fn of_reasoned(args: &ReasonedCauseArgs) -> Cause {
    of(&CauseArgs { reason: args.reason.clone(), actor: args.actor.clone() })
}

/// Refuses a text that names the subject: it is kept for ever, so the subject would not be erased.
///
/// # Errors
/// The text does.
pub(super) fn refuse_naming(what: &str, text: &str, subject: &str) -> Result<()> {
    if !names(text, subject) {
        return Ok(());
    }
    let why = format!("{what} names the subject, and it is kept for ever: name a case number instead");
    Err(UsageError(why).into())
}

/// Says whether a name stands in a text as a word or words of its own, in capitals or not.
fn names(text: &str, name: &str) -> bool {
    let (text, name) = (text.to_lowercase(), name.to_lowercase());
    let is_inside = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    text.match_indices(&name).any(|(at, found)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + found.len()..).and_then(|after| after.chars().next());
        !is_inside(before) && !is_inside(after)
    })
}

/// The user that runs this: by number where the system has no name for it.
fn login() -> String {
    let number = rustix::process::getuid().as_raw();
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    login_in(&users, number).map_or_else(|| format!("uid:{number}"), |name| format!("user:{name}"))
}

/// Finds a user's name in the form of `/etc/passwd`: name, password, number, and more, between colons.
fn login_in(users: &str, number: u32) -> Option<&str> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        let own: u32 = fields.nth(1)?.parse().ok()?;
        (own == number).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_named_by_the_system_and_only_exactly() {
        let users = "root:x:0:0:root:/root:/bin/sh\n\nada:x:1000:1000::/home/ada:/bin/sh\n:x:7:7::/:/bin/false\nbad\n";
        assert_eq!(login_in(users, 0), Some("root"));
        assert_eq!(login_in(users, 1000), Some("ada"));
        assert_eq!([login_in(users, 100), login_in(users, 7)], [None, None]);
    }

    #[test]
    fn a_reason_names_the_subject_only_as_words_of_its_own() {
        assert!(names("asked by Ada Lovelace on Monday", "ada lovelace"));
        assert!(names("ada@example.org asked", "ADA@example.org"));
        assert!(!names("the canada case", "ada"));
        assert!(!names("request 7", "ada"));
    }
}
