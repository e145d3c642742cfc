//! The bucket as a place of objects, against a real S3-compatible server that checks signatures and checksums.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod s3_server;
mod world;

use std::path::Path;
use std::sync::Arc;

use s3_server::{BUCKET, S3Server, SECRET, TOKEN};
use syndic_archive::{Access, ArchiveDisk, ArchiveError, Body, Bucket, Objects, Outcome, Put, When, restore};
use syndic_ledger::disk::{Disk, SimDisk};
use syndic_ledger::verify::{ProblemKind, verify_with};
use world::{World, done, verified};

fn server() -> S3Server {
    S3Server::start(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.."))
}

fn bucket(server: &S3Server, prefix: &str, change: impl Fn(&str, String) -> String) -> Bucket {
    let variables = server.variables();
    let variable = |name: &str| {
        let found = variables.iter().find(|(key, _)| *key == name);
        found.map(|(key, value)| change(key, value.clone()))
    };
    Bucket::new(BUCKET, prefix, Access::from_variables(None, variable).unwrap()).unwrap()
}

fn plain(server: &S3Server, prefix: &str) -> Bucket {
    bucket(server, prefix, |_, value| value)
}

#[test]
fn objects_are_written_once_read_in_parts_and_listed_in_pages() {
    let server = server();
    let bucket = plain(&server, "a/prefix=1");
    let body = Body::of_bytes(b"0123456789");
    assert_eq!(bucket.put("x/o", &body, When::Absent).unwrap(), Put::Done);
    assert_eq!(bucket.put("x/o", &Body::of_bytes(b"other"), When::Absent).unwrap(), Put::Refused);
    let stat = bucket.stat("x/o").unwrap().unwrap();
    assert_eq!((stat.bytes, stat.sha256), (10, Some(body.sha256())));
    assert_eq!(server.object("a/prefix=1/x/o"), b"0123456789");

    let read = |from, most| bucket.read("x/o", from, most).unwrap().map(|part| (part.bytes, part.total));
    assert_eq!(read(0, 100), Some((b"0123456789".to_vec(), 10)));
    assert_eq!(read(3, 4), Some((b"3456".to_vec(), 10)));
    assert_eq!(read(10, 4), Some((Vec::new(), 10)));
    assert_eq!(bucket.read("x/none", 0, 4).unwrap(), None);
    assert_eq!(bucket.stat("x/none").unwrap(), None);

    assert_eq!(bucket.put("x/o", &Body::of_bytes(b"new"), When::Is(&stat.version)).unwrap(), Put::Done);
    assert_eq!(bucket.put("x/o", &Body::of_bytes(b"newer"), When::Is(&stat.version)).unwrap(), Put::Refused);
    assert_eq!(bucket.put("x/none", &body, When::Is(&stat.version)).unwrap(), Put::Refused);

    for number in 0..1_003 {
        server.set_object(&format!("a/prefix=1/many/{number:04}"), b"x");
    }
    let mut names = Vec::new();
    let mut from = None;
    loop {
        let page = bucket.list("many", from.as_deref()).unwrap();
        names.extend(page.objects.into_iter().map(|found| found.name));
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    assert_eq!(names, (0..1_003).map(|number| format!("{number:04}")).collect::<Vec<_>>());
}

#[test]
fn a_log_of_many_segments_is_archived_verified_and_restored() {
    let (server, mut world) = (server(), World::new(21));
    let objects: Arc<dyn Objects> = Arc::new(plain(&server, "log"));
    done(world.grow(200).archive(objects.as_ref()));
    let grown = done(world.grow(150).archive(objects.as_ref()));
    assert_eq!((grown.before, grown.head.size), (200, 350));
    server.forget();
    assert_eq!(done(world.archive(objects.as_ref())).sent, 0);
    assert_eq!(server.puts(), Vec::<String>::new());
    assert_eq!(done(world.archive_all(objects.as_ref())).sent, 0);

    let report = verified(Arc::clone(&objects), &world.trust());
    assert!(report.is_intact() && report.size == 350, "{:?}", report.problems);
    let sim = SimDisk::new(22);
    assert_eq!(restore(&ArchiveDisk::open(Arc::clone(&objects)).unwrap(), &sim).unwrap().missing, 0);
    let disk: Arc<dyn Disk> = Arc::new(sim);
    assert!(verify_with(&disk, &world.trust(), 2).is_intact());

    let key = format!("log/{}", "segments/00000000000000000000.seg");
    let mut bytes = server.object(&key);
    bytes[300] ^= 1;
    server.set_object(&key, &bytes);
    let report = verified(Arc::clone(&objects), &world.trust());
    let is_named = |kind| report.problems.iter().any(|found| found.kind == kind && key.ends_with(&found.path));
    assert!(is_named(ProblemKind::Tampered), "{:?}", report.problems);
    let Ok(Outcome::Conflict(conflict)) = world.archive_all(objects.as_ref()) else { panic!("not named") };
    assert!(key.ends_with(&conflict.path));
}

#[test]
fn a_passing_failure_is_sat_out_and_a_lasting_one_is_told() {
    let (server, mut world) = (server(), World::new(23));
    let bucket = plain(&server, "log");
    for (how, after) in [("500", 0), ("503", 2), ("drop", 4)] {
        server.fail(&format!("* log/ {after} 2 {how}"));
        done(world.grow(20).archive(&bucket));
        server.heal();
    }
    world.grow(5);
    for how in ["500", "503", "drop"] {
        server.fail(&format!("PUT tile 0 1000 {how}"));
        let error = world.archive(&bucket).unwrap_err();
        let ArchiveError::Unavailable { tries, .. } = &error else { panic!("{error}") };
        assert_eq!(*tries, 3);
        let text = error.to_string();
        assert!(text.contains("tile/") && !text.contains(TOKEN) && !text.contains("Signature"), "{text}");
        server.heal();
    }
    assert_eq!(done(world.archive(&bucket)).head.size, 65);
}

#[test]
fn wrong_credentials_are_named_and_never_shown() {
    let (server, mut world) = (server(), World::new(24));
    world.grow(3);
    for (name, code) in [
        ("AWS_ACCESS_KEY_ID", "InvalidAccessKeyId"),
        ("AWS_SECRET_ACCESS_KEY", "SignatureDoesNotMatch"),
        ("AWS_SESSION_TOKEN", "InvalidToken"),
    ] {
        let wrong = bucket(&server, "log", |key, value| if key == name { format!("{value}x") } else { value });
        let error = world.archive(&wrong).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(text.contains(code) && text.contains("check AWS_ACCESS_KEY_ID"), "{text}");
        assert!(!text.contains(SECRET) && !text.contains(TOKEN), "{text}");
    }
    assert_eq!(server.objects(), Vec::<String>::new());
    let nowhere = Access::from_variables(None, |name| {
        server.variables().into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    });
    let error = world.archive(&Bucket::new("no-such-bucket", "", nowhere.unwrap()).unwrap()).unwrap_err();
    assert!(error.to_string().contains("NoSuchBucket"), "{error}");
}
