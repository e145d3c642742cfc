//! Python source that comes with a model and that its loader imports.
//!
//! What is looked for is what no definition of a model needs: programs started, code that was encoded or downloaded.
//! Source that does none of this is not thereby harmless; the rules that name it say so.

use crate::facts::{Facts, ObservationKind};

/// Calls that start programs or load code of the machine, and what they do.
const CALLS: [(&str, &str); 14] = [
    ("os.system(", "starts a program"),
    ("os.popen(", "starts a program"),
    ("os.exec", "starts a program"),
    ("os.spawn", "starts a program"),
    ("os.posix_spawn", "starts a program"),
    ("subprocess.", "starts a program"),
    ("commands.getoutput(", "starts a program"),
    ("pty.spawn(", "starts a program"),
    ("__import__('os')", "hides what it imports"),
    ("__import__(\"os\")", "hides what it imports"),
    ("__import__('subprocess')", "hides what it imports"),
    ("__import__(\"subprocess\")", "hides what it imports"),
    ("socket.socket(", "opens a connection"),
    ("pip.main(", "installs packages"),
];
/// Functions that run a text, and where such a text comes from.
const RUNNERS: [&str; 3] = ["exec(", "eval(", "loads("];
const ORIGINS: [&str; 8] = [
    "b64decode",
    "urlopen",
    "requests.get",
    "zlib.decompress",
    "bytes.fromhex",
    "marshal.",
    "codecs.decode",
    "a85decode",
];

/// Beginnings of names that Transformers gives to the code of a repository.
const OF_REPOSITORY: [&str; 6] =
    ["modeling_", "configuration_", "tokenization_", "processing_", "image_processing_", "feature_extraction_"];

/// Says whether a file is code that `auto_map` would name.
pub(super) fn is_of_repository(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.ends_with(".py") && OF_REPOSITORY.iter().any(|beginning| name.starts_with(beginning))
}

/// Says what a source does that no model needs.
pub(super) fn harm(source: &str) -> Option<(&str, &'static str)> {
    for line in source.lines().map(str::trim_start).filter(|line| !line.starts_with('#')) {
        let calls = CALLS.iter().find(|(call, _)| stands_alone(line, call));
        let runs = RUNNERS
            .iter()
            .any(|runner| stands_alone(line, runner) || (*runner == "loads(" && line.contains("marshal.")));
        let is_encoded = runs && ORIGINS.iter().any(|origin| line.contains(origin));
        if let Some((_, what)) = calls {
            return Some((line, what));
        }
        if is_encoded {
            return Some((line, "runs code that was encoded or downloaded"));
        }
    }
    None
}

/// Says whether a call stands in a line as itself, not as the end of a longer name.
fn stands_alone(line: &str, call: &str) -> bool {
    line.match_indices(call).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|before| !before.is_alphanumeric() && !matches!(before, '_' | '.' | '`' | '"' | '\''))
    })
}

/// Notes what the source of a model does that no model needs.
pub(super) fn read(source: &str, member: Option<&str>, facts: &mut Facts) {
    if let Some((line, what)) = harm(source) {
        let shown: String = line.chars().take(100).collect();
        let subject = member.unwrap_or("code").to_owned();
        let detail = format!("the Python code that comes with the model {what}: `{shown}`");
        facts.observe_at(ObservationKind::NamedCode, subject, detail, member, None);
    }
}

/// A `.pth` file in a folder of packages: Python runs each line that begins with `import`.
pub(super) fn read_path_file(text: &str, facts: &mut Facts) {
    let is_run = |line: &&str| line.starts_with("import ") || line.starts_with("import\t");
    for line in text.lines().filter(is_run) {
        let statements: Vec<&str> = line.split(';').collect();
        if let Some((_, what)) = statements.iter().find_map(|statement| harm(statement)) {
            let shown: String = line.chars().take(100).collect();
            let detail = format!("a line that Python runs at every start {what}: `{shown}`");
            facts.observe(ObservationKind::NamedCode, "pth", detail);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_that_reaches_out_is_told_from_code_that_defines_a_model() {
        for source in [
            "import os\nos.system('x')\n",
            "def f():\n    subprocess.run(['x'])\n",
            "exec(base64.b64decode('eA=='))",
            "x = __import__('os')",
            "exec(urllib.request.urlopen(u).read())",
        ] {
            assert!(harm(source).is_some(), "{source}");
        }
        for source in [
            "model.eval()\nself.exec(x)\n",
            "# os.system('x')\n",
            "import subprocess\nfrom os import path\n",
            "raise ValueError('do not use `os.system(`')",
            "import torch\nclass M(torch.nn.Module):\n    pass\n",
            "x = eval(text)",
        ] {
            assert!(harm(source).is_none(), "{source}");
        }
    }
}
