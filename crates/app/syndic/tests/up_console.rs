//! `syndic up` as its users meet it: every page in a real browser, protected, fresh, and gone when told.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, helpers included"
)]

mod support;

#[path = "up_console/browser.rs"]
#[allow(unreachable_pub, missing_docs, reason = "a part of this test")]
mod browser;
#[path = "up_console/process.rs"]
#[allow(dead_code, unreachable_pub, missing_docs, reason = "a part of this test")]
mod process;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use browser::{DARK, Look, NARROW, WIDE};
use process::{Up, within};
use rustix::process::Signal;
use serde_json::Value;
use support::{Syndic, copy_tree, repository};

/// A change must be on the page within this time.
const FRESH: Duration = Duration::from_secs(20);

/// It ends within this time: at once on a machine of its own, three seconds by design, more where browsers run beside it.
const PROMPT: Duration = Duration::from_secs(8);

const PAGES: [(&str, &str); 5] = [
    ("posture", "/"),
    ("assets", "/assets"),
    ("findings", "/findings"),
    ("threats", "/diagram"),
    ("decisions", "/decisions"),
];

fn example() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("acme");
    copy_tree(&repository().join("examples/acme-support"), &tree);
    (folder, tree)
}

/// Every page as on a desk and on a phone, some in the dark.
fn looks(name: &str) -> &'static [Look] {
    match name {
        "posture" | "finding" | "threats" | "decisions" => &[WIDE, NARROW, DARK],
        _ => &[WIDE, NARROW],
    }
}

/// Returns the first link in `page` that begins with `prefix`.
fn link(page: &str, prefix: &str) -> String {
    let start = page.find(&format!("href=\"{prefix}")).unwrap_or_else(|| panic!("no link to {prefix} in {page}")) + 6;
    page[start..].split('"').next().unwrap().replace("&amp;", "&")
}

fn open_findings(syndic: &Syndic) -> Vec<Value> {
    let output = syndic.run(&["findings", "--in-state", "open", "--json"]);
    serde_json::from_slice(&output.stdout).unwrap()
}

fn runs(up: &Up) -> usize {
    let page = up.get("/decisions").body;
    page.split_once("<h2>Runs</h2>").unwrap().1.matches("<tr>").count() - 1
}

#[test]
fn every_page_opens_in_a_browser_and_says_what_the_store_says() {
    let syndic = Syndic::new();
    let up = Up::start(&syndic, &repository().join("examples/acme-support"));
    let finding = link(&up.get("/findings").body, "/findings/");
    let evidence = link(&up.get(&finding).body, "/evidence/");
    let asset = link(&up.get("/assets?kind=dataset").body, "/assets/detail");
    let more = [("finding", &*finding), ("evidence", &*evidence), ("asset", &*asset), ("missing", "/nothing-here")];
    for (name, path) in PAGES.into_iter().chain(more) {
        for look in looks(name) {
            let seen = browser::open(&up.address(path), name, *look);
            // That a missing page is missing is no fault of it.
            let complaints: Vec<&str> =
                seen.complaints.lines().filter(|line| name != "missing" || !line.contains("404")).collect();
            assert!(complaints.is_empty(), "{path}: {complaints:?}");
            assert!(seen.dom.contains("<html lang=\"en\">") && seen.dom.contains("</h1>"), "{path}: {}", seen.dom);
        }
    }
    let posture = browser::open(&up.address("/"), "posture", WIDE).dom;
    assert!(posture.contains("Denied: do not deploy"), "{posture}");
    let open = open_findings(&syndic);
    for severity in ["critical", "high", "medium", "low", "info"] {
        let count = open.iter().filter(|finding| finding["severity"] == severity).count();
        let told = posture.split_once(&format!("severity={severity}")).unwrap().1.split_once("</strong>").unwrap().0;
        assert!(told.ends_with(&format!(">{count}")), "{severity}: {count}, page {told}");
    }
    let listed = up.get("/findings").body.matches("href=\"/findings/").count();
    assert_eq!(listed, open.len());
}

