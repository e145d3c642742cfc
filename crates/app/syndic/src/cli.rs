//! The command line: verbs and their options. One word means the same everywhere.

mod archive;
mod artifact;
mod ledger;
mod secrets;
mod witness;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use syndic_evidence::Severity;
use syndic_store::{DEFAULT_KEPT_RUNS, LEAST_KEPT_RUNS};

pub(crate) use archive::{EndpointArgs, LedgerArchiveArgs, LedgerRestoreArgs};
pub(crate) use artifact::{
    ArtifactCommand, ArtifactConvertArgs, ArtifactExplainArgs, ArtifactQuarantineArgs, ArtifactScanArgs,
    ArtifactWatchArgs, ClamdArgs, QuarantineAt, QuarantineCommand, QuarantinePlaceArgs, RemoteArgs, ScanFormat,
    WatchFormat, YaraArgs,
};
pub(crate) use ledger::{
    CauseArgs, HoldCommand, HoldPlaceArgs, LedgerArgs, LedgerCommand, LedgerEraseArgs, LedgerExportArgs, LedgerFormat,
    LedgerMergeKeysArgs, LedgerRetainArgs, LedgerSearchArgs, LedgerVerifyArgs, ReasonedCauseArgs, SelectArgs,
};
pub(crate) use secrets::{InitArgs, SecretsArgs, SecretsCommand, SecretsFormat, SecretsSourceArgs};
pub(crate) use witness::{WitnessAddArgs, WitnessCommand, WitnessServeArgs, WitnessSubmitArgs};

/// Discovers, tests, guards and governs the AI systems of an organisation.
#[derive(Debug, Parser)]
#[command(name = "syndic", version, about, propagate_version = true, disable_help_subcommand = true)]
#[command(after_help = "Exit codes: 0 clean or allowed, 1 findings or denied, 2 usage or configuration, \
                        3 could not check.\nStart with: syndic assess .")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Folder that keeps the store and the signing key.
    #[arg(long, global = true, value_name = "DIR", default_value = ".syndic", env = "SYNDIC_STATE")]
    pub(crate) state: PathBuf,
    /// Neither colour nor progress bars. NO_COLOR is honoured too.
    #[arg(long, global = true)]
    pub(crate) plain: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// What AI do we have here, what is wrong with it, may it be deployed?
    Assess(AssessArgs),
    /// Assess a tree, serve the console on loopback and re-assess on change.
    Up(UpArgs),
    /// Model files alone: what loading them does, as safetensors, in quarantine, watched as they arrive.
    #[command(subcommand)]
    Artifact(ArtifactCommand),
    /// Credentials in files, in what is staged, in a whole git history: what leaked, since when, what to rotate.
    Secrets(SecretsArgs),
    /// Set Syndic up in a repository.
    Init(InitArgs),
    /// List the assets in the store.
    Assets(AssetsArgs),
    /// List the findings in the store, or show one.
    Findings(FindingsArgs),
    /// What changed between two runs.
    Diff(DiffArgs),
    /// Explain a rule or a control: why it matters, how to mend it, examples.
    Explain(ExplainArgs),
    /// Show, export or verify the signed evidence in the store.
    Evidence(EvidenceArgs),
    /// What happened, provably: verify, prove and export the append-only log beside the store.
    Ledger(LedgerArgs),
}

/// What to look at.
#[derive(Debug, Clone, Args)]
pub(crate) struct ScopeArgs {
    /// Name of the system; the folder's name if absent.
    #[arg(long, value_name = "NAME", value_parser = system_name)]
    pub(crate) system: Option<String>,
    /// Leave out what matches this glob; may be given several times. What is left out is counted.
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
}

/// What to keep in the store.
#[derive(Debug, Clone, Args)]
pub(crate) struct KeepArgs {
    /// Keep the last N runs of the system whole; of older ones the decisions stay, with the evidence these cite.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_KEPT_RUNS)]
    #[arg(value_parser = clap::value_parser!(u32).range(i64::from(LEAST_KEPT_RUNS)..))]
    pub(crate) keep_runs: u32,
}

/// Options of `assess`.
#[derive(Debug, Args)]
pub(crate) struct AssessArgs {
    /// Files and folders of one system.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    #[command(flatten)]
    pub(crate) keep: KeepArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Exit with 1 when a finding is at least this severe.
    #[arg(long, value_name = "SEVERITY", default_value = "high", value_parser = severity)]
    pub(crate) fail_on: Severity,
    /// Print the result but keep nothing in the store.
    #[arg(long)]
    pub(crate) no_store: bool,
}

