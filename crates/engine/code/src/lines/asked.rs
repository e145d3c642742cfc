//! Which of a file's clients are asked, as far as tokens tell: by a method of the variable that holds a client, or by
//! handing it on.
//!
//! A client that is only made and exported sends nothing by itself.

use super::routes::asks_model;
use super::tokens::{Kind, Token};
use crate::Facts;

/// Clients of one file that are looked at one by one; of more, each counts as asked, so that none is missed.
const MOST_CLIENTS: usize = 40;

/// Settles it for every client in the facts.
pub(super) fn read(tokens: &[Token<'_>], facts: &mut Facts) {
    let is_crowd = facts.providers.len() > MOST_CLIENTS;
    for seen in &mut facts.providers {
        // An address stands where a request is sent, or where a client of another name is told to send its own.
        seen.is_called = is_crowd || seen.through == "URL" || is_asked(tokens, &seen.through, seen.at.line);
    }
    facts.asks_through_other = asks_model(tokens) && !facts.providers.iter().any(|seen| seen.is_called);
}

fn is_asked(tokens: &[Token<'_>], constructor: &str, line: u32) -> bool {
    let made = tokens.windows(2).position(
        |window| matches!(window, [new, name] if new.is_word("new") && name.line == line && name.text == constructor),
    );
    let Some(made) = made else { return true };
    let before = |back: usize| made.checked_sub(back).and_then(|at| tokens.get(at));
    let Some(first) = before(1) else { return false };
    if ["return", "default", "export"].iter().any(|word| first.is_word(word)) || first.is_mark(">") {
        return false;
    }
    if !first.is_mark("=") {
        return true;
    }
    // `const client: OpenAI = new OpenAI()` and `client = new OpenAI()`.
    let name = match (before(2), before(3), before(4)) {
        (_, Some(colon), Some(name)) if colon.is_mark(":") => Some(name),
        (name, ..) => name,
    };
    let Some(name) = name.filter(|name| name.kind == Kind::Word) else { return true };
    tokens.windows(3).any(|window| {
        let [left, middle, right] = window else { return false };
        let is_held = middle.kind == Kind::Word && middle.text == name.text;
        let is_argument = (left.is_mark("(") || left.is_mark(",") || left.is_mark(":"))
            && (right.is_mark(")") || right.is_mark(",") || right.is_mark("}"));
        is_held && (right.is_mark(".") || right.is_mark("(") || is_argument)
    })
}

#[cfg(test)]
mod tests {
    use crate::Language;
    use crate::lines::read;

    #[test]
    fn a_client_that_is_only_made_is_not_asked() {
        for text in [
            "import OpenAI from 'openai';\nconst client = new OpenAI();\nexport default client;\n",
            "import OpenAI from 'openai';\nexport function make() { return new OpenAI(); }\n",
            "import OpenAI from 'openai';\nconst make = () => new OpenAI();\n",
        ] {
            let facts = read("a.ts", Language::TypeScript, text);
            assert!(!facts.providers[0].is_called && !facts.asks_through_other, "{text}");
        }
    }

    #[test]
    fn a_method_of_it_or_what_it_is_handed_to_asks() {
        for text in [
            "import OpenAI from 'openai';\nconst c: OpenAI = new OpenAI();\nawait c.images.generate({});\n",
            "import { ChatOpenAI } from '@langchain/openai';\nconst llm = new ChatOpenAI();\ncreateReactAgent({ llm: llm, tools });\n",
            "import { ChatOpenAI } from '@langchain/openai';\nprompt.pipe(new ChatOpenAI());\n",
            "import OpenAI from 'openai';\nthis.ai = new OpenAI();\nthis.ai.responses.create({});\n",
        ] {
            let facts = read("a.ts", Language::TypeScript, text);
            assert!(facts.providers.first().is_some_and(|seen| seen.is_called), "{text} {:?}", facts.providers);
        }
    }

    #[test]
    fn a_crowd_of_clients_is_taken_to_be_asked() {
        let many: String = (0..50).map(|n| format!("const c{n} = new OpenAI();\n")).collect();
        let facts = read("a.ts", Language::TypeScript, &format!("import OpenAI from 'openai';\n{many}"));
        assert!(facts.providers.len() == 50 && facts.providers.iter().all(|seen| seen.is_called));
    }

    #[test]
    fn asking_through_a_client_from_elsewhere_is_said() {
        let text = "import { client } from './llm';\nexport const f = (q) => client.chat.completions.create({ messages: [q] });\n";
        assert!(read("a.ts", Language::TypeScript, text).asks_through_other);
    }
}
