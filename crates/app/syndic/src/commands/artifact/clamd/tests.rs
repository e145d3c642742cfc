//! The wire against daemons that behave badly, each a thread of this process.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::*;

/// Listens once and lets `behave` do what a daemon would; returns what was sent to it.
fn daemon(behave: impl FnOnce(&mut TcpStream) -> Vec<u8> + Send + 'static) -> (Clamd, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = Address::Tcp(listener.local_addr().unwrap().to_string());
    let served = thread::spawn(move || behave(&mut listener.accept().unwrap().0));
    (Clamd { address, timeout: Duration::from_millis(400) }, served)
}

/// Reads the command and the pieces to their end.
fn file_sent(stream: &mut TcpStream) -> Vec<u8> {
    let mut command = [0; 10];
    stream.read_exact(&mut command).unwrap();
    assert_eq!(&command, b"zINSTREAM\0");
    let mut file = Vec::new();
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length).unwrap();
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap();
        if length == 0 {
            return file;
        }
        let mut piece = vec![0; length];
        stream.read_exact(&mut piece).unwrap();
        file.extend(piece);
    }
}

fn answering(answer: &'static [u8]) -> Answer {
    let (clamd, served) = daemon(move |stream| {
        let file = file_sent(stream);
        stream.write_all(answer).unwrap();
        file
    });
    let answer = clamd.ask(&b"model".to_vec());
    assert_eq!(served.join().unwrap(), b"model");
    answer
}

fn is_not_inspected(answer: &Answer, why: &str) {
    assert!(matches!(answer, Answer::NotInspected(text) if text.contains(why)), "{answer:?}");
}

#[test]
fn what_the_daemon_says_is_what_is_told() {
    assert_eq!(answering(b"stream: OK\0"), Answer::NothingKnown);
    assert_eq!(answering(b"stream: Test.Sig-1 FOUND\0"), Answer::Known("Test.Sig-1".to_owned()));
    assert_eq!(answering(b"stream: OK\n"), Answer::NothingKnown);
}

#[test]
fn what_is_not_ok_is_never_taken_for_it() {
    let cases: [(&[u8], &str); 8] = [
        (b"", "closed the connection"),
        (b"stream: OK", "closed the connection"),
        (b"\0", "no clear answer"),
        (b"OK\0", "no clear answer"),
        (b"stream: OK but\0", "no clear answer"),
        (b"stream: Can't allocate memory ERROR\0", "failed"),
        (b"INSTREAM size limit exceeded. ERROR\0", "StreamMaxLength"),
        (b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0", "did not look at all of it"),
    ];
    for (answer, why) in cases {
        is_not_inspected(&answering(answer), why);
    }
}

#[test]
fn a_name_of_a_signature_cannot_steer_the_terminal() {
    assert_eq!(answering(b"stream: a\x1b[2Jb FOUND\0"), Answer::Known("a\u{fffd}[2Jb".to_owned()));
}

#[test]
fn an_answer_without_end_is_cut() {
    let (clamd, served) = daemon(|stream| {
        let file = file_sent(stream);
        // The reader leaves before all of it is written.
        let _ = stream.write_all(&vec![b'a'; 1 << 16]);
        file
    });
    is_not_inspected(&clamd.ask(&b"model".to_vec()), "has no end");
    served.join().unwrap();
}

#[test]
fn a_daemon_that_is_silent_or_gone_is_waited_for_only_so_long() {
    let (clamd, served) = daemon(|stream| {
        let file = file_sent(stream);
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        file
    });
    let started = Instant::now();
    is_not_inspected(&clamd.ask(&b"model".to_vec()), "its time is over");
    assert!(started.elapsed() < Duration::from_secs(20));
    served.join().unwrap();
    is_not_inspected(&clamd.ask(&b"model".to_vec()), "cannot be reached");
}

#[test]
fn a_daemon_that_closes_at_its_limit_is_still_heard() {
    let (clamd, served) = daemon(|stream| {
        let mut start = vec![0; 200_000];
        stream.read_exact(&mut start).unwrap();
        stream.write_all(b"INSTREAM size limit exceeded. ERROR\0").unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        // Taking the rest keeps the answer from being thrown away with the connection.
        let _ = std::io::copy(stream, &mut std::io::sink());
        Vec::new()
    });
    is_not_inspected(&clamd.ask(&vec![7; 3 << 20]), "StreamMaxLength");
    served.join().unwrap();
}

#[test]
fn a_file_of_many_pieces_arrives_as_it_is() {
    let file: Vec<u8> = (0..=250).cycle().take(3 * PIECE_BYTES + 17).collect();
    let (clamd, served) = daemon(|stream| {
        let file = file_sent(stream);
        stream.write_all(b"stream: OK\0").unwrap();
        file
    });
    assert_eq!(clamd.ask(&file), Answer::NothingKnown);
    assert_eq!(served.join().unwrap(), file);
}

#[test]
fn addresses_are_of_two_forms() {
    let named = |text: &str| {
        Clamd::named(&ClamdArgs { clamd: Some(text.to_owned()), clamd_timeout: 1 }).map(|clamd| clamd.unwrap().address)
    };
    assert_eq!(named("unix:/run/clamd").unwrap(), Address::Unix(PathBuf::from("/run/clamd")));
    assert_eq!(named("tcp:[::1]:3310").unwrap(), Address::Tcp("[::1]:3310".to_owned()));
    for wrong in ["/run/clamd", "unix:", "tcp:localhost", "tcp:localhost:port", "http://localhost:1"] {
        assert!(named(wrong).is_err(), "{wrong}");
    }
}
