//! `syndic up` as a child process, and the plainest HTTP client that can ask it anything.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::Syndic;

/// Everything here must happen within this time, on a busy machine too.
const DEADLINE: Duration = Duration::from_secs(60);

/// A running `syndic up`; killed when dropped.
pub struct Up {
    child: Child,
    output: tempfile::TempDir,
    pub port: u16,
}

/// An answer to a request.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

impl Up {
    /// Starts it on a free port and waits for the address on standard output: the first assessment is done.
    pub fn start(syndic: &Syndic, tree: &Path) -> Self {
        Self::begin(syndic, tree).assessed()
    }

    /// Starts it without a tree, in `folder`, and waits as `start` does.
    pub fn start_in(syndic: &Syndic, folder: &Path) -> Self {
        let mut command = syndic.command(&["up", "--port", "0"]);
        command.current_dir(folder);
        Self::spawn(command).assessed()
    }

    fn assessed(mut self) -> Self {
        self.port = wait_for("the printed address", || port(&self.said("stdout")));
        self
    }

    /// Starts it and waits until the first assessment is under way.
    pub fn begin(syndic: &Syndic, tree: &Path) -> Self {
        Self::spawn(syndic.command(&["up", tree.to_str().unwrap(), "--port", "0"]))
    }

    fn spawn(mut command: Command) -> Self {
        let output = tempfile::tempdir().unwrap();
        let file = |name: &str| Stdio::from(File::create(output.path().join(name)).unwrap());
        let child = command.stdin(Stdio::null()).stdout(file("stdout")).stderr(file("stderr")).spawn().unwrap();
        let mut up = Self { child, output, port: 0 };
        up.port = wait_for("the first words", || port(&up.said("stderr")));
        up
    }

    /// Returns what it wrote so far.
    pub fn said(&self, stream: &str) -> String {
        std::fs::read_to_string(self.output.path().join(stream)).unwrap()
    }

    pub fn address(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &format!("127.0.0.1:{}", self.port))
    }

    /// Sends one request exactly as given.
    pub fn ask(&self, method: &str, path: &str, host: &str) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("{text}"));
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// Opens a connection, uses it once and keeps it.
    pub fn held_connection(&self) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(stream, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut some = [0; 64];
        assert!(stream.read(&mut some).unwrap() > 0);
        stream
    }

    /// Sends a signal and returns how and how fast it ended.
    pub fn stop(&mut self, signal: Signal) -> (ExitStatus, Duration) {
        let started = Instant::now();
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        let status = wait_for("its end", || self.child.try_wait().unwrap());
        (status, started.elapsed())
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn port(text: &str) -> Option<u16> {
    let (_, rest) = text.split_once("http://127.0.0.1:")?;
    rest.split_once('/')?.0.parse().ok()
}

/// Polls until there is an answer.
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    within(DEADLINE, what, &mut look)
}

/// Polls until there is an answer, for so long at most.
pub fn within<T>(limit: Duration, what: &str, look: &mut dyn FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < limit, "{what} did not come within {limit:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
