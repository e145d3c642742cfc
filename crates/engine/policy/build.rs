//! Compiles the baseline pack of `policies/baseline/` into the crate: one `(name, text)` pair a file, in name order, and
//! its catalogue a second time as JSON, which the program reads at every start in a fiftieth of the time.

#![expect(clippy::disallowed_methods, reason = "a build script reads the tree and writes to OUT_DIR")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("../../../policies/baseline");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(&root)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rego" || extension == "yaml") {
            println!("cargo::rerun-if-changed={}", path.display());
            files.push(path);
        }
    }
    files.sort();
    let mut table = String::from("pub(crate) static FILES: &[(&str, &str)] = &[\n");
    for file in &files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let path = fs::canonicalize(file)?;
        let _ = writeln!(table, "    ({name:?}, include_str!({:?})),", path.display().to_string());
    }
    table.push_str("];\n");
    let catalogue: serde_norway::Value =
        serde_norway::from_str(&fs::read_to_string(root.join("catalogue.yaml"))?).map_err(io::Error::other)?;
    let _ = writeln!(table, "pub(crate) static CATALOGUE: &str = {:?};", serde_json::to_string(&catalogue)?);
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    fs::write(out.join("pack_files.rs"), table)
}
