//! What is searched for, and what each keyword calls for.

use std::collections::BTreeMap;

use syndic_detect::{Keywords, Occurrences};

use crate::engine::Reach;
use crate::matcher::Matcher;

/// Words that stand in the names of credentials; see the assignment reader.
const NAME_KEYWORDS: [&str; 22] = [
    "passw",
    "pwd",
    "passphrase",
    "_pass",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "access_key",
    "accesskey",
    "access-key",
    "private_key",
    "credential",
    "auth_key",
    "authkey",
    "encryption_key",
    "signing_key",
    "master_key",
    "masterkey",
    "account_key",
    "accountkey",
];
/// Names that are words of languages too: only what follows one makes it a name.
const SHORT_NAMES: [&str; 3] = ["pass", "auth", "key"];
/// What follows.
const SHORT_TAILS: [&str; 8] = ["\":", "\\\":", "': ", ": \"", ": '", "=\"", " = \"", " = '"];
/// What follows `pass`, which few other things end in.
const PASS_TAILS: [&str; 3] = [": ", "=", " = "];
/// Names that count only where everything is looked at.
const WIDE_NAMES: [&str; 5] = ["salt", "nonce", "authcode", "authorization", "_ticket"];
/// What follows `key` where values stand without quotes.
const KEY_TAILS: [&str; 3] = [": ", " : ", "="];

/// What a keyword calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// The matcher of this number.
    Pattern(usize),
    /// A look at the name around it and what is assigned to that.
    Assignment,
    /// A keyword that holds what follows the name too: the name ends earlier.
    Short(usize),
    /// A look for a password in an address.
    Address,
}

/// Keywords, and what each calls for.
pub(crate) struct Prompts {
    keywords: Keywords,
    targets: Vec<Vec<Target>>,
}

impl Prompts {
    /// Prepares the search for the keywords of `matchers`, and for names and addresses if these are judged.
    pub(crate) fn new(matchers: &[Matcher], judges_names: bool, reach: Reach) -> Self {
        let mut keywords: BTreeMap<String, Vec<Target>> = BTreeMap::new();
        let is_wanted = |matcher: &Matcher| reach == Reach::Everything || !matcher.is_by_name;
        for (number, matcher) in matchers.iter().enumerate().filter(|(_, matcher)| is_wanted(matcher)) {
            for keyword in &matcher.keywords {
                keywords.entry(keyword.clone()).or_default().push(Target::Pattern(number));
            }
        }
        if judges_names {
            for keyword in NAME_KEYWORDS {
                keywords.entry(keyword.to_owned()).or_default().push(Target::Assignment);
            }
            keywords.entry("://".to_owned()).or_default().push(Target::Address);
        }
        if judges_names && reach == Reach::Everything {
            add_wide_names(&mut keywords);
        }
        let (words, targets): (Vec<String>, Vec<_>) = keywords.into_iter().unzip();
        Self { keywords: Keywords::new(&words), targets }
    }

    /// Returns every keyword in the content.
    pub(crate) fn find_in<'a>(&'a self, content: &'a [u8]) -> Occurrences<'a> {
        self.keywords.find_in(content)
    }

    /// Returns what a keyword calls for.
    pub(crate) fn targets(&self, word: usize) -> &[Target] {
        self.targets.get(word).map_or(&[], Vec::as_slice)
    }
}

fn add_wide_names(keywords: &mut BTreeMap<String, Vec<Target>>) {
    for name in WIDE_NAMES {
        keywords.entry(name.to_owned()).or_default().push(Target::Assignment);
    }
    let tails = SHORT_NAMES.iter().flat_map(|name| SHORT_TAILS.iter().map(move |tail| (*name, *tail)));
    let pass = PASS_TAILS.iter().map(|tail| ("pass", *tail));
    for (name, tail) in tails.chain(pass).chain(KEY_TAILS.iter().map(|tail| ("key", *tail))) {
        keywords.entry(format!("{name}{tail}")).or_default().push(Target::Short(name.len()));
    }
}
