//! Jupyter notebooks: cells that hand what they download to a shell or an interpreter.

use std::io;

use serde_json::Value;
use syndic_detect::{ReadAt, read_vec_at};

use crate::facts::{Facts, ObservationKind};

/// Bytes of a notebook read.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Programs that download.
const DOWNLOADERS: [&str; 4] = ["curl ", "wget ", "fetch ", "aria2c "];
/// Programs that run what they are handed.
const RUNNERS: [&str; 7] = ["sh", "bash", "zsh", "python", "python3", "perl", "sudo"];
/// Characters of a command shown.
const SHOWN: usize = 120;

/// Reads the code cells.
pub(super) fn read(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let bytes = read_vec_at(source, 0, MAX_BYTES)?;
    let Ok(root) = serde_json::from_slice::<Value>(&bytes) else {
        facts.skip("notebook: not JSON, or larger than the bound");
        return Ok(());
    };
    let cells = root.get("cells").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for (index, cell) in cells.iter().enumerate() {
        if cell.get("cell_type").and_then(Value::as_str) == Some("code") {
            look(index, &text(cell.get("source")), facts);
        }
    }
    Ok(())
}

fn text(source: Option<&Value>) -> String {
    match source {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(lines)) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    }
}

fn look(index: usize, source: &str, facts: &mut Facts) {
    let is_shell_cell = ["%%bash", "%%sh", "%%script"].iter().any(|magic| source.trim_start().starts_with(magic));
    for line in source.lines() {
        let command = line.trim_start();
        let is_command = is_shell_cell || command.starts_with('!') || command.starts_with("%sx");
        if is_command && runs_download(command) {
            let shown: String = command.chars().take(SHOWN).collect();
            let member = format!("cell {index}");
            let detail = format!("runs what it downloads: `{shown}`");
            facts.observe_at(ObservationKind::NotebookDownload, member.clone(), detail, Some(&member), None);
        }
    }
}

fn runs_download(command: &str) -> bool {
    let is_download = DOWNLOADERS.iter().any(|program| command.contains(program));
    let is_piped = command.split('|').skip(1).any(|next| {
        let program = next.split_whitespace().next().unwrap_or_default();
        RUNNERS.contains(&program.rsplit('/').next().unwrap_or_default())
    });
    let is_substituted = ["$(curl", "$(wget", "<(curl", "<(wget"].iter().any(|form| command.contains(form));
    (is_download && is_piped) || is_substituted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_is_run_by_pipe_or_substitution_only() {
        for command in
            ["!curl -s http://x/y | sh", "!wget -O- x | sudo bash", "!bash <(curl x)", "!sh -c \"$(wget x)\""]
        {
            assert!(runs_download(command), "{command}");
        }
        for command in ["!curl -O http://x/y", "!wget x && ls | wc -l", "!cat a.sh | sh", "!pip install x | tail"] {
            assert!(!runs_download(command), "{command}");
        }
    }
}
