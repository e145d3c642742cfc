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
    /// Ruby.
    Ruby,
    /// PHP.
    Php,
    /// R.
    R,
    /// Kotlin.
    Kotlin,
    /// Scala.
    Scala,
    /// Swift.
    Swift,
    /// Shell scripts of every dialect.
    Shell,
    /// Perl.
    Perl,
    /// Julia.
    Julia,
    /// Lua.
    Lua,
    /// Dart.
    Dart,
    /// Elixir.
    Elixir,
}

/// How closely a language is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// Parsed to a tree: values are followed through functions and files.
    Tree,
    /// Read as tokens: the plain forms of calls and options within one file.
    Tokens,
    /// Only names of providers, packages and settings are looked for.
    Names,
}

impl Reading {
    /// Returns the words a person reads.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tree => "parsed",
            Self::Tokens => "read as tokens",
            Self::Names => "searched for names only",
        }
    }
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
            "rb" | "rake" => Some(Self::Ruby),
            "php" => Some(Self::Php),
            "r" => Some(Self::R),
            "kt" | "kts" => Some(Self::Kotlin),
            "scala" | "sc" => Some(Self::Scala),
            "swift" => Some(Self::Swift),
            "sh" | "bash" | "zsh" | "ksh" | "fish" => Some(Self::Shell),
            "pl" | "pm" => Some(Self::Perl),
            "jl" => Some(Self::Julia),
            "lua" => Some(Self::Lua),
            "dart" => Some(Self::Dart),
            "ex" | "exs" => Some(Self::Elixir),
            _ => None,
        }
    }

    fn of_script(head: &[u8]) -> Option<Self> {
        let first = head.split(|byte| *byte == b'\n').next()?;
        if !first.starts_with(b"#!") {
            return None;
        }
        let names = |word: &str| memchr::memmem::find(first, word.as_bytes()).is_some();
        INTERPRETERS.iter().find(|(word, _)| names(word)).map(|(_, language)| *language)
    }

    /// Returns the name a person uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::JavaScript => "JavaScript",
            Self::TypeScript => "TypeScript",
            Self::Go => "Go",
            Self::Java => "Java",
            Self::CSharp => "C#",
            Self::Rust => "Rust",
            Self::Notebook => "Jupyter notebook",
            Self::Ruby => "Ruby",
            Self::Php => "PHP",
            Self::R => "R",
            Self::Kotlin => "Kotlin",
            Self::Scala => "Scala",
            Self::Swift => "Swift",
            Self::Shell => "shell",
            Self::Perl => "Perl",
            Self::Julia => "Julia",
            Self::Lua => "Lua",
            Self::Dart => "Dart",
            Self::Elixir => "Elixir",
        }
    }

    /// Returns how closely the language is read.
    pub const fn reading(self) -> Reading {
        match self {
            Self::Python | Self::Notebook => Reading::Tree,
            Self::JavaScript | Self::TypeScript | Self::Go | Self::Java | Self::CSharp | Self::Rust => Reading::Tokens,
            _ => Reading::Names,
        }
    }

    /// Returns the ecosystem its packages come from, as the catalogue names it.
    pub(crate) const fn ecosystem(self) -> &'static str {
        match self {
            Self::Python | Self::Notebook => "pypi",
            Self::JavaScript | Self::TypeScript => "npm",
            Self::Go => "go",
            Self::Java | Self::Kotlin | Self::Scala => "maven",
            Self::CSharp => "nuget",
            Self::Rust => "crates",
            // The catalogue lists no packages of the others.
            _ => "",
        }
    }
}

/// Words of a first line that name an interpreter; `sh` also ends `bash`, `dash` and `zsh`.
const INTERPRETERS: [(&str, Language); 11] = [
    ("python", Language::Python),
    ("node", Language::JavaScript),
    ("ruby", Language::Ruby),
    ("php", Language::Php),
    ("Rscript", Language::R),
    ("perl", Language::Perl),
    ("julia", Language::Julia),
    ("lua", Language::Lua),
    ("elixir", Language::Elixir),
    ("sh", Language::Shell),
    ("fish", Language::Shell),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_without_extension_is_known_by_its_interpreter() {
        assert_eq!(Language::of("bin/ask", b"#!/usr/bin/env bash\n"), Some(Language::Shell));
        assert_eq!(Language::of("bin/ask", b"#!/usr/bin/ruby\n"), Some(Language::Ruby));
        assert_eq!(Language::of("bin/ask", b"\x7fELF"), None);
    }
}
