//! The console over a store of any size and age: answers stay quick, and nothing old passes for new.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, helpers included")]

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use syndic_console::{Console, Status, Work};
use syndic_detect::Rulebook;
use syndic_evidence::{
    Assessment, Asset, AssetKind, Confidence, ControlResult, ControlStatus, Coverage, Decision, Digest, FindingDraft,
    Location, Run, Severity, Urn, Verdict, Zone,
};
use syndic_store::Store;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// A page takes at most this long, in a debug build on a busy machine, once the store stands still.
const PATIENCE: Duration = Duration::from_millis(500);

const FINDINGS: u32 = 20_000;

fn assessment(findings: u32, run: &str) -> Assessment {
    let system = Urn::local("large", AssetKind::System, "large");
    let at: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    let digest = Digest::of(b"policy");
    let urn = |number: u32| Urn::local("large", AssetKind::Model, &format!("m{number}.bin"));
    let assets = (0..findings / 4).map(|number| {
        let place = Location::file(format!("models/m{number}.bin"));
        Asset::new(urn(number), AssetKind::Model, format!("m{number}.bin"), Zone::Data, place)
    });
    let finding = |number: u32| {
        let draft = FindingDraft {
            rule: "artifact.pickle-format".to_owned(),
            asset: Some(urn(number / 4)),
            message: format!("finding <b>number</b> {number}"),
            severity: if number.is_multiple_of(3) { Severity::High } else { Severity::Low },
            confidence: Confidence::High,
            location: Location::line(format!("src/f{number}.py"), number),
            discriminator: String::new(),
            props: serde_json::Map::new(),
        };
        syndic_evidence::Finding::from_draft(draft, "A <title> of a finding", &system, digest)
    };
    let control = |number: u32| ControlStatus {
        catalogue: "baseline".to_owned(),
        control: "MOD-01".to_owned(),
        title: "Models use a code-free weight format".to_owned(),
        asset: urn(number),
        severity: Severity::High,
        blocking: true,
        result: ControlResult::Fail,
        reasons: vec!["a reason".to_owned()],
        evidence: Vec::new(),
        remediation: "Convert it.".to_owned(),
        maps: std::collections::BTreeMap::new(),
    };
    Assessment {
        run: Run {
            id: run.to_owned(),
            system: system.clone(),
            started_at: at,
            finished_at: at,
            tool_version: "0".to_owned(),
            rules: vec!["artifact.pickle-format".to_owned()],
            coverage: Coverage::default(),
        },
        assets: assets.collect(),
        relations: Vec::new(),
        evidence: Vec::new(),
        findings: (0..findings).map(finding).collect(),
        risks: Vec::new(),
        decision: Decision {
            subject: system.clone(),
            path: "data.syndic.decision".to_owned(),
            verdict: Verdict::Deny,
            policy_digest: digest,
            input_digest: digest,
            controls: (0..findings / 4).map(control).collect(),
        },
    }
}

/// A console over a store in a folder of its own.
struct Served {
    address: SocketAddr,
    store: Store,
    status: watch::Sender<Status>,
    _folder: tempfile::TempDir,
}

async fn serve() -> Served {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("syndic.db").to_str().unwrap()).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (status, told) = watch::channel(Status::default());
    let console = Console { store: store.clone(), rules: Rulebook::all().unwrap(), status: told };
    tokio::spawn(syndic_console::serve(listener, console, std::future::pending()));
    Served { address, store, status, _folder: folder }
}

impl Served {
    async fn get(&self, path: &str) -> String {
        let (address, path) = (self.address, path.to_owned());
        tokio::task::spawn_blocking(move || {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
            let mut text = String::new();
            stream.read_to_string(&mut text).unwrap();
            text
        })
        .await
        .unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_thousand_findings_stay_quick_to_read() {
    let served = serve().await;
    served.store.record(&assessment(FINDINGS, "01RUN")).await.unwrap();
    // The store is read once after it changed; what follows comes from memory.
    let started = Instant::now();
    while !served.get("/").await.contains("Denied") || started.elapsed() < Duration::from_millis(150) {}
    served.get("/").await;
    let pages = [
        ("/", "Of 1 controls that decide"),
        ("/assets", "All 5000 models"),
        ("/assets?kind=model&page=50", "4901 to 5000 of 5000"),
        ("/assets/detail?urn=urn:syndic:large:model:m7.bin", "finding &lt;b&gt;number&lt;/b&gt; 29"),
        ("/findings", "1 to 100 of 20000"),
        ("/findings?severity=high&page=3", "201 to 300 of 6667"),
        ("/findings?page=1000000", "19901 to 20000 of 20000"),
        ("/decisions", "and 4975 more assets"),
    ];
    for (path, text) in pages {
        let started = Instant::now();
        let page = served.get(path).await;
        let took = started.elapsed();
        assert!(page.contains(text), "{path}: {page}");
        assert!(took < PATIENCE, "{path} took {took:?}");
        assert!(page.len() < 300_000, "{path}: {} bytes", page.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_is_on_the_next_page() {
    let served = serve().await;
    assert!(served.get("/").await.contains("first assessment is under way"));
    for round in 1..=6 {
        served.store.record(&assessment(round * 4, &format!("01RUN{round}"))).await.unwrap();
        // Twice: the second may come from memory.
        for _ in 0..2 {
            let page = served.get("/findings").await;
            assert!(page.contains(&format!("<strong>{}</strong> any severity", round * 4)), "round {round}: {page}");
        }
        tokio::time::sleep(Duration::from_millis(120)).await;
        served.get("/findings").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_old_says_so_on_every_page() {
    let served = serve().await;
    served.store.record(&assessment(4, "01RUN")).await.unwrap();
    let at: Timestamp = "2026-01-02T03:05:00Z".parse().unwrap();
    let failed = Work::Failed { at, problem: "the disk is full".to_owned() };
    let cases = [
        (
            Status { work: failed, unwatched: None },
            "out of date: the assessment at 2026-01-02 03:05:00 UTC failed (the disk is full)",
        ),
        (
            Status { work: Work::Assessing(at), unwatched: None },
            "A change seen at 2026-01-02 03:05:00 UTC is being assessed",
        ),
        (
            Status { work: Work::Current, unwatched: Some("no room".to_owned()) },
            "may be missing here, because they are not all noticed: no room",
        ),
    ];
    let pages =
        ["/", "/assets", "/findings", "/diagram", "/decisions", "/assets/detail?urn=urn:syndic:large:model:m0.bin"];
    for (status, text) in cases {
        served.status.send_replace(status);
        for path in pages {
            let page = served.get(path).await;
            assert!(page.contains(text), "{path}: {page}");
        }
    }
    served.status.send_replace(Status::default());
    assert!(!served.get("/").await.contains("class=\"notice"));
}
