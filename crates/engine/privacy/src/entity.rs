//! The kinds of protected data the engine knows, and how strong one sighting of each is.

/// One kind of value.
#[derive(Debug)]
pub(crate) struct Entity {
    /// Id of the rule that finds it.
    pub(crate) rule: &'static str,
    /// Short name used in facts and hits.
    pub(crate) name: &'static str,
    /// What several of them are called in a sentence.
    pub(crate) plural: &'static str,
    /// Whether a single sure sighting in free text matters; a lone e-mail address or phone number is mostly a contact.
    pub(crate) is_strong: bool,
}

const fn strong(rule: &'static str, name: &'static str, plural: &'static str) -> Entity {
    Entity { rule, name, plural, is_strong: true }
}

const fn weak(rule: &'static str, name: &'static str, plural: &'static str) -> Entity {
    Entity { rule, name, plural, is_strong: false }
}

/// Every kind, strongest identification first: where two claim the same bytes with equal confidence the earlier wins.
pub(crate) static ENTITIES: &[Entity] = &[
    strong("privacy.iban-number", "iban", "bank account numbers (IBAN)"),
    strong("privacy.card-number", "card", "payment card numbers"),
    weak("privacy.email-address", "email", "e-mail addresses"),
    strong("privacy.ssn-number", "us_ssn", "US social security numbers"),
    strong("privacy.nhs-number", "uk_nhs", "UK NHS numbers"),
    strong("privacy.npi-number", "us_npi", "US provider identifiers (NPI)"),
    strong("privacy.dea-number", "us_dea", "US DEA registration numbers"),
    strong("privacy.fiscal-code", "it_codice_fiscale", "Italian fiscal codes"),
    strong("privacy.nir-number", "fr_nir", "French social security numbers (NIR)"),
    strong("privacy.dni-number", "es_dni", "Spanish DNI or NIE numbers"),
    strong("privacy.steuer-id", "de_steuer_id", "German tax identification numbers"),
    strong("privacy.pesel-number", "pl_pesel", "Polish PESEL numbers"),
    strong("privacy.bsn-number", "nl_bsn", "Dutch citizen service numbers (BSN)"),
    strong("privacy.register-number", "be_national_number", "Belgian national register numbers"),
    strong("privacy.personnummer-id", "se_personnummer", "Swedish personal identity numbers"),
    strong("privacy.nino-number", "uk_nino", "UK national insurance numbers"),
    strong("privacy.cpf-number", "br_cpf", "Brazilian CPF numbers"),
    strong("privacy.aadhaar-number", "in_aadhaar", "Indian Aadhaar numbers"),
    strong("privacy.sin-number", "ca_sin", "Canadian social insurance numbers"),
    strong("privacy.passport-number", "passport", "passport numbers"),
    strong("privacy.mrn-number", "us_mrn", "medical record numbers"),
    strong("privacy.icd-code", "icd10", "ICD-10 diagnosis codes"),
    weak("privacy.birth-date", "birth_date", "dates of birth"),
    weak("privacy.phone-number", "phone", "phone numbers"),
    weak("privacy.street-address", "street_address", "street addresses"),
    weak("privacy.ip-address", "ip", "public IP addresses"),
    weak("privacy.person-name", "person", "names of people"),
];

/// Returns the kind a rule finds.
pub(crate) fn of_rule(rule: &str) -> Option<&'static Entity> {
    ENTITIES.iter().find(|entity| entity.rule == rule)
}
