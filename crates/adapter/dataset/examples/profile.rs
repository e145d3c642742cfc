//! Prints what the named datasets hold: `cargo run -p syndic-dataset --example profile -- csv FILE…`.

#![expect(clippy::print_stdout, reason = "an example's output is its purpose")]

use std::path::Path;

use syndic_dataset::sample_file;
use syndic_evidence::{AssetKind, Input, Urn};
use syndic_privacy::PrivacyEngine;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let format = arguments.next().unwrap_or_default();
    let engine = PrivacyEngine::builtin()?;
    for path in arguments {
        let subject = Urn::local("example", AssetKind::Dataset, &path);
        let input = Input { system: "example", path: &path, subject: &subject, owner: &subject };
        let inspection = if format == "text" {
            let text = String::from_utf8_lossy(&std::fs::read(&path)?).into_owned();
            let Some(inspection) = engine.inspect_text(input, &text) else {
                println!("{path}: nothing");
                continue;
            };
            inspection
        } else {
            let sample = match sample_file(Path::new(&path), &format) {
                Ok(sample) => sample,
                Err(error) => {
                    println!("{path}: {error}");
                    continue;
                }
            };
            println!(
                "{path}: {} of {:?} rows, {} columns",
                sample.rows_inspected,
                sample.rows_total,
                sample.columns.len()
            );
            engine.inspect_table(input, &sample)
        };
        for finding in &inspection.findings {
            println!("  {} {:?} {:?} {}", finding.rule, finding.severity, finding.confidence, finding.message);
        }
        for note in &inspection.not_inspected {
            println!("  not inspected: {note}");
        }
    }
    Ok(())
}
