//! A log, a witness that knows it, and the witness's server on a free port of loopback.
#![allow(dead_code, reason = "each test file uses its part")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use syndic_attest::SigningKey;
use syndic_attest::note::{KeyUse, NoteSigner};
use syndic_ledger::disk::SimDisk;
use syndic_ledger::sealer::Unsealed;
use syndic_ledger::witness::Witness;
use syndic_ledger::{Description, Entry, Ledger, Options, Ports, SystemClock};
use syndic_tlog::{ConsistencyProof, WitnessRequest};
use syndic_witness::{Desk, HttpWitness, Limits, serve};
use tokio::sync::oneshot;

/// Longest that a test waits for an answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Scene {
    pub(crate) ledger: Ledger,
    pub(crate) witness: Arc<Witness>,
    pub(crate) address: SocketAddr,
    /// Status of every answer, in order.
    pub(crate) told: Arc<Mutex<Vec<u16>>>,
    stop: Option<oneshot::Sender<()>>,
    server: Option<tokio::runtime::Runtime>,
    served: Option<tokio::task::JoinHandle<std::io::Result<()>>>,
}

pub(crate) fn witness_key() -> NoteSigner {
    NoteSigner::new("w.example", KeyUse::Cosignature, SigningKey::from_seed([4; 32])).unwrap()
}

pub(crate) fn log(seed: u8) -> (Ledger, String) {
    let disk = Arc::new(SimDisk::new(u64::from(seed)));
    let ports = Ports { disk: disk.clone(), clock: Arc::new(SystemClock), sealer: Arc::new(Unsealed) };
    let mut options = Options::new("a.example/log", SigningKey::from_seed([3; 32]));
    options.segment_bytes = 1 << 16;
    // Only what a test asks for is signed.
    options.checkpoint_every = Duration::from_secs(3_600);
    (Ledger::create(&ports, &options).unwrap(), Description::read(disk.as_ref()).unwrap().key)
}

pub(crate) fn append(ledger: &Ledger, records: u64) {
    for index in 0..records {
        let content = format!("content of {index}").into_bytes();
        ledger.append(vec![Entry { kind: "test".to_owned(), content, ..Entry::default() }]).unwrap();
    }
}

impl Scene {
    pub(crate) fn new(limits: Limits) -> Self {
        let (ledger, key) = log(1);
        let witness = Witness::open(Arc::new(SimDisk::new(2)), Arc::new(SystemClock), witness_key()).unwrap();
        assert!(witness.add_log(&key).unwrap());
        let (witness, told) = (Arc::new(witness), Arc::new(Mutex::new(Vec::new())));
        let server = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = server.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let seen = Arc::clone(&told);
        let desk = Desk {
            witness: Arc::clone(&witness),
            told: Box::new(move |_, answer| seen.lock().unwrap().push(answer.status())),
        };
        let served = server.spawn(serve(listener, desk, limits, async move { drop(stopped.await) }));
        Self { ledger, witness, address, told, stop: Some(stop), server: Some(server), served: Some(served) }
    }

    /// Tells the server to stop, and waits until it did.
    pub(crate) fn stop(&mut self) {
        drop(self.stop.take());
        let served = self.served.take().unwrap();
        let ended = self.server.as_ref().unwrap().block_on(async { tokio::time::timeout(PATIENCE, served).await });
        ended.expect("the server stops").unwrap().unwrap();
    }

    pub(crate) fn client(&self) -> HttpWitness {
        HttpWitness::new(format!("http://{}", self.address).parse().unwrap(), PATIENCE).unwrap()
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends bytes, then reads until the server closes.
    pub(crate) fn exchange(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        // A server that refuses early may close before everything is sent.
        let _ = stream.write_all(bytes);
        read_to_end(&mut stream)
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(server) = self.server.take() {
            server.shutdown_timeout(Duration::from_secs(1));
        }
    }
}

/// Everything until the connection ends, also by a reset.
pub(crate) fn read_to_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
            Err(error) => panic!("no answer within {PATIENCE:?}: {error}"),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(crate) fn body(old: u64, proof: ConsistencyProof, note: &str) -> String {
    WitnessRequest::new(old, proof, note).unwrap().to_string()
}

/// A whole request as it goes over the wire.
pub(crate) fn post(body: &str) -> Vec<u8> {
    let head = format!(
        "POST /add-checkpoint HTTP/1.1\r\nHost: w.example\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body.as_bytes()].concat()
}

pub(crate) fn status(answer: &str) -> u16 {
    let status = answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).and_then(|code| code.parse().ok());
    status.unwrap_or_else(|| panic!("no status line: {answer:?}"))
}
