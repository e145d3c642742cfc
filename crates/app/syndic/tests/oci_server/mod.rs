//! A small registry on loopback, by the OCI distribution specification, which can also lie; and Debian's `docker-registry`
//! where it is installed.

#![allow(dead_code, missing_docs, unreachable_pub, reason = "each test uses a part of this")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

pub mod docker;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use syndic_evidence::Digest;

pub const REPOSITORY: &str = "acme/tiny";

/// Contents by digest, manifests by tag.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    pub blobs: BTreeMap<String, Vec<u8>>,
    pub manifests: BTreeMap<String, Vec<u8>>,
}

pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", Digest::of(bytes).hex())
}

pub fn descriptor(kind: &str, bytes: &[u8], title: &str) -> Value {
    json!({"mediaType": kind, "digest": digest(bytes), "size": bytes.len(),
        "annotations": {"org.opencontainers.image.title": title}})
}

impl Contents {
    /// An artifact called `tag` of these files.
    pub fn of(tag: &str, files: &[(&str, &[u8])]) -> Self {
        let mut contents = Self::default();
        contents.blobs.insert(digest(b"{}"), b"{}".to_vec());
        let layers: Vec<Value> = files
            .iter()
            .map(|(title, bytes)| descriptor("application/vnd.cncf.model.weight.v1.raw", bytes, title))
            .collect();
        for (_, bytes) in files {
            contents.blobs.insert(digest(bytes), bytes.to_vec());
        }
        let mut config = descriptor("application/vnd.cncf.model.config.v1+json", b"{}", "");
        config.as_object_mut().unwrap().remove("annotations");
        let manifest = json!({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "artifactType": "application/vnd.cncf.model.manifest.v1+json", "config": config, "layers": layers});
        contents.put_manifest(tag, manifest.to_string().into_bytes());
        contents
    }

    pub fn put_manifest(&mut self, tag: &str, bytes: Vec<u8>) {
        self.manifests.insert(digest(&bytes), bytes.clone());
        self.manifests.insert(tag.to_owned(), bytes);
    }
}

#[derive(Debug, Clone)]
pub struct Request {
    pub path: String,
    pub headers: BTreeMap<String, String>,
}

impl Request {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    fn range(&self) -> Option<(usize, usize)> {
        let (first, last) = self.header("range").strip_prefix("bytes=")?.split_once('-')?;
        Some((first.parse().ok()?, last.parse().ok()?))
    }
}

pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Body,
}

pub enum Body {
    Bytes(Vec<u8>),
    /// For ever the same byte, without a stated length.
    Endless,
    /// A byte now and then.
    Drip,
    /// Fewer bytes than stated.
    Short(Vec<u8>, usize),
}

impl Response {
    pub fn of(status: u16, body: &[u8]) -> Self {
        Self { status, headers: Vec::new(), body: Body::Bytes(body.to_vec()) }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A registry that answers as it should.
pub fn honest(contents: &Contents, request: &Request) -> Response {
    let Some(rest) = request.path.strip_prefix(&format!("/v2/{REPOSITORY}/")) else { return Response::of(404, b"") };
    if let Some(name) = rest.strip_prefix("manifests/") {
        let Some(bytes) = contents.manifests.get(name) else { return Response::of(404, b"") };
        return Response::of(200, bytes).with("docker-content-digest", &digest(bytes));
    }
    let Some(bytes) = rest.strip_prefix("blobs/").and_then(|digest| contents.blobs.get(digest)) else {
        return Response::of(404, b"");
    };
    let Some((first, last)) = request.range() else { return Response::of(200, bytes) };
    if first >= bytes.len() {
        return Response::of(416, b"").with("content-range", &format!("bytes */{}", bytes.len()));
    }
    let last = last.min(bytes.len() - 1);
    Response::of(206, &bytes[first..=last]).with("content-range", &format!("bytes {first}-{last}/{}", bytes.len()))
}

/// A server on loopback; it ends with the test.
pub struct Server {
    pub port: u16,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub fn start(answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (answer, heard) = (Arc::new(answer), Arc::clone(&seen));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, heard) = (Arc::clone(&answer), Arc::clone(&heard));
                thread::spawn(move || serve(&stream, answer.as_ref(), &heard));
            }
        });
        Self { port, seen }
    }

    pub fn honest(contents: Contents) -> Self {
        Self::start(move |request| honest(&contents, request))
    }

    pub fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    pub fn reference(&self, tag: &str) -> String {
        format!("oci://127.0.0.1:{}/{REPOSITORY}:{tag}", self.port)
    }
}

/// Answers the questions of one connection until it is closed.
fn serve(stream: &TcpStream, answer: &dyn Fn(&Request) -> Response, seen: &Mutex<Vec<Request>>) {
    let mut lines = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let mut request =
            Request { path: line.split(' ').nth(1).unwrap_or_default().to_owned(), headers: BTreeMap::new() };
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':') {
                request.headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
            }
        }
        seen.lock().unwrap().push(request.clone());
        if write(stream, answer(&request)).is_none() {
            return;
        }
    }
}

/// Nothing if the connection ends with the answer.
fn write(mut stream: &TcpStream, response: Response) -> Option<()> {
    let mut head = format!("HTTP/1.1 {} X\r\n", response.status);
    for (name, value) in response.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut send = |bytes: &[u8]| stream.write_all(bytes).ok();
    match response.body {
        Body::Bytes(bytes) => {
            send(format!("{head}content-length: {}\r\n\r\n", bytes.len()).as_bytes())?;
            send(&bytes)
        }
        Body::Short(bytes, stated) => {
            send(format!("{head}content-length: {stated}\r\n\r\n").as_bytes())?;
            send(&bytes)?;
            None
        }
        Body::Endless => {
            send(format!("{head}connection: close\r\n\r\n").as_bytes())?;
            loop {
                send(&[b' '; 1 << 13])?;
            }
        }
        Body::Drip => {
            send(format!("{head}connection: close\r\n\r\n").as_bytes())?;
            loop {
                send(b" ")?;
                thread::sleep(Duration::from_millis(50));
            }
        }
    }
}
