//! Laws of the search: spans are right in any text, nothing found is shown, ordinary numbers are left alone.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, helpers included")]

use std::sync::LazyLock;

use proptest::prelude::*;
use syndic_evidence::{AssetKind, Confidence, DataClass, Extent, Input, Urn};
use syndic_privacy::{Column, PrivacyEngine, TableSample};

static ENGINE: LazyLock<PrivacyEngine> = LazyLock::new(|| PrivacyEngine::builtin().unwrap());

fn engine() -> &'static PrivacyEngine {
    &ENGINE
}

fn table(columns: &[(&str, &[&str])]) -> TableSample {
    let columns = columns.iter().map(|(name, values)| Column {
        name: (*name).into(),
        logical_type: "string".into(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        nulls: 0,
    });
    TableSample {
        format: "csv".into(),
        columns: columns.collect(),
        rows_inspected: 3,
        rows_total: Some(3),
        ..TableSample::default()
    }
}

fn inspect(sample: &TableSample) -> syndic_evidence::Inspection {
    let urn = Urn::local("acme", AssetKind::Dataset, "data/a.csv");
    engine().inspect_table(Input { system: "acme", path: "data/a.csv", subject: &urn, owner: &urn }, sample)
}

#[test]
fn a_span_covers_the_value_in_text_of_many_scripts() {
    let text = "Größe 東京 — пишите: jana.novák? nein: jana.novak@kolo-praha.cz、または +49 170 4823915。";
    let found: Vec<&str> = engine().find(text).into_iter().map(|hit| &text[hit.span]).collect();
    assert_eq!(found, ["jana.novak@kolo-praha.cz", "+49 170 4823915"]);
}

#[test]
fn ordinary_numbers_of_machines_are_left_alone() {
    let text = "ts=1700000000123 at 2024-01-02T03:04:05.123456Z id 550e8400-e29b-41d4-a716-446655440000 \
                sha 9b4cfb5f1d0d3c7b6a5e4f3d2c1b0a9988776655 v1.22.333 10.0.0.1:8080 0.4111111111111111 \
                [4539 1488 0343 6467 1111 2222] -12345678901 1e+10 +00:00 99.99% 1_000_000_000_000 \
                @app.get @pytest.fixture torch@2.4.0 sha256:4539148803436467453914880343 0x4539148803436467";
    assert_eq!(engine().find(text), []);
}

#[test]
fn long_random_numbers_in_texts_are_no_cards_because_a_few_pass_the_checksum() {
    // A small generator: every 16-digit number is as likely as any other.
    let mut state = 7_u64;
    let mut number = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{:016}", state % 10_000_000_000_000_000)
    };
    let texts: Vec<String> = (0..400).map(|run| format!("the key of run {run} was {}", number())).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    assert_eq!(inspect(&table(&[("text", &texts)])).findings.len(), 0);
}

#[test]
fn a_name_beside_an_address_is_a_persons_and_beside_a_price_it_is_not() {
    let names: &[&str] = &["Bekir Wähner", "Ingried Zwirner", "Traudel Hövel"];
    let mails: &[&str] = &["b@posteo.de", "i@posteo.de", "t@posteo.de"];
    let rules = |sample| inspect(&sample).findings.into_iter().map(|finding| finding.rule).collect::<Vec<_>>();
    assert!(rules(table(&[("name", names), ("mail", mails)])).contains(&"privacy.person-name".to_owned()));
    assert_eq!(
        rules(table(&[("name", &["Oak Table", "Red Chair", "Glass Lamp"]), ("price", &["1", "2", "3"])])).len(),
        0
    );
}

