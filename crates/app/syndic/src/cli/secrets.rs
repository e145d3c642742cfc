//! Options of `syndic secrets` and `syndic init`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use syndic_evidence::{Confidence, Severity};

/// Options of `secrets`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct SecretsArgs {
    #[command(subcommand)]
    pub(crate) command: Option<SecretsCommand>,
    #[command(flatten)]
    pub(crate) source: SecretsSourceArgs,
    /// Form of the result on standard output.
    #[arg(long, value_enum, ignore_case = true, default_value = "human")]
    pub(crate) format: SecretsFormat,
    /// Exit with 1 when a secret is at least this severe.
    #[arg(long, value_name = "SEVERITY", default_value = "low", value_parser = super::severity)]
    pub(crate) fail_on: Severity,
    /// Also accept everything found now: write it to this file, for --baseline.
    #[arg(long, value_name = "FILE", requires = "reason")]
    pub(crate) write_baseline: Option<PathBuf>,
    /// Why what --write-baseline accepts is accepted.
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) reason: Option<String>,
    /// The last day on which what --write-baseline accepts is accepted; 90 days from now if absent.
    #[arg(long, value_name = "DATE")]
    pub(crate) until: Option<jiff::civil::Date>,
}

/// What to do besides listing secrets.
#[derive(Debug, Subcommand)]
pub(crate) enum SecretsCommand {
    /// Say for each secret what to revoke, where and in which order.
    RotatePlan {
        #[command(flatten)]
        source: SecretsSourceArgs,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Where to look and what to believe.
#[derive(Debug, Clone, Args)]
pub(crate) struct SecretsSourceArgs {
    /// Files and folders; the current folder if nothing else is named.
    #[arg(value_name = "PATH", conflicts_with_all = ["git", "staged", "stdin"])]
    pub(crate) paths: Vec<PathBuf>,
    /// The whole history of this repository: every blob once, with the commits that brought and removed each secret.
    #[arg(long, value_name = "REPO", conflicts_with_all = ["staged", "stdin"])]
    pub(crate) git: Option<PathBuf>,
    /// What the next commit would add: the index of the repository around the current folder.
    #[arg(long, conflicts_with = "stdin")]
    pub(crate) staged: bool,
    /// Standard input.
    #[arg(long)]
    pub(crate) stdin: bool,
    /// The name standard input is judged by, such as `settings.py`.
    #[arg(long, value_name = "NAME", default_value = "stdin", requires = "stdin")]
    pub(crate) stdin_name: String,
    /// Leave out what matches this glob; may be given several times.
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// Further rules: Syndic's YAML (a file or a folder) or a TOML file of gitleaks or betterleaks; several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Vec<PathBuf>,
    /// Only the rules of --rules.
    #[arg(long, requires = "rules")]
    pub(crate) only_rules: bool,
    /// Secrets that are accepted until a day: written by --write-baseline or by hand; several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Vec<PathBuf>,
    /// Leave out what is less sure.
    #[arg(long, value_name = "CONFIDENCE", default_value = "medium", value_parser = confidence)]
    pub(crate) min_confidence: Confidence,
    /// File with a key for the fingerprints, so that nobody without it can guess a value from one.
    #[arg(long, value_name = "FILE", env = "SYNDIC_SECRETS_KEY_FILE")]
    pub(crate) fingerprint_key: Option<PathBuf>,
}

/// Forms of a list of secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SecretsFormat {
    /// For people, on a terminal.
    Human,
    /// One JSON document with what was not looked at.
    Json,
    /// One JSON object a secret.
    Jsonl,
    /// SARIF 2.1.0 for code-scanning tools.
    Sarif,
}

/// Options of `init`.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Install a git hook that keeps secrets out of commits.
    #[arg(long, required = true)]
    pub(crate) pre_commit: bool,
    /// The repository; that of the current folder if absent.
    #[arg(value_name = "REPO", default_value = ".")]
    pub(crate) repository: PathBuf,
    /// Replace a hook that is there and not ours.
    #[arg(long)]
    pub(crate) force: bool,
}

fn confidence(name: &str) -> Result<Confidence, String> {
    [Confidence::Low, Confidence::Medium, Confidence::High]
        .into_iter()
        .find(|confidence| confidence.as_str().eq_ignore_ascii_case(name))
        .ok_or_else(|| format!("`{name}` is no confidence: use low, medium or high"))
}
