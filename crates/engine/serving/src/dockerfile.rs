//! Reads Dockerfiles: instructions, stages, and what the final image is and runs as.
//!
//! Source: the Dockerfile reference (line continuation, parser directive `escape`, heredocs, stage names).

use std::collections::HashMap;

use crate::command::split;
use crate::download;
use crate::environment::{MAX_SETTINGS, is_secret_name};
use crate::facts::{Command, ImageRef, Literal, Port, Service, ServiceForm, Setting, User};
use crate::image::substitute;
use crate::product::Product;

/// A Dockerfile has at most this many instructions.
const MAX_INSTRUCTIONS: usize = 5_000;

const INSTRUCTIONS: [&str; 18] = [
    "FROM",
    "RUN",
    "CMD",
    "LABEL",
    "MAINTAINER",
    "EXPOSE",
    "ENV",
    "ADD",
    "COPY",
    "ENTRYPOINT",
    "VOLUME",
    "USER",
    "WORKDIR",
    "ARG",
    "ONBUILD",
    "STOPSIGNAL",
    "HEALTHCHECK",
    "SHELL",
];

/// Endings of files that hold programs, pages or data; a Dockerfile is never one of them.
const OTHER_ENDINGS: [&str; 27] = [
    ".py", ".js", ".mjs", ".ts", ".tsx", ".jsx", ".md", ".rst", ".sql", ".html", ".css", ".json", ".yaml", ".yml",
    ".csv", ".rs", ".go", ".java", ".c", ".h", ".cpp", ".ipynb", ".toml", ".lock", ".xml", ".svg", ".jsonl",
];

struct Instruction {
    word: String,
    rest: String,
    line: u32,
}

pub(crate) fn may_be_named(name: &str) -> bool {
    !OTHER_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Says whether a text is a Dockerfile: `FROM image` comes first, and what follows are its instructions.
pub(crate) fn looks_like(text: &str) -> bool {
    let mut lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    let first = lines.find(|line| {
        let is_argument = line.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("ARG "));
        !line.is_empty() && !line.starts_with('#') && !is_argument
    });
    let Some((word, rest)) = first.and_then(|line| line.split_once(char::is_whitespace)) else { return false };
    if !word.eq_ignore_ascii_case("FROM") {
        return false;
    }
    let words: Vec<&str> = rest.split_whitespace().filter(|word| !word.starts_with("--")).collect();
    let is_from = match words.as_slice() {
        [_] => true,
        [_, keyword, _] => keyword.eq_ignore_ascii_case("as"),
        _ => false,
    };
    is_from && has_docker_instructions(text)
}

/// Says what keeps a file that is named as a Dockerfile from being read as one; nothing if it can be read.
pub(crate) fn fault(text: &str) -> Option<String> {
    if looks_like(text) {
        return None;
    }
    let found = instructions(text);
    let Some(first) = found.iter().find(|instruction| instruction.word != "ARG") else {
        return Some("no instruction stands in it, not even `FROM`".to_owned());
    };
    let line = first.line;
    if first.word != "FROM" {
        return Some(format!("line {line}: the first instruction is not `FROM`"));
    }
    if first.rest.trim().is_empty() {
        return Some(format!("line {line}: `FROM` names no image"));
    }
    Some(format!("line {line}: what follows `FROM` is not an image, or most lines are no instructions"))
}

fn has_docker_instructions(text: &str) -> bool {
    let instructions = instructions(text);
    let known = |word: &str| INSTRUCTIONS.contains(&word);
    let others = instructions.iter().filter(|instruction| !known(&instruction.word)).count();
    let more = instructions.iter().filter(|instruction| known(&instruction.word) && instruction.word != "FROM").count();
    more > others
}

fn instructions(text: &str) -> Vec<Instruction> {
    let escape = if text.to_ascii_lowercase().lines().take(3).any(|line| line.replace(' ', "") == "#escape=`") {
        '`'
    } else {
        '\\'
    };
    let mut found: Vec<Instruction> = Vec::new();
    let mut open: Option<Instruction> = None;
    let mut heredoc: Option<String> = None;
    for (number, line) in (1_u32..).zip(text.trim_start_matches('\u{feff}').lines()) {
        if let (Some(end), Some(last)) = (&heredoc, found.last_mut()) {
            if line.trim() == end {
                heredoc = None;
            } else {
                last.rest.push('\n');
                last.rest.push_str(line);
            }
            continue;
        }
        let trimmed = line.trim();
        if trimmed.starts_with('#') || (trimmed.is_empty() && open.is_none()) {
            continue;
        }
        let is_continued = trimmed.ends_with(escape);
        let part = trimmed.trim_end_matches(escape);
        let mut instruction = open.take().unwrap_or_else(|| {
            let (word, _) = part.split_once(char::is_whitespace).unwrap_or((part, ""));
            Instruction { word: word.to_ascii_uppercase(), rest: String::new(), line: number }
        });
        instruction.add(part);
        if is_continued {
            open = Some(instruction);
            continue;
        }
        heredoc = instruction.heredoc();
        found.push(instruction);
        if found.len() >= MAX_INSTRUCTIONS {
            break;
        }
    }
    found.extend(open);
    found
}

