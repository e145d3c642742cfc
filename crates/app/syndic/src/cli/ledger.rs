//! Options of `syndic ledger`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use syndic_ledger::search::{parse_pseudonym, parse_time_us};

use super::{EndpointArgs, LedgerArchiveArgs, LedgerRestoreArgs, WitnessCommand};

/// Options of `ledger`.
#[derive(Debug, Args)]
pub(crate) struct LedgerArgs {
    #[command(subcommand)]
    pub(crate) command: LedgerCommand,
}

/// Options of `ledger verify`.
#[derive(Debug, Default, Args)]
pub(crate) struct LedgerVerifyArgs {
    /// A ledger's folder, such as a copy, or an archive as s3://BUCKET/PREFIX or file:///DIR; the state folder's if absent.
    #[arg(value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    /// The log's public key as a line `name+id+key`; the local key if absent.
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// A checkpoint that was kept elsewhere; may be given several times. A log that does not extend it was rolled back.
    #[arg(long, value_name = "FILE")]
    pub(crate) known: Vec<PathBuf>,
    /// Public key of a witness that must have cosigned the newest checkpoint; may be given several times.
    #[arg(long, value_name = "KEY")]
    pub(crate) witness: Vec<String>,
    /// Do not ask the witnesses that were added whether the log was put back.
    #[arg(long)]
    pub(crate) offline: bool,
    /// Compare the store with the log too.
    #[arg(long)]
    pub(crate) store: bool,
    #[command(flatten)]
    pub(crate) endpoint: EndpointArgs,
}

/// Which records.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SelectArgs {
    /// Only records of this kind, such as `assessment.decision`.
    #[arg(long)]
    pub(crate) kind: Option<String>,
    /// Only what this actor did, such as `user:ada`.
    #[arg(long)]
    pub(crate) actor: Option<String>,
    /// Only records with this tag; may be given several times, all must be there.
    #[arg(long, value_name = "KEY=VALUE", value_parser = tag)]
    pub(crate) tag: Vec<(String, String)>,
    /// Only records about this subject, such as `system:acme-support`.
    #[arg(long)]
    pub(crate) subject: Option<String>,
    /// Only records about the subject that has this pseudonym in the log.
    #[arg(long, value_name = "HEX", conflicts_with = "subject", value_parser = parse_pseudonym)]
    pub(crate) pseudonym: Option<[u8; 32]>,
    /// Only records from this time on: 2026-01-31, or 2026-01-31T12:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = parse_time_us)]
    pub(crate) since: Option<i64>,
    /// Only records before this time.
    #[arg(long, value_name = "TIME", value_parser = parse_time_us)]
    pub(crate) until: Option<i64>,
}

/// Options of `ledger search`.
#[derive(Debug, Args)]
pub(crate) struct LedgerSearchArgs {
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    /// Only records whose decrypted content holds this text, in capitals or not.
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) text: Option<String>,
    /// Only records whose decrypted content has these words, each whole and in capitals or not; `user-42` as it stands.
    #[arg(long = "word", value_name = "WORDS", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) words: Vec<String>,
    /// Open at most so many contents: a text without a whole word within it has every one opened.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) scan: u64,
    /// Show at most so many.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: u64,
    /// Begin with the oldest record instead of the newest.
    #[arg(long)]
    pub(crate) oldest_first: bool,
    /// Form of the result.
    #[arg(long, value_enum, ignore_case = true, default_value = "human")]
    pub(crate) format: LedgerFormat,
}

/// Forms of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LedgerFormat {
    /// For people: a line each, long contents cut.
    Human,
    /// One JSON object a line, contents whole.
    Jsonl,
}

/// Options of `ledger export`.
#[derive(Debug, Args)]
pub(crate) struct LedgerExportArgs {
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    /// Begin with a signed checkpoint, and give each record its leaf and the proof that the checkpoint covers it.
    #[arg(long)]
    pub(crate) proofs: bool,
}

/// Who acts and why; both are recorded.
#[derive(Debug, Clone, Args)]
pub(crate) struct CauseArgs {
    /// Why. Recorded encrypted and never erased: name a case, no person.
    #[arg(long, default_value = "")]
    pub(crate) reason: String,
    /// Who, if not the user that runs this. Recorded in clear.
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) actor: Option<String>,
}