/// How to print.
#[derive(Debug, Clone, Args)]
pub(crate) struct OutputArgs {
    /// Form of the result on standard output.
    #[arg(long, value_enum, ignore_case = true, default_value = "human")]
    pub(crate) format: Format,
    /// Write the result here instead; may be given several times, the ending says the form (.json, .sarif, .html, .txt,
    /// .svg, .mmd).
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Vec<PathBuf>,
}

/// Forms of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people, on a terminal.
    Human,
    /// Versioned JSON.
    Json,
    /// SARIF 2.1.0 for code-scanning tools.
    Sarif,
    /// One self-contained page.
    Html,
    /// The data-flow diagram as SVG.
    Svg,
    /// The data-flow diagram as Mermaid text.
    Mermaid,
}

/// Options of `up`.
#[derive(Debug, Args)]
pub(crate) struct UpArgs {
    /// The tree to assess; the bundled example if absent.
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    #[command(flatten)]
    pub(crate) keep: KeepArgs,
    /// Port on loopback; 0 takes a free one.
    #[arg(long, default_value_t = 7117)]
    pub(crate) port: u16,
}

/// Options of `assets`.
#[derive(Debug, Args)]
pub(crate) struct AssetsArgs {
    /// Only this kind, such as `model` or `dataset`.
    #[arg(long)]
    pub(crate) kind: Option<String>,
    /// Only this system.
    #[arg(long, value_name = "NAME", value_parser = system_name)]
    pub(crate) system: Option<String>,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `findings`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct FindingsArgs {
    #[command(subcommand)]
    pub(crate) command: Option<FindingsCommand>,
    /// Show this one, by the beginning of its fingerprint.
    #[arg(value_name = "FINGERPRINT")]
    pub(crate) fingerprint: Option<String>,
    /// Only findings in this state.
    #[arg(long = "in-state", value_name = "STATE", default_value = "open")]
    #[arg(ignore_case = true, value_parser = ["open", "fixed", "accepted", "false_positive", "all"])]
    pub(crate) state_is: String,
    /// Only findings at least this severe.
    #[arg(long, value_name = "SEVERITY", default_value = "info", value_parser = severity)]
    pub(crate) severity: Severity,
    /// Only findings of this rule.
    #[arg(long)]
    pub(crate) rule: Option<String>,
    /// Only this system.
    #[arg(long, value_name = "NAME", value_parser = system_name)]
    pub(crate) system: Option<String>,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What to do with findings besides listing them.
#[derive(Debug, Subcommand)]
pub(crate) enum FindingsCommand {
    /// Say that a finding is accepted, a false positive, or open after all. Signed, and recorded in the ledger.
    Judge(JudgeArgs),
}

/// Options of `findings judge`.
#[derive(Debug, Args)]
pub(crate) struct JudgeArgs {
    /// Which one, by the beginning of its fingerprint.
    #[arg(value_name = "FINGERPRINT")]
    pub(crate) fingerprint: String,
    /// What it is from now on.
    #[arg(long = "as", value_name = "STATE", ignore_case = true)]
    #[arg(value_parser = ["accepted", "false-positive", "false_positive", "open"])]
    pub(crate) judged_as: String,
    /// Why. Kept in the store and the ledger.
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) reason: String,
    /// The last day on which it is accepted (UTC); from the next day on it is open again. Without it there is no end.
    #[arg(long, value_name = "DATE")]
    pub(crate) until: Option<jiff::civil::Date>,
    /// Who says so, if not the user that runs this. Kept in clear.
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) actor: Option<String>,
}

/// Options of `diff`.
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The earlier run; the one before the last if absent.
    pub(crate) from: Option<String>,
    /// The later run; the last if absent.
    pub(crate) to: Option<String>,
    /// Only this system.
    #[arg(long, value_name = "NAME", value_parser = system_name)]
    pub(crate) system: Option<String>,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Rule id, such as `artifact.pickle-malicious`, or control id, such as `SEC-01`; lists all if absent.
    pub(crate) rule: Option<String>,
}

/// Options of `evidence`.
#[derive(Debug, Args)]
pub(crate) struct EvidenceArgs {
    /// Print this envelope, by the beginning of its digest.
    pub(crate) digest: Option<String>,
    /// Check every signature in the store against the local public key.
    #[arg(long)]
    pub(crate) verify: bool,
}

/// Reads a severity in any case: CI files write it in capitals.
fn severity(name: &str) -> Result<Severity, <Severity as std::str::FromStr>::Err> {
    name.to_ascii_lowercase().parse()
}

/// A system without a name could not be told from another.
fn system_name(name: &str) -> Result<String, &'static str> {
    if name.trim().is_empty() {
        Err("a system needs a name: leave --system out to take the folder's")
    } else {
        Ok(name.to_owned())
    }
}
