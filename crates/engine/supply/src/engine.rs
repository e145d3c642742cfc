//! The engine: one manifest in, facts, assets and findings out.

use serde_json::Value;
use syndic_detect::{Detector, RuleError, Rulebook};
use syndic_evidence::{Input, Inspection, PredicateType};

use crate::detect::DETECTORS;
use crate::facts::{Facts, Role};
use crate::{ManifestKind, assets, read};

/// What stands around a manifest and decides how firm it has to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// A lock file of the same ecosystem stands in the same folder or above.
    pub has_lock: bool,
    /// A build file beside it (`pyproject.toml`, `setup.py`) names this file: it is a package's list of wishes.
    pub feeds_package: bool,
}

/// Reads dependency manifests and reports their faults.
#[derive(Debug, Clone)]
pub struct SupplyEngine {
    rules: Rulebook,
}

impl SupplyEngine {
    /// Makes the engine with the compiled-in rules.
    ///
    /// # Errors
    /// A compiled-in rule file is not of the form; tests hold that from happening.
    pub fn builtin() -> Result<Self, RuleError> {
        Ok(Self { rules: Rulebook::builtin("supply")? })
    }

    /// Returns the rules, to explain and to list.
    pub const fn rules(&self) -> &Rulebook {
        &self.rules
    }

    /// Reads one manifest of a kind that [`crate::recognise`] told.
    ///
    /// ```
    /// use syndic_evidence::{AssetKind, Input, Urn};
    /// use syndic_supply::{ManifestKind, SupplyEngine, Surroundings};
    /// let subject = Urn::local("acme", AssetKind::Manifest, "requirements.txt");
    /// let input = Input { system: "acme", path: "requirements.txt", subject: &subject, owner: &subject };
    /// let engine = SupplyEngine::builtin()?;
    /// let seen = engine.inspect(input, ManifestKind::Requirements, "torch\n", Surroundings::default());
    /// assert_eq!(seen.findings[0].rule, "supply.dependency-unpinned");
    /// # Ok::<(), syndic_detect::RuleError>(())
    /// ```
    pub fn inspect(&self, input: Input<'_>, kind: ManifestKind, text: &str, around: Surroundings) -> Inspection {
        let mut facts = Facts::new(input.path, kind, around.has_lock);
        if around.feeds_package && facts.role == Role::Installed {
            facts.role = Role::Library;
        }
        let not_inspected = read::read(text, &mut facts);
        let json = serde_json::to_value(&facts).unwrap_or(Value::Null);
        let mut inspection = Inspection::new(input.subject.clone(), PredicateType::Dependencies, json);
        inspection.not_inspected = not_inspected;
        inspection.assets.extend(assets::manifest(&input, &facts));
        let (packages, relations) = assets::packages(&input, &facts);
        inspection.assets.extend(packages);
        inspection.relations = relations;
        inspection.findings = Detector::run_all(DETECTORS, &self.rules, &facts);
        inspection
    }
}

#[cfg(test)]
mod tests {
    use syndic_detect::{Example, check_completeness};
    use syndic_evidence::{AssetKind, Severity, Urn};

    use super::*;
    use crate::recognise;

    fn inspect(path: &str, text: &str, around: Surroundings) -> Inspection {
        let subject = Urn::local("acme", AssetKind::Manifest, path);
        let owner = Urn::local("acme", AssetKind::Application, "app");
        let input = Input { system: "acme", path, subject: &subject, owner: &owner };
        let kind = recognise(path, text).unwrap_or_else(|| panic!("{path} is not recognised:\n{text}"));
        SupplyEngine::builtin().unwrap().inspect(input, kind, text, around)
    }

    fn rules_of(path: &str, text: &str) -> Vec<(String, Severity)> {
        let found = inspect(path, text, Surroundings::default()).findings;
        found.into_iter().map(|draft| (draft.rule, draft.severity)).collect()
    }

    #[test]
    fn every_detector_has_a_whole_rule_and_every_example_holds() {
        let ids: Vec<&str> = DETECTORS.iter().map(|detector| detector.rule).collect();
        let faults = check_completeness("supply", &ids, |example: &Example| {
            let around = Surroundings {
                has_lock: example.with.contains_key("lock"),
                feeds_package: example.with.contains_key("package"),
            };
            if recognise(&example.path, &example.text).is_none() {
                return Vec::new();
            }
            inspect(&example.path, &example.text, around).findings.into_iter().map(|draft| draft.rule).collect()
        });
        assert_eq!(faults, Vec::<String>::new());
    }

    #[test]
    fn findings_follow_from_the_stored_facts_alone() {
        let seen =
            inspect("requirements.txt", "torch\n--extra-index-url http://a.example/s\n", Surroundings::default());
        let facts: Facts = serde_json::from_value(seen.facts.clone()).unwrap();
        let rules = Rulebook::builtin("supply").unwrap();
        assert_eq!(Detector::run_all(DETECTORS, &rules, &facts), seen.findings);
        assert!(seen.findings.len() >= 3);
    }

    #[test]
    fn a_published_package_with_bounded_ranges_is_no_fault() {
        let text = "[build-system]\nrequires = ['hatchling']\n[project]\nname = 'x'\ndependencies = ['numpy<3', 'torch>=2,<3']\n";
        assert_eq!(rules_of("pyproject.toml", text), []);
        let around = Surroundings { feeds_package: true, ..Surroundings::default() };
        assert_eq!(inspect("requirements.txt", "numpy<3\ntorch>=2,<3\n", around).findings, []);
    }