#[test]
fn a_whole_column_that_passes_a_checksum_is_no_column_of_phone_numbers() {
    // Ten digits in groups of 3-3-4 with the NHS check digit.
    let numbers: Vec<String> = (0..)
        .map(|seed: u64| 400_000_000 + seed * 7_654_321 % 300_000_000)
        .filter_map(|body| {
            let digits = format!("{body}");
            let sum: u32 =
                digits.chars().zip((2..=10).rev()).map(|(digit, weight)| digit.to_digit(10).unwrap() * weight).sum();
            let check = (11 - sum % 11) % 11;
            (check < 10).then(|| format!("{} {} {}{check}", &digits[..3], &digits[3..6], &digits[6..]))
        })
        .take(20)
        .collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let findings = inspect(&table(&[("x2", &numbers)])).findings;
    assert!(findings.iter().any(|finding| finding.rule == "privacy.nhs-number"), "{findings:?}");
}

#[test]
fn neither_findings_nor_facts_nor_debug_forms_show_a_value() {
    let sample = table(&[("email", &["jana.novak@kolo-praha.cz", "t.berger@posteo.de", "li@wanmei.cn"])]);
    let inspection = inspect(&sample);
    let shown = format!("{inspection:?} {sample:?} {}", inspection.facts);
    assert!(!inspection.findings.is_empty() && !shown.contains("novak") && !shown.contains("posteo"));
}

#[test]
fn a_table_is_classified_by_all_its_columns() {
    let inspection = inspect(&table(&[
        ("contact", &["jana.novak@kolo-praha.cz", "t.berger@posteo.de", "li@wanmei.cn"]),
        ("iban", &["DE02120300000000202051", "NL91ABNA0417164300", "AT611904300234573201"]),
        ("amount", &["1", "2", "3"]),
    ]));
    let classification = inspection.assets[0].classification.clone().unwrap();
    assert_eq!(classification.classes, [DataClass::Pii, DataClass::Financial].into());
    assert_eq!(classification.extent, Extent::Whole);
}

#[test]
fn a_column_of_identifiers_that_pass_by_chance_is_no_column_of_cards() {
    let ids: Vec<String> = (0..200_u64).map(|n| (4_000_000_000_000_000 + n * 7_919_331_377).to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    assert!(inspect(&table(&[("order", &ids)])).findings.is_empty());
}

#[test]
fn a_checksum_that_every_value_passes_names_a_column_without_a_telling_name() {
    // NHS numbers made by their check digit.
    let values: Vec<String> = (100_000_007..100_004_000_u64)
        .step_by(97)
        .filter_map(|body| {
            let sum: u64 = (0..9).map(|place| body / 10_u64.pow(8 - place) % 10 * (10 - u64::from(place))).sum();
            let check = (11 - sum % 11) % 11;
            (check < 10).then(|| format!("{body}{check}"))
        })
        .collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let findings = inspect(&table(&[("c7", &values)])).findings;
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].rule.as_str(), findings[0].confidence), ("privacy.nhs-number", Confidence::Low));
}

fn rules_of(columns: &[(&str, &[&str])]) -> Vec<(String, Confidence)> {
    inspect(&table(columns)).findings.into_iter().map(|finding| (finding.rule, finding.confidence)).collect()
}

#[test]
fn a_few_numbers_of_citizens_beside_people_are_told_whatever_their_columns_are_called() {
    let names: &[&str] = &["Anna Lee", "Robert Ray", "Carlos Diaz"];
    let mails: &[&str] = &["anna@posteo.de", "rob@posteo.de", "carlos@posteo.de"];
    let numbers: &[&str] = &["536-22-1847", "212-09-6631", "402-51-7782"];
    let is_told = |columns: &[(&str, &[&str])]| {
        rules_of(columns).contains(&("privacy.ssn-number".to_owned(), Confidence::Medium))
    };
    assert!(is_told(&[("column_1", names), ("column_2", numbers)]));
    assert!(is_told(&[("column_1", mails), ("column_2", numbers)]));
    assert!(!is_told(&[("column_1", &["3.10", "2.50", "8.00"]), ("column_2", numbers)]));
    assert!(!is_told(&[("column_1", mails), ("order no", numbers)]));
    // The tables of a dump are told apart.
    let mut dump = table(&[("people.c1", mails), ("parts.c1", numbers)]);
    dump.format = "sql_dump".into();
    assert!(inspect(&dump).findings.iter().all(|finding| finding.rule != "privacy.ssn-number"));
}

