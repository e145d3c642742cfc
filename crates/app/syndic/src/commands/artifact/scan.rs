//! `syndic artifact scan`: every place that was given, as one result.

use anyhow::Result;
use syndic_artifact::Verdict;

use super::scanned::{Hashing, Inspector, Scanned};
use super::{human, local, remote, sarif, standard_input};
use crate::cli::{ArtifactScanArgs, ScanFormat};
use crate::exit::Exit;
use crate::printer::{self, Lines};

/// Scans and prints.
pub(crate) fn run(args: &ArtifactScanArgs) -> Result<Exit> {
    let hashing = if args.no_hash { Hashing::Off } else { Hashing::On };
    let inspector = Inspector::new(hashing, &args.clamd)?.with_yara(&args.yara)?;
    if args.format == ScanFormat::Jsonl {
        let mut lines = Lines::begin();
        let mut worst = Verdict::Clean;
        each(args, &inspector, |scanned| {
            worst = worst.max(scanned.verdict);
            lines.line(&serde_json::to_string(&scanned)?)
        })?;
        lines.end()?;
        return Ok(exit(worst));
    }
    let mut all = Vec::new();
    each(args, &inspector, |scanned| {
        all.push(scanned);
        Ok(true)
    })?;
    let text = match args.format {
        ScanFormat::Sarif => sarif::sarif(&all)?,
        ScanFormat::Human => human::text(&all),
        ScanFormat::Json | ScanFormat::Jsonl => {
            let mut text = serde_json::to_string_pretty(&serde_json::json!({ "files": all }))?;
            text.push('\n');
            text
        }
    };
    printer::result(&text)?;
    Ok(exit(all.iter().map(|scanned| scanned.verdict).max().unwrap_or(Verdict::Clean)))
}

/// Hands over what every place that was given holds; stops when nobody reads any more.
fn each(args: &ArtifactScanArgs, inspector: &Inspector, mut take: impl FnMut(Scanned) -> Result<bool>) -> Result<()> {
    for given in &args.paths {
        let place = given.to_str().filter(|given| remote::is_meant(given));
        let is_read = if given.as_os_str() == "-" {
            take(standard_input::scan(inspector, &args.stdin_name))?
        } else if let Some(place) = place {
            remote::each(place, &args.remote, inspector, &mut take)?
        } else {
            local::each(given, &args.exclude, inspector, &mut take)?
        };
        if !is_read {
            break;
        }
    }
    Ok(())
}

pub(super) fn exit(worst: Verdict) -> Exit {
    match worst {
        Verdict::Malicious | Verdict::Suspicious => Exit::Findings,
        Verdict::Incomplete => Exit::CouldNotCheck,
        Verdict::Unreviewed | Verdict::Clean => Exit::Clean,
    }
}
