//! Reads the servers of the Model Context Protocol from an agent's configuration, whatever agent's it is.
//!
//! Known forms: `mcpServers` (Claude, Cursor, Windsurf, Cline, Gemini), `servers` (VS Code), `context_servers` (Zed),
//! `[mcp_servers.name]` (Codex), and a list of servers with names (Continue).

use syndic_detect::document::Node;

use crate::facts::McpServer;
use crate::mcp_package;
use crate::mcp_reach;
use crate::secret;

/// A configuration has at most this many servers, and a server so many arguments and settings.
const MAX_SERVERS: usize = 200;
const MAX_PARTS: usize = 200;

/// Names by which servers whose purpose is to run commands go.
const SHELLS: [&str; 9] = [
    "desktop-commander",
    "mcp-server-commands",
    "mcp-shell",
    "shell-mcp",
    "server-shell",
    "shell-server",
    "terminal-mcp",
    "mcp-server-shell",
    "iterm-mcp",
];

/// Reads every server below one of the known keys.
pub(crate) fn read(root: Node<'_>) -> Vec<McpServer> {
    let keys: [&[&str]; 7] = [
        &["mcpServers"],
        &["servers"],
        &["mcp", "servers"],
        &["context_servers"],
        &["mcp_servers"],
        &["mcp.servers"],
        &["mcp", "mcpServers"],
    ];
    let mut servers: Vec<McpServer> = Vec::new();
    for list in keys.iter().filter_map(|path| root.path(path)) {
        read_list(list, &mut servers);
    }
    // Claude's own state file keeps servers by project.
    for project in root.get("projects").map(Node::entries).unwrap_or_default().into_iter().take(MAX_SERVERS) {
        if let Some(list) = project.value.get("mcpServers") {
            read_list(list, &mut servers);
        }
    }
    servers
}

fn read_list(list: Node<'_>, servers: &mut Vec<McpServer>) {
    let named = list.entries().into_iter().map(|entry| (entry.key.to_owned(), entry.line, entry.value));
    let listed = list.items().filter_map(|item| {
        let name = item.get("name").and_then(Node::as_str)?;
        Some((name.to_owned(), item.line(), item))
    });
    for (name, line, node) in named.chain(listed) {
        let is_known = servers.iter().any(|known| known.name == name);
        if servers.len() < MAX_SERVERS && !is_known {
            servers.extend(read_server(name, line, node));
        }
    }
}

fn read_server(name: String, line: u32, node: Node<'_>) -> Option<McpServer> {
    let text = |keys: &[&str]| keys.iter().find_map(|key| node.get(key)).and_then(Node::as_str).map(str::to_owned);
    // Zed nests the program: `command: {path, args}`.
    let nested = node.get("command").filter(|command| command.is_mapping());
    let program = nested.and_then(|command| command.get("path")).and_then(Node::as_str).map(str::to_owned);
    let command = program.or_else(|| text(&["command"]));
    let address = text(&["url", "serverUrl", "httpUrl", "endpoint"]);
    if command.is_none() && address.is_none() {
        return None;
    }
    let mut words: Vec<String> = command.iter().flat_map(|command| split_program(command)).collect();
    let arguments = nested.and_then(|command| command.get("args")).or_else(|| node.get("args"));
    let arguments = arguments.into_iter().flat_map(Node::items).filter_map(Node::as_str);
    words.extend(arguments.take(MAX_PARTS).map(str::to_owned));
    let words = mcp_package::unwrap_shell(words);
    let address = address.or_else(|| remote_of(&words));
    let (scheme, host) = address.as_deref().and_then(split_address).unzip();
    let (env, literal_secrets) = read_settings(node, &words, address.as_deref());
    let package = mcp_package::of_words(&words);
    let all_words = words.join(" ").to_ascii_lowercase();
    let fetches = ["curl ", "wget ", "iwr ", "invoke-webrequest"].iter().any(|word| all_words.contains(word));
    let pipes = all_words.contains('|') || all_words.contains("$(") || all_words.contains("iex");
    Some(McpServer {
        line,
        transport: transport(node, address.as_deref(), command.is_some()),
        command: words.first().map(|word| base_name(word).to_owned()).unwrap_or_default(),
        broad_folders: broad_folders(&name, package.as_ref().map(|package| package.name.as_str()), &words),
        is_shell: SHELLS.iter().any(|shell| package.as_ref().is_some_and(|package| package.name.contains(shell))),
        reaches: package.as_ref().map(|package| mcp_reach::of(package, &words)).unwrap_or_default(),
        package,
        scheme,
        host,
        env,
        literal_secrets,
        runs_fetched_script: fetches && pipes,
        is_disabled: node.get("disabled").and_then(Node::as_bool) == Some(true),
        name,
    })
}

fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// A command with blanks is a program with arguments, unless it is a path with blanks.
fn split_program(command: &str) -> Vec<String> {
    let is_path = command.starts_with(['/', '~', '.']) || command.contains(":\\");
    if is_path { vec![command.to_owned()] } else { command.split_whitespace().map(str::to_owned).collect() }
}

/// `npx mcp-remote https://…` is a remote server behind a local program.
fn remote_of(words: &[String]) -> Option<String> {
    let is_bridge = words
        .iter()
        .any(|word| word.starts_with("mcp-remote") || word.starts_with("mcp-proxy") || word == "supergateway");
    words.iter().find(|word| is_bridge && word.contains("://")).cloned()
}

fn split_address(address: &str) -> Option<(String, String)> {
    let (scheme, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?;
    let host = match authority.strip_prefix('[') {
        Some(inner) => inner.split(']').next()?,
        None => authority.split(':').next()?,
    };
    (!host.is_empty())
        .then(|| (scheme.to_ascii_lowercase(), host.chars().take(253).collect::<String>().to_ascii_lowercase()))
}

fn transport(node: Node<'_>, address: Option<&str>, has_command: bool) -> String {
    let said = node.get("type").or_else(|| node.get("transport")).and_then(Node::as_str).unwrap_or_default();
    let is_events = said == "sse" || address.is_some_and(|address| address.trim_end_matches('/').ends_with("/sse"));
    match (address, has_command) {
        (Some(_), _) if is_events => "sse",
        (Some(_), _) => "http",
        (None, _) => "stdio",
    }
    .to_owned()
}

fn read_settings(node: Node<'_>, words: &[String], address: Option<&str>) -> (Vec<String>, Vec<String>) {
    let mut names = Vec::new();
    let mut literal = Vec::new();
    for key in ["env", "headers", "http_headers"] {
        for entry in node.get(key).map(Node::entries).unwrap_or_default().into_iter().take(MAX_PARTS) {
            names.push(entry.key.to_owned());
            if secret::is_secret_name(entry.key) && entry.value.as_str().is_some_and(secret::is_literal) {
                literal.push(entry.key.to_owned());
            }
        }
    }
    for (word, next) in words.iter().zip(words.iter().skip(1).map(String::as_str).chain([""])) {
        let (name, value) = word.split_once('=').unwrap_or((word, next));
        let is_flag = name.starts_with('-') || word.contains('=');
        if is_flag && name.len() > 3 && secret::is_secret_name(name) && secret::is_literal(value) {
            literal.push(name.to_owned());
        }
    }
    let query = address.and_then(|address| address.split_once('?')).map_or("", |(_, query)| query);
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        if (secret::is_secret_name(name) || name.eq_ignore_ascii_case("apikey")) && secret::is_literal(value) {
            literal.push(format!("address: {name}"));
        }
    }
    (names, literal)
}

/// Folders that hold everything a person has.
fn broad_folders(name: &str, package: Option<&str>, words: &[String]) -> Vec<String> {
    let is_files = [Some(name), package].into_iter().flatten().any(|text| {
        let lower = text.to_ascii_lowercase();
        lower.contains("filesystem") || lower.contains("file-system") || lower == "files" || lower == "fs"
    });
    let folder = |word: &String| {
        let mount = word.split(',').find_map(|part| part.strip_prefix("src=").or_else(|| part.strip_prefix("source=")));
        let path = mount.unwrap_or(word).trim_end_matches(['/', '\\']).to_owned();
        let depth = path.matches(['/', '\\']).count();
        let is_root = word == "/" || (mount == Some("/")) || (path.len() == 2 && path.ends_with(':'));
        let is_home =
            matches!(path.as_str(), "~" | "$HOME" | "${HOME}" | "${userHome}" | "%USERPROFILE%" | "${env:HOME}")
                || ((path.starts_with("/home") || path.starts_with("/Users") || path.starts_with("C:\\Users"))
                    && depth <= 2)
                || matches!(path.as_str(), "/root" | "/etc" | "/var");
        (is_root || is_home)
            .then(|| if is_root { word.clone() } else { path.split(['/', '\\']).take(2).collect::<Vec<_>>().join("/") })
    };
    if is_files { words.iter().skip(1).filter_map(folder).take(8).collect() } else { Vec::new() }
}
