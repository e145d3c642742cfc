//! Dangerous calls that happen only when a caller asks for them: behind `allow_pickle=False`, behind `verify=True`, behind
//! a check of what is allowed.
//!
//! The function then offers the danger; who asks for it decides. That is a weaker finding than a danger taken as usual.

use crate::python::{Call, Function, Sketch, Value, last};
use crate::{Facts, HazardKind};

/// Words in the name of a parameter, off by default, that allows code to run.
const ALLOWING: [&str; 4] = ["allow_", "trust", "unsafe", "dangerous"];
/// What a function called `…allow…` must also speak of.
const ALLOWED: [&str; 6] = ["pickle", "code", "deserial", "unsafe", "exec", "remote"];
/// Names of parameters that decide whether certificates are checked, and what they are by default.
const CHECKING: [(&str, bool); 10] = [
    ("verify", true),
    ("verify_ssl", true),
    ("ssl_verify", true),
    ("verify_certs", true),
    ("tls_verify", true),
    ("check_hostname", true),
    ("insecure", false),
    ("skip_verify", false),
    ("skip_tls_verify", false),
    ("disable_ssl_verification", false),
];

/// Notes the places of hazards that a caller must ask for.
pub(super) fn read(sketch: &Sketch, facts: &mut Facts) {
    let asked = facts.hazards.iter().filter(|hazard| {
        let test: fn(&Sketch, &Call) -> bool = match hazard.kind {
            HazardKind::Deserialise | HazardKind::RemoteCode => allows_code,
            HazardKind::TlsDisabled => checks_by_parameter,
            _ => return false,
        };
        sketch.calls.iter().filter(|call| call.at == hazard.at).any(|call| test(sketch, call))
    });
    facts.opt_ins = asked.map(|hazard| hazard.at).collect();
    facts.opt_ins.dedup();
}

fn around<'a>(sketch: &'a Sketch, call: &Call) -> impl Iterator<Item = (usize, &'a Function)> {
    let mut next = call.function;
    std::iter::from_fn(move || {
        let index = next?;
        let function = sketch.functions.get(index)?;
        next = function.parent;
        Some((index, function))
    })
}

fn allows_code(sketch: &Sketch, call: &Call) -> bool {
    around(sketch, call).any(|(index, function)| {
        let by_parameter = function.params.iter().any(|param| {
            param.default == Some(Value::Bool(false))
                && ALLOWING.iter().any(|word| param.name.to_ascii_lowercase().contains(word))
        });
        let asks = |earlier: &Call| {
            let name = last(&earlier.written).to_ascii_lowercase();
            name.contains("allow") && ALLOWED.iter().any(|word| name.contains(word))
        };
        by_parameter || sketch.calls_inside(index).any(|earlier| earlier.at < call.at && asks(earlier))
    })
}

fn checks_by_parameter(sketch: &Sketch, call: &Call) -> bool {
    around(sketch, call).any(|(_, function)| {
        function.params.iter().any(|param| {
            CHECKING
                .iter()
                .any(|(name, on)| param.name.eq_ignore_ascii_case(name) && param.default == Some(Value::Bool(*on)))
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::{CodeEngine, Language};
    use syndic_evidence::{AssetKind, Input, Severity, Urn};

    fn severities(text: &str) -> Vec<(String, Severity)> {
        let owner = Urn::local("t", AssetKind::Application, "app");
        let input = Input { system: "t", path: "app/load.py", subject: &owner, owner: &owner };
        let found = CodeEngine::builtin().unwrap().inspect(input, Language::Python, text).unwrap().findings;
        found.into_iter().map(|draft| (draft.rule, draft.severity)).collect()
    }

    #[test]
    fn a_danger_that_a_caller_must_ask_for_weighs_less() {
        let cases = [
            (
                "import pickle\ndef f(p, allow_pickle=False):\n    if not allow_pickle:\n        raise ValueError()\n    with open(p) as h:\n        return pickle.load(h)\n",
                "code.pickle-load",
            ),
            (
                "import pickle\ndef f(p):\n    if not _is_pickle_loading_allowed():\n        raise ValueError()\n    with open(p) as h:\n        return pickle.load(h)\n",
                "code.pickle-load",
            ),
            (
                "import ssl, openai\nclass T:\n    def __init__(self, *, verify: bool = True):\n        if not verify:\n            self.c = ssl._create_unverified_context()\n",
                "code.tls-disabled",
            ),
        ];
        for (text, rule) in cases {
            assert_eq!(severities(text), [(rule.to_owned(), Severity::Low)], "{text}");
        }
    }

    #[test]
    fn a_danger_taken_as_usual_keeps_its_weight() {
        let cases = [
            (
                "import pickle\ndef f(p, allow_pickle=True):\n    with open(p) as h:\n        return pickle.load(h)\n",
                Severity::Medium,
            ),
            (
                "import pickle\ndef f(p):\n    with open(p) as h:\n        return pickle.load(h)\ndef g(p, allow_pickle=False):\n    with open(p) as h:\n        return pickle.load(h)\n",
                Severity::Medium,
            ),
            ("import ssl, openai\ndef f(verify=False):\n    return ssl._create_unverified_context()\n", Severity::High),
        ];
        for (text, severity) in cases {
            assert_eq!(severities(text).first().map(|(_, found)| *found), Some(severity), "{text}");
        }
    }
}
