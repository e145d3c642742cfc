//! `syndic assess PATH…`: what AI do we have here, what is wrong with it, may it be deployed?

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use syndic_collect::Scope;
use syndic_evidence::{Assessment, FindingState, Severity, Verdict};
use syndic_report::Style;
use syndic_store::Store;

use super::{UsageError, block_on};
use crate::assess::{Engines, assess};
use crate::cli::{AssessArgs, Cli, Format};
use crate::exit::Exit;
use crate::printer;
use crate::progress::Bar;
use crate::state::State;

/// Assesses, stores and prints.
pub(crate) fn run(cli: &Cli, args: &AssessArgs) -> Result<Exit> {
    let outputs = outputs(&args.output.output)?;
    let scope = Scope::new(&args.paths, args.scope.system.as_deref(), &args.scope.exclude)?;
    let engines = Engines::builtin()?;
    // A run that keeps nothing leaves the state folder as it is, and needs none.
    let state = if args.no_store { None } else { Some(State::open(&cli.state)?) };
    let scope = scope.without_own(&cli.state);
    let key = match &state {
        Some(state) => state.signing_key()?,
        None => State::passing_key(&cli.state)?,
    };
    let bar = Bar::new(cli.plain);
    let assessment = assess(&scope, &engines, &key, Timestamp::now, &bar);
    bar.finish();
    let assessment = assessment?;
    if let Some(state) = state {
        block_on(async {
            let store = Store::open(&state.store_url()).await?;
            store.record(&assessment).await.context("the result was computed but could not be stored")?;
            // Folds the write-ahead log into the file: a copy of it is then the whole store.
            store.close().await;
            Ok(())
        })?;
    }
    for (path, format) in outputs {
        let text = render(&assessment, &engines, format, false);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let is_coloured = args.output.format == Format::Human && printer::is_coloured(cli.plain);
    printer::result(&render(&assessment, &engines, args.output.format, is_coloured))?;
    let exit = exit(&assessment, args.fail_on);
    if exit == Exit::Findings && assessment.decision.verdict != Verdict::Deny {
        // The summary speaks about the decision; the exit code here is about findings.
        printer::say(&format!("findings of severity {} or worse: exit code 1 (--fail-on)", args.fail_on));
    }
    Ok(exit)
}

/// Reads the form of each output file off its ending.
fn outputs(paths: &[PathBuf]) -> Result<Vec<(PathBuf, Format)>> {
    paths
        .iter()
        .map(|path| {
            let format = format_of(path).ok_or_else(|| {
                UsageError(format!(
                    "cannot tell the form of {}: end it in .json, .sarif, .html, .txt, .svg or .mmd",
                    path.display()
                ))
            })?;
            Ok((path.clone(), format))
        })
        .collect()
}

fn format_of(path: &Path) -> Option<Format> {
    match path.extension()?.to_str()? {
        "json" => Some(Format::Json),
        "sarif" => Some(Format::Sarif),
        "html" | "htm" => Some(Format::Html),
        "txt" => Some(Format::Human),
        "svg" => Some(Format::Svg),
        "mmd" => Some(Format::Mermaid),
        _ => None,
    }
}

fn render(assessment: &Assessment, engines: &Engines, format: Format, is_coloured: bool) -> String {
    let model = || syndic_threat::derive(&assessment.run.system, &assessment.assets, &assessment.relations);
    match format {
        Format::Human => syndic_report::terminal(assessment, &Style { is_coloured, width: printer::width() }),
        Format::Json => syndic_report::json(assessment),
        Format::Sarif => syndic_report::sarif(assessment, engines.rules()),
        Format::Html => syndic_report::html(assessment, engines.rules()),
        Format::Svg => syndic_threat::svg(&model(), &assessment.risks),
        Format::Mermaid => syndic_threat::mermaid(&model()),
    }
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
