//! Environment settings: which values may be kept, which are credentials, which lead elsewhere.

use std::sync::LazyLock;

use regex::Regex;
use syndic_detect::AiCatalogue;

use crate::facts::{Literal, Setting, Url};

/// A service has at most this many settings in the facts.
pub(crate) const MAX_SETTINGS: usize = 500;

/// Values of these settings (or of settings ending so) are harmless and decide something.
const SAFE_VALUES: [&str; 32] = [
    "OLLAMA_HOST",
    "OLLAMA_ORIGINS",
    "MODEL_ID",
    "MODEL_NAME",
    "HF_MODEL_ID",
    "MODEL",
    "DEBUG",
    "FLASK_DEBUG",
    "FLASK_ENV",
    "DJANGO_DEBUG",
    "APP_DEBUG",
    "APP_ENV",
    "NODE_ENV",
    "ENVIRONMENT",
    "GRADIO_SERVER_NAME",
    "GRADIO_DEBUG",
    "TRUST_REMOTE_CODE",
    "HF_TRUST_REMOTE_CODE",
    "WEBUI_AUTH",
    "LANGFLOW_AUTO_LOGIN",
    "AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED",
    "AUTHENTICATION_APIKEY_ENABLED",
    "AUTHENTICATION_OIDC_ENABLED",
    "AUTHENTICATION_DB_USERS_ENABLED",
    "COMMON_SECURITY_AUTHORIZATIONENABLED",
    "POSTGRES_HOST_AUTH_METHOD",
    "TS_DISABLE_TOKEN_AUTHORIZATION",
    "DISABLE_SECURITY_PLUGIN",
    "xpack.security.enabled",
    "PHOENIX_ENABLE_AUTH",
    "DISABLE_AUTH",
    "MYSQL_ALLOW_EMPTY_PASSWORD",
];

/// Words in a name that say its value is a credential, each as a whole part of the name.
const SECRET_PARTS: [&str; 10] =
    ["PASSWORD", "PASSWD", "PASS", "PWD", "SECRET", "TOKEN", "APIKEY", "CREDENTIALS", "PASSPHRASE", "AUTHTOKEN"];

/// Words before a last `KEY` that make it a credential.
const KEY_KINDS: [&str; 12] = [
    "API",
    "ACCESS",
    "SECRET",
    "PRIVATE",
    "ENCRYPTION",
    "MASTER",
    "SIGNING",
    "ADMIN",
    "AUTH",
    "SERVICE",
    "SALT",
    "JWT",
];

/// Last words of a name that say its value is about a credential, not one.
const ABOUT: [&str; 28] = [
    "FILE",
    "PATH",
    "NAME",
    "ID",
    "URL",
    "URI",
    "TTL",
    "EXPIRY",
    "EXPIRES",
    "EXPIRATION",
    "ENABLED",
    "TYPE",
    "LENGTH",
    "LIMIT",
    "COUNT",
    "HEADER",
    "PREFIX",
    "SUFFIX",
    "REQUIRED",
    "AUTH",
    "METHOD",
    "MINUTES",
    "SECONDS",
    "ALGORITHM",
    "ITERATIONS",
    "ROUNDS",
    "POLICY",
    "ATTEMPTS",
];

impl Setting {
    /// Reads one setting. `value` is what stands in the manifest; absent means it comes from outside.
    pub(crate) fn read(name: &str, value: Option<&str>, line: u32) -> Self {
        let name: String = name.trim().chars().take(128).collect();
        let Some(value) = value.map(str::trim) else { return Self { name, line, ..Self::default() } };
        let url = Url::read(value);
        let is_safe = SAFE_VALUES.contains(&name.as_str()) && !value.contains('@');
        Self {
            literal: literal_of(&name, value),
            value: is_safe.then(|| value.chars().take(200).collect()),
            is_empty: value.is_empty(),
            url,
            name,
            line,
        }
    }

    /// Says whether the setting is given something that turns a switch on.
    pub(crate) fn is_on(&self) -> bool {
        let value = self.value.as_deref().map(str::to_ascii_lowercase);
        !self.is_empty && !matches!(value.as_deref(), Some("false" | "0" | "no" | "off" | "none"))
    }
}

/// Says whether a setting's value is a credential, by the parts of its name.
pub(crate) fn is_secret_name(name: &str) -> bool {
    if let Some(known) = AiCatalogue::builtin().env_var(name) {
        return known.is_secret;
    }
    let upper = name.to_ascii_uppercase().replace(['-', '.'], "_");
    let parts: Vec<&str> = upper.split('_').filter(|part| !part.is_empty()).collect();
    let Some((last, before)) = parts.split_last() else { return false };
    if ABOUT.contains(last) || parts.contains(&"PUBLIC") || parts.contains(&"MAX") {
        return false;
    }
    let is_key = *last == "KEY" && before.last().is_some_and(|kind| KEY_KINDS.contains(kind));
    is_key || SECRET_PARTS.contains(last) || (parts.len() <= 4 && before.contains(&"PASSWORD"))
}

fn literal_of(name: &str, value: &str) -> Option<Literal> {
    if let Some(password) = url_password(value) {
        return judge(password, true);
    }
    is_secret_name(name).then(|| judge(value, name.to_ascii_uppercase().contains("PASS"))).flatten()
}