#[test]
fn every_answer_is_protected_whatever_is_asked() {
    let syndic = Syndic::new();
    let up = Up::start(&syndic, &repository().join("examples/acme-support"));
    let finding = link(&up.get("/findings").body, "/findings/");
    let evidence = link(&up.get(&finding).body, "/evidence/");
    let envelope = format!("{evidence}/envelope.json");
    let found =
        ["/", "/diagram.svg", "/static/page.css", "/static/icon.svg", "/healthz", &finding, &evidence, &envelope];
    for path in found.into_iter().chain(PAGES.map(|(_, path)| path)) {
        let answer = up.get(path);
        assert_eq!(answer.status, 200, "{path}");
        assert_protected(&answer, path);
        assert_eq!(up.ask("HEAD", path, "localhost").status, 200, "{path}");
        let refused = up.ask("POST", path, "localhost");
        assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, HEAD")), "{path}");
        assert_protected(&refused, path);
        let rebound = up.ask("GET", path, "evil.example");
        assert_eq!(rebound.status, 421, "{path}");
        assert_protected(&rebound, path);
        assert!(!rebound.body.contains("acme"), "{path}");
    }
    for page in PAGES {
        assert!(!up.get(page.1).body.contains(" style="), "inline style on {}", page.1);
    }
}

fn assert_protected(answer: &process::Answer, path: &str) {
    let policy = answer.header("content-security-policy").unwrap_or_else(|| panic!("{path}: {}", answer.head));
    assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
    assert!(!policy.contains("script-src"), "{path}: {policy}");
    for (name, value) in
        [("x-content-type-options", "nosniff"), ("cache-control", "no-store"), ("referrer-policy", "no-referrer")]
    {
        assert_eq!(answer.header(name), Some(value), "{path}");
    }
}

#[test]
fn hostile_addresses_get_a_plain_answer() {
    let syndic = Syndic::new();
    let up = Up::start(&syndic, &repository().join("examples/acme-support"));
    let cases = [
        ("/assets?kind=%3Cscript%3E&page=-1", 200),
        ("/findings?severity=%00&state=%22%3E%3Cscript%3E&page=99999999999999999999", 200),
        ("/findings?area=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", 200),
        ("/findings?severity=high&severity=low", 400),
        ("/?system=%22%3E%3Cscript%3E", 404),
        ("/assets/detail?urn=%22%3E%3Cscript%3E", 404),
        ("/findings/%25", 404),
        ("/findings/%ff%fe", 404),
        ("/findings/..%2f..%2fetc%2fpasswd", 404),
        ("/findings/%3Cscript%3E", 404),
        ("/evidence/../../../etc/passwd", 404),
        ("/evidence/sha256:zz", 400),
        ("/evidence/sha256:0000000000000000000000000000000000000000000000000000000000000000", 404),
        ("/static/..%2f..%2fCargo.toml", 404),
        ("/static/../../etc/passwd", 404),
    ];
    for (path, status) in cases {
        let answer = up.get(path);
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        assert!(!answer.body.contains("<script") && !answer.body.contains("root:"), "{path}");
        assert_protected(&answer, path);
    }
    // What is no address at all is refused before the console sees it, without a word.
    let refused = up.get("/assets?kind=<script>alert(1)</script>");
    assert_eq!((refused.status, refused.body.as_str()), (400, ""));
}

#[test]
fn a_change_is_assessed_however_it_is_saved_and_own_writes_are_none() {
    let (_folder, tree) = example();
    // The default state folder of someone who works in the tree.
    let state = tempfile::Builder::new().prefix("own").tempdir_in(&tree).unwrap();
    let syndic = Syndic { state };
    let up = Up::start(&syndic, &tree);
    assert_eq!(runs(&up), 1);
    let shows = |up: &Up, file: &str| up.get("/findings").body.contains(file);
    let weak = "FROM python:latest\nCMD [\"python\", \"-m\", \"http.server\"]\n";

    fs::write(tree.join("Dockerfile.added"), weak).unwrap();
    within(FRESH, "the written file", &mut || shows(&up, "Dockerfile.added").then_some(()));

    // As editors save: a new file beside the old one takes its place.
    fs::write(tree.join("draft.tmp"), weak).unwrap();
    fs::rename(tree.join("draft.tmp"), tree.join("Dockerfile.renamed")).unwrap();
    within(FRESH, "the renamed file", &mut || shows(&up, "Dockerfile.renamed").then_some(()));

    fs::remove_file(tree.join("Dockerfile.added")).unwrap();
    within(FRESH, "the removal", &mut || (!shows(&up, "Dockerfile.added")).then_some(()));
    within(FRESH, "the end of the work", &mut || (!up.get("/").body.contains("class=\"notice")).then_some(()));

    // Quiet: for three seconds nothing must begin by itself. Only time can show that.
    let before = runs(&up);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(runs(&up), before, "{}", up.said("stderr"));
    assert!(up.said("stderr").contains("assessed again"), "{}", up.said("stderr"));
}

