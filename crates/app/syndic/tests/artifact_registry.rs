//! `syndic artifact scan oci://…`: honest registries, a real one where it is installed, and every way of lying.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod artifact_scene;
mod oci_server;
mod support;

use std::time::{Duration, Instant};

use artifact_scene::{EVIL, PLAIN};
use oci_server::docker::DockerRegistry;
use oci_server::{Body, Contents, REPOSITORY, Response, Server, digest, honest};
use serde_json::{Value, json};
use support::Syndic;

const MIB: usize = 1 << 20;

/// A safetensors file of one tensor.
fn safetensors(bytes: usize) -> Vec<u8> {
    let header = format!(r#"{{"w":{{"dtype":"U8","shape":[{bytes}],"data_offsets":[0,{bytes}]}}}}"#);
    [(header.len() as u64).to_le_bytes().as_slice(), header.as_bytes(), &vec![7; bytes]].concat()
}

/// A zip of stored members.
fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut bytes, mut central) = (Vec::new(), Vec::new());
    for (name, content) in members {
        let at = u32::try_from(bytes.len()).unwrap().to_le_bytes();
        let size = u32::try_from(content.len()).unwrap().to_le_bytes();
        let length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let common = [&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &size, &size, &length, &[0, 0]].concat();
        bytes.extend([b"PK\x03\x04".as_slice(), &common, name.as_bytes(), content].concat());
        central.extend([b"PK\x01\x02\x14\0".as_slice(), &common, &[0; 10], &at, name.as_bytes()].concat());
    }
    let count = u16::try_from(members.len()).unwrap().to_le_bytes();
    let at = u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let long = u32::try_from(central.len()).unwrap().to_le_bytes();
    let end = [b"PK\x05\x06\0\0\0\0".as_slice(), &count, &count, &long, &at, &[0, 0]].concat();
    [bytes, central, end].concat()
}

struct Outcome {
    code: i32,
    objects: Vec<Value>,
    said: String,
}

impl Outcome {
    fn whole(&self) -> &Value {
        self.objects.last().unwrap_or_else(|| panic!("{}", self.said))
    }

    fn of(&self, title: &str) -> &Value {
        self.objects.iter().find(|object| object["path"].as_str().unwrap().ends_with(title)).unwrap()
    }

    fn rules(&self) -> Vec<&str> {
        let findings = self.whole()["findings"].as_array().unwrap();
        let rules = findings.iter().map(|finding| finding["rule"].as_str().unwrap());
        rules.filter(|rule| rule.starts_with("layout.")).collect()
    }

    /// The gaps of the whole in one text.
    fn gaps(&self) -> String {
        self.whole()["not_inspected"].to_string()
    }
}

fn scan_with(variables: &[(&str, &str)], words: &[&str]) -> Outcome {
    let syndic = Syndic::new();
    let mut command = syndic.command(&[&["artifact", "scan", "--format", "jsonl"], words].concat());
    for name in ["DOCKER_CONFIG", "HOME", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR"] {
        command.env(name, syndic.state.path());
    }
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let objects = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let said = String::from_utf8(output.stderr).unwrap();
    Outcome { code: output.status.code().unwrap(), objects, said }
}

fn scan(words: &[&str]) -> Outcome {
    scan_with(&[], words)
}

