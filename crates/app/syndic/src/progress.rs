//! The progress bar: on a terminal only, on standard error, gone when the result is printed.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::assess::Progress;

/// A bar over the bytes of a tree.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// Makes a bar; a hidden one where nobody looks.
    pub(crate) fn new(is_plain: bool) -> Self {
        let bar = ProgressBar::no_length();
        if is_plain || !std::io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        bar.set_message("looking around");
        let style = ProgressStyle::with_template("{spinner} {msg}  {bar:32}  {bytes}/{total_bytes}  {eta}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(bar)
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Bar {
    fn start(&self, files: u64, bytes: u64) {
        self.0.set_length(bytes);
        self.0.set_message(format!("assessing {files} files"));
    }

    fn file_done(&self, bytes: u64) {
        self.0.inc(bytes);
    }
}
