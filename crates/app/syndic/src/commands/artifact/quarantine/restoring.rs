//! `syndic artifact quarantine restore`: back to where it was, if it is what was moved, over nothing.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail};
use syndic_evidence::Digest;
use syndic_ledger::admin::Cause;

use super::super::human::plain;
use super::anchored::Anchored;
use super::manifest::{Kind, Manifest};
use super::moving::{Opened, copy, rename, set_mode, sync_folder};
use super::taking::absolute;
use super::vault::{CONTENT, MANIFEST, RESTORED, Vault};
use super::{kept, plain_line, recording, vault};
use crate::cli::{Cli, QuarantinePlaceArgs};
use crate::commands::UsageError;
use crate::exit::Exit;
use crate::printer;

/// Puts one back.
pub(super) fn run(cli: &Cli, id: &str, to: Option<&Path>, place: &QuarantinePlaceArgs, who: &Cause) -> Result<Exit> {
    let key = vault::public_key(cli)?;
    let kept = kept::find(&vault::folder(cli, place), Some(&key), id)?;
    let manifest = match (kept.manifest, kept.fault) {
        (Ok(manifest), None) => manifest,
        (_, fault) => {
            let fault = fault.unwrap_or_default();
            printer::say(&plain(&format!("{} is not put back: {fault}", kept.id)));
            return Ok(Exit::Findings);
        }
    };
    let target = match to {
        Some(to) => absolute(to).with_context(|| format!("cannot write {}", to.display()))?,
        None => manifest.original()?,
    };
    let target = Anchored::of(&target)?;
    if fs::symlink_metadata(target.path()).is_ok() {
        let why =
            format!("{} is there: nothing is written over; choose another place with --to", target.shown().display());
        return Err(UsageError(why).into());
    }
    let vault = Vault::open(cli, place)?;
    let put_back = match manifest.kind {
        Kind::File => vault.put_back_file(&manifest, &target)?,
        Kind::Link => vault.put_back_link(&manifest, &target)?,
    };
    if put_back == PutBack::Altered {
        printer::say(&format!("{} is not put back: it was altered in quarantine", manifest.id));
        return Ok(Exit::Findings);
    }
    rename(&vault.path(&manifest.id, MANIFEST), &vault.path(&manifest.id, RESTORED))?;
    sync_folder(&vault.folder)?;
    printer::result(&plain_line(&format!("{} is back at {}", manifest.id, target.shown().display())))?;
    recording::restored(cli, &vault, &manifest, who)?;
    Ok(Exit::Clean)
}

/// Whether something is where it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PutBack {
    Done,
    /// What is in quarantine is not what was moved there.
    Altered,
}

impl Vault {
    fn put_back_file(&self, manifest: &Manifest, target: &Anchored) -> Result<PutBack> {
        let from = self.path(&manifest.id, CONTENT);
        let opened = Opened::open(&from)?;
        if opened.hash()?.sha256.hex() != manifest.sha256 {
            return Ok(PutBack::Altered);
        }
        if rename_checked(&opened, &from, target)? {
            self.give_back(&opened, manifest)?;
            return Ok(PutBack::Done);
        }
        // Another file system: under a hidden name until it is whole.
        let draft = target.beside(&format!(".{}.restoring", manifest.id));
        let copied = copy(&opened, &draft, Some(&manifest.sha256))?;
        copied.file.set_modified(SystemTime::from(manifest.modified))?;
        self.give_back(&copied, manifest)?;
        if let Err(error) = rename(&draft, &target.path()) {
            // What stands under the hidden name is a copy.
            let _ = fs::remove_file(&draft);
            return Err(error);
        }
        target.sync()?;
        fs::remove_file(&from).with_context(|| format!("cannot remove {}", from.display()))?;
        Ok(PutBack::Done)
    }

    /// Gives owner and permissions back, as far as the system lets this user.
    fn give_back(&self, opened: &Opened, manifest: &Manifest) -> Result<()> {
        let now = opened.file.metadata()?;
        if (now.uid(), now.gid()) != (manifest.uid, manifest.gid)
            && std::os::unix::fs::fchown(&opened.file, Some(manifest.uid), Some(manifest.gid)).is_err()
        {
            printer::say(&format!("note: it belonged to user {} and group {}", manifest.uid, manifest.gid));
        }
        set_mode(&opened.file, manifest.mode)?;
        opened.file.sync_all()?;
        sync_folder(&self.folder)
    }

    fn put_back_link(&self, manifest: &Manifest, target: &Anchored) -> Result<PutBack> {
        let from = self.path(&manifest.id, CONTENT);
        let leads_to: PathBuf = fs::read_link(&from)?;
        if Digest::of(leads_to.as_os_str().as_bytes()).hex() != manifest.sha256 {
            return Ok(PutBack::Altered);
        }
        // A link is made anew, which writes over nothing and follows nothing.
        symlink(&leads_to, target.path()).with_context(|| format!("cannot write {}", target.shown().display()))?;
        target.sync()?;
        fs::remove_file(&from).with_context(|| format!("cannot remove {}", from.display()))?;
        Ok(PutBack::Done)
    }
}

/// Renames, and takes it back if what was moved is not what was hashed.
fn rename_checked(opened: &Opened, from: &Path, target: &Anchored) -> Result<bool> {
    if !rename(from, &target.path())? {
        return Ok(false);
    }
    if !opened.is_at(&target.path())? {
        rename(&target.path(), from)?;
        bail!("it was exchanged in quarantine while it was being put back");
    }
    target.sync()?;
    Ok(true)
}
