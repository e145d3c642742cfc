//! An archive in a folder: another disk, a mounted share, a tape staging area.
//!
//! Files appear under their name whole and durable. Two writers take turns by a lock on the folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use sha2::{Digest as _, Sha256};

use crate::body::Body;
use crate::error::{Result, on_disk};
use crate::objects::{Listed, Objects, Page, Part, Put, Stat, When};

/// The ledger holds what people did: its files are for their owner only.
const FILE_MODE: u32 = 0o600;
/// Ending of a file that is not whole yet.
const UNFINISHED: &str = ".tmp";

/// A folder of the file system.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    /// Tells the temporary files of this process's threads apart.
    made: AtomicU64,
}

impl Folder {
    /// Stands for a folder, which is made when something is written.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), made: AtomicU64::new(0) }
    }

    fn at(&self, path: &str) -> PathBuf {
        if path.is_empty() { self.root.clone() } else { self.root.join(path) }
    }

    /// Writes the whole content under a name of its own, durably, and returns that name.
    fn write_aside(&self, target: &Path, body: &Body) -> io::Result<PathBuf> {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let mut name = target.as_os_str().to_owned();
        name.push(format!(".{}-{number}{UNFINISHED}", std::process::id()));
        let aside = PathBuf::from(name);
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(FILE_MODE).open(&aside)?;
        let written = io::copy(&mut body.reader(), &mut file).and_then(|_| file.sync_all());
        written.inspect_err(|_| drop(fs::remove_file(&aside)))?;
        Ok(aside)
    }

    fn replace(&self, path: &str, body: &Body, version: &str) -> io::Result<Put> {
        let target = self.at(path);
        let aside = self.write_aside(&target, body)?;
        let turn = File::open(&self.root)?;
        turn.lock()?;
        let is_same = version_of(&target)?.is_some_and(|(_, _, found)| found == version);
        if !is_same {
            fs::remove_file(&aside)?;
            return Ok(Put::Refused);
        }
        fs::rename(&aside, &target)?;
        sync_folder(&target)?;
        Ok(Put::Done)
    }

    fn add(&self, path: &str, body: &Body) -> io::Result<Put> {
        let target = self.at(path);
        if let Some(parent) = target.parent() {
            self.make(parent)?;
        }
        if target.exists() {
            return Ok(Put::Refused);
        }
        let aside = self.write_aside(&target, body)?;
        if let Err(problem) = rename_to_nothing(&aside, &target) {
            fs::remove_file(&aside)?;
            return if problem.kind() == io::ErrorKind::AlreadyExists { Ok(Put::Refused) } else { Err(problem) };
        }
        sync_folder(&target)?;
        Ok(Put::Done)
    }

    /// Makes a folder and those above it, durably.
    fn make(&self, folder: &Path) -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        fs::create_dir_all(folder)?;
        for level in folder.ancestors().skip(1).take_while(|level| level.starts_with(&self.root)) {
            File::open(level)?.sync_all()?;
        }
        self.root.parent().map_or(Ok(()), |above| File::open(above)?.sync_all())
    }
}

/// Length, SHA-256 and version of a file; nothing if there is none.
fn version_of(path: &Path) -> io::Result<Option<(u64, [u8; 32], String)>> {
    let mut file = match open_file(path) {
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        hasher.update(chunk.get(..read).unwrap_or_default());
        bytes += read as u64;
    }
    let sha256: [u8; 32] = hasher.finalize().into();
    Ok(Some((bytes, sha256, hex(&sha256))))
}

