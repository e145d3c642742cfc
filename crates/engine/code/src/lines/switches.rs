//! Dangerous switches and loaders among tokens: certificate checks off, development modes, remote code, unsafe
//! deserialisers, keys in a browser.
//!
//! Each is a short sequence of tokens; a table says in which languages it means what.

use syndic_evidence::Confidence;

use super::tokens::{Kind, Token};
use crate::{Hazard, HazardKind, Language, Origin, Spot};

/// A sequence of tokens that switches something dangerous on.
struct Switch {
    languages: &'static [Language],
    /// Texts of the tokens, without quotes; `=` stands for `:` too.
    tokens: &'static [&'static str],
    kind: HazardKind,
    /// Whether it counts only in a file that uses AI.
    needs_sdk: bool,
}

const SCRIPT: &[Language] = &[Language::JavaScript, Language::TypeScript];
const GO: &[Language] = &[Language::Go];
const JAVA: &[Language] = &[Language::Java];
const CSHARP: &[Language] = &[Language::CSharp];
const RUST: &[Language] = &[Language::Rust];
const ANY: &[Language] =
    &[Language::JavaScript, Language::TypeScript, Language::Go, Language::Java, Language::CSharp, Language::Rust];

const fn tls(languages: &'static [Language], tokens: &'static [&'static str]) -> Switch {
    Switch { languages, tokens, kind: HazardKind::TlsDisabled, needs_sdk: false }
}

const fn of_ai(languages: &'static [Language], kind: HazardKind, tokens: &'static [&'static str]) -> Switch {
    Switch { languages, tokens, kind, needs_sdk: true }
}

static SWITCHES: &[Switch] = &[
    tls(SCRIPT, &["rejectUnauthorized", "=", "false"]),
    tls(SCRIPT, &["strictSSL", "=", "false"]),
    tls(SCRIPT, &["NODE_TLS_REJECT_UNAUTHORIZED", "=", "0"]),
    tls(SCRIPT, &["NODE_TLS_REJECT_UNAUTHORIZED", "]", "=", "0"]),
    tls(GO, &["InsecureSkipVerify", "=", "true"]),
    tls(JAVA, &["NoopHostnameVerifier", ".", "INSTANCE"]),
    tls(JAVA, &["TrustAllStrategy"]),
    tls(JAVA, &["InsecureTrustManagerFactory", ".", "INSTANCE"]),
    tls(CSHARP, &["DangerousAcceptAnyServerCertificateValidator"]),
    tls(RUST, &["danger_accept_invalid_certs", "(", "true"]),
    tls(RUST, &["danger_accept_invalid_hostnames", "(", "true"]),
    tls(RUST, &["SslVerifyMode", ":", ":", "NONE"]),
    of_ai(SCRIPT, HazardKind::BrowserKey, &["dangerouslyAllowBrowser", "=", "true"]),
    of_ai(SCRIPT, HazardKind::Debug, &["NODE_ENV", "=", "development"]),
    of_ai(GO, HazardKind::Debug, &["SetMode", "(", "gin", ".", "DebugMode"]),
    of_ai(JAVA, HazardKind::Debug, &["EnableWebSecurity", "(", "debug", "=", "true"]),
    of_ai(CSHARP, HazardKind::Debug, &["UseDeveloperExceptionPage", "("]),
    of_ai(ANY, HazardKind::RemoteCode, &["trust_remote_code", "=", "true"]),
    of_ai(ANY, HazardKind::RemoteCode, &["trustRemoteCode", "=", "true"]),
    of_ai(ANY, HazardKind::RemoteCode, &["--trust-remote-code"]),
    of_ai(SCRIPT, HazardKind::Deserialise, &["unserialize", "("]),
    of_ai(JAVA, HazardKind::Deserialise, &["new", "ObjectInputStream", "("]),
    of_ai(JAVA, HazardKind::Deserialise, &["new", "XMLDecoder", "("]),
    of_ai(CSHARP, HazardKind::Deserialise, &["new", "BinaryFormatter", "("]),
    of_ai(CSHARP, HazardKind::Deserialise, &["new", "NetDataContractSerializer", "("]),
];

/// Callbacks that accept a certificate when they always say yes.
const CALLBACKS: [&str; 3] = [
    "ServerCertificateCustomValidationCallback",
    "ServerCertificateValidationCallback",
    "RemoteCertificateValidationCallback",
];
/// Tokens of such a callback that are looked at.
const CALLBACK: usize = 20;
/// Tokens before a switch in which a question about the environment keeps it from what is deployed.
const GUARD: usize = 16;
const GUARDS: [&str; 3] = ["IsDevelopment", "IsStaging", "IsEnvironment"];

/// Reads every switch; `has_sdk` says whether the file imports an AI package.
pub(super) fn read(language: Language, tokens: &[Token<'_>], has_sdk: bool) -> Vec<Hazard> {
    let switches: Vec<&Switch> = SWITCHES
        .iter()
        .filter(|switch| switch.languages.contains(&language) && (has_sdk || !switch.needs_sdk))
        .collect();
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate().filter(|(_, token)| token.kind != Kind::Mark) {
        let rest = tokens.get(index..).unwrap_or_default();
        let switch = switches.iter().find(|switch| is_at(rest, switch.tokens) && !is_guarded(tokens, index));
        if let Some(switch) = switch {
            found.push(hazard(switch.kind, shown(switch.tokens), token));
        } else if accepts_all(language, rest) {
            found.push(hazard(HazardKind::TlsDisabled, token.text.to_owned(), token));
        }
    }
    found
}

fn is_at(rest: &[Token<'_>], wanted: &[&str]) -> bool {
    rest.len() >= wanted.len()
        && rest.iter().zip(wanted).all(|(token, wanted)| token.text == *wanted || *wanted == "=" && token.is_mark(":"))
}

/// The switch as a person would write it.
fn shown(tokens: &[&str]) -> String {
    match tokens {
        [name, "]", "=", value] | [name, "=", value] => format!("{name}: {value}"),
        ["new", name, ..] => (*name).to_owned(),
        [name, "(", value @ ..] if !value.is_empty() => format!("{name}({})", value.concat()),
        [name, "("] => (*name).to_owned(),
        _ => tokens.concat(),
    }
}

fn is_guarded(tokens: &[Token<'_>], index: usize) -> bool {
    let before = tokens.get(index.saturating_sub(GUARD)..index).unwrap_or_default();
    before.iter().any(|token| GUARDS.contains(&token.text))
}

/// A check of a certificate that always says yes: `… = (a, b, c, d) => true`, `checkServerTrusted(…) { }`.
fn accepts_all(language: Language, rest: &[Token<'_>]) -> bool {
    let Some((first, after)) = rest.split_first() else { return false };
    let after = after.get(..CALLBACK.min(after.len())).unwrap_or_default();
    let has = |wanted: &[&str]| {
        after.windows(wanted.len()).any(|window| window.iter().zip(wanted).all(|(token, wanted)| token.text == *wanted))
    };
    match language {
        Language::CSharp if CALLBACKS.contains(&first.text) => {
            has(&["=", ">", "true"]) || has(&["{", "return", "true", ";", "}"])
        }
        Language::Java if first.is_word("checkServerTrusted") => {
            let body = after.iter().position(|token| token.is_mark("{") || token.is_mark(";"));
            body.is_some_and(|open| is_at(after.get(open..).unwrap_or_default(), &["{", "}"]))
        }
        _ => false,
    }
}

fn hazard(kind: HazardKind, what: String, at: &Token<'_>) -> Hazard {
    Hazard {
        kind,
        what,
        detail: String::new(),
        function: String::new(),
        origin: if kind == HazardKind::Deserialise { Origin::Unknown } else { Origin::Constant },
        confidence: Confidence::High,
        at: Spot { line: at.line, cell: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::tokens::tokens;

    fn kinds(language: Language, text: &str) -> Vec<HazardKind> {
        read(language, &tokens(language, text), true).into_iter().map(|hazard| hazard.kind).collect()
    }

    #[test]
    fn certificate_checks_that_are_off_are_found_in_every_language() {
        let cases = [
            (Language::TypeScript, "process.env.NODE_TLS_REJECT_UNAUTHORIZED = \"0\";"),
            (Language::JavaScript, "process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'"),
            (Language::JavaScript, "new https.Agent({ rejectUnauthorized: false })"),
            (Language::Go, "&tls.Config{InsecureSkipVerify: true}"),
            (Language::Java, "public void checkServerTrusted(X509Certificate[] chain, String type) {}"),
            (Language::CSharp, "handler.ServerCertificateCustomValidationCallback = (a, b, c, d) => true;"),
            (Language::Rust, "Client::builder().danger_accept_invalid_certs(true)"),
        ];
        for (language, text) in cases {
            assert_eq!(kinds(language, text), [HazardKind::TlsDisabled], "{text}");
        }
    }

    #[test]
    fn checks_that_are_on_and_guarded_modes_are_none() {
        let cases = [
            (Language::TypeScript, "const a = { rejectUnauthorized: true, dangerouslyAllowBrowser: false };"),
            (
                Language::Java,
                "public void checkServerTrusted(X509Certificate[] chain, String type) { inner.check(chain); }",
            ),
            (Language::CSharp, "if (app.Environment.IsDevelopment()) { app.UseDeveloperExceptionPage(); }"),
            (Language::CSharp, "h.ServerCertificateCustomValidationCallback = (a, b, c, d) => Check(b);"),
            (Language::Rust, "Client::builder().danger_accept_invalid_certs(false)"),
        ];
        for (language, text) in cases {
            assert_eq!(kinds(language, text), [], "{text}");
        }
    }

    #[test]
    fn loaders_and_modes_are_found() {
        let cases = [
            (Language::Java, "var in = new ObjectInputStream(file);", HazardKind::Deserialise),
            (Language::CSharp, "app.UseDeveloperExceptionPage();", HazardKind::Debug),
            (Language::Rust, "let args = [\"serve\", \"--trust-remote-code\"];", HazardKind::RemoteCode),
            (Language::TypeScript, "new OpenAI({ dangerouslyAllowBrowser: true })", HazardKind::BrowserKey),
        ];
        for (language, text, kind) in cases {
            assert_eq!(kinds(language, text), [kind], "{text}");
        }
    }
}
