//! The three tables: what a name in a pickle stands for.
//!
//! The data is `rules/artifact/pickle_globals.tsv`, compiled in. A rule names a module, or with `.*` a module and all
//! below it, and attributes: a comma list, `Class` for names in CapWords, or `*`. The most specific rule wins: exact
//! module before covering module, name before `Class` before `*`. A dotted name, or an attribute that leads to code
//! wherever it stands, is never allowed by a general rule.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::spelling::{is_class_name, is_reconstructor};
use crate::facts::Standing;

const GLOBALS: &str = include_str!("../../../../../rules/artifact/pickle_globals.tsv");

/// What `specs/artifact/make_tables.py` read off the sources of frameworks; it never outweighs [`GLOBALS`].
const GENERATED: [&str; 7] = [
    include_str!("../../../../../rules/artifact/tables/dateutil.tsv"),
    include_str!("../../../../../rules/artifact/tables/lightgbm.tsv"),
    include_str!("../../../../../rules/artifact/tables/numpy.tsv"),
    include_str!("../../../../../rules/artifact/tables/pandas.tsv"),
    include_str!("../../../../../rules/artifact/tables/scipy.tsv"),
    include_str!("../../../../../rules/artifact/tables/sklearn.tsv"),
    include_str!("../../../../../rules/artifact/tables/statsmodels.tsv"),
];

/// What calling a name adds to what importing it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnCall {
    /// Nothing.
    Same,
    /// No honest file calls it, though some name it.
    Worse(&'static str),
    /// A class known only by its library: what it does with a path, an address or an expression nobody has looked at.
    UnlessGivenPlace,
    /// A class nobody knows: a path is what many take, code is not.
    UnlessGivenCode,
    /// A class whose constructor reaches out of the process; its instances are built without calling that.
    Constructs,
}

/// How a name stands and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub(crate) standing: Standing,
    pub(crate) reason: &'static str,
    /// Whether the reason is that of the whole module, because nothing is known of the name.
    pub(crate) is_by_module: bool,
    /// Whether `torch.load(weights_only=True)` takes it.
    pub(crate) weights_only: bool,
    /// What a call of it adds.
    pub(crate) on_call: OnCall,
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
    /// Classes whose constructor reaches out of the process, by library and name: they are exported under many modules.
    constructing: HashSet<(&'static str, &'static str)>,
    /// First parts of module names of which something is allowed.
    reviewed: HashSet<&'static str>,
    /// First parts of module names of the standard library.
    standard: HashSet<&'static str>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(Tables::compiled_in);

const UNREVIEWED: Judgement = Judgement::new(Standing::Unreviewed, "on no list");
const STANDARD: Judgement =
    Judgement::new(Standing::Suspicious, "a standard library name that no reviewed model file needs");
const DANGEROUS: Judgement = Judgement::new(Standing::Denied, "an attribute that leads to code");
/// Modules that other modules import and that no honest file names as an attribute of these.
const MODULE_OBJECTS: [&str; 16] = [
    "os",
    "_os",
    "sys",
    "_sys",
    "subprocess",
    "shutil",
    "builtins",
    "__builtin__",
    "importlib",
    "ctypes",
    "socket",
    "posix",
    "nt",
    "pty",
    "runpy",
    "marshal",
];
const HIDDEN: Judgement = Judgement::new(Standing::Denied, "a denied module reached through another");
const OF_LIBRARY: &str = "a function that no reviewed file calls while loading";
/// What hangs on a harmless name need not be harmless.
const BEYOND: Judgement = Judgement::new(Standing::Suspicious, "an attribute of a name that no model needs");

impl Judgement {
    const fn new(standing: Standing, reason: &'static str) -> Self {
        Self { standing, reason, is_by_module: false, weights_only: false, on_call: OnCall::Same }
    }