/// Opens a regular file to read: a pipe in its place would be waited for, a device read for ever.
fn open_file(path: &Path) -> io::Result<File> {
    let without_waiting = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(without_waiting).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    Ok(file)
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Renames unless the new name is taken, as one step where the file system can.
fn rename_to_nothing(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Network file systems may not know the flag; a link does the same where there are links.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            fs::hard_link(from, to)?;
            fs::remove_file(from)
        }
        outcome => outcome.map_err(io::Error::from),
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

impl Objects for Folder {
    fn name(&self) -> String {
        format!("file://{}", self.root.display())
    }

    fn put(&self, path: &str, body: &Body, when: When<'_>) -> Result<Put> {
        let put = match when {
            When::Absent => self.add(path, body),
            When::Is(version) => self.replace(path, body, version),
        };
        put.map_err(on_disk(format!("write {}", self.at(path).display())))
    }

    fn stat(&self, path: &str) -> Result<Option<Stat>> {
        let at = self.at(path);
        let found = version_of(&at).map_err(on_disk(format!("read {}", at.display())))?;
        Ok(found.map(|(bytes, sha256, version)| Stat { bytes, sha256: Some(sha256), version }))
    }

    fn read(&self, path: &str, from: u64, most: usize) -> Result<Option<Part>> {
        let at = self.at(path);
        let read = || -> io::Result<Option<Part>> {
            let file = match open_file(&at) {
                Err(problem) if problem.kind() == io::ErrorKind::NotFound => return Ok(None),
                file => file?,
            };
            let total = file.metadata()?.len();
            let wanted = usize::try_from(total.saturating_sub(from)).unwrap_or(usize::MAX).min(most);
            let mut bytes = vec![0; wanted];
            file.read_exact_at(&mut bytes, from)?;
            // The version follows from the whole content: a part has none.
            let is_whole = from == 0 && bytes.len() as u64 == total;
            let version = if is_whole { hex(&Body::of_bytes(&bytes).sha256()) } else { String::new() };
            Ok(Some(Part { bytes, total, version }))
        };
        read().map_err(on_disk(format!("read {}", at.display())))
    }

    fn list(&self, folder: &str, _from: Option<&str>) -> Result<Page> {
        let at = self.at(folder);
        let list = || -> io::Result<Page> {
            let entries = match fs::read_dir(&at) {
                Err(problem) if problem.kind() == io::ErrorKind::NotFound => return Ok(Page::default()),
                entries => entries?,
            };
            let mut page = Page::default();
            for entry in entries {
                let entry = entry?;
                let Ok(name) = entry.file_name().into_string() else { continue };
                let metadata = entry.metadata()?;
                if metadata.is_file() && !name.ends_with(UNFINISHED) {
                    page.objects.push(Listed { name, bytes: metadata.len() });
                }
            }
            page.objects.sort_by(|one, other| one.name.cmp(&other.name));
            Ok(page)
        };
        list().map_err(on_disk(format!("list {}", at.display())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_added_once_and_replaced_only_in_the_version_seen() {
        let folder = tempfile::tempdir().unwrap();
        let objects = Folder::new(folder.path().join("deep/archive"));
        let put = |text: &str, when: When<'_>| objects.put("a/b", &Body::of_bytes(text.as_bytes()), when).unwrap();
        assert_eq!(put("one", When::Absent), Put::Done);
        assert_eq!(put("two", When::Absent), Put::Refused);
        let one = objects.stat("a/b").unwrap().unwrap();
        assert_eq!((one.bytes, one.sha256), (3, Some(Body::of_bytes(b"one").sha256())));
        assert_eq!(put("three", When::Is(&one.version)), Put::Done);
        assert_eq!(put("four", When::Is(&one.version)), Put::Refused);
        assert_eq!(objects.read("a/b", 1, 3).unwrap().unwrap().bytes, b"hre");
        assert_eq!(objects.read("a/b", 9, 3).unwrap().unwrap().bytes, b"");
        assert_eq!(objects.read("a/c", 0, 3).unwrap(), None);
        let names: Vec<String> = objects.list("a", None).unwrap().objects.into_iter().map(|found| found.name).collect();
        assert_eq!(names, ["b"]);
        assert_eq!(fs::read_dir(folder.path().join("deep/archive/a")).unwrap().count(), 1);
    }

    #[test]
    fn a_device_or_a_pipe_in_place_of_an_object_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let objects = Folder::new(folder.path());
        std::os::unix::fs::symlink("/dev/zero", folder.path().join("endless")).unwrap();
        let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR);
        rustix::fs::mknodat(CWD, folder.path().join("pipe"), kind, mode, 0).unwrap();
        for name in ["endless", "pipe"] {
            assert!(objects.stat(name).is_err() && objects.read(name, 0, 10).is_err(), "{name}");
        }
    }

    #[test]
    fn of_many_writers_of_one_object_one_succeeds() {
        let folder = tempfile::tempdir().unwrap();
        let objects = Folder::new(folder.path());
        let done = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..8_u8)
                .map(|number| {
                    let objects = &objects;
                    scope.spawn(move || objects.put("o", &Body::of_bytes(&[number; 9]), When::Absent).unwrap())
                })
                .collect();
            writers.into_iter().filter_map(|writer| writer.join().ok()).filter(|put| *put == Put::Done).count()
        });
        assert_eq!(done, 1);
    }
}
