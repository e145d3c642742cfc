//! `syndic ledger archive`, `restore`, and `verify` of an archive: the log in object storage or another folder.

use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use syndic_archive::{
    Access, ArchiveDisk, ArchiveError, Bucket, Folder, Objects, Outcome, Place, Restored, Scope, archive, restore,
};
use syndic_ledger::disk::{Disk, RealDisk};
use syndic_ledger::verify::{Report, Trust, verify_with};

use super::anchor;
use super::verify::{shown, trust, trust_of_state};
use crate::cli::{Cli, EndpointArgs, LedgerArchiveArgs, LedgerRestoreArgs, LedgerVerifyArgs};
use crate::commands::UsageError;
use crate::exit::Exit;
use crate::ledger::StateLedger;
use crate::printer;

/// Segments read at once: each waits mostly for the network.
const READERS: usize = 8;

/// Sends what an archive lacks.
pub(super) fn run(cli: &Cli, args: &LedgerArchiveArgs) -> Result<Exit> {
    let objects = objects(&args.to, &args.endpoint)?;
    refuse_own_folder(cli, &args.to)?;
    // Kept until the end: nobody may retire segments while they are sent.
    let (open, vouched) = super::open_vouched(cli)?;
    open.ledger.checkpoint()?;
    open.ledger.close()?;
    let source: Arc<dyn Disk> = Arc::new(RealDisk::new(StateLedger::of(&cli.state).folder()));
    let trust = trust_of_state(cli, source.as_ref())?;
    let scope = if args.all { Scope::All } else { Scope::New };
    let place = objects.name();
    match archive(&source, &trust, objects.as_ref(), scope).map_err(refusal)? {
        Outcome::Archived(done) => {
            let size = done.head.size;
            let new = size.saturating_sub(done.before);
            printer::result(&if done.sent == 0 {
                format!("up to date: {place} holds {size} records, nothing was sent\n")
            } else {
                let (objects, bytes) = (done.sent, done.sent_bytes);
                format!(
                    "archived: {place} holds {size} records, {new} of them new; {objects} objects, {bytes} bytes sent\n"
                )
            })?;
            Ok(vouched)
        }
        Outcome::NotIntact(report) => {
            printer::result(&format!("{}nothing was sent to {place}\n", shown(&report)))?;
            Ok(Exit::Findings)
        }
        Outcome::Conflict(conflict) => {
            printer::result(&format!("{conflict}\n"))?;
            Ok(Exit::Findings)
        }
    }
}

/// Checks the log in an archive where it lies.
pub(super) fn verify(cli: &Cli, args: &LedgerVerifyArgs, place: &str) -> Result<Exit> {
    let disk = Arc::new(ArchiveDisk::open(objects(place, &args.endpoint)?).map_err(refusal)?);
    let trust = trust(cli, args, disk.as_ref())?;
    let report = check(&disk, &trust)?;
    printer::result(&shown(&report))?;
    for line in anchor::unasked(args, &report) {
        printer::result(&format!("{line}\n"))?;
    }
    Ok(if report.is_intact() { Exit::Clean } else { Exit::Findings })
}

/// Brings the log of an archive back and checks it.
pub(super) fn bring_back(cli: &Cli, args: &LedgerRestoreArgs) -> Result<Exit> {
    refuse_filled(&args.folder)?;
    let archive = ArchiveDisk::open(objects(&args.from, &args.endpoint)?).map_err(refusal)?;
    let asked = LedgerVerifyArgs { key: args.key.clone(), known: args.known.clone(), ..LedgerVerifyArgs::default() };
    // A key that is missing should be missed before anything is written.
    let trust = trust(cli, &asked, &archive)?;
    let folder: Arc<dyn Disk> = Arc::new(RealDisk::new(&args.folder));
    let Restored { size, files, bytes, missing } = restore(&archive, folder.as_ref()).map_err(refusal)?;
    let report = syndic_ledger::verify::verify(&folder, &trust);
    let gaps = if missing == 0 { String::new() } else { format!(", {missing} files are not in the archive") };
    let place = args.folder.display();
    printer::result(&format!(
        "restored: {size} records in {place}, {files} files, {bytes} bytes{gaps}\n{}",
        shown(&report)
    ))?;
    Ok(if report.is_intact() { Exit::Clean } else { Exit::Findings })
}

/// Refuses to restore over what is there.
fn refuse_filled(folder: &Path) -> Result<()> {
    let why = match std::fs::read_dir(folder).map(|mut entries| entries.next().is_some()) {
        Ok(true) => "is not empty: name a folder that is new, then put what is needed in its place",
        Err(problem) if problem.kind() == ErrorKind::NotADirectory => "is no folder: name one that is new",
        // What cannot be looked into is named by what writes there.
        _ => return Ok(()),
    };
    Err(UsageError(format!("{} {why}", folder.display())).into())
}

/// Verifies an archive; what could not be read for lack of an answer makes no verdict.
fn check(disk: &Arc<ArchiveDisk>, trust: &Trust) -> Result<Report> {
    let as_disk: Arc<dyn Disk> = Arc::<ArchiveDisk>::clone(disk);
    let report = verify_with(&as_disk, trust, READERS);
    disk.failure().map_or(Ok(report), |error| Err(refusal(error)))
}

fn objects(text: &str, endpoint: &EndpointArgs) -> Result<Arc<dyn Objects>> {
    Ok(match text.parse().map_err(refusal)? {
        Place::Folder(path) => Arc::new(Folder::new(path)),
        Place::S3 { bucket, prefix } => {
            let access = Access::from_environment(endpoint.endpoint.as_deref()).map_err(refusal)?;
            Arc::new(Bucket::new(&bucket, &prefix, access).map_err(refusal)?)
        }
    })
}

/// Refuses to archive into the folder of the ledger itself, or one that holds it: what is sent would be taken for the
/// log's own files, and would be lost with them.
fn refuse_own_folder(cli: &Cli, to: &str) -> Result<()> {
    let Place::Folder(to) = to.parse().map_err(refusal)? else { return Ok(()) };
    let to = as_it_is(&to);
    let state = as_it_is(&cli.state);
    let ledger = as_it_is(StateLedger::of(&cli.state).folder());
    if to == state || to.starts_with(&ledger) {
        let why = format!(
            "{} is the ledger's own folder, or holds it: archive to another folder, best on another disk",
            to.display()
        );
        return Err(UsageError(why).into());
    }
    Ok(())
}

/// A path without links and dots, as far as it is there.
fn as_it_is(path: &Path) -> PathBuf {
    for level in path.ancestors() {
        let Ok(real) = level.canonicalize() else { continue };
        let rest = path.strip_prefix(level).unwrap_or(Path::new(""));
        // Where nothing is there is no link either, and two dots lead one level up.
        return rest.components().fold(real, |mut real, part| {
            match part {
                Component::ParentDir => drop(real.pop()),
                Component::Normal(name) => real.push(name),
                _ => {}
            }
            real
        });
    }
    path.to_path_buf()
}

/// Tells what the user got wrong from what could not be done.
fn refusal(error: ArchiveError) -> anyhow::Error {
    let is_usage = matches!(&error, ArchiveError::Place { .. } | ArchiveError::Settings(_));
    if is_usage { UsageError(error.to_string()).into() } else { error.into() }
}
