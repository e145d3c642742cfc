//! Who asks a registry: from the environment, or from the file that `docker login` and `podman login` write.
//!
//! A program that keeps credentials (`credsStore`, `credHelpers`) is never run; where only one of those would know them,
//! that is said.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::basic;

/// The file of credentials is not longer.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// The name of Docker Hub in the file.
const HUB: [&str; 4] = ["https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io"];

/// What is shown to a registry. Never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// A name and a password.
    pub(super) pair: Option<(String, String)>,
    /// A token, sent as it is.
    pub(super) token: Option<String>,
    /// The program that would know them.
    pub(super) helper: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("has_password", &self.pair.is_some())
            .field("has_token", &self.token.is_some())
            .field("helper", &self.helper)
            .finish()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DockerConfig {
    #[serde(default)]
    auths: BTreeMap<String, Auth>,
    #[serde(default)]
    creds_store: Option<String>,
    #[serde(default)]
    cred_helpers: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Auth {
    #[serde(default)]
    auth: Option<String>,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    password: Option<String>,
    #[serde(default)]
    registrytoken: Option<String>,
}

impl Credentials {
    /// Takes those for a host from `SYNDIC_REGISTRY_TOKEN`, `SYNDIC_REGISTRY_USERNAME` and `SYNDIC_REGISTRY_PASSWORD`, or
    /// from the file of Docker or Podman.
    pub fn from_environment(host: &str) -> Self {
        Self::from_variables(host, &|name| std::env::var(name).ok())
    }

    /// As [`Credentials::from_environment`], with variables from elsewhere.
    pub fn from_variables(host: &str, variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let token = set("SYNDIC_REGISTRY_TOKEN");
        let pair = set("SYNDIC_REGISTRY_USERNAME").zip(set("SYNDIC_REGISTRY_PASSWORD"));
        if token.is_some() || pair.is_some() {
            return Self { pair, token, helper: None };
        }
        let home = |path: &str| set("HOME").map(|home| Path::new(&home).join(path));
        let files = [
            set("REGISTRY_AUTH_FILE").map(PathBuf::from),
            set("DOCKER_CONFIG").map(|folder| Path::new(&folder).join("config.json")),
            set("XDG_RUNTIME_DIR").map(|folder| Path::new(&folder).join("containers/auth.json")),
            home(".docker/config.json"),
        ];
        let configs = files.into_iter().flatten().filter_map(|file| read(&file));
        configs.map(|config| config.find(host)).find(|found| *found != Self::default()).unwrap_or_default()
    }
}

fn read(file: &Path) -> Option<DockerConfig> {
    let data = std::fs::metadata(file).ok()?;
    (data.is_file() && data.len() <= MAX_FILE_BYTES)
        .then(|| std::fs::read(file).ok())?
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
}

impl DockerConfig {
    fn find(&self, host: &str) -> Credentials {
        let names: Vec<&str> = if HUB.contains(&host) { HUB.to_vec() } else { vec![host] };
        let is_meant = |key: &str| {
            let bare = key.trim_start_matches("https://").trim_start_matches("http://");
            names
                .iter()
                .any(|name| key == *name || bare.trim_end_matches('/') == *name || bare == format!("{name}/v1/"))
        };
        let auth = self.auths.iter().find(|(key, _)| is_meant(key)).map(|(_, auth)| auth);
        let pair = auth.and_then(|auth| {
            let plain = auth.username.clone().zip(auth.password.clone());
            auth.auth.as_deref().and_then(basic::pair).or(plain)
        });
        let token = auth.and_then(|auth| auth.registrytoken.clone());
        let helper = self.cred_helpers.iter().find(|(key, _)| is_meant(key)).map(|(_, helper)| helper.clone());
        let helper = helper.or_else(|| self.creds_store.clone().filter(|_| pair.is_none() && token.is_none()));
        Credentials { pair, token, helper }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(config: &str, more: &[(&str, &str)], host: &str) -> Credentials {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.json"), config).unwrap();
        let place = folder.path().to_string_lossy().into_owned();
        Credentials::from_variables(host, &|name| {
            let given = more.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
            given.or_else(|| (name == "DOCKER_CONFIG").then(|| place.clone()))
        })
    }

    const CONFIG: &str = r#"{"auths": {"r.example": {"auth": "YW5uOnNlY3JldA=="}, "https://index.docker.io/v1/":
        {"username": "hub", "password": "pass"}}, "credHelpers": {"gcr.example": "gcloud"}}"#;

    #[test]
    fn the_file_of_docker_is_read_for_the_host_alone() {
        let pair = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
        assert_eq!(with(CONFIG, &[], "r.example").pair, pair("ann", "secret"));
        assert_eq!(with(CONFIG, &[], "docker.io").pair, pair("hub", "pass"));
        assert_eq!(with(CONFIG, &[], "evil.example"), Credentials::default());
        assert_eq!(with(CONFIG, &[], "r.example.evil.example"), Credentials::default());
        assert_eq!(with(CONFIG, &[], "gcr.example").helper.as_deref(), Some("gcloud"));
        assert_eq!(with("{", &[], "r.example"), Credentials::default());
    }

    #[test]
    fn the_environment_goes_before_the_file_and_nothing_is_shown() {
        let more = [("SYNDIC_REGISTRY_USERNAME", "bob"), ("SYNDIC_REGISTRY_PASSWORD", "hidden")];
        let found = with(CONFIG, &more, "r.example");
        assert_eq!(found.pair, Some(("bob".to_owned(), "hidden".to_owned())));
        assert!(!format!("{found:?}").contains("hidden"));
    }
}
