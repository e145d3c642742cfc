//! What a watch tells: one line an event, for people or for programs.

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::super::human::{self, plain};
use super::super::scanned::Scanned;
use crate::cli::WatchFormat;
use crate::printer;

/// Something that happened.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Event<'a> {
    /// The watch has begun; what is there is scanned next.
    Watching { folders: Vec<String> },
    /// A file was scanned; the object is that of `artifact scan`.
    Scanned(&'a Scanned),
    /// A file was moved into quarantine.
    Quarantined { path: &'a str, id: &'a str, verdict: &'a str },
    /// A file should have been moved and could not be.
    NotQuarantined { path: &'a str, problem: String },
    /// Events were lost: all that changed is scanned.
    Rescan,
    /// A folder was moved away or deleted, and is not watched any more.
    Lost { folder: String },
    /// The watch has ended.
    Stopped { scanned: u64, quarantined: u64 },
}

/// Where events go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Events(WatchFormat);

impl Events {
    pub(super) const fn new(format: WatchFormat) -> Self {
        Self(format)
    }

    /// Tells one event at once.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub(super) fn tell(self, event: &Event<'_>) -> Result<()> {
        match self.0 {
            WatchFormat::Jsonl => {
                let mut object = json!(event);
                if let Some(object) = object.as_object_mut() {
                    object.insert("time".to_owned(), json!(Timestamp::now()));
                }
                printer::result(&format!("{object}\n"))
            }
            WatchFormat::Human => printer::result(&words(event)),
        }
    }
}

fn words(event: &Event<'_>) -> String {
    let line = match event {
        Event::Watching { folders } => format!("watching {}", folders.join(", ")),
        Event::Scanned(scanned) => return human::file(scanned),
        Event::Quarantined { path, id, .. } => {
            format!("quarantine {path}: restore with `syndic artifact quarantine restore {id}`")
        }
        Event::NotQuarantined { path, problem } => format!("error      {path} was not moved away: {problem}"),
        Event::Rescan => "events were lost: looking through everything".to_owned(),
        Event::Lost { folder } => format!("lost       {folder} was moved away or deleted: it is not watched any more"),
        Event::Stopped { scanned, quarantined } => format!("stopped: {scanned} scanned, {quarantined} in quarantine"),
    };
    format!("{}\n", plain(&line))
}
