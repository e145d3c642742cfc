//! A witness behind TLS, as public ones are: believed with a certificate the system trusts, for its own name, else not.
//!
//! The server that speaks TLS is a few lines around rustls here; certificates in `tls/` are for these tests alone.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;
mod witness_scene;

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use witness_scene::{Scene, said};

fn tls(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(name)
}

/// Speaks TLS as `host` on a free port of loopback, and hands on to `behind`; returns the port.
fn front(host: &str, behind: String) -> u16 {
    let chain = vec![CertificateDer::from_pem_file(tls(&format!("{host}.pem"))).unwrap()];
    let key = PrivateKeyDer::from_pem_file(tls(&format!("{host}.key.pem"))).unwrap();
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
fn submit(scene: &Scene, port: u16, is_trusted: bool) -> (i32, String) {
    let url = format!("https://localhost:{port}");
    let mut command = scene.log.command(&["ledger", "witness", "submit", &url, "--witness", &scene.witness().key]);
    command.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR");
    if is_trusted {
        command.env("SSL_CERT_FILE", tls("ca.pem"));
    }
    let output = command.output().unwrap();
    (output.status.code().unwrap(), said(&output))
}

#[test]
fn a_witness_over_https_is_believed_by_its_certificate_and_name_only() {
    let scene = Scene::new();
    let behind = scene.witness().url.strip_prefix("http://").unwrap().to_owned();
    let own = front("localhost", behind.clone());
    let (code, said) = submit(&scene, own, true);
    assert!(code == 0 && said.contains("w.example/1 cosigned"), "{said}");
    let (code, said) = submit(&scene, own, false);
    assert!(code == 3 && said.contains("NOT cosigned"), "an unknown authority: {said}");
    let (code, said) = submit(&scene, front("other.example", behind), true);
    assert!(code == 3 && said.contains("NOT cosigned"), "another host's certificate: {said}");
    let plain = scene.witness().url.rsplit_once(':').unwrap().1.parse().unwrap();
    let (code, said) = submit(&scene, plain, true);
    assert!(code == 3 && said.contains("NOT cosigned"), "no TLS at all: {said}");
}
