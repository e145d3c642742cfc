//! Compiles the rule files of `rules/` into the crate: one `(path, rule)` pair a file, in path order.
//!
//! Rules are written in YAML for people; the program reads them at every start, so it is handed the same rule as JSON,
//! which takes a fiftieth of the time to read. A file that is no YAML, or says a key twice, fails the build.

#![expect(clippy::disallowed_methods, reason = "a build script reads files; the ban is on the crate")]

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("../../../rules");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    let mut table = String::from("pub(crate) static FILES: &[(&str, &str)] = &[\n");
    for file in &files {
        println!("cargo::rerun-if-changed={}", file.display());
        let name = file.strip_prefix(&root).map_err(io::Error::other)?.display().to_string();
        let rule = as_json(&fs::read_to_string(file)?).map_err(|error| format!("{}: {error}", file.display()));
        let _ = writeln!(table, "    ({name:?}, {:?}),", rule.map_err(io::Error::other)?);
    }
    table.push_str("];\n");
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    fs::write(out.join("rule_files.rs"), table)
}

/// Returns a YAML document as JSON on one line, its keys in order.
fn as_json(text: &str) -> Result<String, Box<dyn Error>> {
    let document: serde_norway::Value = serde_norway::from_str(text)?;
    Ok(serde_json::to_string(&document)?)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            println!("cargo::rerun-if-changed={}", path.display());
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
    Ok(())
}