/// Who acts and why, where a reason is due.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReasonedCauseArgs {
    /// Why. Recorded encrypted and never erased: name a case, no person.
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) reason: String,
    /// Who, if not the user that runs this. Recorded in clear.
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) actor: Option<String>,
}

/// Options of `ledger erase`.
#[derive(Debug, Args)]
pub(crate) struct LedgerEraseArgs {
    /// Whose records lose their contents, such as `system:acme-support`.
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) subject: String,
    #[command(flatten)]
    pub(crate) cause: CauseArgs,
    /// Do not ask.
    #[arg(long)]
    pub(crate) yes: bool,
}

/// What to do with legal holds.
#[derive(Debug, Subcommand)]
pub(crate) enum HoldCommand {
    /// Keep records from being erased or retired until the hold is released.
    Place(HoldPlaceArgs),
    /// End a hold.
    Release {
        /// The hold's name.
        name: String,
        #[command(flatten)]
        cause: ReasonedCauseArgs,
    },
    /// List the holds that stand.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Options of `ledger hold place`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("scope").required(true))]
pub(crate) struct HoldPlaceArgs {
    /// A name to release it by, such as a case number. Recorded in clear: no person's name.
    pub(crate) name: String,
    /// Hold the records about this subject.
    #[arg(long, group = "scope", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) subject: Option<String>,
    /// Hold the records with this tag.
    #[arg(long, group = "scope", value_name = "KEY=VALUE", value_parser = tag)]
    pub(crate) tag: Option<(String, String)>,
    /// Hold every record.
    #[arg(long, group = "scope")]
    pub(crate) everything: bool,
    #[command(flatten)]
    pub(crate) cause: ReasonedCauseArgs,
}

/// Options of `ledger retain`.
#[derive(Debug, Args)]
pub(crate) struct LedgerRetainArgs {
    /// Keep contents for so many days from now on; what was set before if absent.
    #[arg(long, value_name = "N")]
    pub(crate) keep_days: Option<u32>,
    /// Allow fewer days than the law asks of the providers and deployers of high-risk systems. Recorded.
    #[arg(long, requires = "keep_days")]
    pub(crate) override_minimum: bool,
    /// Say what would go and why the rest stays, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) cause: CauseArgs,
    /// Do not ask.
    #[arg(long)]
    pub(crate) yes: bool,
}

/// Options of `ledger merge-keys`.
#[derive(Debug, Args)]
pub(crate) struct LedgerMergeKeysArgs {
    /// A copy of `ledger/keys/slots`.
    #[arg(value_name = "FILE")]
    pub(crate) backup: PathBuf,
    /// The master key of the copy's time, where it was rotated since; the present one if absent.
    #[arg(long, value_name = "FILE")]
    pub(crate) master_key: Option<PathBuf>,
}

/// What to do with the ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Check every frame, hash and signature of the log; needs only public keys.
    Verify(LedgerVerifyArgs),
    /// Sign and print a checkpoint over everything recorded so far.
    Checkpoint,
    /// Print a proof that a record is in the log, in the form of C2SP tlog-proof.
    Prove {
        /// Its place in the log, from 0.
        index: u64,
    },
    /// Find records, the newest first.
    Search(LedgerSearchArgs),
    /// Print the records as JSON, one a line, contents decrypted.
    Export(LedgerExportArgs),
    /// Make the contents of all records about a subject unreadable for ever; every proof stays valid.
    Erase(LedgerEraseArgs),
    /// Legal holds: what must be neither erased nor retired.
    #[command(subcommand)]
    Hold(HoldCommand),
    /// Witnesses, who remember how far the log was: have it witnessed, or be one for others.
    #[command(subcommand)]
    Witness(WitnessCommand),
    /// Copy the log to object storage or a folder: what is new, checked before it is sent; keys stay here.
    Archive(LedgerArchiveArgs),
    /// Bring the log of an archive back into a folder, and check it.
    Restore(LedgerRestoreArgs),
    /// Set how long contents are kept, and remove those whose time is over; every proof stays valid.
    Retain(LedgerRetainArgs),
    /// Bring keys that were lost back from a copy of keys/slots; those that are there stay, those that were erased too.
    MergeKeys(LedgerMergeKeysArgs),
    /// Put the keys of all subjects under a new master key; the old one opens nothing any more.
    Rotate {
        #[command(flatten)]
        cause: CauseArgs,
    },
}

fn tag(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("a tag is KEY=VALUE, such as verdict=deny"),
    }
}
