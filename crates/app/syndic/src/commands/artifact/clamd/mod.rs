//! A ClamAV daemon asked about a file: its bytes go out in pieces, one line comes back.
//!
//! What the daemon does not say is never taken for "nothing found": one that is gone, too slow, over a limit of its own
//! or unclear leaves the file not inspected. Source: clamd(8), command INSTREAM.

mod connection;
#[cfg(test)]
mod tests;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use syndic_detect::{ReadAt, fill_at};

use self::connection::Connection;
use crate::cli::ClamdArgs;
use crate::commands::UsageError;

/// Bytes of a file sent at a time.
const PIECE_BYTES: usize = 128 << 10;
/// Longest name of a signature that is kept.
const MAX_NAME_CHARS: usize = 200;
/// Names under which the daemon reports that it did not look at everything, if it is told to report it at all.
const NOT_LOOKED_AT: [&str; 2] = ["Heuristics.Limits.Exceeded", "Heuristics.Encrypted"];

/// Where a daemon listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// A socket of this machine.
    Unix(PathBuf),
    /// `host:port`.
    Tcp(String),
}

/// A daemon to ask.
#[derive(Debug, Clone)]
pub(super) struct Clamd {
    address: Address,
    timeout: Duration,
}

/// What it says of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// No signature of its database fits.
    NothingKnown,
    /// The name of the signature that fits.
    Known(String),
    /// Why it says nothing.
    NotInspected(String),
}

impl Clamd {
    /// Takes the daemon that the options name, if they name one.
    ///
    /// # Errors
    /// An address of no known form.
    pub(super) fn named(args: &ClamdArgs) -> Result<Option<Self>> {
        let Some(text) = &args.clamd else { return Ok(None) };
        let address = match text.split_once(':') {
            Some(("unix", path)) if !path.is_empty() => Address::Unix(PathBuf::from(path)),
            Some(("tcp", host)) if host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) => {
                Address::Tcp(host.to_owned())
            }
            _ => {
                let why = format!("--clamd {text}: give unix:/path/of/socket or tcp:host:port");
                return Err(UsageError(why).into());
            }
        };
        Ok(Some(Self { address, timeout: Duration::from_secs(args.clamd_timeout) }))
    }

    /// Sends a file and returns what the daemon says.
    pub(super) fn ask(&self, source: &dyn ReadAt) -> Answer {
        let mut connection = match Connection::open(&self.address, self.timeout) {
            Ok(connection) => connection,
            Err(error) => return not_inspected(&format!("cannot be reached: {error}")),
        };
        let sent = send(source, &mut connection);
        // A daemon whose limit is reached says so and closes while the rest is still being sent.
        let (answer, read) = connection.answer(self.timeout);
        match (sent, interpret(&answer), read) {
            (Err(Fault::Source(error)), ..) => not_inspected(&format!("was not asked: {error}")),
            (Err(Fault::Daemon(error)), None | Some(Answer::NothingKnown), _) => {
                not_inspected(&format!("stopped taking the file: {error}"))
            }
            (_, Some(answer), Ok(())) => answer,
            (_, _, Err(error)) => not_inspected(&format!("did not answer: {error}")),
            (_, None, Ok(())) => not_inspected(&format!("gave no clear answer: {:?}", shortened(&answer))),
        }
    }
}

enum Fault {
    Source(io::Error),
    Daemon(io::Error),
}

fn send(source: &dyn ReadAt, connection: &mut Connection) -> Result<(), Fault> {
    connection.write_all(b"zINSTREAM\0").map_err(Fault::Daemon)?;
    let mut piece = vec![0; PIECE_BYTES];
    let mut offset = 0_u64;
    loop {
        let filled = fill_at(source, offset, &mut piece).map_err(Fault::Source)?;
        let bytes = piece.get(..filled).unwrap_or_default();
        // A piece of no bytes is the end.
        let length = u32::try_from(filled).unwrap_or(0).to_be_bytes();
        connection.write_all(&length).and_then(|()| connection.write_all(bytes)).map_err(Fault::Daemon)?;
        if filled == 0 {
            return connection.flush().map_err(Fault::Daemon);
        }
        offset += filled as u64;
    }
}

/// Reads the daemon's line; nothing if it is none of those it gives.
fn interpret(answer: &str) -> Option<Answer> {
    if answer == "stream: OK" {
        return Some(Answer::NothingKnown);
    }
    if let Some(name) = answer.strip_prefix("stream: ").and_then(|rest| rest.strip_suffix(" FOUND")) {
        let name = shortened(name);
        if NOT_LOOKED_AT.iter().any(|start| name.starts_with(start)) {
            return Some(not_inspected(&format!("did not look at all of it: {name}")));
        }
        return Some(Answer::Known(name));
    }
    if answer.contains("size limit exceeded") {
        let why = "did not take it: it is larger than the daemon's StreamMaxLength";
        return Some(not_inspected(why));
    }
    let is_error = answer.ends_with("ERROR");
    is_error.then(|| not_inspected(&format!("failed: {:?}", shortened(answer))))
}

fn not_inspected(what: &str) -> Answer {
    Answer::NotInspected(format!("the ClamAV daemon {what}"))
}

/// What comes over a socket is shown shortened and without control characters.
fn shortened(text: &str) -> String {
    text.chars().take(MAX_NAME_CHARS).map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}