#[test]
fn large_files_are_judged_by_ranges_also_in_a_real_registry() {
    let (weights, checkpoint) =
        (safetensors(24 * MIB), zip(&[("a/data.pkl", PLAIN), ("a/data/0", &vec![1; 24 * MIB])]));
    let files: [(&str, &[u8]); 3] =
        [("model.safetensors", &weights), ("model.pt", &checkpoint), ("tokenizer.pkl", EVIL)];
    let contents = Contents::of("1", &files);
    let real = DockerRegistry::start();
    if let Some(real) = &real {
        real.push(&contents);
    }
    let own = Server::honest(contents);
    for port in [Some(own.port), real.as_ref().map(|real| real.port)].into_iter().flatten() {
        let outcome = scan(&[&format!("oci://127.0.0.1:{port}/{REPOSITORY}:1")]);
        assert_eq!(outcome.code, 1, "{}", outcome.said);
        let whole = outcome.whole();
        assert_eq!((&whole["verdict"], &whole["format"]), (&"malicious".into(), &"model_pack".into()), "{whole}");
        assert_eq!(outcome.of("/tokenizer.pkl")["verdict"], "malicious");
        assert_eq!(outcome.of("/tokenizer.pkl")["sha256"], digest(EVIL)[7..]);
        for name in ["/model.safetensors", "/model.pt"] {
            let object = outcome.of(name);
            assert_eq!(object["verdict"], "clean", "{object}");
            let coverage = &object["coverage"];
            assert!(coverage["size_bytes"].as_u64().unwrap() > 24 << 20);
            assert!(coverage["fetched_bytes"].as_u64().unwrap() < 2 << 20, "{coverage}");
            assert_eq!((&coverage["is_whole"], &object["sha256"]), (&false.into(), &Value::Null));
        }
        let full = scan(&["--full", &format!("oci://127.0.0.1:{port}/{REPOSITORY}:1")]);
        assert_eq!(full.of("/model.safetensors")["sha256"], digest(&weights)[7..]);
        assert!(full.rules().is_empty(), "{}", full.whole());
    }
}

#[test]
fn a_content_that_is_not_what_its_digest_says_is_found() {
    let (small, large) = (b"{\"a\": 1}\n".to_vec(), safetensors(2 * MIB));
    let mut contents = Contents::of("1", &[("config.json", &small), ("model.safetensors", &large)]);
    contents.blobs.insert(digest(&small), b"{\"a\": 2}\n".to_vec());
    contents.blobs.get_mut(&digest(&large)).unwrap()[MIB] ^= 1;
    let server = Server::honest(contents);
    assert_eq!(scan(&[&server.reference("1")]).rules(), ["layout.digest-mismatch"]);
    let full = scan(&["--full", &server.reference("1")]);
    assert_eq!((full.rules(), full.code), (vec!["layout.digest-mismatch"; 2], 1));
}

#[test]
fn a_manifest_must_be_the_one_that_was_asked_for_and_stated() {
    let contents = Contents::of("1", &[("config.json", b"{}\n")]);
    let stated = digest(&contents.manifests["1"]);
    let mut other = contents.clone();
    other.manifests.insert(stated.clone(), [contents.manifests["1"].clone(), b" ".to_vec()].concat());
    let server = Server::honest(other);
    let outcome = scan(&[&format!("oci://127.0.0.1:{}/{REPOSITORY}@{stated}", server.port)]);
    assert_eq!(outcome.rules(), ["layout.digest-mismatch"]);
    let lying = Server::start(move |request| {
        let mut response = honest(&contents, request);
        response.headers.retain(|(name, _)| name != "docker-content-digest");
        response.with("docker-content-digest", &digest(b"x"))
    });
    assert_eq!(scan(&[&lying.reference("1")]).rules(), ["layout.digest-mismatch"]);
    assert_eq!(scan(&[&lying.reference("2")]).code, 3);
}

