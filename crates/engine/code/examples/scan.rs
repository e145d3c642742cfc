//! Scratch.
use std::collections::BTreeMap;
use std::path::Path;
use syndic_code::{CodeEngine, Language};
use syndic_evidence::{AssetKind, Input, Urn};
fn walk(dir: &Path, out: &mut Vec<std::path::PathBuf>) {
    for e in std::fs::read_dir(dir).unwrap().flatten() {
        let p = e.path();
        if p.is_dir() { walk(&p, out) } else { out.push(p) }
    }
}
fn main() {
    let root = std::env::args().nth(1).unwrap();
    let verbose = std::env::args().nth(2).is_some();
    let mut files = vec![];
    walk(Path::new(&root), &mut files);
    files.sort();
    let engine = CodeEngine::builtin().unwrap();
    let owner = Urn::local("t", AssetKind::Application, "app");
    let mut texts = vec![];
    for f in &files {
        let rel = f.strip_prefix(&root).unwrap().display().to_string();
        let Some(lang) = Language::of(&rel, b"") else { continue };
        if let Ok(t) = std::fs::read_to_string(f) {
            texts.push((rel, lang, t));
        }
    }
    let start = std::time::Instant::now();
    let mut rules: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut assets: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut some = 0;
    let mut slow = vec![];
    for (rel, lang, t) in &texts {
        let s2 = std::time::Instant::now();
        let r = engine.inspect(Input { system: "t", path: rel, subject: &owner, owner: &owner }, *lang, t);
        slow.push((s2.elapsed(), rel.clone(), t.len()));
        if let Some(i) = r {
            some += 1;
            for n in &i.not_inspected {
                println!("NOT {n}");
            }
            for f in i.findings {
                rules
                    .entry(f.rule.clone())
                    .or_default()
                    .push(format!("{:?}/{:?} {} {}", f.severity, f.confidence, f.location, f.message));
            }
            for a in i.assets {
                assets.entry(a.kind.to_string()).or_default().push(format!(
                    "{:?} {} [{}] {} {}",
                    a.confidence,
                    a.name,
                    a.urn,
                    a.sources[0],
                    serde_json::to_string(&a.props).unwrap()
                ));
            }
        }
    }
    println!(
        "{} files, {} bytes, {some} with facts, {:?}",
        texts.len(),
        texts.iter().map(|t| t.2.len()).sum::<usize>(),
        start.elapsed()
    );
    slow.sort();
    slow.reverse();
    for s in slow.iter().take(5) {
        println!("  slow {s:?}");
    }
    for (r, v) in &rules {
        println!("== {r}: {}", v.len());
        for m in v.iter().take(if verbose { 400 } else { 12 }) {
            println!("   {m}");
        }
    }
    for (r, v) in &assets {
        println!("-- {r}: {}", v.len());
        let mut v = v.clone();
        v.sort();
        v.dedup_by_key(|l| l.split(']').next().unwrap().to_owned());
        for m in v.iter().take(if verbose { 400 } else { 8 }) {
            println!("   {}", m.chars().take(260).collect::<String>());
        }
    }
}