impl Instruction {
    fn add(&mut self, part: &str) {
        let part =
            if self.rest.is_empty() { part.split_once(char::is_whitespace).map_or("", |(_, rest)| rest) } else { part };
        if !self.rest.is_empty() {
            self.rest.push(' ');
        }
        self.rest.push_str(part.trim_start());
        if self.rest.is_empty() {
            // Keeps a continuation from being read as the instruction's own word.
            self.rest.push(' ');
        }
    }

    /// Returns the word that ends the heredoc the instruction opens.
    fn heredoc(&self) -> Option<String> {
        if !matches!(self.word.as_str(), "RUN" | "COPY" | "ADD") {
            return None;
        }
        let (_, after) = self.rest.split_once("<<")?;
        let after = after.trim_start_matches(['-', ' ']).trim_start_matches(['"', '\'']);
        let end: String = after.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        (!end.is_empty()).then_some(end)
    }
}

#[derive(Default)]
struct Reader {
    arguments: HashMap<String, String>,
    stages: HashMap<String, Service>,
    stage: Service,
    stage_name: Option<String>,
    bases: Vec<ImageRef>,
    steps: Vec<crate::facts::Step>,
    declared: Vec<String>,
    stage_count: usize,
}

/// Reads the image a Dockerfile builds.
pub(crate) fn read(path: &str, text: &str) -> Service {
    let mut reader = Reader::default();
    for instruction in instructions(text) {
        reader.take(&instruction);
    }
    let final_name = reader.stage_name.take();
    let Reader { mut stage, bases, steps, stages, .. } = reader;
    stage.stage_users = stages.into_iter().map(|(name, stage)| (name, stage.user)).collect();
    stage.stage_users.extend(final_name.map(|name| (name, stage.user)));
    path.clone_into(&mut stage.name);
    stage.form = ServiceForm::Image;
    stage.bases = bases;
    stage.steps = steps;
    let by_image = stage.image.as_ref().and_then(Product::of_image);
    stage.product = Product::of_words(&stage.command.words).or(by_image).map(|product| product.id.to_owned());
    stage
}

impl Reader {
    fn take(&mut self, instruction: &Instruction) {
        let rest = instruction.rest.trim();
        let line = instruction.line;
        match instruction.word.as_str() {
            "FROM" => self.from(rest, line),
            "ARG" => self.argument(rest, line),
            "ENV" => self.environment(rest, line),
            "USER" => self.stage.user = self.user(rest),
            "RUN" => {
                self.steps.extend(download::of_run(rest, line));
                self.notice_drop(rest);
            }
            "ADD" => self.steps.extend(download::of_add(&split(rest), line)),
            "COPY" => self.notice_drop(rest),
            "EXPOSE" => {
                let ports = rest.split_whitespace().take(100).map(|port| {
                    let container = port.split('/').next().unwrap_or(port).to_owned();
                    Port { container, by: "EXPOSE".to_owned(), line, ..Port::default() }
                });
                self.stage.ports.extend(ports);
            }
            "HEALTHCHECK" => self.stage.has_probe = !rest.eq_ignore_ascii_case("none"),
            "ENTRYPOINT" => {
                self.notice_drop(rest);
                self.stage.command = read_command(rest, line);
            }
            "CMD" => {
                self.notice_drop(rest);
                self.stage.command.extend(read_command(rest, line));
            }
            _ => {}
        }
    }

