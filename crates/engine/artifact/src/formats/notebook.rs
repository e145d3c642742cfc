//! Jupyter notebooks: cells that hand what they download to a shell or an interpreter.

use std::io;

use syndic_detect::ReadAt;

use super::json_events::{self, Listener};
use super::python_code;
use crate::facts::{Facts, ObservationKind};

/// Programs that download.
const DOWNLOADERS: [&str; 4] = ["curl ", "wget ", "fetch ", "aria2c "];
/// Programs that run what they are handed.
const RUNNERS: [&str; 7] = ["sh", "bash", "zsh", "python", "python3", "perl", "sudo"];
/// Characters of a command shown.
const SHOWN: usize = 120;

/// Bytes of a cell's source looked at.
const MAX_CELL_BYTES: usize = 1024 * 1024;

/// Reads the code cells.
pub(super) fn read(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let mut cells = Cells { facts, depth: 0, index: 0, is_code: false, source: String::new() };
    let is_sound = json_events::read_whole(source, &mut cells)?;
    if !is_sound {
        facts.skip("notebook: not JSON to its end");
    }
    Ok(())
}

/// Hears of cells: objects under `cells` of the outermost object.
struct Cells<'f> {
    facts: &'f mut Facts,
    depth: u32,
    index: usize,
    is_code: bool,
    source: String,
}

/// How deep a cell's own keys stand.
const CELL_DEPTH: u32 = 2;

impl Listener for Cells<'_> {
    fn open(&mut self, key: &str) {
        self.depth += 1;
        if self.depth == CELL_DEPTH && key == "cells" {
            self.is_code = false;
            self.source.clear();
        }
    }

    fn text(&mut self, key: &str, text: &str) {
        match key {
            "cell_type" if self.depth == CELL_DEPTH => self.is_code = text == "code",
            "source" if self.depth == CELL_DEPTH && self.source.len() < MAX_CELL_BYTES => self.source.push_str(text),
            _ => {}
        }
    }

    fn close(&mut self) {
        if self.depth == CELL_DEPTH {
            if self.is_code {
                look(self.index, &self.source, self.facts);
            }
            self.index += 1;
            self.is_code = false;
            self.source.clear();
        }
        self.depth = self.depth.saturating_sub(1);
    }
}

fn look(index: usize, source: &str, facts: &mut Facts) {
    let is_shell_cell = ["%%bash", "%%sh", "%%script"].iter().any(|magic| source.trim_start().starts_with(magic));
    for line in source.lines() {
        let command = line.trim_start();
        let is_handed_over = ["os.system(", ".system(", "subprocess."].iter().any(|call| command.contains(call));
        let is_command = is_shell_cell || is_handed_over || command.starts_with('!') || command.starts_with("%sx");
        let is_encoded = python_code::harm(command).is_some_and(|(_, what)| what.contains("encoded"));
        if (is_command && runs_download(command)) || is_encoded {
            let shown: String = command.chars().take(SHOWN).collect();
            let member = format!("cell {index}");
            let what = if is_encoded { "code that was encoded or downloaded" } else { "what it downloads" };
            let detail = format!("runs {what}: `{shown}`");
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
