//! The three tables: what a name in a pickle stands for.
//!
//! The data is `rules/artifact/pickle_globals.tsv`, compiled in. A rule names a module, or with `.*` a module and all
//! below it, and attributes: a comma list, `Class` for names in CapWords, or `*`. The most specific rule wins: exact
//! module before covering module, name before `Class` before `*`. A dotted name, or an attribute that leads to code
//! wherever it stands, is never allowed by a general rule.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::facts::Standing;

const GLOBALS: &str = include_str!("../../../../../rules/artifact/pickle_globals.tsv");

/// How a name stands and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub(crate) standing: Standing,
    pub(crate) reason: &'static str,
    /// Whether the reason is that of the whole module, because nothing is known of the name.
    pub(crate) is_by_module: bool,
    /// Whether `torch.load(weights_only=True)` takes it.
    pub(crate) weights_only: bool,
}

#[derive(Default)]
struct ModuleRules {
    names: HashMap<&'static str, Judgement>,
    class: Option<Judgement>,
    any: Option<Judgement>,
}

#[derive(Default)]
struct Tables {
    exact: HashMap<&'static str, ModuleRules>,
    covering: HashMap<&'static str, ModuleRules>,
    /// Attributes that run code in whatever module they are found.
    dangerous: HashSet<&'static str>,
    /// First parts of module names of the standard library.
    standard: HashSet<&'static str>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables::read(GLOBALS));

const UNREVIEWED: Judgement = Judgement::new(Standing::Unreviewed, "on no list");
const STANDARD: Judgement =
    Judgement::new(Standing::Suspicious, "a standard library name that no reviewed model file needs");
const DANGEROUS: Judgement = Judgement::new(Standing::Denied, "an attribute that leads to code");
const HIDDEN: Judgement = Judgement::new(Standing::Denied, "a denied module reached through a dotted name of another");
/// What hangs on a harmless name need not be harmless.
const BEYOND: Judgement = Judgement::new(Standing::Suspicious, "an attribute of a name that no model needs");

impl Judgement {
    const fn new(standing: Standing, reason: &'static str) -> Self {
        Self { standing, reason, is_by_module: false, weights_only: false }
    }

    /// Returns why, in words: what the name does where that is known, else what its module can do.
    pub(crate) fn explain(&self, module: &str) -> Cow<'static, str> {
        if self.is_by_module && self.standing == Standing::Denied {
            return format!("any name of module `{module}` is denied, because it {}", self.reason).into();
        }
        self.reason.into()
    }
}

/// Judges an import by its Python 3 name.
pub(crate) fn judge(module: &str, name: &str) -> Judgement {
    TABLES.judge(module, name)
}

/// Says whether an attribute leads to code whatever object it belongs to.
pub(crate) fn is_dangerous_attribute(name: &str) -> bool {
    TABLES.dangerous.contains(name) || (name.starts_with("__") && !matches!(name, "__new__" | "__init__" | "__doc__"))
}

impl Tables {
    fn read(text: &'static str) -> Self {
        let mut tables = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let mut columns = line.split('\t');
            let (Some(standing), Some(module), Some(names)) = (columns.next(), columns.next(), columns.next()) else {
                continue;
            };
            let reason = columns.next().unwrap_or("");
            let judgement = match standing {
                "deny" => Judgement::new(Standing::Denied, reason),
                "suspect" => Judgement::new(Standing::Suspicious, reason),
                "needless" => Judgement::new(Standing::Needless, reason),
                "torch" => Judgement { weights_only: true, ..Judgement::new(Standing::Allowed, "") },
                "dangerous" => {
                    tables.dangerous.extend(names.split(','));
                    continue;
                }
                "standard" => {
                    tables.standard.extend(names.split(','));
                    continue;
                }
                _ => Judgement::new(Standing::Allowed, ""),
            };
            for module in module.split(',') {
                let rules = match module.strip_suffix(".*") {
                    Some(prefix) => tables.covering.entry(prefix).or_default(),
                    None => tables.exact.entry(module).or_default(),
                };
                rules.add(names, judgement);
            }
        }
        tables
    }

    fn judge(&self, module: &str, name: &str) -> Judgement {
        if let Some((head, _)) = name.split_once('.') {
            return self.judge_dotted(module, name, head);
        }
        if let Some(rules) = self.exact.get(module) {
            if let Some(found) = rules.names.get(name) {
                return *found;
            }
            if let Some(found) = rules.general(name) {
                return self.unless_dangerous(name, found);
            }
        }
        if let Some(found) = self.covered(module, name) {
            return self.unless_dangerous(name, found);
        }
        if self.dangerous.contains(name) || name.starts_with("__") {
            return DANGEROUS;
        }
        let root = module.split('.').next().unwrap_or(module);
        if self.standard.contains(root) { STANDARD } else { UNREVIEWED }
    }

    /// An attribute of an attribute: `pathlib` has `os.system`, every class has `__init__.__globals__`.
    fn judge_dotted(&self, module: &str, name: &str, head: &str) -> Judgement {
        let is_dangerous = |part: &str| self.dangerous.contains(part) || (part.starts_with("__") && part != "__new__");
        if name.split('.').any(is_dangerous) {
            return DANGEROUS;
        }
        if name.split('.').any(|part| self.is_denied_module(part)) {
            return HIDDEN;
        }
        let of_head = self.judge(module, head);
        match of_head.standing {
            Standing::Allowed => UNREVIEWED,
            Standing::Needless => BEYOND,
            _ => of_head,
        }
    }

    fn is_denied_module(&self, module: &str) -> bool {
        [self.covering.get(module), self.exact.get(module)]
            .into_iter()
            .flatten()
            .any(|rules| rules.any.is_some_and(|judgement| judgement.standing == Standing::Denied))
    }

    fn covered(&self, module: &str, name: &str) -> Option<Judgement> {
        let mut prefix = module;
        loop {
            if let Some(rules) = self.covering.get(prefix) {
                let found = rules.names.get(name).copied().or_else(|| rules.general(name));
                if found.is_some() {
                    return found;
                }
            }
            prefix = prefix.rsplit_once('.')?.0;
        }
    }

    fn unless_dangerous(&self, name: &str, found: Judgement) -> Judgement {
        if found.standing == Standing::Allowed && self.dangerous.contains(name) { DANGEROUS } else { found }
    }
}

