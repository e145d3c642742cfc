//! Options of `syndic artifact`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use syndic_artifact::Verdict;

use super::{CauseArgs, EndpointArgs};

/// What to do with model files.
#[derive(Debug, Subcommand)]
pub(crate) enum ArtifactCommand {
    /// Say of every file whether loading it is safe: malicious, suspicious, incomplete, unreviewed or clean.
    Scan(ArtifactScanArgs),
    /// Show what a file would do when it is loaded, step by step, with offsets. Nothing is run.
    Explain(ArtifactExplainArgs),
    /// Write a torch state dict or NumPy arrays as safetensors, bit for bit. Nothing is run.
    Convert(ArtifactConvertArgs),
    /// Move files away so that nothing loads them, with a signed manifest; list them; put them back.
    Quarantine(ArtifactQuarantineArgs),
    /// Scan folders now and every file that arrives in them from then on.
    Watch(ArtifactWatchArgs),
}

/// Options of `artifact scan`.
#[derive(Debug, Args)]
pub(crate) struct ArtifactScanArgs {
    /// Files and folders, oci://HOST/REPOSITORY:TAG or @DIGEST, s3://BUCKET/PREFIX, - for standard input.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// What the file on standard input is called; endings promise formats.
    #[arg(long, value_name = "NAME", default_value = "-")]
    pub(crate) stdin_name: String,
    /// Form of the result on standard output.
    #[arg(long, value_enum, ignore_case = true, default_value = "human")]
    pub(crate) format: ScanFormat,
    /// Leave out what matches this glob; may be given several times.
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// Do not hash the files: a verdict on a large checkpoint needs only its directory and its pickles.
    #[arg(long)]
    pub(crate) no_hash: bool,
    #[command(flatten)]
    pub(crate) clamd: ClamdArgs,
    #[command(flatten)]
    pub(crate) yara: YaraArgs,
    #[command(flatten)]
    pub(crate) remote: RemoteArgs,
}

/// Rules of the user's own.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct YaraArgs {
    /// Apply the YARA rules of this file, or of the .yar and .yara files of this folder, to every file; may be given several
    /// times. Needs a build with the feature `yara`.
    #[arg(long, value_name = "RULES")]
    pub(crate) yara: Vec<PathBuf>,
    /// Seconds the rules may take for one file.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "yara")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub(crate) yara_timeout: u64,
}

/// How to reach a registry or a bucket.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RemoteArgs {
    /// Of places elsewhere, read every byte and hold it against its digest; without this long files are read in parts.
    #[arg(long)]
    pub(crate) full: bool,
    /// Ask a registry without TLS. One on this machine always is.
    #[arg(long)]
    pub(crate) plain_http: bool,
    /// Follow a registry to this host, HOST or HOST:PORT, even if it is not public; may be given several times.
    #[arg(long, value_name = "HOST")]
    pub(crate) allow_redirect: Vec<String>,
    /// Seconds for everything that comes over the network.
    #[arg(long, value_name = "SECONDS", default_value_t = 3_600)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) remote_timeout: u64,
    #[command(flatten)]
    pub(crate) endpoint: EndpointArgs,
}

/// Whom to ask about known malware.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ClamdArgs {
    /// Send every file to this ClamAV daemon as well: unix:/run/clamav/clamd.ctl or tcp:host:port. Files leave this
    /// machine if it is another's.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) clamd: Option<String>,
    /// Seconds the daemon may take to connect, to take the next piece or to answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 120, requires = "clamd")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub(crate) clamd_timeout: u64,
}

/// Forms of a scan's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScanFormat {
    /// For people, on a terminal.
    Human,
    /// One JSON document.
    Json,
    /// One JSON object a file, as it comes.
    Jsonl,
    /// SARIF 2.1.0 for code-scanning tools.
    Sarif,
}

/// Options of `artifact explain`.
#[derive(Debug, Args)]
pub(crate) struct ArtifactExplainArgs {
    /// The file.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// Options of `artifact convert`.
#[derive(Debug, Args)]
pub(crate) struct ArtifactConvertArgs {
    /// A checkpoint of torch.save, a .npy or a .npz.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The safetensors file to write.
    #[arg(value_name = "OUTPUT")]
    pub(crate) output: PathBuf,
    /// Convert this dictionary inside of the file alone, such as `model` or `state_dict`.
    #[arg(long, value_name = "KEY")]
    pub(crate) part: Option<String>,
    /// Write over an output that is there.
    #[arg(long)]
    pub(crate) force: bool,
    /// Take storages whose checksum disagrees: torch can be told to write none that are right.
    #[arg(long)]
    pub(crate) ignore_checksums: bool,
}

/// Options of `artifact quarantine`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct ArtifactQuarantineArgs {
    #[command(subcommand)]
    pub(crate) command: Option<QuarantineCommand>,
    /// Files and links to move away; of folders what --at says.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Of folders, move the files that are this bad or worse.
    #[arg(long, value_enum, ignore_case = true, value_name = "VERDICT")]
    pub(crate) at: Option<QuarantineAt>,
    #[command(flatten)]
    pub(crate) place: QuarantinePlaceArgs,
    #[command(flatten)]
    pub(crate) cause: CauseArgs,
}

/// What to do with what is in quarantine.
#[derive(Debug, Subcommand)]
pub(crate) enum QuarantineCommand {
    /// List what is in quarantine, and what was altered there.
    List {
        #[command(flatten)]
        place: QuarantinePlaceArgs,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Put a file back where it was, if it is what was moved away. Nothing is written over.
    Restore {
        /// Which one, by the beginning of its id.
        #[arg(value_name = "ID")]
        id: String,
        /// Put it here instead.
        #[arg(long, value_name = "PATH")]
        to: Option<PathBuf>,
        #[command(flatten)]
        place: QuarantinePlaceArgs,
        #[command(flatten)]
        cause: CauseArgs,
    },
}

/// Where the quarantine is.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct QuarantinePlaceArgs {
    /// Folder of the quarantine; `quarantine` in the state folder if absent.
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

/// From which verdict on files are moved away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum QuarantineAt {
    /// Only what does harm.
    Malicious,
    /// Also what does something no honest file is known to do.
    Suspicious,
}

impl QuarantineAt {
    /// Says whether a verdict is as bad.
    pub(crate) fn takes(self, verdict: Verdict) -> bool {
        verdict
            >= match self {
                Self::Malicious => Verdict::Malicious,
                Self::Suspicious => Verdict::Suspicious,
            }
    }
}

/// Options of `artifact watch`.
#[derive(Debug, Args)]
pub(crate) struct ArtifactWatchArgs {
    /// Folders of models.
    #[arg(required = true, value_name = "DIR")]
    pub(crate) folders: Vec<PathBuf>,
    /// Leave out what matches this glob, read from each folder; may be given several times.
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// Form of the events on standard output.
    #[arg(long, value_enum, ignore_case = true, default_value = "human")]
    pub(crate) format: WatchFormat,
    /// Move what is this bad or worse into quarantine.
    #[arg(long, value_enum, ignore_case = true, value_name = "VERDICT")]
    pub(crate) quarantine_at: Option<QuarantineAt>,
    #[command(flatten)]
    pub(crate) place: QuarantinePlaceArgs,
    #[command(flatten)]
    pub(crate) clamd: ClamdArgs,
    #[command(flatten)]
    pub(crate) yara: YaraArgs,
}

/// Forms of the events of a watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WatchFormat {
    /// For people, a line an event.
    Human,
    /// One JSON object an event.
    Jsonl,
}
