//! A witness behind TLS, as public ones are: believed with a certificate the system trusts, for its own name, else not.
//!
//! The server that speaks TLS is a few lines around rustls here; OpenSSL makes its keys and certificates anew each time.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;
mod witness_scene;

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use witness_scene::{Scene, said};

/// A folder with an authority and what it certified.
struct Authority(tempfile::TempDir);

impl Authority {
    fn new() -> Self {
        let authority = Self(tempfile::tempdir().unwrap());
        authority.openssl("req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 2 -subj /CN=test -keyout ca.key.pem -out ca.pem");
        authority
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Makes a key for a host and certifies it.
    fn certify(&self, host: &str) {
        std::fs::write(self.path("extensions"), format!("subjectAltName=DNS:{host}\n")).unwrap();
        self.openssl(&format!(
            "req -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN={host} -keyout {host}.key.pem -out request.pem"
        ));
        self.openssl(&format!(
            "x509 -req -in request.pem -CA ca.pem -CAkey ca.key.pem -CAcreateserial -days 2 -extfile extensions -out {host}.pem"
        ));
    }

    fn openssl(&self, arguments: &str) {
        let made = Command::new("openssl").args(arguments.split(' ')).current_dir(self.0.path()).output();
        let made = made.unwrap_or_else(|error| panic!("openssl: {error}: run `cargo xtask setup`"));
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
}

/// Speaks TLS as `host` on a free port of loopback, and hands on to `behind`; returns the port.
fn front(authority: &Authority, host: &str, behind: String) -> u16 {
    authority.certify(host);
    let chain = vec![CertificateDer::from_pem_file(authority.path(&format!("{host}.pem"))).unwrap()];
    let key = PrivateKeyDer::from_pem_file(authority.path(&format!("{host}.key.pem"))).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            // A client that does not believe the certificate breaks off here.
            let _ = hand_on(StreamOwned::new(tls, client.unwrap()), &behind);
        }
    });
    port
}

fn hand_on(mut client: StreamOwned<ServerConnection, TcpStream>, behind: &str) -> std::io::Result<()> {
    let request = read_message(&mut client)?;
    let mut witness = TcpStream::connect(behind)?;
    witness.write_all(&request)?;
    let answer = read_message(&mut witness)?;
    client.write_all(&answer)?;
    client.conn.send_close_notify();
    client.flush()
}

/// Reads one HTTP message with a content length.
fn read_message(from: &mut impl std::io::Read) -> std::io::Result<Vec<u8>> {
    let (mut message, mut byte) = (Vec::new(), [0]);
    while !message.ends_with(b"\r\n\r\n") {
        from.read_exact(&mut byte)?;
        message.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&message).to_ascii_lowercase();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length:")).map_or(0, |n| n.trim().parse().unwrap());
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    message.extend(body);
    Ok(message)
}

/// Submits to a host over https, trusting the test's authority or whom the system trusts; exit code and words.
fn submit(scene: &Scene, port: u16, trusted: Option<&Authority>) -> (i32, String) {
    let url = format!("https://localhost:{port}");
    let mut command = scene.log.command(&["ledger", "witness", "submit", &url, "--witness", &scene.witness().key]);
    command.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR");
    if let Some(authority) = trusted {
        command.env("SSL_CERT_FILE", authority.path("ca.pem"));
    }
    let output = command.output().unwrap();
    (output.status.code().unwrap(), said(&output))
}

#[test]
fn a_witness_over_https_is_believed_by_its_certificate_and_name_only() {
    let scene = Scene::new();
    let behind = scene.witness().url.strip_prefix("http://").unwrap().to_owned();
    let authority = Authority::new();
    let own = front(&authority, "localhost", behind.clone());
    let (code, said) = submit(&scene, own, Some(&authority));
    assert!(code == 0 && said.contains("w.example/1 cosigned"), "{said}");
    let (code, said) = submit(&scene, own, None);
    assert!(code == 3 && said.contains("NOT cosigned"), "an unknown authority: {said}");
    let (code, said) = submit(&scene, front(&authority, "other.example", behind), Some(&authority));
    assert!(code == 3 && said.contains("NOT cosigned"), "another host's certificate: {said}");
    let plain = scene.witness().url.rsplit_once(':').unwrap().1.parse().unwrap();
    let (code, said) = submit(&scene, plain, Some(&authority));
    assert!(code == 3 && said.contains("NOT cosigned"), "no TLS at all: {said}");
}
