//! Jupyter notebooks (nbformat 4): code cells as one Python text whose lines know their cell.
//!
//! Outputs are not code and are not read. Lines of shell and line magics become `pass`, so that lines keep their number;
//! a cell in another language (`%%bash`) is left out. `pip install` lines are noted.

use syndic_detect::document::{Node, parse_json};

use crate::{Facts, Install, Language, Spot, python, read};

/// Cell magics whose cell is still Python.
const PYTHON_MAGICS: &[&str] = &["%%time", "%%timeit", "%%capture", "%%prun"];

/// Reads a notebook.
pub(crate) fn read(path: &str, text: &str) -> Result<Facts, String> {
    let document = parse_json(text).map_err(|error| format!("notebook is no JSON: {error}"))?;
    let root = document.root();
    let mut source = Source::default();
    let language = root
        .path(&["metadata", "kernelspec", "language"])
        .or_else(|| root.path(&["metadata", "language_info", "name"]));
    let is_python = language.and_then(Node::as_str).is_none_or(|name| name.eq_ignore_ascii_case("python"));
    if !is_python {
        return Ok(Facts::new(path, Language::Notebook));
    }
    // Before nbformat 4 the cells stood in worksheets and their code was called otherwise.
    let Some(cells) = root.get("cells").filter(|cells| cells.is_sequence()) else {
        return Err("notebook without a list of cells: nothing of it was read".to_owned());
    };
    let code = cells.items().filter(|cell| cell.get("cell_type").and_then(Node::as_str) == Some("code"));
    for (cell, number) in code.zip(1..) {
        let Some(lines) = cell.get("source").filter(|lines| lines.as_str().is_some() || lines.is_sequence()) else {
            return Err(format!("code cell {number} of the notebook has no text: nothing of the notebook was read"));
        };
        source.add(lines, number);
    }
    let sketch = python::read(&source.text, &source.spots).map_err(|refusal| refusal.to_string())?;
    let mut facts = read::python(path, Language::Notebook, &sketch);
    facts.installs = source.installs;
    Ok(facts)
}

/// The Python text put together so far; `spots` has one place for each of its lines.
#[derive(Default)]
struct Source {
    text: String,
    spots: Vec<Spot>,
    installs: Vec<Install>,
}

impl Source {
    fn add(&mut self, lines: Node<'_>, cell: u32) {
        let parts: Vec<(&str, u32)> = match lines.as_str() {
            Some(text) => text.split('\n').map(|line| (line, lines.line())).collect(),
            None => lines.items().filter_map(|item| Some((item.as_str()?, item.line()))).collect(),
        };
        let first = parts.iter().map(|(line, _)| line.trim()).find(|line| !line.is_empty()).unwrap_or_default();
        let is_foreign = first.starts_with("%%") && !PYTHON_MAGICS.iter().any(|magic| first.starts_with(magic));
        for (part, line) in parts {
            let spot = Spot { line, cell: Some(cell) };
            for text in part.trim_end_matches('\n').split('\n') {
                self.note_install(text, spot);
                if !is_foreign && !text.starts_with("%%") {
                    self.push_line(text.trim_end_matches('\r'));
                    self.text.push('\n');
                    self.spots.push(spot);
                }
            }
        }
    }

    fn push_line(&mut self, line: &str) {
        let code = line.trim_start();
        if code.starts_with(['!', '%', '?']) || code.ends_with('?') {
            let indent = line.len() - code.len();
            self.text.push_str(line.get(..indent).unwrap_or_default());
            self.text.push_str("pass");
        } else {
            self.text.push_str(line);
        }
    }

    fn note_install(&mut self, text: &str, at: Spot) {
        let command = text.trim().trim_start_matches(['!', '%']).trim();
        let Some(rest) = command.strip_prefix("pip install").or_else(|| command.strip_prefix("pip3 install")) else {
            return;
        };
        for word in rest.split_whitespace().filter(|word| !word.starts_with('-')).take(50) {
            let requirement = word.trim_matches(['"', '\'']).to_owned();
            let is_name =
                requirement.starts_with(|first: char| first.is_ascii_alphabetic()) && !requirement.contains("://");
            if is_name {
                self.installs.push(Install { pinned: requirement.contains("=="), requirement, at });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_of_a_notebook_know_cell_and_line() {
        let text = "{\"cells\": [\n{\"cell_type\": \"markdown\", \"source\": []},\n{\"cell_type\": \"code\", \"source\": [\n\"!pip install openai pandas==2.2.0\\n\",\n\"from openai import OpenAI\\n\",\n\"c = OpenAI()\"]}], \"metadata\": {}}";
        let facts = read("a.ipynb", text).unwrap();
        assert_eq!(facts.providers[0].at, Spot { line: 6, cell: Some(1) });
        assert_eq!(facts.installs.iter().map(|install| install.pinned).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn a_notebook_whose_cells_cannot_be_read_is_said() {
        for text in [
            "{\"cells\": 7, \"nbformat\": 4}",
            "{\"nbformat\": 3, \"worksheets\": [{\"cells\": []}]}",
            "{\"cells\": [{\"cell_type\": \"code\", \"source\": {\"a\": 1}}]}",
        ] {
            assert!(read("a.ipynb", text).is_err(), "{text}");
        }
        assert!(read("a.ipynb", "{\"cells\": []}").is_ok());
    }

    #[test]
    fn cells_in_other_languages_and_outputs_are_no_python() {
        let text = "{\"cells\": [{\"cell_type\": \"code\", \"source\": \"%%bash\\nimport openai\", \"outputs\": [{\"text\": \"import pickle\"}]}], \"metadata\": {}}";
        assert!(read("a.ipynb", text).unwrap().is_empty());
    }
}