/// A registry that wants a token, and gives one to who has the password.
fn guarded(contents: Contents) -> Server {
    Server::start(move |request| {
        let host = request.header("host");
        if request.path.starts_with("/token?") {
            let is_known = request.header("authorization") == "Basic YW5uOnNlY3JldC1wYXNz";
            let is_scope = request.path.contains("scope=repository%3Aacme%2Ftiny%3Apull");
            return match (is_known, is_scope) {
                (true, true) => Response::of(200, br#"{"token": "t0ken"}"#),
                _ => Response::of(401, b"{}"),
            };
        }
        if request.header("authorization") != "Bearer t0ken" {
            let challenge = format!("Bearer realm=\"http://{host}/token\",service=\"acme\",scope=\"repository:*:*\"");
            return Response::of(401, b"").with("www-authenticate", &challenge);
        }
        honest(&contents, request)
    })
}

#[test]
fn a_token_is_fetched_with_the_credentials_of_docker_login_or_the_environment() {
    let server = guarded(Contents::of("1", &[("config.json", b"{}\n")]));
    let folder = tempfile::tempdir().unwrap();
    let host = format!("127.0.0.1:{}", server.port);
    let config = json!({"auths": {host: {"auth": "YW5uOnNlY3JldC1wYXNz"}}}).to_string();
    std::fs::write(folder.path().join("config.json"), config).unwrap();
    let reference = server.reference("1");
    let outcome = scan_with(&[("DOCKER_CONFIG", folder.path().to_str().unwrap())], &[&reference]);
    assert_eq!((outcome.code, &outcome.whole()["verdict"]), (0, &"clean".into()), "{}", outcome.said);
    assert_eq!(server.requests().iter().filter(|request| request.path.starts_with("/token?")).count(), 1);
    let given = |password| [("SYNDIC_REGISTRY_USERNAME", "ann"), ("SYNDIC_REGISTRY_PASSWORD", password)];
    assert_eq!(scan_with(&given("secret-pass"), &[&reference]).code, 0);
    let refused = scan_with(&given("wrong-pass"), &[&reference]);
    assert_eq!(refused.code, 3);
    assert!(refused.said.contains("401") && !refused.said.contains("wrong-pass"), "{}", refused.said);
}

#[test]
fn a_redirection_to_this_machine_is_not_followed_unless_allowed_and_takes_no_credential() {
    let contents = Contents::of("1", &[("model.pkl", PLAIN)]);
    let store = contents.clone();
    let inner = Server::start(move |request| honest(&store, request));
    let target = inner.port;
    let outer = Server::start(move |request| {
        if request.path.contains("/blobs/") {
            return Response::of(307, b"").with("location", &format!("http://127.0.0.1:{target}{}", request.path));
        }
        honest(&contents, request)
    });
    let token = [("SYNDIC_REGISTRY_TOKEN", "sesame")];
    let outcome = scan_with(&token, &[&outer.reference("1")]);
    assert_eq!((outcome.code, inner.requests().len()), (3, 0));
    assert!(outcome.gaps().contains("--allow-redirect"), "{}", outcome.gaps());
    let allowed = scan_with(&token, &["--allow-redirect", &format!("127.0.0.1:{target}"), &outer.reference("1")]);
    assert_eq!(allowed.code, 0, "{}", allowed.gaps());
    assert!(inner.requests().iter().all(|request| request.header("authorization").is_empty()));
    assert!(outer.requests().iter().all(|request| request.header("authorization") == "Bearer sesame"));
}

#[test]
fn a_token_service_on_this_machine_is_not_asked_unless_allowed() {
    let service = Server::start(|_| Response::of(200, br#"{"token": "t"}"#));
    let target = service.port;
    let server = Server::start(move |_| {
        let challenge = format!("Bearer realm=\"http://127.0.0.1:{target}/token\"");
        Response::of(401, b"").with("www-authenticate", &challenge)
    });
    assert_eq!(scan(&[&server.reference("1")]).code, 3);
    assert!(service.requests().is_empty());
}

/// An honest registry, but for what `lie` makes of the answers about contents.
fn lying(contents: Contents, lie: impl Fn(Response) -> Response + Send + Sync + 'static) -> Server {
    Server::start(move |request| {
        let response = honest(&contents, request);
        if request.path.contains("/blobs/") { lie(response) } else { response }
    })
}

#[test]
fn what_a_hostile_registry_answers_is_incomplete_and_never_clean() {
    let contents = || Contents::of("1", &[("model.safetensors", &safetensors(2 * MIB))]);
    let replace = |name: &'static str, value: &'static str| {
        move |mut response: Response| {
            response.headers.retain(|(key, _)| key != name);
            response.with(name, value)
        }
    };
    let servers = [
        ("another range", lying(contents(), replace("content-range", "bytes 5-9/100"))),
        ("no range", lying(contents(), replace("content-range", "bytes */*"))),
        ("416", lying(contents(), |_| Response::of(416, b""))),
        ("500", lying(contents(), |_| Response::of(500, b""))),
        ("packed", lying(contents(), replace("content-encoding", "gzip"))),
        (
            "redirects in a circle",
            lying(contents(), |_| Response::of(302, b"").with("location", "/v2/acme/tiny/blobs/x")),
        ),
        ("redirects to a file", lying(contents(), |_| Response::of(302, b"").with("location", "file:///etc/passwd"))),
        ("endless", lying(contents(), |_| Response { status: 206, headers: Vec::new(), body: Body::Endless })),
        ("endless whole", lying(contents(), |_| Response { status: 200, headers: Vec::new(), body: Body::Endless })),
        ("short", lying(contents(), |response| Response { body: Body::Short(vec![0; 9], 600), ..response })),
    ];
    for (name, server) in servers {
        let outcome = scan(&[&server.reference("1")]);
        assert_eq!(
            (outcome.code, &outcome.whole()["verdict"]),
            (3, &"incomplete".into()),
            "{name}: {}",
            outcome.whole()
        );
    }
    let manifest = Server::start(|_| Response { status: 200, headers: Vec::new(), body: Body::Endless });
    let outcome = scan(&[&manifest.reference("1")]);
    assert!(outcome.code == 3 && outcome.said.contains("bytes"), "{}", outcome.said);
}

#[test]
fn a_length_that_changes_while_it_is_read_is_not_believed() {
    let weights = safetensors(2 * MIB);
    let contents = Contents::of("1", &[("model.safetensors", &weights)]);
    let server = lying(contents, |mut response| {
        for (name, value) in &mut response.headers {
            if name == "content-range" && !value.contains(" 0-") {
                *value = value.replace("/20", "/30");
            }
        }
        response
    });
    let outcome = scan(&["--full", &server.reference("1")]);
    assert_eq!(outcome.code, 3);
    assert!(outcome.gaps().contains("length"), "{}", outcome.gaps());
}

#[test]
fn a_registry_without_ranges_is_read_whole_up_to_a_bound() {
    let whole = |contents: Contents| {
        Server::start(move |request| {
            let mut request = request.clone();
            request.headers.remove("range");
            honest(&contents, &request)
        })
    };
    let small = whole(Contents::of("1", &[("model.safetensors", &safetensors(2 * MIB))]));
    let outcome = scan(&[&small.reference("1")]);
    assert_eq!(outcome.code, 0, "{}", outcome.whole());
    assert_eq!(outcome.of("/model.safetensors")["coverage"]["is_whole"], true);
    let large = whole(Contents::of("1", &[("model.safetensors", &safetensors(34 * MIB))]));
    let outcome = scan(&[&large.reference("1")]);
    assert!(outcome.code == 3 && outcome.gaps().contains("no ranges"), "{}", outcome.gaps());
}

#[test]
fn a_registry_that_drips_is_left_when_the_time_is_over() {
    let slow = lying(Contents::of("1", &[("a.bin", b"x")]), |response| Response { body: Body::Drip, ..response });
    let start = Instant::now();
    let outcome = scan(&["--remote-timeout", "2", &slow.reference("1")]);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!(outcome.code, 3);
    assert!(outcome.gaps().contains("--remote-timeout"), "{}", outcome.gaps());
}

#[test]
fn an_index_that_leads_to_itself_comes_to_an_end() {
    let part = json!({"mediaType": "application/vnd.oci.image.index.v1+json", "digest": digest(b"x"), "size": 1});
    let index = json!({"schemaVersion": 2, "manifests": [part, part]}).to_string();
    let server = Server::start(move |_| Response::of(200, index.as_bytes()));
    let outcome = scan(&[&server.reference("1")]);
    assert_eq!(outcome.whole()["verdict"], "suspicious");
    assert!(outcome.gaps().contains("nest too deep") && outcome.rules().contains(&"layout.digest-mismatch"));
    assert!(server.requests().len() < 300);
}

#[test]
fn what_names_no_artifact_is_a_mistake_of_the_user() {
    for text in ["oci://r.example", "oci://r.example/A", "s3://", "s3://x/../y z"] {
        let outcome = scan(&[text]);
        assert_eq!(outcome.code, 2, "{text}: {}", outcome.said);
    }
}
