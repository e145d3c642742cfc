//! What kind of file the content is, as far as the reading of assignments depends on it.

use syndic_detect::Place;

use crate::engine::Reach;

/// Bytes looked at to tell text from binary.
const PROBE: usize = 8192;
/// Mean line length from which a script counts as minified, in bytes.
const MINIFIED_LINE: usize = 400;

/// The form of one file.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "independent observations of one file")]
pub(crate) struct FileForm {
    /// Holds NUL bytes: only forms with a prefix of their own are looked for.
    pub(crate) is_binary: bool,
    /// Values stand without quotes: `.env`, YAML, shell.
    pub(crate) has_bare_values: bool,
    /// Configuration rather than code.
    pub(crate) is_configuration: bool,
    /// Assignments mean nothing here: lock files, translations, vocabularies, minified scripts.
    pub(crate) is_generated: bool,
    /// Ships with the product.
    pub(crate) is_product: bool,
    /// A form to be filled in: `.env.example`, `settings.sample.yaml`.
    pub(crate) is_template: bool,
    /// How far values are believed.
    pub(crate) reach: Reach,
}

const BARE_ENDINGS: [&str; 13] = [
    ".env",
    ".ini",
    ".cfg",
    ".conf",
    ".cnf",
    ".properties",
    ".yaml",
    ".yml",
    ".sh",
    ".bash",
    ".zsh",
    ".service",
    ".tfvars",
];
/// Endings of source code: a word without quotes is a name there.
const CODE_ENDINGS: [&str; 34] = [
    ".py", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".go", ".java", ".rb", ".cs", ".kt", ".kts", ".scala", ".php",
    ".c", ".cc", ".cpp", ".h", ".hpp", ".rs", ".swift", ".m", ".vue", ".pl", ".lua", ".groovy", ".gradle", ".ex",
    ".hs", ".clj", ".dart", ".html", ".css",
];
const CONFIGURATION_ENDINGS: [&str; 5] = [".json", ".toml", ".xml", ".config", ".hcl"];
const LOCK_FILES: [&str; 12] = [
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "uv.lock",
    "cargo.lock",
    "pipfile.lock",
    "go.sum",
    "composer.lock",
    "gemfile.lock",
    "pylock.toml",
];
const GENERATED_ENDINGS: [&str; 9] =
    [".min.js", ".min.css", ".map", ".svg", ".po", ".pot", ".ipynb_checkpoints", ".lock", ".sum"];
const GENERATED_NAMES: [&str; 5] =
    ["tokenizer.json", "tokenizer_config.json", "vocab.json", "special_tokens_map.json", "added_tokens.json"];
/// Words in the names of files that show what to fill in.
const TEMPLATES: [&str; 7] = ["example", "sample", "template", "dist", "tmpl", "tpl", "default"];
/// Names, up to the first dot, of pages; package metadata repeats them.
const PAGES: [&str; 4] = ["readme", "pkg-info", "changelog", "contributing"];
const TRANSLATION_FOLDERS: [&str; 8] =
    ["locale", "locales", "i18n", "lang", "langs", "translations", "l10n", "_locales"];

impl FileForm {
    /// Reads the form off path and content.
    pub(crate) fn of(path: &str, content: &[u8], reach: Reach) -> Self {
        let lower = path.to_ascii_lowercase();
        let (folders, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        let has_bare_values = ends(&BARE_ENDINGS)
            || name.starts_with(".env")
            || name.starts_with("dockerfile")
            || name.ends_with("dockerfile")
            || matches!(name, ".npmrc" | ".pypirc" | ".netrc" | "credentials" | ".pgpass");
        let is_translation = folders.split('/').any(|folder| TRANSLATION_FOLDERS.contains(&folder));
        let probe = content.get(..PROBE).unwrap_or(content);
        Self {
            is_binary: memchr::memchr(0, probe).is_some(),
            has_bare_values: has_bare_values || (reach == Reach::Everything && !ends(&CODE_ENDINGS)),
            is_configuration: has_bare_values || ends(&CONFIGURATION_ENDINGS),
            is_generated: is_translation
                || LOCK_FILES.contains(&name)
                || GENERATED_NAMES.contains(&name)
                || ends(&GENERATED_ENDINGS)
                || (ends(&[".js", ".mjs", ".cjs", ".css", ".html", ".py"]) && is_minified(content)),
            is_product: Place::of(path).is_product() && !is_page(name),
            is_template: name.split(['.', '-', '_']).any(|word| TEMPLATES.contains(&word)),
            reach,
        }
    }
}

fn is_page(name: &str) -> bool {
    name == "metadata" || PAGES.contains(&name.split('.').next().unwrap_or_default())
}

fn is_minified(content: &[u8]) -> bool {
    content.len() / (memchr::memchr_iter(b'\n', content).count() + 1) > MINIFIED_LINE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_file_has_bare_values_wherever_it_lies() {
        assert!(FileForm::of("deploy/.env.production", b"", Reach::Product).has_bare_values);
        assert!(FileForm::of("Dockerfile", b"", Reach::Product).has_bare_values);
        assert!(!FileForm::of("app/main.py", b"", Reach::Product).has_bare_values);
    }

    #[test]
    fn lock_files_translations_and_minified_scripts_are_generated() {
        for path in ["web/package-lock.json", "src/locales/de.json", "dist/app.min.js"] {
            assert!(FileForm::of(path, b"", Reach::Product).is_generated, "{path}");
        }
        assert!(FileForm::of("static/app.js", &[b'a'; 4000], Reach::Product).is_generated);
    }
}
