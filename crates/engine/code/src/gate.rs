//! The cheap look at a file: whether a word stands in it that any reader of this engine cares for.
//!
//! One Aho-Corasick pass, no parsing. Import words come from the catalogue, so that a new SDK row is enough.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind};
use syndic_detect::AiCatalogue;

use crate::language::Reading;
use crate::python::split_last;
use crate::{Language, mentions};

/// Modules beside those of the catalogue whose import makes a Python file worth parsing.
const PYTHON_MODULES: &[&str] = &[
    "fastapi",
    "starlette",
    "flask",
    "quart",
    "sanic",
    "litestar",
    "gradio",
    "streamlit",
    "chainlit",
    "llama_cpp",
    "langchain",
    "autogen",
    "unsloth",
    "vllm",
    "modelscope",
];
/// Words beside imports that make a Python file worth parsing.
const PYTHON_WORDS: &[&str] = &[
    "app.run(",
    "INSTALLED_APPS",
    "aiohttp import web",
    "django.urls",
    "pickle",
    "joblib",
    "torch.load",
    "onnxruntime",
    "safetensors",
    "load_model(",
    "from_pretrained",
    "trust_remote_code",
    "allow_dangerous",
    "faiss",
    "yaml.load(",
    "verify=False",
    "_create_unverified_context",
    "CERT_NONE",
    // Words of an import may be parted by more than one blank.
    "import  ",
    "import\t",
    "import \\",
    "from  ",
    "from\t",
    "from \\",
    "PROMPT",
    "system_prompt",
    "INSTRUCTION",
    "SYSTEM_",
    "\"role\": \"system\"",
    "'role': 'system'",
    // The service is named where a client is made; model names that begin so stand in every router of models.
    "bedrock-",
    "\"bedrock\"",
    "'bedrock'",
    "sagemaker",
    "/v1/chat/completions",
    "/api/generate",
    "/v1/embeddings",
    "read_csv(",
    "read_parquet(",
    "load_dataset(",
    "lmdb",
    "dill",
    "PythonREPL",
    "ShellTool",
    "FastMCP",
    "SystemMessage",
    "spacy",
    "catboost",
    ".chat.completions.",
    ".messages.create(",
    ".responses.create(",
    ".generate_content(",
    "/chat/completions",
    "/api/chat",
    "completion(",
    // Modules of the project that are called after what they wrap: what calls them may answer requests.
    ".llm",
    "import llm",
    "llm import",
    "rag import",
    "import rag",
    "agent import",
    "agents import",
    "chain import",
    "chat import",
    "ai import",
    "inference import",
    "service import",
    "services import",
];
/// Words that make a file in another language worth reading, beside the packages themselves.
const OTHER_WORDS: &[&str] = &[
    "/chat/completions",
    "role: \"system\"",
    "role: 'system'",
    "\"role\": \"system\"",
    "_PROMPT",
    "rejectUnauthorized",
    "InsecureSkipVerify",
    "McpServer",
    "dangerouslyAllowBrowser",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "@langchain/",
    "@ai-sdk/",
    "\"express\"",
    "'express'",
    "\"fastify\"",
    "'fastify'",
    "\"hono\"",
    "'hono'",
];

/// The ways to write the import of a Python module; several in one line are named after a comma.
fn imports(module: &str) -> [String; 4] {
    [format!("import {module}"), format!("from {module}"), format!(", {module}"), format!(",{module}")]
}

/// A line longer than this, in bytes, is written by a bundler or generator, not by a person.
const GENERATED_LINE: usize = 20_000;
/// So is a text from this size on whose lines are this long in the mean.
const GENERATED_TEXT: usize = 10_000;
const GENERATED_MEAN: usize = 500;

/// Says whether a file is a bundler's output: its source is elsewhere, and what it bundles is somebody else's.
fn is_generated(text: &str) -> bool {
    let (mut start, mut lines) = (0, 0);
    let has_long_line = memchr::memchr_iter(b'\n', text.as_bytes()).chain(std::iter::once(text.len())).any(|end| {
        lines += 1;
        end - std::mem::replace(&mut start, end) > GENERATED_LINE
    });
    has_long_line || text.len() >= GENERATED_TEXT && text.len() / lines.max(1) > GENERATED_MEAN
}

