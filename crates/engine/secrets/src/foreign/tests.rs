//! Rule files of the form of gitleaks, and what they find.

use super::*;

fn found(toml: &str, path: &str, text: &str) -> Vec<(String, u32)> {
    let rules = ForeignRules::from_toml(toml).unwrap();
    rules.scan(path, text.as_bytes()).into_iter().map(|found| (found.hit.rule, found.hit.line)).collect()
}

const RULE: &str = r#"
[[rules]]
id = "acme-key"
description = "Key of Acme"
regex = '''(?i)acme[_-]?key["']?\s*[:=]\s*["']?(acm_[a-z0-9]{16})\b'''
entropy = 3
keywords = ["acme"]
"#;

#[test]
fn keywords_groups_and_entropy_decide() {
    let text = "x\nACME_KEY = 'acm_k3v9q2z7m1x8w5t4'\n";
    assert_eq!(found(RULE, "a.py", text), [("acme-key".to_owned(), 2)]);
    assert!(found(RULE, "a.py", "ACME_KEY = 'acm_aaaaaaaaaaaaaaaa'").is_empty());
    assert!(found(RULE, "a.py", "OTHER = 'acm_k3v9q2z7m1x8w5t4'").is_empty());
    let hit = ForeignRules::from_toml(RULE).unwrap().scan("a.py", text.as_bytes()).remove(0).hit;
    assert_eq!((hit.column, hit.length), (13, 20));
}

#[test]
fn allow_lists_take_out_by_path_expression_and_word() {
    let text = "ACME_KEY = 'acm_k3v9q2z7m1x8w5t4'  # demo\n";
    for (list, is_taken) in [
        ("paths = ['''^tests/''']", true),
        ("paths = ['''^src/''']", false),
        ("regexes = ['''k3v9''']", true),
        ("regexes = ['''demo''']", false),
        ("regexTarget = \"line\"\nregexes = ['''demo''']", true),
        ("stopwords = [\"Q2Z7\"]", true),
        ("condition = \"AND\"\npaths = ['''^tests/''']\nstopwords = [\"nope\"]", false),
        ("condition = \"AND\"\npaths = ['''^tests/''']\nstopwords = [\"q2z7\"]", true),
        ("targetRules = [\"other\"]\npaths = ['''^tests/''']", false),
    ] {
        for head in ["[[rules.allowlists]]", "[[allowlists]]"] {
            if list.contains("targetRules") && head.contains("rules.") {
                continue;
            }
            let hits = found(&format!("{RULE}\n{head}\n{list}\n"), "tests/a.py", text);
            assert_eq!(hits.is_empty(), is_taken, "{head} {list}");
        }
    }
}

#[test]
fn a_rule_of_paths_alone_and_a_line_that_is_allowed() {
    let toml = "[[rules]]\nid = \"p12\"\npath = '''\\.p12$'''\n";
    assert_eq!(found(toml, "a/b.p12", "x").len(), 1);
    assert!(found(toml, "a/b.pem", "x").is_empty());
    assert!(found(RULE, "a.py", "ACME_KEY = 'acm_k3v9q2z7m1x8w5t4' # gitleaks:allow").is_empty());
}

#[test]
fn a_generic_rule_gives_way() {
    let generic = "[[rules]]\nid = \"generic-api-key\"\nregex = \"key = '([a-z0-9_]{10,})\"\nkeywords = [\"key\"]\n";
    let both = format!("{RULE}{generic}");
    assert_eq!(found(&both, "a.py", "acme_key = 'acm_k3v9q2z7m1x8w5t4'").len(), 1);
}

#[test]
fn what_is_not_done_is_said_and_what_is_no_rule_file_refused() {
    let rules = ForeignRules::from_toml(&format!("{RULE}\n[extend]\nuseDefault = true\n")).unwrap();
    assert_eq!(rules.notes().len(), 1);
    assert!(ForeignRules::from_toml("[[rules]]\nregex = 'x'").is_err());
    assert!(ForeignRules::from_toml("[[rules]]\nid = 'a'\nregex = '('").is_err());
    assert!(ForeignRules::from_toml("not toml").is_err());
}

proptest::proptest! {
    #[test]
    fn any_text_is_scanned_without_panic(text in "(acme|key|=|'|acm_|[a-z0-9]{0,20}|\n){0,40}") {
        let _ = found(RULE, "a.py", &text);
    }
}
