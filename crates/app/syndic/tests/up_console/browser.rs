//! Headless Chromium: opens a page, keeps a picture of it, hands back its text and what the browser complained of.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

/// How a page is looked at: name, width and height in pixels, colours.
#[derive(Clone, Copy)]
pub struct Look {
    pub name: &'static str,
    pub size: &'static str,
    pub is_dark: bool,
}

pub const WIDE: Look = Look { name: "wide", size: "1400,1400", is_dark: false };
pub const NARROW: Look = Look { name: "narrow", size: "420,1400", is_dark: false };
pub const DARK: Look = Look { name: "dark", size: "1400,1400", is_dark: true };

/// What the browser made of a page.
pub struct Seen {
    pub dom: String,
    /// Messages of its console: errors, refused styles and scripts.
    pub complaints: String,
}

/// Opens `address`; the picture is kept as `target/screenshots/<name>-<look>.png`.
pub fn open(address: &str, name: &str, look: Look) -> Seen {
    let profile = tempfile::tempdir().unwrap();
    let picture = pictures().join(format!("{name}-{}.png", look.name));
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--enable-logging=stderr", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(format!("--window-size={}", look.size))
        .arg(format!("--blink-settings=preferredColorScheme={}", i32::from(!look.is_dark)))
        .arg(address)
        .output()
        .unwrap_or_else(|error| panic!("cannot run chromium ({error}): run `cargo xtask setup`"));
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "chromium failed on {address}: {log}");
    assert!(std::fs::metadata(&picture).is_ok_and(|file| file.len() > 0), "no picture of {address}: {log}");
    let complaints = log.lines().filter(|line| line.contains("CONSOLE")).fold(String::new(), |mut all, line| {
        let _ = writeln!(all, "{line}");
        all
    });
    Seen { dom: String::from_utf8_lossy(&output.stdout).into_owned(), complaints }
}

fn pictures() -> PathBuf {
    let folder = crate::support::repository().join("target/screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
