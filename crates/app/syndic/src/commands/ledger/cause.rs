//! Who acts and why, as it is recorded.

use std::fs;
use std::io::Read as _;

use anyhow::Result;
use syndic_ledger::admin::{Cause, is_blank, is_hidden, names};

use super::erase::records_about;
use crate::cli::{CauseArgs, ReasonedCauseArgs};
use crate::commands::UsageError;
use crate::ledger::OpenLedger;

/// Most bytes of the system's list of users that are looked at.
const USERS_BYTES_LIMIT: u64 = 16 << 20;

/// Most bytes of an actor: its length stands in one byte of a record.
const ACTOR_BYTES_LIMIT: usize = 255;

/// Returns who was named, or else the user that runs this.
///
/// # Errors
/// What was named does not fit a record, or does not show as what it is.
pub(in crate::commands) fn of(args: &CauseArgs) -> Result<Cause> {
    if let Some(actor) = &args.actor {
        refuse_unseen("--actor", actor)?;
        if actor.len() > ACTOR_BYTES_LIMIT {
            let why = format!("--actor has {} bytes, at most {ACTOR_BYTES_LIMIT} bytes are recorded", actor.len());
            return Err(UsageError(why).into());
        }
    }
    Ok(Cause { actor: args.actor.clone().unwrap_or_else(login), reason: args.reason.clone() })
}

/// Refuses what is recorded in clear and shows nothing, or not what it is: the character is named.
///
/// # Errors
/// It has such a character, or nothing that can be seen.
pub(super) fn refuse_unseen(what: &str, text: &str) -> Result<()> {
    let why = match text.chars().find(|character| is_hidden(*character)) {
        Some(character) => {
            format!("{what} has U+{:04X}, a control character or one that nobody sees", u32::from(character))
        }
        None if is_blank(text) => format!("{what} is blank: nothing of it can be seen"),
        None => return Ok(()),
    };
    Err(UsageError(why).into())
}

/// Refuses a subject that cannot be seen and that no record is about; where a program recorded one, it can be named.
///
/// # Errors
/// It does not show as what it is; the index cannot be read.
pub(super) fn refuse_unseen_subject(open: &OpenLedger, subject: &str) -> Result<()> {
    match refuse_unseen("--subject", subject) {
        Err(_) if records_about(open, subject)? > 0 => Ok(()),
        checked => checked,
    }
}

/// Returns the user that runs this, without a reason.
pub(super) fn own() -> Cause {
    Cause { actor: login(), reason: String::new() }
}

/// The same where a reason is due.
///
/// # Errors
/// Those of [`of`].
pub(super) fn of_reasoned(args: &ReasonedCauseArgs) -> Result<Cause> {
    of(&CauseArgs { reason: args.reason.clone(), actor: args.actor.clone() })
}

/// Refuses a cause that names the subject before anybody is asked anything: it is kept for ever, so the subject would
/// not be erased. Recording refuses it as well.
///
/// # Errors
/// A text does.
pub(super) fn refuse_naming(cause: &Cause, subject: &str) -> Result<()> {
    if names(&cause.reason, subject) {
        let why = "--reason names the subject, and it is kept for ever: name a case number instead".to_owned();
        return Err(UsageError(why).into());
    }
    if names(&cause.actor, subject) {
        let why = format!(
            "the actor {:?} names the subject, and it is kept for ever: give another name, such as a role, with --actor",
            cause.actor
        );
        return Err(UsageError(why).into());
    }
    Ok(())
}

/// The user that runs this: by number where the system has no name for it.
fn login() -> String {
    let number = rustix::process::getuid().as_raw();
    let mut users = Vec::new();
    // Without it the number names the user just as well.
    let read = fs::File::open("/etc/passwd").and_then(|file| file.take(USERS_BYTES_LIMIT).read_to_end(&mut users));
    let users = read.map_or_else(|_| String::new(), |_| String::from_utf8_lossy(&users).into_owned());
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
    fn neither_reason_nor_actor_may_name_the_subject() {
        let cause = |actor: &str, reason: &str| Cause { actor: actor.to_owned(), reason: reason.to_owned() };
        let refused = |cause: &Cause| refuse_naming(cause, "ada lovelace").err().map(|error| error.to_string());
        assert!(refused(&cause("dpo", "Lovelace, Ada asked")).unwrap().contains("--reason"));
        assert!(refused(&cause("user:ada.lovelace", "request 7")).unwrap().contains("--actor"));
        assert_eq!(refused(&cause("dpo", "request 7")), None);
    }
}