    /// The same name, worse when it is called.
    pub(crate) const fn worse_if_called(self, reason: &'static str) -> Self {
        Self { on_call: OnCall::Worse(reason), ..self }
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

/// Says whether a module is of the standard library.
pub(crate) fn is_standard(module: &str) -> bool {
    TABLES.standard.contains(module.split('.').next().unwrap_or(module))
}

/// Says whether an attribute leads to code whatever object it belongs to.
pub(crate) fn is_dangerous_attribute(name: &str) -> bool {
    TABLES.dangerous.contains(name) || (name.starts_with("__") && !matches!(name, "__new__" | "__init__" | "__doc__"))
}

impl Tables {
    fn compiled_in() -> Self {
        let mut tables = Self::read(GLOBALS);
        for line in GENERATED.iter().flat_map(|text| text.lines()).filter(|line| !line.starts_with('#')) {
            tables.add_generated(line);
        }
        tables
    }

    /// Adds a generated line, where the reviewed table says nothing of the name itself.
    fn add_generated(&mut self, line: &'static str) {
        let mut columns = line.split('\t');
        let (Some(standing), Some(module), Some(names)) = (columns.next(), columns.next(), columns.next()) else {
            return;
        };
        let root = module.split('.').next().unwrap_or(module);
        for name in names.split(',') {
            let known = self.judge(module, name);
            let is_open =
                known.standing == Standing::Unreviewed || (known.standing == Standing::Allowed && known.is_by_module);
            if !is_open {
                continue;
            }
            if standing == "construct" {
                self.constructing.insert((root, name));
                continue;
            }
            let judgement = Judgement::new(Standing::Allowed, "");
            let judgement = if standing == "refer" { judgement.worse_if_called(OF_LIBRARY) } else { judgement };
            self.exact.entry(module).or_default().names.insert(name, judgement);
        }
    }

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
                "refer" => Judgement::new(Standing::Allowed, "").worse_if_called(reason),
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
                if judgement.standing == Standing::Allowed {
                    tables.reviewed.extend(module.split('.').next());
                }
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
        let found = self.judge_name(module, name);
        let root = module.split('.').next().unwrap_or(module);
        let is_constructing = found.on_call == OnCall::UnlessGivenPlace && self.constructing.contains(&(root, name));
        if is_constructing { Judgement { on_call: OnCall::Constructs, ..found } } else { found }
    }

    fn judge_name(&self, module: &str, name: &str) -> Judgement {
        if let Some((head, _)) = name.split_once('.') {
            let listed = self.exact.get(module).and_then(|rules| rules.names.get(name));
            return listed.copied().unwrap_or_else(|| self.judge_dotted(module, name, head));
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
        if MODULE_OBJECTS.contains(&name) {
            return HIDDEN;
        }
        let root = module.split('.').next().unwrap_or(module);
        if self.standard.contains(root) {
            STANDARD
        } else if is_reconstructor(name) {
            UNREVIEWED
        } else if self.reviewed.contains(root) {
            UNREVIEWED.worse_if_called(OF_LIBRARY)
        } else {
            let on_call = if is_class_name(name) { OnCall::UnlessGivenCode } else { OnCall::UnlessGivenPlace };
            Judgement { on_call, ..UNREVIEWED }
        }
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
            Standing::Allowed => of_attribute(name),
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
                "Class" => {
                    self.class = Some(Judgement { is_by_module: true, on_call: OnCall::UnlessGivenPlace, ..judgement });
                }
                _ => drop(self.names.insert(name, judgement)),
            }
        }
    }

    fn general(&self, name: &str) -> Option<Judgement> {
        self.class.filter(|_| is_class_name(name)).or(self.any)
    }
}

/// Returns how an attribute of an allowed name stands: a class in a class is a name, a function of it is an action.
pub(crate) fn of_attribute(name: &str) -> Judgement {
    let last = name.rsplit('.').next().unwrap_or(name);
    if is_class_name(last) || is_reconstructor(last) { UNREVIEWED } else { UNREVIEWED.worse_if_called(OF_LIBRARY) }
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
