//! What well-known MCP servers reach with what they are given: folders, databases, services of others, the web.
//!
//! Source: the READMEs of the reference servers (`@modelcontextprotocol/server-*`, `mcp-server-*`, `mcp/*` images).
//! A home folder is written `~`, so that no person's name stays; of an address only host and port are kept.

use crate::facts::{Package, Reach, ReachKind};

/// A server is given at most this many folders that are listed.
const MAX_FOLDERS: usize = 20;

/// What a known server reaches.
enum Known {
    /// The folders it is given, by option or by word.
    Folders(&'static [&'static str]),
    /// The database it is given.
    Database(&'static str),
    /// A service of somebody else.
    Service(&'static str),
    /// Whatever address a model names.
    AnyAddress,
}

/// Known servers by the name that all their packagings share.
const SERVERS: &[(&str, Known)] = &[
    ("filesystem", Known::Folders(&[])),
    ("git", Known::Folders(&["--repository", "-r"])),
    ("sqlite", Known::Folders(&["--db-path"])),
    ("postgres", Known::Database("PostgreSQL")),
    ("redis", Known::Database("Redis")),
    ("github", Known::Service("GitHub")),
    ("gitlab", Known::Service("GitLab")),
    ("slack", Known::Service("Slack")),
    ("gdrive", Known::Service("Google Drive")),
    ("google-maps", Known::Service("Google Maps")),
    ("brave-search", Known::Service("Brave Search")),
    ("sentry", Known::Service("Sentry")),
    ("aws-kb-retrieval", Known::Service("AWS Bedrock knowledge base")),
    ("fetch", Known::AnyAddress),
    ("puppeteer", Known::AnyAddress),
];

/// Returns what the server of a package reaches with these words of its command.
pub(crate) fn of(package: &Package, words: &[String]) -> Vec<Reach> {
    let Some(name) = bare_name(package) else { return Vec::new() };
    let Some((_, known)) = SERVERS.iter().find(|(known, _)| *known == name) else { return Vec::new() };
    let reach =
        |kind, target: String, product: Option<&str>| Reach { kind, target, product: product.map(str::to_owned) };
    match known {
        Known::Folders(options) => {
            let folders = folders(package, words, options).into_iter();
            folders.take(MAX_FOLDERS).map(|folder| reach(ReachKind::Folder, folder, None)).collect()
        }
        Known::Database(product) => {
            let address = words.iter().find_map(|word| address_of(word)).unwrap_or_default();
            vec![reach(ReachKind::Database, address, Some(product))]
        }
        Known::Service(name) => vec![reach(ReachKind::Service, (*name).to_owned(), None)],
        Known::AnyAddress => vec![reach(ReachKind::AnyAddress, String::new(), None)],
    }
}

/// `@modelcontextprotocol/server-git`, `mcp-server-git`, `mcp/git` → `git`.
fn bare_name(package: &Package) -> Option<&str> {
    match package.ecosystem.as_str() {
        "npm" => package
            .name
            .strip_prefix("@modelcontextprotocol/server-")
            .or_else(|| package.name.strip_prefix("mcp-server-")),
        "pypi" => package.name.strip_prefix("mcp-server-"),
        _ => package
            .name
            .rsplit_once("mcp/")
            .filter(|(before, _)| before.is_empty() || before.ends_with('/'))
            .map(|(_, name)| name),
    }
}

fn folders(package: &Package, words: &[String], options: &[&str]) -> Vec<String> {
    if package.ecosystem == "oci" {
        // Behind the image stand paths of the container: what is mounted there is what it reaches.
        return words.iter().zip(words.iter().skip(1)).filter_map(|(option, value)| mounted(option, value)).collect();
    }
    let after = words.iter().position(|word| word.contains(package.name.as_str())).map_or(words.len(), |at| at + 1);
    let given = words.get(after..).unwrap_or_default();
    if options.is_empty() {
        return given.iter().filter(|word| !word.starts_with('-')).map(|word| plain(word)).collect();
    }
    let pairs = given.iter().zip(given.iter().skip(1));
    pairs.filter(|(option, _)| options.contains(&option.as_str())).map(|(_, value)| plain(value)).collect()
}

/// `--mount type=bind,src=/a,dst=/b`, `-v /a:/b`; a volume's name is no folder.
fn mounted(option: &str, value: &str) -> Option<String> {
    let source = match option {
        "--mount" => {
            value.split(',').find_map(|part| part.strip_prefix("src=").or_else(|| part.strip_prefix("source=")))?
        }
        "-v" | "--volume" => value.rsplit_once(':').map(|(source, _)| source)?,
        _ => return None,
    };
    source.starts_with(['/', '.', '~', '$']).then(|| plain(source))
}

/// A path without the name of the person whose home it lies in.
fn plain(path: &str) -> String {
    let path = path.trim_start_matches("./").replace('\\', "/");
    let path = if path.len() > 1 { path.trim_end_matches('/') } else { &path };
    let home = ["/home/", "/Users/", "C:/Users/"].iter().find_map(|start| path.strip_prefix(start));
    let text = match home {
        Some(rest) => format!("~{}", rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default()),
        None => path.to_owned(),
    };
    text.chars().take(200).collect()
}

/// Host and port of an address, without user, password, path and query.
fn address_of(word: &str) -> Option<String> {
    let (_, rest) = word.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    (!host.contains(['$', '{']) && !host.is_empty())
        .then(|| host.chars().take(200).collect::<String>().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_folder_keeps_nobodys_name() {
        for (path, expected) in [
            ("/Users/ada/work/x/", "~/work/x"),
            ("C:\\Users\\ada\\x", "~/x"),
            ("/home/ada", "~"),
            ("/", "/"),
            ("./docs", "docs"),
            ("/srv/data", "/srv/data"),
        ] {
            assert_eq!(plain(path), expected, "{path}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_words_are_read(line in "(docker|--mount|-v|src=|/a|:|,|/home/|é|@|://|--repository| ){0,14}", ecosystem in "(npm|pypi|oci)") {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            for name in ["mcp-server-git", "@modelcontextprotocol/server-filesystem", "mcp/postgres"] {
                let package = Package { ecosystem: ecosystem.clone(), name: name.to_owned(), version: None, is_pinned: false };
                let _ = of(&package, &words);
            }
        }
    }
}