impl ModuleRules {
    fn add(&mut self, names: &'static str, judgement: Judgement) {
        for name in names.split(',') {
            match name {
                "*" => self.any = Some(Judgement { is_by_module: true, ..judgement }),
                "Class" => self.class = Some(Judgement { is_by_module: true, ..judgement }),
                _ => drop(self.names.insert(name, judgement)),
            }
        }
    }

    fn general(&self, name: &str) -> Option<Judgement> {
        self.class.filter(|_| is_class_name(name)).or(self.any)
    }
}

/// CapWords, maybe private: what PEP 8 calls a class; also Cython's own unpicklers.
fn is_class_name(name: &str) -> bool {
    name.trim_start_matches('_').starts_with(|first: char| first.is_ascii_uppercase())
        || name.starts_with("__pyx_unpickle_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(module: &str, name: &str) -> Standing {
        judge(module, name).standing
    }

    #[test]
    fn a_dotted_name_never_rides_on_an_allowed_module() {
        assert_eq!(standing("pathlib", "os.system"), Standing::Denied);
        assert_eq!(standing("joblib.memory", "os.system"), Standing::Denied);
        assert_eq!(standing("sklearn.base", "BaseEstimator.__init__.__globals__"), Standing::Denied);
        assert_eq!(standing("sklearn.base", "BaseEstimator.set_params"), Standing::Unreviewed);
    }

    #[test]
    fn classes_of_reviewed_libraries_are_allowed_and_their_functions_are_not() {
        assert_eq!(standing("sklearn.ensemble._forest", "RandomForestClassifier"), Standing::Allowed);
        assert_eq!(standing("sklearn.utils._whatever", "run_it"), Standing::Unreviewed);
        assert_eq!(standing("sklearn.utils._whatever", "system"), Standing::Denied);
    }

    #[test]
    fn the_standard_library_is_suspect_until_reviewed() {
        assert_eq!(standing("xmlrpc.client", "ServerProxy"), Standing::Denied);
        assert_eq!(standing("smtpd", "SMTPServer"), Standing::Suspicious);
        assert_eq!(standing("acme_models.intent", "IntentModel"), Standing::Unreviewed);
    }

    #[test]
    fn the_effect_of_a_name_is_told_before_that_of_its_module() {
        let why = |module: &str, name: &str| judge(module, name).explain(module).into_owned();
        assert_eq!(why("os", "system"), "starts programs");
        assert_eq!(why("os", "getcwd"), "reads the working directory");
        let of_module = why("os", "get_blocking");
        assert_eq!(of_module, "any name of module `os` is denied, because it starts programs and removes files");
    }

    #[test]
    fn a_harmless_read_is_needless_and_what_hangs_on_it_is_suspicious() {
        for (module, name) in [("os", "getcwd"), ("posix", "getpid"), ("posixpath", "join")] {
            assert_eq!(standing(module, name), Standing::Needless, "{module}.{name}");
        }
        assert_eq!(standing("os", "getcwd.x"), Standing::Suspicious);
        assert_eq!(standing("os", "getcwd.__self__"), Standing::Denied);
        // A pickle can set items of a mapping it imports, and the environment decides what the next program loads.
        assert_eq!(standing("os", "environ"), Standing::Denied);
        assert_eq!(standing("os", "environ.update"), Standing::Denied);
    }
}
