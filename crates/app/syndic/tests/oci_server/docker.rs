//! The registry that Debian's package `docker-registry` is, as a child process with a folder of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Contents, REPOSITORY, digest};

pub struct DockerRegistry {
    child: Child,
    pub port: u16,
    _folder: tempfile::TempDir,
}

impl DockerRegistry {
    /// Nothing where the package is not installed.
    pub fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let config = folder.path().join("config.yml");
        let store = folder.path().join("store");
        let text = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: 127.0.0.1:{port}}}\n",
            store.display()
        );
        std::fs::write(&config, text).unwrap();
        let mut command = Command::new("docker-registry");
        let child = command.arg("serve").arg(&config).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let registry = Self { child, port, _folder: folder };
        let end = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < end, "docker-registry did not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(registry)
    }

    pub fn push(&self, contents: &Contents) {
        for bytes in contents.blobs.values() {
            let (status, location) = self.send("POST", &format!("/v2/{REPOSITORY}/blobs/uploads/"), "", b"");
            assert_eq!(status, 202);
            let path = location.split_once("//").and_then(|(_, rest)| rest.split_once('/')).unwrap().1.to_owned();
            let path = format!("/{path}&digest={}", digest(bytes));
            assert_eq!(self.send("PUT", &path, "application/octet-stream", bytes).0, 201);
        }
        for (name, bytes) in &contents.manifests {
            let path = format!("/v2/{REPOSITORY}/manifests/{name}");
            assert_eq!(self.send("PUT", &path, "application/vnd.oci.image.manifest.v1+json", bytes).0, 201);
        }
    }

    /// Returns the status and the `Location` of the answer.
    fn send(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n",
            self.port
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut lines = BufReader::new(stream);
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut rest = String::new();
        lines.read_to_string(&mut rest).unwrap();
        let location = rest.lines().find_map(|line| line.strip_prefix("Location: ")).unwrap_or_default().to_owned();
        (status, location)
    }
}

impl Drop for DockerRegistry {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
