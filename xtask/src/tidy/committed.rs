//! What must not be committed: paths of one machine, and hosts of the package mirrors it happens to use.
//!
//! The hosts are read from this machine's own settings when the check runs, so that none is written down here.

use std::path::PathBuf;

use super::{Report, TextFile};

/// Folders of build machines and homes; split, so that this file does not find itself.
const MACHINE_FOLDERS: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/tm", "p/")];
/// Trees that hold deployment examples, where such paths are part of the case.
const CASES: [&str; 5] = ["rules/", "examples/", "corpus/", "specs/", "bench/"];
/// Public hosts that any reader has as well.
const PUBLIC_HOSTS: [&str; 8] = [
    "pypi.org",
    "files.pythonhosted.org",
    "crates.io",
    "index.crates.io",
    "static.crates.io",
    "github.com",
    "registry.npmjs.org",
    "download.pytorch.org",
];
/// The only registry a lock file may name.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Checks every text file.
pub(super) fn check(files: &[TextFile], hosts: &[String]) -> Report {
    let mut report = Report::default();
    for file in files {
        for (number, line) in file.text.lines().enumerate() {
            let place = format!("{}:{}", file.path, number + 1);
            if let Some(folder) = machine_folder(&file.path, line) {
                report.fault(format!("{place}: a path of one machine ({folder}…)"));
            }
            if hosts.iter().any(|host| line.contains(host.as_str())) {
                report.fault(format!("{place}: the host of a package mirror"));
            }
            let is_foreign =
                file.path.ends_with("Cargo.lock") && line.contains("registry+") && !line.contains(CRATES_IO);
            if is_foreign {
                report.fault(format!("{place}: a registry other than crates.io"));
            }
        }
    }
    report
}

fn machine_folder(path: &str, line: &str) -> Option<&'static str> {
    if CASES.iter().any(|case| path.starts_with(case)) {
        return None;
    }
    let [own, home, scratch] = MACHINE_FOLDERS;
    // Containers run as root and write to the temporary folder: tests and detectors rightly speak of both in passing.
    let speaks_of_cases = path.contains("/tests/") || path.starts_with("crates/");
    let wanted: &[&'static str] = if speaks_of_cases { &[own] } else { &[own, home, scratch] };
    wanted.iter().copied().find(|folder| starts_path(line, folder))
}

/// Says whether `folder` stands in the line as the start of a path, not inside one (`network/` is another word).
fn starts_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        before.is_none_or(|c| !(c.is_alphanumeric() || "._-/}$~*".contains(c)))
    })
}

/// Returns the hosts of package mirrors in this machine's settings of pip, Cargo and npm.
pub(super) fn registry_hosts() -> Vec<String> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let files = [
        PathBuf::from("/etc/pip.conf"),
        home.join(".pip/pip.conf"),
        home.join(".config/pip/pip.conf"),
        home.join(".cargo/config.toml"),
        home.join(".npmrc"),
    ];
    let settings = files.iter().filter_map(|file| std::fs::read_to_string(file).ok());
    let variables = ["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "UV_INDEX_URL", "npm_config_registry"];
    let variables = variables.iter().filter_map(|name| std::env::var(name).ok());
    let mut hosts: Vec<String> = settings.chain(variables).flat_map(|text| hosts_in(&text)).collect();
    hosts.sort();
    hosts.dedup();
    hosts
}

fn hosts_in(text: &str) -> Vec<String> {
    let addresses = text.match_indices("://").filter_map(|(at, mark)| text.get(at + mark.len()..));
    let authorities = addresses.filter_map(|rest| rest.split(['/', '"', '\'', ' ', '\n', '?']).next());
    let named = authorities.filter_map(|authority| authority.rsplit('@').next()?.split(':').next());
    let hosts = named.map(str::to_owned);
    hosts
        .filter(|host| host.contains('.') && !PUBLIC_HOSTS.contains(&host.as_str()) && !host.starts_with("127."))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(path: &str, text: &str) -> usize {
        let file = TextFile { path: path.to_owned(), text: text.to_owned() };
        check(&[file], &["mirror.acme.example".to_owned()]).faults.len()
    }

    #[test]
    fn machine_paths_are_found_where_they_are_no_case() {
        let path = format!("see {}main/x", MACHINE_FOLDERS[0]);
        assert_eq!(faults("README.md", &path), 1);
        assert_eq!(faults("crates/a/src/lib.rs", &path), 1);
        assert_eq!(faults("rules/serving/x.yaml", &path), 0);
        assert_eq!(faults("README.md", &format!("net{}", &MACHINE_FOLDERS[0][1..])), 0);
        assert_eq!(faults("README.md", &format!("frame{}x", MACHINE_FOLDERS[0])), 0);
    }

    #[test]
    fn mirrors_and_foreign_registries_are_found() {
        assert_eq!(faults("README.md", "pip install -i https://mirror.acme.example/simple x"), 1);
        assert_eq!(faults("Cargo.lock", "source = \"registry+https://r.acme.example/index\""), 1);
        assert_eq!(faults("Cargo.lock", &format!("source = \"{CRATES_IO}\"")), 0);
    }

    #[test]
    fn hosts_are_read_without_their_credentials() {
        assert_eq!(
            hosts_in("index-url = https://u:p@mirror.acme.example:8443/simple\nx = https://pypi.org/simple"),
            ["mirror.acme.example"]
        );
    }
}