    fn from(&mut self, rest: &str, line: u32) {
        self.end_stage();
        let words: Vec<&str> = rest.split_whitespace().filter(|word| !word.starts_with("--")).collect();
        let Some(base) = words.first() else { return };
        let base = substitute(base, &|name| self.arguments.get(name).cloned());
        self.stage_name = words.get(2).map(|name| name.to_ascii_lowercase());
        if let Some(earlier) = self.stages.get(&base.to_ascii_lowercase()) {
            self.stage = Service { line, ..earlier.clone() };
            return;
        }
        let image = ImageRef::read(&base, line);
        let user = match () {
            () if image.is_variable => User::Unknown,
            () if runs_unprivileged(&image) => User::Unprivileged,
            () => User::Unsaid,
        };
        if image.name != "scratch" && self.bases.len() < MAX_SETTINGS {
            self.bases.push(image.clone());
        }
        self.stage = Service { line, user, image: Some(image), ..Service::default() };
    }

    fn end_stage(&mut self) {
        let stage = std::mem::take(&mut self.stage);
        // Stages can be named by their number too.
        if stage.line > 0 {
            let number = self.stage_count.to_string();
            self.stage_count += 1;
            if self.stages.len() < MAX_SETTINGS {
                self.stages.insert(number, stage.clone());
                self.stages.extend(self.stage_name.take().map(|name| (name, stage)));
            }
        }
    }

    fn argument(&mut self, rest: &str, line: u32) {
        for word in split(rest) {
            let Some((name, value)) = word.split_once('=') else {
                self.declared.push(word);
                continue;
            };
            let value = substitute(value, &|name| self.arguments.get(name).cloned());
            self.arguments.insert(name.to_owned(), value.clone());
            self.declared.push(name.to_owned());
            let setting = Setting::read(name, Some(&value), line);
            if setting.literal.is_some() {
                self.add_setting(setting);
            }
        }
    }

    fn environment(&mut self, rest: &str, line: u32) {
        let words = split(rest);
        let is_old_form = words.first().is_some_and(|word| !word.contains('='));
        if is_old_form {
            let (name, value) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            self.set(name, value, line);
            return;
        }
        for word in words {
            if let Some((name, value)) = word.split_once('=') {
                self.set(name, value, line);
            }
        }
    }

    fn set(&mut self, name: &str, value: &str, line: u32) {
        let mut setting = Setting::read(name, Some(value), line);
        let argument = value.trim().trim_matches(['$', '{', '}', '"']);
        if setting.literal.is_none() && is_secret_name(name) && self.declared.iter().any(|known| known == argument) {
            setting.literal = Some(Literal::BuildArgument);
        }
        self.arguments.insert(name.to_owned(), value.to_owned());
        self.add_setting(setting);
    }

    fn add_setting(&mut self, setting: Setting) {
        if self.stage.env.len() < MAX_SETTINGS {
            self.stage.env.push(setting);
        }
    }

    fn user(&self, rest: &str) -> User {
        let user = substitute(rest, &|name| self.arguments.get(name).cloned());
        match user.trim().split(':').next().unwrap_or_default() {
            "root" | "0" => User::Root,
            name if name.contains('$') || name.is_empty() => User::Unknown,
            _ => User::Unprivileged,
        }
    }

    /// Tools whose purpose in an image is to start as root and go on as somebody else.
    fn notice_drop(&mut self, rest: &str) {
        let drops = ["gosu", "su-exec", "setpriv", "runuser"].iter().any(|tool| rest.contains(tool));
        if drops && self.stage.user == User::Unsaid {
            self.stage.user = User::Drops;
        }
    }
}

fn read_command(rest: &str, line: u32) -> Command {
    let list: Option<Vec<String>> = if rest.starts_with('[') { serde_json::from_str(rest).ok() } else { None };
    Command::read(&list.unwrap_or_else(|| vec![rest.to_owned()]), line)
}

/// Images whose documentation says that they run as an ordinary user.
pub(crate) fn runs_unprivileged(image: &ImageRef) -> bool {
    let has_word = |text: &str| ["nonroot", "rootless", "unprivileged"].iter().any(|word| text.contains(word));
    let is_red_hat_language = image.registry.contains("redhat") && !image.name.ends_with("/ubi") && {
        let name = image.name.rsplit('/').next().unwrap_or_default();
        ["python", "nodejs", "go-toolset", "openjdk"].iter().any(|language| name.starts_with(language))
    };
    image.registry == "cgr.dev"
        || has_word(&image.name)
        || image.tag.as_deref().is_some_and(has_word)
        || is_red_hat_language
        || ["bitnami/", "jupyter/", "chainguard/", "apache/airflow", "selenium/", "grafana/"]
            .iter()
            .any(|start| image.name.starts_with(start))
}
