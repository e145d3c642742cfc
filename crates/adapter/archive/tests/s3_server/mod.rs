//! Starts the S3-compatible server of the tests (`server.py`) and speaks to its guard.
//!
//! It needs `target/py`, which `cargo xtask setup` makes; without it the tests that use it fail and say so.
#![allow(dead_code, missing_docs, unreachable_pub, reason = "each test file uses its part")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The bucket that exists.
pub const BUCKET: &str = "acme-logs";
/// What the server takes; none of it may ever be printed, but for the first.
pub const KEY: &str = "AKIATESTTESTTESTTEST";
pub const SECRET: &str = "a/secret+nobody/should+ever/print";
pub const TOKEN: &str = "session+token/of/the+test==";

/// A running server; it ends with this value.
pub struct S3Server {
    child: Child,
    port: u16,
}

impl S3Server {
    /// Starts a server with one empty bucket; `repository` is the root of the source tree.
    pub fn start(repository: &Path) -> Self {
        let python = repository.join("target/py/bin/python");
        assert!(python.exists(), "{} is not there: run `cargo xtask setup`", python.display());
        let script = repository.join("crates/adapter/archive/tests/s3_server/server.py");
        let mut child =
            Command::new(python).arg(script).arg(BUCKET).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().parse().unwrap_or_else(|_| panic!("the server did not start: is moto in target/py?"));
        Self { child, port }
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The variables that give access.
    pub fn variables(&self) -> [(&'static str, String); 5] {
        [
            ("AWS_ACCESS_KEY_ID", KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
            ("AWS_SESSION_TOKEN", TOKEN.to_owned()),
            ("AWS_MAX_ATTEMPTS", "3".to_owned()),
            ("AWS_ENDPOINT_URL", self.endpoint()),
        ]
    }

    /// Lets requests that match fail: `METHOD CONTAINS AFTER TIMES HOW`.
    pub fn fail(&self, rule: &str) {
        self.ask("POST", "fail", rule.as_bytes());
    }

    pub fn heal(&self) {
        self.ask("POST", "heal", b"");
    }

    /// The requests since the last [`S3Server::forget`], as `METHOD path`.
    pub fn requests(&self) -> Vec<String> {
        lines(self.ask("GET", "requests", b""))
    }

    pub fn forget(&self) {
        self.ask("POST", "forget", b"");
    }

    /// Paths of the objects asked to be written.
    pub fn puts(&self) -> Vec<String> {
        let strip = |line: String| line.strip_prefix("PUT ").map(str::to_owned);
        self.requests().into_iter().filter_map(strip).collect()
    }

    /// How many of all bodies ever sent hold these bytes.
    pub fn sent(&self, needle: &[u8]) -> usize {
        String::from_utf8(self.ask("POST", "sent", needle)).unwrap().parse().unwrap()
    }

    pub fn objects(&self) -> Vec<String> {
        lines(self.ask("GET", "objects", b""))
    }

    pub fn object(&self, key: &str) -> Vec<u8> {
        self.ask("GET", &format!("object/{key}"), b"")
    }

    pub fn set_object(&self, key: &str, bytes: &[u8]) {
        self.ask("PUT", &format!("object/{key}"), bytes);
    }

    pub fn remove_object(&self, key: &str) {
        self.ask("DELETE", &format!("object/{key}"), b"");
    }

    fn ask(&self, method: &str, what: &str, body: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let head =
            format!("{method} /_test/{what} HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|part| part == b"\r\n\r\n").unwrap();
        assert!(answer[..end].windows(5).any(|part| part == b" 200 "), "{}", String::from_utf8_lossy(&answer));
        answer.split_off(end + 4)
    }
}

fn lines(text: Vec<u8>) -> Vec<String> {
    String::from_utf8(text).unwrap().lines().map(str::to_owned).collect()
}

impl Drop for S3Server {
    fn drop(&mut self) {
        // Its end of input is its end; the kill is for a server that hangs.
        drop(self.child.stdin.take());
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
