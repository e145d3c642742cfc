//! Languages without a reader of their own: which providers a text names, and nothing else.
//!
//! Three signs count: a host of a provider's API, a provider's package on a line that imports, a catalogued setting such
//! as the variable of an API key. No call is read, so no fault of the code can be found or ruled out: [`crate::sight`]
//! says so for every check.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use syndic_detect::{AiCatalogue, AiSdk};
use syndic_evidence::Confidence;

use crate::hosts::Endpoint;
use crate::read::provider_of_package;
use crate::{Facts, ImportSeen, Language, ModelHost, ProviderUse, Spot};

/// Classes of hosts that answer prompts.
const ANSWERING: [&str; 3] = ["api", "cloud", "agg"];
/// Words a line begins with when it brings in a package.
const IMPORTS: [&str; 7] = ["require", "gem", "library", "use", "using", "import", "from"];
/// Packages whose name is an everyday word: on an import line of another language it may be anything.
const EVERYDAY: [&str; 2] = ["together", "replicate"];
/// Shortest package name that is looked for.
const LEAST_NAME: usize = 4;
/// Endings of catalogued settings.
const SETTINGS: [&str; 5] = ["_KEY", "_TOKEN", "_URL", "_ENDPOINT", "_HOST"];
/// Lines longer than this, in bytes, are data.
const MAX_LINE: usize = 4_000;

/// Names of packages that speak to one provider, in lower case, as any language may spell them.
static PACKAGES: LazyLock<BTreeMap<String, &AiSdk>> = LazyLock::new(|| {
    let is_name = |name: &str| name.len() >= LEAST_NAME && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let sdks = AiCatalogue::builtin().sdks().iter();
    sdks.filter(|sdk| provider_of_package(sdk.package).is_some() || sdk.class == "local-llm")
        .map(|sdk| (sdk.import.to_ascii_lowercase(), sdk))
        .filter(|(name, _)| is_name(name) && !EVERYDAY.contains(&name.as_str()))
        .collect()
});

/// Returns words, in any case of letters, one of which stands in nearly every text that names a provider.
pub(crate) fn words() -> Vec<String> {
    let catalogue = AiCatalogue::builtin();
    let hosts = catalogue.hosts().iter().filter(|host| ANSWERING.contains(&host.class));
    let maven = catalogue.sdks().iter().filter(|sdk| sdk.ecosystem == "maven");
    hosts
        .map(|host| host.host.to_owned())
        .chain(["amazonaws.com".to_owned()])
        .chain(maven.map(|sdk| sdk.import.to_owned()))
        .chain(PACKAGES.keys().cloned())
        .chain(SETTINGS.iter().map(|ending| (*ending).to_owned()))
        .collect()
}

/// Reads the providers that a text names.
pub(crate) fn read(path: &str, language: Language, text: &str) -> Facts {
    let mut facts = Facts::new(path, language);
    for (line, number) in text.lines().zip(1_u32..).filter(|(line, _)| line.len() <= MAX_LINE) {
        if is_comment(language, line) {
            continue;
        }
        let at = Spot { line: number, cell: None };
        import(language, line, at, &mut facts);
        hosts(line, at, &mut facts);
        settings(line, at, &mut facts);
    }
    facts
}

fn is_comment(language: Language, line: &str) -> bool {
    let line = line.trim_start();
    match language {
        Language::Lua => line.starts_with("--"),
        Language::Kotlin | Language::Scala | Language::Swift | Language::Dart => {
            line.starts_with("//") || line.starts_with('*') || line.starts_with("/*")
        }
        Language::Php => line.starts_with("//") || line.starts_with('#') || line.starts_with('*'),
        _ => line.starts_with('#'),
    }
}

fn import(language: Language, line: &str, at: Spot, facts: &mut Facts) {
    let mut parts = line.split(|letter: char| !letter.is_ascii_alphanumeric() && !"_.".contains(letter));
    let first = parts.by_ref().find(|part| !part.is_empty() && *part != "php");
    if !first.is_some_and(|first| IMPORTS.contains(&first)) {
        return;
    }
    let sdk = parts.find_map(|module| {
        let catalogued = AiCatalogue::builtin().import(language.ecosystem(), module);
        catalogued.or_else(|| module.split('.').find_map(|name| PACKAGES.get(&name.to_ascii_lowercase()).copied()))
    });
    let Some(sdk) = sdk.filter(|sdk| facts.imports.iter().all(|known| known.package != sdk.package)) else { return };
    facts.imports.push(ImportSeen {
        package: sdk.package.to_owned(),
        class: sdk.class.to_owned(),
        provider: provider_of_package(sdk.package).map(str::to_owned),
        confidence: Confidence::Medium,
        at,
    });
}

