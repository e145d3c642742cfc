//! `syndic assess PATH…`: what AI do we have here, what is wrong with it, may it be deployed?

use anyhow::Result;
use syndic_collect::Scope;
use syndic_evidence::{Assessment, FindingState, Severity, Verdict};
use syndic_report::{MADE_BY, Style};
use syndic_store::Store;

use super::assessing::{Excludes, assessed, recorded, warn_of_idle};
use super::block_on;
use super::outputs::OutputFile;
use crate::assess::Engines;
use crate::cli::{AssessArgs, Cli, Format};
use crate::exit::Exit;
use crate::ledger::StateLedger;
use crate::printer;
use crate::progress::Bar;
use crate::state::State;

/// Assesses, stores and prints.
pub(crate) fn run(cli: &Cli, args: &AssessArgs) -> Result<Exit> {
    let scope = Scope::new(&args.paths, args.scope.system.as_deref(), &args.scope.exclude)?;
    let outputs = OutputFile::all(&args.output.output, &scope)?;
    let excludes = Excludes::new(&args.paths, &args.scope)?;
    let engines = Engines::builtin()?;
    // A run that keeps nothing leaves the state folder as it is, and needs none.
    let state = if args.no_store { None } else { Some(State::open(&cli.state)?) };
    let scope = scope.without_own(&cli.state);
    let key = match &state {
        Some(state) => state.signing_key()?,
        None => State::passing_key(&cli.state)?,
    };
    let bar = Bar::new(cli.plain);
    let outcome = assessed(&scope, &excludes, &engines, &key, &bar);
    bar.finish();
    let (assessment, idle) = outcome?;
    warn_of_idle(&idle);
    if let Some(state) = state {
        block_on(async {
            let store = Store::open(&state.store_url()).await?.keeping(args.keep.keep_runs);
            recorded(&assessment, &store, &StateLedger::of(&cli.state), &key).await?;
            // Folds the write-ahead log into the file: a copy of it is then the whole store.
            store.close().await;
            Ok(())
        })?;
    }
    let render = |format, style: &Style| match format {
        Format::Sarif => syndic_report::sarif(&seen_from_here(&assessment, &scope, &engines), engines.rules()),
        format => render(&assessment, &engines, format, style),
    };
    let form = |is_coloured| Style { is_coloured, width: printer::width(), is_stored: !args.no_store };
    for output in outputs {
        output.write(&render(output.format, &form(false)))?;
    }
    let is_coloured = args.output.format == Format::Human && printer::is_coloured(cli.plain);
    printer::result(&render(args.output.format, &form(is_coloured)))?;
    let exit = exit(&assessment, args.fail_on);
    if exit == Exit::Findings && assessment.decision.verdict != Verdict::Deny {
        // The summary speaks about the decision; the exit code here is about findings.
        printer::say(&format!("findings of severity {} or worse: exit code 1 (--fail-on)", args.fail_on));
    }
    Ok(exit)
}

fn render(assessment: &Assessment, engines: &Engines, format: Format, style: &Style) -> String {
    let model = || syndic_threat::derive(&assessment.run.system, &assessment.assets, &assessment.relations);
    match format {
        Format::Human => syndic_report::terminal(assessment, style),
        Format::Json => syndic_report::json(assessment),
        Format::Sarif => syndic_report::sarif(assessment, engines.rules()),
        Format::Html => syndic_report::html(assessment, engines.rules()),
        // A diagram says who made it, so that a later run may write over it.
        Format::Svg => {
            format!("{}\n<!-- {MADE_BY} -->\n", syndic_threat::svg(&model(), &assessment.risks).trim_end())
        }
        Format::Mermaid => format!("{}\n%% {MADE_BY}\n", syndic_threat::mermaid(&model()).trim_end()),
    }
}

/// Returns the assessment with its paths as they are reached from the working folder, where a code-scanning service
/// looks for them. What lies outside of that folder keeps the path it has. Identities stay as they are.
fn seen_from_here(assessment: &Assessment, scope: &Scope, engines: &Engines) -> Assessment {
    let mut seen = assessment.clone();
    let Ok(here) = std::env::current_dir().and_then(std::fs::canonicalize) else { return seen };
    // A folder above the assessed one may be named by a credential too.
    let place = |path: &mut String| {
        if let Some(from_here) = scope.seen_from(&here, path) {
            *path = engines.concealer().text(&from_here);
        }
    };
    seen.findings.iter_mut().for_each(|finding| place(&mut finding.location.path));
    seen.run.coverage.skipped.iter_mut().for_each(|skipped| place(&mut skipped.path));
    seen
}

/// A fault found outweighs what could not be looked at, which outweighs a clean rest.
pub(crate) fn exit(assessment: &Assessment, fail_on: Severity) -> Exit {
    let has_finding =
        assessment.findings.iter().any(|finding| finding.state == FindingState::Open && finding.severity >= fail_on);
    match assessment.decision.verdict {
        Verdict::Deny => Exit::Findings,
        _ if has_finding => Exit::Findings,
        Verdict::Unknown => Exit::CouldNotCheck,
        Verdict::Allow if !assessment.run.coverage.is_complete() => Exit::CouldNotCheck,
        Verdict::Allow => Exit::Clean,
    }
}
