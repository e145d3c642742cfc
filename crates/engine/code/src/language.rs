//! Which language a source file is written in, by name and, for scripts without one, by its first line.

use serde::{Deserialize, Serialize};

/// A language this engine reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Python, also without an extension when the first line names the interpreter.
    Python,
    /// JavaScript, with or without JSX.
    JavaScript,
    /// TypeScript, with or without JSX.
    TypeScript,
    /// Go.
    Go,
    /// Java.
    Java,
    /// C#.
    CSharp,
    /// Rust.
    Rust,
    /// A Jupyter notebook, version 4.
    Notebook,
}

impl Language {
    /// Returns the language of a file by its path and first bytes; nothing for a file this engine does not read.
    ///
    /// ```
    /// use syndic_code::Language;
    /// assert_eq!(Language::of("app/main.py", b""), Some(Language::Python));
    /// assert_eq!(Language::of("bin/serve", b"#!/usr/bin/env python3\n"), Some(Language::Python));
    /// assert_eq!(Language::of("README.md", b"# Hello"), None);
    /// ```
    pub fn of(path: &str, head: &[u8]) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let Some((_, extension)) = name.rsplit_once('.') else { return Self::of_script(head) };
        match extension.to_ascii_lowercase().as_str() {
            "py" | "pyw" => Some(Self::Python),
            "js" | "mjs" | "cjs" | "jsx" => Some(Self::JavaScript),
            "ts" | "mts" | "cts" | "tsx" => Some(Self::TypeScript),
            "go" => Some(Self::Go),
            "java" => Some(Self::Java),
            "cs" => Some(Self::CSharp),
            "rs" => Some(Self::Rust),
            "ipynb" => Some(Self::Notebook),
            _ => None,
        }
    }

    fn of_script(head: &[u8]) -> Option<Self> {
        let first = head.split(|byte| *byte == b'\n').next()?;
        let names = |word: &[u8]| memchr::memmem::find(first, word).is_some();
        if !first.starts_with(b"#!") {
            None
        } else if names(b"python") {
            Some(Self::Python)
        } else if names(b"node") {
            Some(Self::JavaScript)
        } else {
            None
        }
    }

    /// Returns the ecosystem its packages come from, as the catalogue names it.
    pub(crate) const fn ecosystem(self) -> &'static str {
        match self {
            Self::Python | Self::Notebook => "pypi",
            Self::JavaScript | Self::TypeScript => "npm",
            Self::Go => "go",
            Self::Java => "maven",
            Self::CSharp => "nuget",
            Self::Rust => "crates",
        }
    }
}