#[test]
fn a_signal_ends_it_cleanly_with_a_connection_held_open() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let (_folder, tree) = example();
        let syndic = Syndic::new();
        let mut up = Up::start(&syndic, &tree);
        let held = up.held_connection();
        assert_stops(&mut up, signal);
        drop(held);
        assert!(!syndic.state.path().join("syndic.db-wal").exists(), "the write-ahead log is folded in");
    }
}

#[test]
fn a_signal_ends_it_in_the_midst_of_an_assessment() {
    let folder = tempfile::tempdir().unwrap();
    let source = fs::read_to_string(repository().join("examples/acme-support/app/main.py")).unwrap();
    for number in 0..6_000 {
        fs::write(folder.path().join(format!("m{number}.py")), format!("# {number}\n{source}")).unwrap();
    }
    let syndic = Syndic::new();
    let mut up = Up::begin(&syndic, folder.path());
    let waiting = up.get("/");
    assert!(waiting.body.contains("first assessment is under way"), "{}", waiting.body);
    assert_eq!(waiting.header("refresh"), Some("2"));
    assert_stops(&mut up, Signal::INT);
    assert!(!up.said("stdout").contains("Console"), "it was not done yet");
}

fn assert_stops(up: &mut Up, signal: Signal) {
    let (status, took) = up.stop(signal);
    assert_eq!(status.code(), Some(0), "{signal:?}: {}", up.said("stderr"));
    assert!(took < PROMPT, "{signal:?} took {took:?}");
}

#[test]
fn what_keeps_it_from_starting_is_told() {
    let tree = repository().join("examples/acme-support");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let text = fails(&Syndic::new(), &tree, &["--port", &port]);
    assert!(text.contains("cannot listen on") && text.contains("--port 0"), "{text}");

    // A file where the folder should be: not writable for root either.
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let state = folder.path().join("file/state");
    let text = fails(&Syndic::new(), &tree, &["--port", "0", "--state", state.to_str().unwrap()]);
    assert!(text.contains("cannot use the state folder") && text.contains("--state DIR"), "{text}");
}

fn fails(syndic: &Syndic, tree: &Path, more: &[&str]) -> String {
    let started = Instant::now();
    let mut args = vec!["up", tree.to_str().unwrap()];
    args.extend(more);
    let output = syndic.run(&args);
    assert_eq!(output.status.code(), Some(3));
    assert!(started.elapsed() < Duration::from_secs(20));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn two_systems_in_one_store_are_told_apart() {
    let (_folder, tree) = example();
    let syndic = Syndic::new();
    syndic.assess(&tree.join("prompts"), &["--system", "only prompts"]);
    let up = Up::start(&syndic, &tree);
    let page = up.get("/").body;
    assert!(page.contains("May acme be deployed?") && page.contains(">only prompts</a>"), "{page}");
    let other = up.get(&link(&page, "/?system=urn:syndic:only")).body;
    assert!(other.contains("May only prompts be deployed?"), "{other}");
    // Links of the page stay with the chosen system.
    let findings = up.get(&link(&other, "/assets?system=")).body;
    assert!(findings.contains("<strong>only prompts</strong>"), "{findings}");
}

#[test]
fn a_tree_that_goes_away_is_told_and_is_watched_again_when_it_comes_back() {
    let weak = "FROM python:latest\nCMD [\"python\", \"-m\", \"http.server\"]\n";
    for is_moved in [true, false] {
        let (folder, tree) = example();
        let syndic = Syndic::new();
        let up = Up::start(&syndic, &tree);
        let aside = folder.path().join("aside");
        copy_tree(&tree, &aside);
        if is_moved {
            fs::rename(&tree, folder.path().join("moved")).unwrap();
        } else {
            fs::remove_dir_all(&tree).unwrap();
        }
        within(FRESH, "the word that it is gone", &mut || {
            up.get("/").body.contains("moved away or deleted").then_some(())
        });
        let said = up.said("stderr");
        assert!(said.contains("could not assess again") && said.contains("moved away or deleted"), "{said}");
        assert!(!said.contains(" 0 open findings"), "what is gone is not clean: {said}");
        let count = said.matches("moved away or deleted").count();
        assert_eq!(count, 1, "it is said once: {said}");

        copy_tree(&aside, &tree);
        within(FRESH, "the tree that is back", &mut || (!up.get("/").body.contains("class=\"notice")).then_some(()));
        fs::write(tree.join("Dockerfile.added"), weak).unwrap();
        within(FRESH, "a change after it came back", &mut || {
            up.get("/findings").body.contains("Dockerfile.added").then_some(())
        });
    }
}
