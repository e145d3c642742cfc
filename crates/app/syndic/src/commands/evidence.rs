//! `syndic evidence`: the signed statements behind the last run; one of them, or all signatures checked.

use anyhow::Result;
use syndic_evidence::{Assessment, Evidence};

use super::{UsageError, block_on, open_existing};
use crate::cli::{Cli, EvidenceArgs};
use crate::exit::Exit;
use crate::printer;
use crate::state::State;

/// Lists, prints or verifies evidence.
pub(crate) fn run(cli: &Cli, args: &EvidenceArgs) -> Result<Exit> {
    let latest = block_on(async { Ok(open_existing(cli).await?.latest(None).await?) })?;
    let Some(assessment) = latest else {
        return Err(UsageError("the store has no run yet: assess first".to_owned()).into());
    };
    if let Some(prefix) = &args.digest {
        return print_one(&assessment, prefix);
    }
    if args.verify {
        return verify_all(cli, &assessment);
    }
    let lines: String = assessment.evidence.iter().map(line).collect();
    printer::result(&lines)?;
    Ok(Exit::Clean)
}

fn line(evidence: &Evidence) -> String {
    let kind = evidence.predicate_type.uri().rsplit('/').nth(1).unwrap_or_default();
    format!("{}  {kind:<16} {}\n", evidence.digest, evidence.asset)
}

fn print_one(assessment: &Assessment, prefix: &str) -> Result<Exit> {
    let wanted = prefix.trim_start_matches("sha256:");
    let mut found = assessment.evidence.iter().filter(|evidence| evidence.digest.hex().starts_with(wanted));
    match (found.next(), found.next()) {
        (Some(evidence), None) => {
            printer::result(&String::from_utf8_lossy(&evidence.envelope))?;
            printer::result("\n")?;
            Ok(Exit::Clean)
        }
        (None, _) => Err(UsageError(format!("no evidence of the last run begins with `{wanted}`")).into()),
        (Some(_), Some(_)) => Err(UsageError(format!("several digests begin with `{wanted}`: give more")).into()),
    }
}

/// Checks signature and content address of everything behind the last run; every fault is named.
fn verify_all(cli: &Cli, assessment: &Assessment) -> Result<Exit> {
    let trusted = [State::existing(&cli.state)?.public_key()?];
    let mut faults = 0_usize;
    for evidence in &assessment.evidence {
        let problem = match syndic_attest::verify(&evidence.envelope, &trusted) {
            Ok(verified) if verified.digest == evidence.digest => continue,
            Ok(_) => "the envelope holds another statement than the store says".to_owned(),
            Err(error) => error.to_string(),
        };
        faults += 1;
        printer::result(&format!("BAD  {}  {}  {problem}\n", evidence.digest, evidence.asset))?;
    }
    let good = assessment.evidence.len() - faults;
    printer::result(&format!(
        "{good} of {} statements verified with key {}\n",
        assessment.evidence.len(),
        trusted[0].key_id()
    ))?;
    Ok(if faults == 0 { Exit::Clean } else { Exit::Findings })
}
