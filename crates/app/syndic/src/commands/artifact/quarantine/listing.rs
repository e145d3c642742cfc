//! `syndic artifact quarantine list`.

use anyhow::Result;
use serde_json::{Value, json};

use super::kept::{Kept, all};
use super::{plain_line, vault};
use crate::cli::{Cli, QuarantinePlaceArgs};
use crate::exit::Exit;
use crate::printer;

/// Prints what is there; exits with findings if something was altered.
pub(super) fn run(cli: &Cli, place: &QuarantinePlaceArgs, is_json: bool) -> Result<Exit> {
    let all = all(&vault::folder(cli, place), vault::public_key(cli).ok().as_ref())?;
    if is_json {
        let list: Vec<Value> = all.iter().map(object).collect();
        printer::result(&format!("{:#}\n", json!({ "quarantine": list })))?;
    } else {
        let text: String = all.iter().map(line).collect();
        printer::result(if text.is_empty() { "nothing is in quarantine\n" } else { &text })?;
    }
    Ok(if all.iter().any(|kept| kept.fault.is_some()) { Exit::Findings } else { Exit::Clean })
}

fn object(kept: &Kept) -> Value {
    let mut object = match &kept.manifest {
        Ok(manifest) => json!(manifest),
        Err(_) => json!({ "id": kept.id }),
    };
    if let Some(object) = object.as_object_mut() {
        object.insert("fault".to_owned(), json!(kept.fault));
    }
    object
}

fn line(kept: &Kept) -> String {
    let text = match &kept.manifest {
        Ok(manifest) => format!(
            "{}  {:<10} {}  by {} on {}",
            kept.id,
            manifest.verdict_text(),
            manifest.path,
            manifest.by,
            manifest.at.strftime("%Y-%m-%d %H:%M:%SZ")
        ),
        Err(_) => format!("{}  unknown", kept.id),
    };
    let fault = kept.fault.as_ref().map_or(String::new(), |fault| plain_line(&format!("  ALTERED: {fault}")));
    format!("{}{fault}", plain_line(&text))
}
