//! Module and attribute names as Python 3 knows them, from what a Python 2 pickle says.
//!
//! Source: CPython `Lib/_compat_pickle.py`, the part that matters for judging: names under which a denied or allowed
//! callable can hide.

/// Python 2 module → Python 3 module.
const MODULES: [(&str, &str); 30] = [
    ("__builtin__", "builtins"),
    ("exceptions", "builtins"),
    ("copy_reg", "copyreg"),
    ("cPickle", "pickle"),
    ("_pickle", "pickle"),
    ("_elementtree", "xml.etree.ElementTree"),
    ("Queue", "queue"),
    ("SocketServer", "socketserver"),
    ("ConfigParser", "configparser"),
    ("repr", "reprlib"),
    ("commands", "subprocess"),
    ("urllib2", "urllib.request"),
    ("urlparse", "urllib.parse"),
    ("robotparser", "urllib.robotparser"),
    ("httplib", "http.client"),
    ("cookielib", "http.cookiejar"),
    ("Cookie", "http.cookies"),
    ("BaseHTTPServer", "http.server"),
    ("SimpleHTTPServer", "http.server"),
    ("CGIHTTPServer", "http.server"),
    ("xmlrpclib", "xmlrpc.client"),
    ("dbm", "dbm.ndbm"),
    ("anydbm", "dbm"),
    ("StringIO", "io"),
    ("cStringIO", "io"),
    ("UserDict", "collections"),
    ("UserList", "collections"),
    ("UserString", "collections"),
    ("__main__.__builtins__", "builtins"),
    ("_abcoll", "collections.abc"),
];

/// Python 2 attributes that moved, as (module, name) → (module, name).
const ATTRIBUTES: [(&str, &str, &str, &str); 12] = [
    ("builtins", "xrange", "builtins", "range"),
    ("builtins", "reduce", "functools", "reduce"),
    ("builtins", "intern", "sys", "intern"),
    ("builtins", "unichr", "builtins", "chr"),
    ("builtins", "unicode", "builtins", "str"),
    ("builtins", "long", "builtins", "int"),
    ("builtins", "izip", "builtins", "zip"),
    ("itertools", "izip", "builtins", "zip"),
    ("itertools", "imap", "builtins", "map"),
    ("itertools", "ifilter", "builtins", "filter"),
    ("builtins", "basestring", "builtins", "str"),
    ("builtins", "StandardError", "builtins", "Exception"),
];

/// Returns module and attribute under their Python 3 names.
pub(crate) fn canonical<'a>(module: &'a str, name: &'a str) -> (&'a str, &'a str) {
    let module = MODULES.iter().find(|(old, _)| *old == module).map_or(module, |(_, new)| new);
    ATTRIBUTES
        .iter()
        .find(|(old_module, old_name, ..)| *old_module == module && *old_name == name)
        .map_or((module, name), |(_, _, new_module, new_name)| (new_module, new_name))
}

/// Says whether a text can be a dotted Python name, so that prose is not taken for an import.
pub(crate) fn is_dotted_name(text: &[u8]) -> bool {
    !text.is_empty()
        && text.len() <= 512
        && text
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'<' | b'>') || *byte >= 0x80)
        && !text.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b'.')
}

/// Resolves the escapes of a protocol 0 string, quotes and all; what is no escape stays as it is.
pub(crate) fn unescape(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    let text = text.trim_end_matches('\r');
    let inner = ['\'', '"'].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(text);
    if !inner.contains('\\') {
        return inner.to_owned();
    }
    let mut plain = String::with_capacity(inner.len());
    let mut rest = inner.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        let Some(kind) = rest.next() else { break };
        let digits = match kind {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            'n' => {
                plain.push('\n');
                continue;
            }
            '0'..='7' => {
                plain.push(octal(kind, &mut rest));
                continue;
            }
            other => {
                plain.push(other);
                continue;
            }
        };
        let hex: String = rest.by_ref().take(digits).collect();
        plain.push(u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32).unwrap_or('\u{fffd}'));
    }
    plain
}

fn octal(first: char, rest: &mut std::str::Chars<'_>) -> char {
    let mut value = first.to_digit(8).unwrap_or(0);
    for _ in 0..2 {
        let Some(digit) = rest.clone().next().and_then(|next| next.to_digit(8)) else { break };
        value = value * 8 + digit;
        rest.next();
    }
    char::from_u32(value).unwrap_or('\u{fffd}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_2_names_lead_to_the_same_callable() {
        assert_eq!(canonical("__builtin__", "eval"), ("builtins", "eval"));
        assert_eq!(canonical("commands", "getoutput"), ("subprocess", "getoutput"));
    }

    #[test]
    fn escapes_do_not_hide_a_name() {
        assert_eq!(unescape(br"'\x6fs'"), "os");
        assert_eq!(unescape(br"\u006f\163"), "os");
    }
}