/// Says whether a word is the import of the very package the file is part of, which tells nothing. A folder may well be
/// called after the framework of the application in it.
fn is_own_import(path: &str, word: &str) -> bool {
    let module = ["import ", "from ", ", ", ","].iter().find_map(|start| word.strip_prefix(start));
    module.is_some_and(|module| !PYTHON_MODULES.contains(&module) && path.split('/').any(|folder| folder == module))
}

/// The word scans, one for each kind of file.
#[derive(Debug)]
pub(crate) struct Gate {
    python: AhoCorasick,
    python_words: Vec<String>,
    other: AhoCorasick,
    names: AhoCorasick,
}

impl Gate {
    /// Builds the word scans from the catalogue.
    pub(crate) fn new() -> Result<Self, aho_corasick::BuildError> {
        let catalogue = AiCatalogue::builtin();
        let mut python: BTreeSet<String> = PYTHON_WORDS.iter().map(|word| (*word).to_owned()).collect();
        let mut other: BTreeSet<String> = OTHER_WORDS.iter().map(|word| (*word).to_owned()).collect();
        python.extend(PYTHON_MODULES.iter().flat_map(|module| imports(module)));
        for sdk in catalogue.sdks() {
            if sdk.ecosystem == "pypi" {
                let module = sdk.import.split(':').next().unwrap_or(sdk.import);
                if module != "boto3" {
                    python.extend(imports(module));
                    // `from google import genai`: a package in a namespace is imported from it too.
                    python.extend(split_last(module).map(|(space, name)| format!("from {space} import {name}")));
                }
            } else if sdk.ecosystem == "npm" {
                other.extend(
                    ["\"", "'"]
                        .into_iter()
                        .flat_map(|quote| [format!("{quote}{}{quote}", sdk.import), format!("{quote}{}/", sdk.import)]),
                );
            } else {
                other.insert(sdk.import.to_owned());
            }
        }
        for host in catalogue.hosts().iter().filter(|host| host.class == "api") {
            python.insert(host.host.to_owned());
            other.insert(host.host.to_owned());
        }
        let python_words: Vec<String> = python.into_iter().collect();
        let names = AhoCorasickBuilder::new().ascii_case_insensitive(true).build(mentions::words())?;
        // Every Python file of a tree goes through this scan, so that a table that takes longer to build pays.
        let python = AhoCorasickBuilder::new().kind(Some(AhoCorasickKind::DFA)).build(&python_words)?;
        Ok(Self { python, python_words, other: AhoCorasick::new(other)?, names })
    }

    /// Says whether the text is worth reading.
    pub(crate) fn passes(&self, language: Language, path: &str, text: &str) -> bool {
        // What a package passes on is needed to follow imports through it.
        let is_package = path.ends_with("__init__.py") && text.contains("from .");
        match language {
            Language::Python if is_package => true,
            Language::Notebook => true,
            Language::Python => self.python.find_iter(text).any(|found| {
                let word = self.python_words.get(found.pattern().as_usize()).map_or("", String::as_str);
                !is_own_import(path, word)
            }),
            _ if language.reading() == Reading::Names => !is_generated(text) && self.names.is_match(text),
            _ => !is_generated(text) && self.other.is_match(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Gate, is_generated};
    use crate::Language;

    #[test]
    fn bundles_are_told_by_their_lines() {
        let line = "const assistantPrompt = 'You are …'; ".repeat(300);
        assert!(is_generated(&line) && is_generated(&format!("// a licence\n// of somebody\n{line}")));
        assert!(!is_generated(&line.replace("; ", ";\n")) && !is_generated("const x = 1;"));
    }

    #[test]
    fn an_import_passes_however_its_words_are_parted() {
        let gate = Gate::new().unwrap();
        for text in [
            "import os,anthropic\n",
            "import  anthropic\n",
            "import\tanthropic\n",
            "from  anthropic import A\n",
            "from \\\n anthropic import A\n",
            "system_prompt = '''You are…'''\n",
        ] {
            assert!(gate.passes(Language::Python, "app/a.py", text), "{text}");
        }
        assert!(!gate.passes(Language::Python, "app/a.py", "import os\nprint('anthropic')\n"));
    }
}