#[test]
fn bare_digits_beside_people_need_more_values_than_chance_gives() {
    let mails: &[&str] = &["a@posteo.de", "b@posteo.de", "c@posteo.de"];
    // Three that pass the check digit of a Dutch number.
    let numbers: &[&str] = &["111222333", "123456782", "999990019"];
    assert!(rules_of(&[("m", mails), ("n", numbers)]).iter().all(|(rule, _)| rule != "privacy.bsn-number"));
}

#[test]
fn numbers_of_the_form_of_social_security_numbers_are_not_that_when_counted_up_or_when_many_cannot_be() {
    let numbers = |make: &dyn Fn(u64) -> String| (1..200).map(make).collect::<Vec<String>>();
    let is_told = |name: &str, values: &[String]| {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        rules_of(&[(name, &values)]).iter().any(|(rule, _)| rule == "privacy.ssn-number")
    };
    let given = numbers(&|n| format!("{:03}-{:02}-{:04}", 1 + n * 37 % 660, 1 + n * 29 % 98, 1 + n * 7_919 % 9_998));
    assert!(is_told("x", &given));
    assert!(!is_told("invoice", &given));
    assert!(!is_told("x", &numbers(&|n| format!("100-01-{n:04}"))));
    let any = numbers(&|n| format!("{:03}-{:02}-{:04}", n * 389 % 1000, n * 29 % 100, n * 7_919 % 10_000));
    assert!(!is_told("x", &any));
}

#[test]
fn one_contact_address_in_a_configuration_is_not_told() {
    let urn = Urn::local("acme", AssetKind::Configuration, "app.yaml");
    let input = Input { system: "acme", path: "app.yaml", subject: &urn, owner: &urn };
    assert!(engine().inspect_text(input, "admin_email: jana.novak@kolo-praha.cz\n").is_none());
    let two = engine().inspect_text(input, "a: jana.novak@kolo-praha.cz\nb: t.berger@posteo.de\n").unwrap();
    assert_eq!(two.assets[0].kind, AssetKind::Configuration);
}

#[test]
fn authors_in_a_bill_of_materials_are_no_personal_data_of_the_system() {
    let urn = Urn::local("acme", AssetKind::Configuration, "sbom.json");
    let input = Input { system: "acme", path: "sbom.json", subject: &urn, owner: &urn };
    let people = "\"a\": \"jana.novak@kolo-praha.cz\", \"b\": \"t.berger@posteo.de\"";
    assert!(engine().inspect_text(input, &format!("{{{people}}}")).is_some());
    assert!(engine().inspect_text(input, &format!("{{\"bomFormat\": \"CycloneDX\", {people}}}")).is_none());
}

#[test]
fn a_few_numbers_without_a_check_digit_are_examples_rather_than_records() {
    let urn = Urn::local("acme", AssetKind::Configuration, "policy.json");
    let input = Input { system: "acme", path: "policy.json", subject: &urn, owner: &urn };
    assert!(engine().inspect_text(input, "# codes such as diagnosis code M54.5 are allowed\n").is_none());
    let text = "\"My passport number is PA1234567\", \"passport number: FR7654321\"";
    let found = engine().inspect_text(input, text).unwrap();
    assert!(found.findings.iter().all(|finding| finding.severity <= syndic_evidence::Severity::Low));
    let many: Vec<String> = (0..9).map(|n| format!("passport number: FR765432{n}")).collect();
    let found = engine().inspect_text(input, &many.join("\n")).unwrap();
    assert!(found.findings.iter().any(|finding| finding.severity == syndic_evidence::Severity::High));
}

proptest! {
    #[test]
    fn any_text_is_searched_without_panic_and_spans_stand_on_characters(text in "[ -~]{0,40}\\PC{0,60}[0-9@ .+-]{0,60}") {
        let hits = engine().find(&text);
        prop_assert!(hits.iter().all(|hit| text.get(hit.span.clone()).is_some()));
        prop_assert!(hits.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start));
    }
}