/// Tells a credential in clear from a reference, a placeholder and an everybody-knows password.
fn judge(value: &str, is_password: bool) -> Option<Literal> {
    if let Some(default) = default_of_variable(value) {
        return (is_password && !default.is_empty() && !default.contains('$')).then_some(Literal::Weak);
    }
    let is_reference = value.is_empty()
        || value.contains(['$', '<', '{'])
        || value.starts_with(['/', '!', '%'])
        || value.contains("://")
        || ["true", "false", "null", "none"].contains(&value.to_ascii_lowercase().as_str());
    if is_reference {
        return None;
    }
    let is_placeholder = is_placeholder(value);
    match (is_placeholder || value.chars().count() < 8, is_password) {
        (false, _) => Some(Literal::Real),
        // A password that everybody knows is in use all the same; a made-up API key opens nothing.
        (true, true) => Some(Literal::Weak),
        (true, false) => None,
    }
}

fn is_placeholder(value: &str) -> bool {
    static WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?i)change|replace|your|example|placeholder|dummy|fake|sample|insert|todo|not[-_ ]?(needed|used|required)|^sk-?(1234|none)|^test|x{4,}|\*{3,}|\.\.\.|^(password|postgres|secret|admin|root|guest|token|minioadmin|default|empty|unused|redis|mysql|user|local|dev|letmein|ollama|lm-studio|langfuse|litellm|dbpassword|mypassword|mysecretpassword|supersecret)[-_0-9]*$",
        )
        .ok()
    });
    WORDS.as_ref().is_some_and(|words| words.is_match(value))
}

fn default_of_variable(value: &str) -> Option<&str> {
    let inner = value.strip_prefix("${")?.strip_suffix('}')?;
    inner.split_once(":-").or_else(|| inner.split_once('-')).map(|(_, default)| default)
}

fn url_password(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (user, _) = authority.rsplit_once('@')?;
    user.split_once(':').map(|(_, password)| password)
}

impl Url {
    /// Reads the harmless part of an address; nothing if the text is none.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let text = crate::image::substitute(text, &|_| None);
        let (scheme, rest) = text.split_once("://")?;
        let is_scheme = !scheme.is_empty()
            && scheme.len() <= 30
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        let authority = rest.split(['/', '?', '#', ',', ' ']).next()?;
        let host_port = authority.rsplit('@').next()?;
        let (host, port) = match host_port.rsplit_once(':') {
            Some((host, port)) if port.chars().all(|c| c.is_ascii_digit()) => (host, Some(port.to_owned())),
            _ => (host_port, None),
        };
        let is_host = !host.is_empty()
            && host.len() <= 253
            && host.chars().all(|c| c.is_ascii_alphanumeric() || "-._:[]".contains(c));
        (is_scheme && is_host).then(|| Self {
            scheme: scheme.to_ascii_lowercase(),
            host: host.to_ascii_lowercase(),
            port,
        })
    }

    /// Says whether the host is another container, the machine itself or a private address.
    pub(crate) fn is_local(&self) -> bool {
        let host = self.host.trim_matches(['[', ']']);
        let is_name = !host.contains(['.', ':']);
        is_name
            || host == "::1"
            || ["127.", "10.", "192.168.", "169.254.", "0.0.0.0"].iter().any(|start| host.starts_with(start))
            || (16..32).any(|second| host.starts_with(&format!("172.{second}.")))
            || [".local", ".internal", ".svc", ".localhost", ".lan", ".test", ".example"]
                .iter()
                .any(|end| host.ends_with(end))
    }

    /// Says whether the scheme encrypts; nothing when the scheme does not tell.
    pub(crate) fn is_encrypted(&self) -> Option<bool> {
        match self.scheme.as_str() {
            "https" | "wss" | "rediss" | "grpcs" | "amqps" | "mongodb+srv" => Some(true),
            "http" | "ws" | "redis" | "grpc" | "amqp" => Some(false),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_credentials_are_told_from_names_about_them() {
        for name in ["OPENAI_API_KEY", "DB_PASSWORD", "SECRET_KEY", "MY_TOKEN", "aws-secret-access-key"] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "MAX_TOKENS",
            "PASSWORD_ITERATIONS",
            "TOKENIZERS_PARALLELISM",
            "PASSWORD_FILE",
            "API_KEY_NAME",
            "KEY",
            "PUBLIC_KEY",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn references_and_placeholders_are_no_credentials() {
        let literal = |name: &str, value: &str| Setting::read(name, Some(value), 1).literal;
        for value in ["${KEY}", "$KEY", "<your key>", "your-api-key-here", "", "/run/secrets/key", "xxxxxxxx", "EMPTY"]
        {
            assert_eq!(literal("OPENAI_API_KEY", value), None, "{value}");
        }
        assert_eq!(literal("DB_PASSWORD", "postgres"), Some(Literal::Weak));
        assert_eq!(literal("DB_PASSWORD", "${P:-postgres}"), Some(Literal::Weak));
        assert_eq!(literal("DATABASE_URL", "postgres://u:Tr0ub4dor9@db/x"), Some(Literal::Real));
        assert_eq!(literal("SIGNING_KEY", "kq83hf02lsm1"), Some(Literal::Real));
    }

    #[test]
    fn a_credential_never_stays_in_the_facts() {
        let setting = Setting::read("DATABASE_URL", Some("postgres://u:Tr0ub4dor9@db:5432/x?k=Tr0ub4dor9"), 1);
        assert!(!serde_json::to_string(&setting).unwrap().contains("Tr0ub4dor9"));
        assert_eq!(setting.url.unwrap().host, "db");
    }

    proptest::proptest! {
        #[test]
        fn any_setting_is_read(name in "\\PC{0,30}", value in "\\PC{0,60}") {
            let _ = Setting::read(&name, Some(&value), 1);
        }
    }
}
