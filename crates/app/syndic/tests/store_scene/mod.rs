//! Content stores on a disk as their programs write them: a cache of Hugging Face, a store of Ollama, an OCI layout.

#![allow(dead_code, missing_docs, unreachable_pub, reason = "each test file uses a part of this")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use serde_json::{Value, json};
use syndic_evidence::Digest;

/// A GGUF of version 3 without tensors and metadata.
pub const GGUF: &[u8] = b"GGUF\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
/// `printf '{"model_type": "bert"}\n' | git hash-object --stdin`.
pub const CONFIG: &[u8] = b"{\"model_type\": \"bert\"}\n";
pub const CONFIG_ID: &str = "dc1fb7b6703fe03317c1a080b523bf475f3d4818";
pub const REVISION: &str = "0123456789abcdef0123456789abcdef01234567";

pub fn sha(bytes: &[u8]) -> String {
    Digest::of(bytes).hex()
}

/// A cache with one repository of a configuration and weights.
pub struct Cache {
    pub folder: tempfile::TempDir,
    pub repository: PathBuf,
}

impl Cache {
    pub fn new(weights: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repository = folder.path().canonicalize().unwrap().join("hub/models--acme--tiny");
        for name in ["blobs", "refs", "snapshots"] {
            fs::create_dir_all(repository.join(name)).unwrap();
        }
        fs::create_dir(repository.join("snapshots").join(REVISION)).unwrap();
        fs::write(repository.join("refs/main"), REVISION).unwrap();
        let cache = Self { folder, repository };
        cache.put(CONFIG_ID, CONFIG, "config.json");
        cache.put(&sha(weights), weights, "pytorch_model.bin");
        cache
    }

    pub fn put(&self, id: &str, content: &[u8], name: &str) {
        fs::write(self.repository.join("blobs").join(id), content).unwrap();
        symlink(format!("../../blobs/{id}"), self.snapshot().join(name)).unwrap();
    }

    pub fn snapshot(&self) -> PathBuf {
        self.repository.join("snapshots").join(REVISION)
    }
}

pub fn descriptor(kind: &str, content: &[u8]) -> Value {
    json!({"mediaType": kind, "digest": format!("sha256:{}", sha(content)), "size": content.len()})
}

/// A store of Ollama with one model of these layers.
pub struct Ollama {
    pub folder: tempfile::TempDir,
}

impl Ollama {
    pub fn new(layers: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Self { folder };
        fs::create_dir_all(store.path("models/blobs")).unwrap();
        let mut manifest = json!({"schemaVersion": 2, "layers": [],
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": descriptor("application/vnd.docker.container.image.v1+json", b"{}")});
        store.put(b"{}");
        for (kind, content) in layers {
            store.put(content);
            let layer = descriptor(&format!("application/vnd.ollama.image.{kind}"), content);
            manifest["layers"].as_array_mut().unwrap().push(layer);
        }
        store.write(&manifest.to_string());
        store
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    pub fn put(&self, content: &[u8]) {
        fs::write(self.blob(content), content).unwrap();
    }

    pub fn blob(&self, content: &[u8]) -> PathBuf {
        self.path(&format!("models/blobs/sha256-{}", sha(content)))
    }

    pub fn manifest(&self) -> PathBuf {
        self.path("models/manifests/registry.ollama.ai/library/tiny/1b")
    }

    pub fn write(&self, manifest: &str) {
        fs::create_dir_all(self.manifest().parent().unwrap()).unwrap();
        fs::write(self.manifest(), manifest).unwrap();
    }
}

/// Returns a tar of one file.
pub fn tar(name: &str, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0_u8; 512];
    bytes[..name.len()].copy_from_slice(name.as_bytes());
    bytes[100..107].copy_from_slice(b"0000644");
    bytes[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    bytes[257..263].copy_from_slice(b"ustar\0");
    bytes.extend(content);
    bytes.resize(bytes.len().div_ceil(512) * 512 + 1024, 0);
    bytes
}

/// An OCI image layout of one ModelPack with these layers.
pub fn layout(layers: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let blobs = folder.path().join("blobs/sha256");
    fs::create_dir_all(&blobs).unwrap();
    fs::write(folder.path().join("oci-layout"), "{\"imageLayoutVersion\": \"1.0.0\"}").unwrap();
    let put = |content: &[u8]| fs::write(blobs.join(sha(content)), content).unwrap();
    let config = b"{\"descriptor\": {\"name\": \"tiny\"}}";
    put(config);
    let of = |kind: &str, content: &[u8]| {
        put(content);
        descriptor(&format!("application/vnd.cncf.model.{kind}"), content)
    };
    let layers: Vec<Value> = layers.iter().map(|(kind, content)| of(kind, content)).collect();
    let manifest = json!({"schemaVersion": 2, "artifactType": "application/vnd.cncf.model.manifest.v1+json",
        "config": descriptor("application/vnd.cncf.model.config.v1+json", config), "layers": layers});
    let manifest = manifest.to_string();
    put(manifest.as_bytes());
    let mut named = descriptor("application/vnd.oci.image.manifest.v1+json", manifest.as_bytes());
    named["annotations"] = json!({"org.opencontainers.image.ref.name": "acme/tiny:1"});
    fs::write(folder.path().join("index.json"), json!({"schemaVersion": 2, "manifests": [named]}).to_string()).unwrap();
    folder
}
