//! Imports of catalogue packages, in each language's own form.

use syndic_detect::{AiCatalogue, AiSdk};
use syndic_evidence::Confidence;

use super::tokens::{Kind, Token};
use crate::read::provider_of_package;
use crate::{ImportSeen, Language, Spot};

/// Reads the imports, one entry a package.
pub(super) fn read(language: Language, tokens: &[Token<'_>]) -> Vec<ImportSeen> {
    let mut found: Vec<ImportSeen> = Vec::new();
    for (module, line) in modules(language, tokens) {
        let Some(sdk) = package(language, &module) else { continue };
        if !found.iter().any(|known| known.package == sdk.package) {
            found.push(ImportSeen {
                package: sdk.package.to_owned(),
                class: sdk.class.to_owned(),
                provider: provider_of_package(sdk.package).map(str::to_owned),
                confidence: Confidence::Medium,
                at: Spot { line, cell: None },
            });
        }
    }
    found
}

/// The catalogue's row for a module path; Go modules are named by their whole path, others by their import.
fn package(language: Language, module: &str) -> Option<&'static AiSdk> {
    let catalogue = AiCatalogue::builtin();
    if language != Language::Go {
        return catalogue.import(language.ecosystem(), module);
    }
    catalogue.sdks().iter().find(|sdk| {
        sdk.ecosystem == "go"
            && module.strip_prefix(sdk.package).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

fn modules(language: Language, tokens: &[Token<'_>]) -> Vec<(String, u32)> {
    match language {
        Language::JavaScript | Language::TypeScript => script_modules(tokens),
        Language::Go => go_modules(tokens),
        Language::Java => path_modules(tokens, "import"),
        Language::CSharp => path_modules(tokens, "using"),
        Language::Rust => path_modules(tokens, "use"),
        _ => Vec::new(),
    }
}

/// `from "x"`, `import "x"`, `import("x")`, `require("x")`; `import type` brings no code.
fn script_modules(tokens: &[Token<'_>]) -> Vec<(String, u32)> {
    let mut found = Vec::new();
    let mut is_type_only = false;
    for window in tokens.windows(3) {
        let [first, second, third] = window else { continue };
        if first.is_word("import") {
            is_type_only = second.is_word("type");
        }
        let named = if (first.is_word("from") || first.is_word("import")) && second.kind == Kind::Text {
            second
        } else if (first.is_word("require") || first.is_word("import"))
            && second.is_mark("(")
            && third.kind == Kind::Text
        {
            third
        } else {
            continue;
        };
        if !is_type_only {
            found.push((named.text.trim_start_matches("npm:").to_owned(), named.line));
        }
        is_type_only = false;
    }
    found
}

/// `import "x"` and `import ( … )`.
fn go_modules(tokens: &[Token<'_>]) -> Vec<(String, u32)> {
    let mut found = Vec::new();
    let mut rest = tokens;
    while let Some(start) = rest.iter().position(|token| token.is_word("import")) {
        rest = rest.get(start + 1..).unwrap_or_default();
        let is_group = rest.first().is_some_and(|token| token.is_mark("("));
        for token in rest {
            if token.kind == Kind::Text {
                found.push((token.text.to_owned(), token.line));
                if !is_group {
                    break;
                }
            } else if token.is_mark(")") || token.is_word("func") {
                break;
            }
        }
    }
    found
}

/// `import a.b.C;`, `using A.B;`, `use a::b;` as dotted paths.
fn path_modules(tokens: &[Token<'_>], keyword: &str) -> Vec<(String, u32)> {
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        if !token.is_word(keyword) {
            continue;
        }
        let mut path = String::new();
        for part in tokens.iter().skip(index + 1).take(24) {
            match part.kind {
                Kind::Word if part.text == "static" => {}
                Kind::Word => path.push_str(part.text),
                Kind::Mark if part.text == "." => path.push('.'),
                Kind::Mark if part.text == ":" => {
                    if !path.ends_with('.') {
                        path.push('.');
                    }
                }
                _ => break,
            }
        }
        found.push((path.trim_end_matches('.').to_owned(), token.line));
    }
    found
}
