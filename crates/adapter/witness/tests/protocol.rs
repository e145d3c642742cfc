//! Log and witness over real HTTP: every status of C2SP tlog-witness, and the order two logs' heads are taken in.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops loudly"
)]

mod scene;

use std::sync::{Arc, Barrier};

use scene::{Scene, append, body, log, post, status, witness_key};
use sha2::{Digest as _, Sha256};
use syndic_attest::note::Note;
use syndic_ledger::witness::{CosignError, Cosigner, Standing, WitnessPort};
use syndic_tlog::ConsistencyProof;
use syndic_witness::{HttpWitness, Limits};

fn ask(scene: &Scene, old: u64, proof: ConsistencyProof, note: &str) -> String {
    scene.exchange(&post(&body(old, proof, note)))
}

#[test]
fn a_growing_log_is_cosigned_over_http_and_finds_the_witnesss_size_itself() {
    let scene = Scene::new(Limits::default());
    let client = scene.client();
    let ask = |cosigner: Cosigner| {
        let mut witnesses = [(cosigner, &client as &dyn WitnessPort)];
        let submitted = scene.ledger.submit_to(&mut witnesses).unwrap();
        assert!(submitted.is_witnessed(), "{:?}", submitted.outcomes);
        let note = submitted.checkpoint.note;
        assert_eq!(note.lines().filter(|line| line.starts_with("— w.example ")).count(), 1, "{note}");
    };
    append(&scene.ledger, 3);
    ask(Cosigner::new(witness_key().key().clone()));
    append(&scene.ledger, 4);
    // It believes the witness to be at 0, is told 3, and proves growth from there.
    ask(Cosigner::new(witness_key().key().clone()));
    ask(Cosigner::new(witness_key().key().clone()).at(7));
    assert_eq!(*scene.told.lock().unwrap(), [200, 409, 200, 200]);
    assert_eq!(scene.witness.head("a.example/log"), Some(scene.ledger.head()));
}

#[test]
fn each_refusal_has_its_status_and_a_conflict_its_size_and_media_type() {
    let scene = Scene::new(Limits::default());
    append(&scene.ledger, 2);
    let two = scene.ledger.checkpoint().unwrap();
    append(&scene.ledger, 2);
    let four = scene.ledger.checkpoint().unwrap();
    let none = ConsistencyProof::default;
    assert_eq!(status(&ask(&scene, 0, none(), &four.note)), 200);
    let conflict = ask(&scene, 0, none(), &two.note);
    assert!(status(&conflict) == 409 && conflict.ends_with("\r\n\r\n4\n"), "{conflict}");
    assert!(conflict.to_ascii_lowercase().contains("\r\ncontent-type: text/x.tlog.size\r\n"), "{conflict}");
    assert_eq!(status(&ask(&scene, 4, none(), &two.note)), 400, "old size above the checkpoint's");
    append(&scene.ledger, 1);
    let five = scene.ledger.checkpoint().unwrap();
    assert_eq!(status(&ask(&scene, 4, none(), &five.note)), 422, "no proof");
    assert_eq!(status(&ask(&scene, 4, none(), &five.note.replacen("\n5\n", "\n6\n", 1))), 403, "altered");
    assert_eq!(status(&ask(&scene, 4, none(), &five.note.replace("a.example", "b.example"))), 404, "another log");
    assert_eq!(status(&scene.exchange(&post("old 4\n"))), 400);
    let get = "GET /add-checkpoint HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n";
    assert_eq!(status(&scene.exchange(get.as_bytes())), 405);
    assert_eq!(status(&scene.exchange(get.replace("add-checkpoint", "other").as_bytes())), 404);
    let proof = scene.ledger.prove_consistency(4, 5).unwrap();
    assert_eq!(status(&ask(&scene, 4, proof, &five.note)), 200);
}

#[test]
fn monitors_are_shown_the_newest_cosigned_checkpoint_with_both_signatures_and_no_other() {
    let scene = Scene::new(Limits::default());
    let hash: String = Sha256::digest("a.example/log").iter().map(|byte| format!("{byte:02x}")).collect();
    let get =
        |path: &str| scene.exchange(format!("GET {path} HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n").as_bytes());
    assert_eq!(status(&get(&format!("/{hash}/checkpoint"))), 404, "nothing was cosigned");
    append(&scene.ledger, 3);
    let signed = scene.ledger.checkpoint().unwrap();
    let stranger = "— stranger.example AAAAAWE=\n";
    assert_eq!(status(&ask(&scene, 0, ConsistencyProof::default(), &format!("{}{stranger}", signed.note))), 200);
    let shown = get(&format!("/{hash}/checkpoint"));
    let note = shown.split_once("\r\n\r\n").unwrap().1;
    let note = Note::parse(note).unwrap();
    assert_eq!(note.text(), Note::parse(&signed.note).unwrap().text());
    assert_eq!(note.signatures().len(), 2, "{note}");
    assert!(note.verify(&[witness_key().key().clone()]).unwrap()[0].time_s.unwrap() > 0);
    for path in ["/checkpoint", "//checkpoint", "/", &format!("/{}/checkpoint", hash.to_uppercase()), "/../checkpoint"]
    {
        assert_eq!(status(&get(path)), 404, "{path}");
    }
}