    #[test]
    fn a_lock_file_answers_for_the_wishes_beside_it() {
        let text = "[project]\nname = 'x'\ndependencies = ['torch']\n";
        assert_eq!(rules_of("pyproject.toml", text).len(), 1);
        assert_eq!(
            inspect("pyproject.toml", text, Surroundings { has_lock: true, ..Surroundings::default() }).findings,
            []
        );
    }

    #[test]
    fn tests_and_developers_needs_weigh_less() {
        let severity = |path: &str| rules_of(path, "torch\n")[0].1;
        assert_eq!(severity("requirements.txt"), Severity::Medium);
        assert_eq!(severity("requirements-dev.txt"), Severity::Low);
        assert_eq!(severity("tests/requirements.txt"), Severity::Low);
    }

    #[test]
    fn a_member_of_a_workspace_whose_root_is_not_here_weighs_less() {
        let manifest = |dependency: &str| {
            format!(
                "{{\"private\": true, \"dependencies\": {{\"openai\": \"^4.0.0\", \"@x/core\": \"{dependency}\"}}}}"
            )
        };
        let severity = |text: String| rules_of("web/package.json", &text).first().map(|(_, severity)| *severity);
        assert_eq!(severity(manifest("workspace:^")), Some(Severity::Low));
        assert_eq!(severity(manifest("^1.0.0")), Some(Severity::Medium));
    }

    #[test]
    fn ai_packages_become_assets_tied_to_manifest_and_owner() {
        let seen = inspect("requirements.txt", "torch==2.4.0\nflask==3.0\n", Surroundings::default());
        let urns: Vec<&str> = seen.assets.iter().map(|asset| asset.urn.as_str()).collect();
        assert_eq!(urns, ["urn:syndic:acme:manifest:requirements.txt", "pkg:pypi/torch@2.4.0"]);
        assert_eq!(seen.relations.len(), 2);
    }

    #[test]
    fn conda_names_are_conda_names() {
        let text = "name: t\nchannels: [conda-forge]\ndependencies:\n  - pytorch=2.4.0\n  - py-xgboost=2.1.1\n";
        assert_eq!(rules_of("environment.yml", text), []);
        let seen = inspect("environment.yml", text, Surroundings::default());
        assert_eq!(seen.assets[1].urn.as_str(), "pkg:conda/pytorch@2.4.0");
    }

    #[test]
    fn no_credential_enters_facts_or_findings() {
        let secret = format!("{}{}", "s3cr3tvalue", "42abcdef");
        let text = format!(
            "--extra-index-url https://bob:{secret}@pypi.acme.example/simple\nx @ git+https://{secret}@h.example/a/b@main\n"
        );
        let seen = inspect("requirements.txt", &text, Surroundings::default());
        assert!(!serde_json::to_string(&seen).unwrap().contains(&secret));
        assert!(seen.findings.iter().any(|draft| draft.rule == "supply.index-credential"));
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let seen = inspect("pyproject.toml", "[project\nname = ", Surroundings::default());
        assert_eq!(seen.not_inspected.len(), 1);
    }

    #[test]
    fn a_garbage_line_is_said_and_the_rest_is_judged() {
        let seen = inspect("requirements.txt", "openai\n<x>==1\n", Surroundings::default());
        assert_eq!(seen.not_inspected, ["requirements.txt: line 2 is no requirement"]);
        assert!(seen.findings.iter().any(|draft| draft.rule == "supply.dependency-unpinned"));
        let facts: Facts = serde_json::from_value(seen.facts).unwrap();
        assert_eq!(facts.unread, seen.not_inspected);
        let many = format!("openai\n{}", "<x>\n".repeat(10_000));
        let seen = inspect("requirements.txt", &many, Surroundings::default());
        assert!(seen.not_inspected.len() == 1 && seen.not_inspected[0].len() < 300);
    }

    #[test]
    fn what_installers_take_is_no_garbage() {
        let text = "-r a.txt\n-e .\n./libs/a\nlibs/b\nhttps://h.example/a.whl\ngit+https://h.example/a/b@main\n\
                    torch==2.4.0 ; python_version > '3.9'\na[b,c]>=1,<2  # d\nnumpy (>=1)\nx @ file:///a\n${PACKAGE}\n";
        assert_eq!(inspect("requirements.txt", text, Surroundings::default()).not_inspected, Vec::<String>::new());
    }

    #[test]
    fn a_manifest_that_cannot_be_parsed_is_never_silent() {
        for path in
            ["pyproject.toml", "Cargo.toml", "package.json", "Pipfile", "poetry.lock", "uv.lock", "environment.yml"]
        {
            let seen = inspect(path, "{dependencies: [<\n", Surroundings::default());
            assert!(seen.not_inspected.len() == 1 && seen.not_inspected[0].contains("line "), "{path}");
            assert!(seen.facts.get("unread").is_some(), "{path}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_of_any_kind_is_inspected(text in "[-a-z0-9=.<>#@ \\\\\n:/\\[\\]{}\",;é]{0,160}", number in 0_usize..25) {
            let name = [
                "requirements.txt", "pyproject.toml", "pylock.toml", "poetry.lock", "uv.lock", "pdm.lock", "Pipfile",
                "Pipfile.lock", "setup.cfg", "environment.yml", "package.json", "package-lock.json", "pnpm-lock.yaml",
                "yarn.lock", "bun.lock", "Cargo.toml", "Cargo.lock", "go.mod", "go.sum", "pip.conf", "uv.toml", ".npmrc", "Dockerfile",
                "pom.xml", "build.gradle",
            ][number];
            if recognise(name, &text).is_some() {
                let _ = inspect(name, &text, Surroundings::default());
            }
        }
    }
}