fn hosts(line: &str, at: Spot, facts: &mut Facts) {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || ".-".contains(letter);
    let mut rest = line;
    while let Some(start) = rest.find(is_part) {
        let from = rest.get(start..).unwrap_or_default();
        let (host, after) = from.split_at(from.find(|letter| !is_part(letter)).unwrap_or(from.len()));
        rest = after;
        let known = AiCatalogue::builtin().host(host).filter(|_| host.contains('.'));
        let Some(known) = known.filter(|known| ANSWERING.contains(&known.class) && known.confidence == "high") else {
            continue;
        };
        let lead = line.get(..line.len().saturating_sub(from.len())).unwrap_or_default();
        let scheme = ["https", "http"].into_iter().find(|scheme| lead.ends_with(&format!("{scheme}://")));
        let address = scheme.and_then(|scheme| Endpoint::parse(&format!("{scheme}://{host}")));
        keep(facts, provider(known.provider, "URL", address.as_ref(), Confidence::Medium, at));
    }
}

fn settings(line: &str, at: Spot, facts: &mut Facts) {
    let words = line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    for name in words.filter(|word| word.contains('_')) {
        if let Some(known) = AiCatalogue::builtin().third_party(name) {
            keep(facts, provider(known, name, None, Confidence::Low, at));
        }
    }
}

fn provider(name: &str, through: &str, address: Option<&Endpoint>, confidence: Confidence, at: Spot) -> ProviderUse {
    ProviderUse {
        provider: name.to_owned(),
        through: through.to_owned(),
        host: ModelHost::ThirdParty,
        base_url: address.map(Endpoint::origin),
        encrypted: address.and_then(Endpoint::encrypted),
        // A file that is only searched for names does not tell.
        is_called: true,
        confidence,
        at,
    }
}

/// Keeps the surest sign of each provider.
fn keep(facts: &mut Facts, seen: ProviderUse) {
    match facts.providers.iter_mut().find(|known| known.provider == seen.provider) {
        Some(known) if known.confidence < seen.confidence => *known = seen,
        Some(_) => {}
        None => facts.providers.push(seen),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(path: &str, text: &str) -> Vec<(String, Confidence)> {
        let facts = read(path, Language::of(path, b"").unwrap(), text);
        let imports = facts.imports.iter().filter_map(|seen| Some((seen.provider.clone()?, seen.confidence)));
        facts.providers.iter().map(|seen| (seen.provider.clone(), seen.confidence)).chain(imports).collect()
    }

    #[test]
    fn a_package_a_host_and_a_key_each_name_their_provider() {
        let cases = [
            ("bot.rb", "require \"openai\"\n", "OpenAI", Confidence::Medium),
            ("train.R", "library(anthropic)\n", "Anthropic", Confidence::Medium),
            ("Bot.kt", "import com.aallam.openai.client.OpenAI\n", "OpenAI", Confidence::Medium),
            ("Bot.scala", "import com.anthropic.client.AnthropicClient\n", "Anthropic", Confidence::Medium),
            ("ask.sh", "curl -s https://api.openai.com/v1/chat/completions\n", "OpenAI", Confidence::Medium),
            ("bot.php", "<?php $c = make(getenv('MISTRAL_API_KEY'));\n", "Mistral", Confidence::Low),
        ];
        for (path, text, provider, confidence) in cases {
            assert_eq!(named(path, text), [(provider.to_owned(), confidence)], "{path}");
        }
    }

    #[test]
    fn what_only_speaks_of_a_provider_names_none() {
        let cases = [
            ("a.rb", "# require \"openai\"\nputs 'we use openai'\n"),
            ("a.sh", "echo hello; grep -r openai .\n"),
            ("a.lua", "-- https://api.openai.com\nlocal together = require('together')\n"),
            ("a.kt", "// import com.aallam.openai.client.OpenAI\nval openaiStyle = 1\n"),
        ];
        for (path, text) in cases {
            assert_eq!(named(path, text), [], "{path}");
        }
    }

    #[test]
    fn a_host_in_clear_is_told() {
        let facts = read("a.sh", Language::Shell, "curl http://api.openai.com/v1\n");
        assert_eq!(facts.providers[0].encrypted, Some(false));
    }
}
