//! What strangers send: slow, huge, broken off, and random. The server answers or closes, within its bounds, and stays.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops loudly"
)]

mod scene;

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use scene::{Scene, append, body, post, read_to_end, status};
use syndic_tlog::ConsistencyProof;
use syndic_witness::{BODY_BYTES_LIMIT, Limits};

/// Short bounds, so that a test sees them reached.
fn hasty() -> Limits {
    Limits {
        head: Duration::from_millis(300),
        body: Duration::from_millis(300),
        connection: Duration::from_secs(2),
        farewell: Duration::from_millis(500),
        connections: 4,
    }
}

fn is_alive(scene: &Scene) -> bool {
    let answer = scene.exchange(b"GET /healthz HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n");
    status(&answer) == 200
}

#[test]
fn a_head_that_never_ends_is_closed_and_others_are_served_meanwhile() {
    let scene = Scene::new(hasty());
    let before = Instant::now();
    // More than there are slots for: those behind wait until the slow ones are thrown out.
    let mut slow: Vec<_> = (0..6).map(|_| scene.connect()).collect();
    for stream in &mut slow {
        stream.write_all(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nX-Slow: ").unwrap();
    }
    assert!(is_alive(&scene));
    for stream in &mut slow {
        let answer = read_to_end(stream);
        assert!(answer.is_empty() || status(&answer) == 408, "{answer}");
    }
    assert!(before.elapsed() < Duration::from_secs(10), "{:?}", before.elapsed());
}

#[test]
fn a_body_that_trickles_is_answered_with_408() {
    let scene = Scene::new(hasty());
    let mut stream = scene.connect();
    stream.write_all(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 1000\r\n\r\nold ").unwrap();
    assert_eq!(status(&read_to_end(&mut stream)), 408);
    assert!(is_alive(&scene) && scene.told.lock().unwrap().is_empty());
}

#[test]
fn an_idle_connection_is_closed() {
    let scene = Scene::new(hasty());
    let mut stream = scene.connect();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: w\r\n\r\n").unwrap();
    let answer = read_to_end(&mut stream);
    assert_eq!(status(&answer), 200);
}

#[test]
fn a_huge_body_is_refused_before_it_is_read_whether_announced_or_not() {
    let scene = Scene::new(Limits::default());
    let announced = format!(
        "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: {}\r\n\r\n",
        u64::try_from(BODY_BYTES_LIMIT).unwrap() + 1
    );
    assert_eq!(status(&scene.exchange(announced.as_bytes())), 413);
    let mut stream = scene.connect();
    stream.write_all(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
    let chunk = [b"10000\r\n".as_slice(), &vec![b'a'; 1 << 16], b"\r\n"].concat();
    let mut sent = 0_usize;
    // It is never sent to its end: the server must stop reading on its own.
    while sent < 4 * BODY_BYTES_LIMIT && stream.write_all(&chunk).is_ok() {
        sent += 1 << 16;
    }
    let answer = read_to_end(&mut stream);
    assert!(answer.is_empty() || status(&answer) == 413, "{answer}");
    assert!(is_alive(&scene) && scene.told.lock().unwrap().is_empty());
}

#[test]
fn heads_that_are_too_large_or_no_http_are_refused() {
    let scene = Scene::new(hasty());
    let many = "X: y\r\n".repeat(100);
    for head in [
        format!("POST /add-checkpoint HTTP/1.1\r\nHost: w\r\n{many}\r\n"),
        format!("POST /{} HTTP/1.1\r\nHost: w\r\n\r\n", "a".repeat(100_000)),
        "\0\u{1}\u{2}\r\n\r\n".to_owned(),
        "POST /add-checkpoint HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n".to_owned(),
        "POST /add-checkpoint HTTP/1.1\r\nContent-Length: -1\r\n\r\n".to_owned(),
    ] {
        let answer = scene.exchange(head.as_bytes());
        assert!(answer.is_empty() || (400..500).contains(&status(&answer)), "{answer}");
    }
    assert!(is_alive(&scene) && scene.told.lock().unwrap().is_empty());
}

#[test]
fn a_connection_does_not_stay_for_ever_and_a_stop_waits_for_nobody_long() {
    let mut scene = Scene::new(Limits { head: Duration::from_secs(60), ..hasty() });
    let mut stream = scene.connect();
    let begin = Instant::now();
    assert_eq!(read_to_end(&mut stream), "");
    assert!(begin.elapsed() >= Duration::from_millis(1_500), "{:?}", begin.elapsed());
    let mut held = scene.connect();
    held.write_all(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 9\r\n\r\n").unwrap();
    let begin = Instant::now();
    scene.stop();
    assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
}

#[test]
fn a_request_under_way_when_the_server_stops_is_answered() {
    let mut scene = Scene::new(Limits { farewell: Duration::from_secs(5), ..Limits::default() });
    append(&scene.ledger, 1);
    let bytes = post(&body(0, ConsistencyProof::default(), &scene.ledger.checkpoint().unwrap().note));
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 2;
    let mut stream = scene.connect();
    stream.write_all(&bytes[..head]).unwrap();
    stream.write_all(b"Expect: 100-continue\r\n\r\n").unwrap();
    // The server has begun with the request when it asks for the body.
    let mut goes_on = [0; 25];
    stream.read_exact(&mut goes_on).unwrap();
    assert_eq!(&goes_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    let reader = std::thread::spawn({
        let (mut stream, rest) = (stream.try_clone().unwrap(), bytes[head + 2..].to_vec());
        move || {
            stream.write_all(&rest).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        }
    });
    scene.stop();
    let answer = reader.join().unwrap();
    assert_eq!(status(&answer), 200, "{answer}");
    assert_eq!(scene.witness.head("a.example/log").unwrap().size, 1);
}

/// Bodies near to real ones, so that each part of the reader is reached, and bodies that are nothing like it.
fn bodies(note: &str) -> impl Strategy<Value = Vec<u8>> {
    let real = body(0, ConsistencyProof::default(), note).into_bytes();
    let (cut, changed) = (real.clone(), real);
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..300),
        "(old |new )?[0-9]{0,22}\n([A-Za-z0-9+/]{42,44}=?\n){0,70}\n?(a\\.example/log\n)?[0-9]{0,3}\n.{0,60}\n?"
            .prop_map(String::into_bytes),
        (0..cut.len()).prop_map(move |end| cut[..end].to_vec()),
        (0..changed.len(), any::<u8>()).prop_map(move |(place, byte)| {
            let mut changed = changed.clone();
            changed[place] ^= byte.max(1);
            changed
        }),
    ]
}

#[test]
fn no_body_but_the_real_one_is_cosigned_and_none_breaks_the_server() {
    let scene = Scene::new(Limits::default());
    append(&scene.ledger, 1);
    let note = scene.ledger.checkpoint().unwrap().note;
    let client = scene.client();
    let mut runner = TestRunner::new_with_rng(
        Config { cases: 600, failure_persistence: None, ..Config::default() },
        TestRng::from_seed(RngAlgorithm::ChaCha, &[6; 32]),
    );
    let law = runner.run(&bodies(&note), |body| {
        use syndic_ledger::witness::WitnessPort as _;
        let reply = client.add_checkpoint(&body).unwrap();
        prop_assert!(matches!(reply.status, 400 | 403 | 404 | 409 | 422), "{} to {body:?}", reply.status);
        Ok(())
    });
    law.unwrap();
    assert_eq!(scene.witness.head("a.example/log").unwrap().size, 0);
    let statuses = scene.told.lock().unwrap().clone();
    for status in [400, 403, 404] {
        assert!(statuses.contains(&status), "no case reached {status}");
    }
}
