//! `syndic secrets`: credentials in files, in the index, in a whole git history.
//!
//! Every source hands pieces of content to one [`scanner::Scanner`]; what it returns is a list of [`secret::Secret`],
//! which holds place, rule and fingerprint of a value and never the value. All forms of output are made from that list
//! alone.

mod git;
mod hook;
mod human;
mod marks;
mod outcome;
mod pieces;
mod rotation;
mod sarif;
mod scanner;
mod secret;
mod sources;
mod unpack;
mod waivers;

use anyhow::Result;

use crate::cli::{InitArgs, SecretsArgs, SecretsCommand, SecretsFormat};
use crate::exit::Exit;
use crate::printer::{self, Lines};

use outcome::Outcome;

/// Looks and prints.
pub(crate) fn run(args: &SecretsArgs) -> Result<Exit> {
    if let Some(SecretsCommand::RotatePlan { source, json }) = &args.command {
        let outcome = sources::look(source)?;
        printer::result(&rotation::plan(&outcome, *json)?)?;
        return Ok(outcome.exit(syndic_evidence::Severity::Info));
    }
    let outcome = sources::look(&args.source)?;
    if let Some(file) = &args.write_baseline {
        waivers::write(file, &outcome, args.reason.as_deref().unwrap_or_default(), args.until)?;
    }
    print(&outcome, args.format)?;
    Ok(outcome.exit(args.fail_on))
}

/// Sets up a repository.
pub(crate) fn init(args: &InitArgs) -> Result<Exit> {
    hook::install(&args.repository, args.force)
}

fn print(outcome: &Outcome, format: SecretsFormat) -> Result<()> {
    match format {
        SecretsFormat::Human => printer::result(&human::text(outcome)),
        SecretsFormat::Sarif => printer::result(&sarif::sarif(outcome)?),
        SecretsFormat::Json => {
            let mut text = serde_json::to_string_pretty(outcome)?;
            text.push('\n');
            printer::result(&text)
        }
        SecretsFormat::Jsonl => {
            let mut lines = Lines::begin();
            for secret in &outcome.secrets {
                if !lines.line(&serde_json::to_string(&secret.line_object())?)? {
                    break;
                }
            }
            lines.end()?;
            // The lines have no place for it, and a silent gap would look clean.
            for gap in &outcome.not_inspected {
                printer::say(&format!("not inspected: {}: {}", gap.path, gap.problem));
            }
            Ok(())
        }
    }
}
