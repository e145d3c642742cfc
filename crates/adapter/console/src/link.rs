//! Addresses of pages: every value encoded, the chosen system carried along.

use std::fmt::Write as _;

/// Returns `path?name=value&…`; pairs with an empty value are left out.
pub(crate) fn link(path: &str, query: &[(&str, &str)]) -> String {
    let mut text = path.to_owned();
    for (index, (name, value)) in query.iter().filter(|(_, value)| !value.is_empty()).enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        text.push_str(name);
        text.push('=');
        encode(&mut text, value);
    }
    text
}

fn encode(text: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/@".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing into a string does not fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
}

/// Returns where the field explains an id; nothing for an id of another form.
pub(crate) fn reference(id: &str) -> Option<String> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(number) = id.strip_prefix("CWE-").filter(|number| is_number(number)) {
        return Some(format!("https://cwe.mitre.org/data/definitions/{number}.html"));
    }
    let technique = id.strip_prefix("AML.T").map(|rest| rest.split_once('.').unwrap_or((rest, "0")));
    if technique.is_some_and(|(number, part)| is_number(number) && is_number(part)) {
        return Some(format!("https://atlas.mitre.org/techniques/{id}"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_leave_its_place_in_the_address() {
        assert_eq!(link("/a", &[("x", "b&c=d\"<#%"), ("y", ""), ("z", "é")]), "/a?x=b%26c%3Dd%22%3C%23%25&z=%C3%A9");
    }

    #[test]
    fn only_ids_of_the_known_forms_become_links() {
        assert_eq!(reference("CWE-502").as_deref(), Some("https://cwe.mitre.org/data/definitions/502.html"));
        assert_eq!(reference("AML.T0011.000").as_deref(), Some("https://atlas.mitre.org/techniques/AML.T0011.000"));
        assert_eq!(reference("CWE-5/../x"), None);
        assert_eq!(reference("AML.Tx"), None);
        assert_eq!(reference("LLM03:2025"), None);
    }
}
