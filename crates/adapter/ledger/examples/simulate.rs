//! Runs seeded crash simulations and prints what they came to: `simulate [--seeds 10000] [--first 0] [--lying]`.

use std::process::ExitCode;

use syndic_ledger::simulation::{Tally, run, run_lying};

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "an example speaks to its user")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str, default: u64| {
        let place = arguments.iter().position(|argument| argument == name);
        place.and_then(|place| arguments.get(place + 1)?.parse().ok()).unwrap_or(default)
    };
    let (first, seeds) = (number("--first", 0), number("--seeds", 10_000));
    let one = if arguments.iter().any(|argument| argument == "--lying") { run_lying } else { run };
    let started = std::time::Instant::now();
    let (mut sum, mut broken) = (Tally::default(), 0_u64);
    for seed in first..first + seeds {
        match one(seed) {
            Ok(tally) => sum.add(&tally),
            Err(law) => {
                broken += 1;
                eprintln!("seed {seed}: {law}");
            }
        }
    }
    println!("{seeds} seeds from {first} in {:.1} s, {broken} broke a law\n{sum:#?}", started.elapsed().as_secs_f64());
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
