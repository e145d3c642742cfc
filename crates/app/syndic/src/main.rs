//! The binary: one file a command.
fn main() {}