#[test]
fn of_two_requests_from_the_same_size_one_wins_and_the_other_learns_the_new_size() {
    let scene = Arc::new(Scene::new(Limits::default()));
    let mut size = 0;
    for round in 0..20 {
        append(&scene.ledger, 1);
        let one = scene.ledger.checkpoint().unwrap();
        append(&scene.ledger, 1);
        let other = scene.ledger.checkpoint().unwrap();
        let (start, mut rivals) = (Arc::new(Barrier::new(2)), Vec::new());
        for signed in [&one, &other] {
            let prove = || scene.ledger.prove_consistency(size, signed.head.size).unwrap();
            let proof = if size == 0 { ConsistencyProof::default() } else { prove() };
            let bytes = post(&body(size, proof, &signed.note));
            let (scene, start) = (Arc::clone(&scene), Arc::clone(&start));
            rivals.push(std::thread::spawn(move || {
                start.wait();
                scene.exchange(&bytes)
            }));
        }
        let answers: Vec<String> = rivals.into_iter().map(|rival| rival.join().unwrap()).collect();
        let mut statuses: Vec<u16> = answers.iter().map(|answer| status(answer)).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "round {round}: {answers:?}");
        let head = scene.witness.head("a.example/log").unwrap();
        let winner = if status(&answers[0]) == 200 { one.head } else { other.head };
        assert_eq!(head, winner, "round {round}");
        let told = answers.iter().find(|answer| status(answer) == 409).unwrap();
        assert!(told.ends_with(&format!("\r\n\r\n{}\n", head.size)), "{told}");
        size = head.size;
    }
}

#[test]
fn a_log_that_was_put_back_or_forked_learns_it_with_sizes() {
    let scene = Scene::new(Limits::default());
    let client = scene.client();
    append(&scene.ledger, 5);
    let key = witness_key().key().clone();
    assert!(scene.ledger.submit_to(&mut [(Cosigner::new(key.clone()), &client)]).unwrap().is_witnessed());
    // Another log of the same name and key: what an intruder's copy would be.
    let (other, _) = log(9);
    append(&other, 3);
    let error = |other: &syndic_ledger::Ledger| {
        let mut outcomes = other.submit_to(&mut [(Cosigner::new(key.clone()), &client)]).unwrap().outcomes;
        let error = outcomes.remove(0).unwrap_err();
        assert!(error.is_loss(), "{error}");
        error
    };
    assert!(matches!(error(&other), CosignError::Behind { seen: 5, size: 3, .. }));
    let standing = Cosigner::new(key.clone()).standing(&other.checkpoint().unwrap(), &client);
    assert!(matches!(standing, Err(CosignError::Behind { seen: 5, size: 3, .. })));
    append(&other, 2);
    assert!(matches!(error(&other), CosignError::Forked { size: 5, .. }));
    append(&other, 1);
    assert!(matches!(error(&other), CosignError::Diverged { seen: 5, size: 6, .. }));
    append(&scene.ledger, 1);
    let standing = Cosigner::new(key.clone()).standing(&scene.ledger.checkpoint().unwrap(), &client).unwrap();
    assert_eq!(standing, Standing::Fewer(5));
}

#[test]
fn a_witness_that_is_away_leaves_the_checkpoint_without_it() {
    let mut scene = Scene::new(Limits::default());
    append(&scene.ledger, 2);
    let away = scene.client();
    scene.stop();
    let (second, second_key) = {
        let other = Scene::new(Limits::default());
        (other.client(), other)
    };
    let key = witness_key().key().clone();
    let mut witnesses: [(Cosigner, &dyn WitnessPort); 2] =
        [(Cosigner::new(key.clone()), &away), (Cosigner::new(key), &second)];
    let submitted = scene.ledger.submit_to(&mut witnesses).unwrap();
    assert!(matches!(submitted.outcomes[0], Err(CosignError::Unreached { .. })), "{:?}", submitted.outcomes);
    assert!(submitted.outcomes[1].is_ok() && submitted.is_witnessed());
    assert_eq!(second_key.witness.head("a.example/log"), Some(scene.ledger.head()));
}

#[test]
fn a_redirect_is_not_followed() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let (mut stream, _) = listener.accept().unwrap();
        let mut chunk = [0; 4096];
        let _ = stream.read(&mut chunk).unwrap();
        let answer = format!("HTTP/1.1 307 Moved\r\nLocation: http://{address}/x\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let client = HttpWitness::new(format!("http://{address}").parse().unwrap(), scene::PATIENCE).unwrap();
    assert_eq!(client.add_checkpoint(b"old 0\n\nx\n").unwrap().status, 307);
    server.join().unwrap();
}
