//! Python source as a flat sketch: imports, functions, calls and assignments, with names resolved to what they import.
//!
//! Parsing is ruff's, which recovers from syntax errors and guards its own stack. Its IPython mode panics on some texts, so notebooks are
//! cleared of magics before they come here. Walking and dropping the tree are
//! recursive, so [`bounds`] refuses sources whose tree is deep.

mod bound;
mod bounds;
mod expressions;
mod lower;
mod origins;
mod resolve;
mod sketch;
mod taint;

pub(crate) use bounds::Refusal;
pub(crate) use origins::Tracer;
pub(crate) use sketch::{Call, Function, Sketch, Value, last, split_last};
pub(crate) use taint::{Seeds, Taint};

use crate::Spot;

/// Reads a Python text. `spots` maps line numbers of `text` to places in the file it came from; empty means the same.
pub(crate) fn read(text: &str, spots: &[Spot]) -> Result<Sketch, Refusal> {
    let parsed = bounds::parse(text)?;
    let mut sketch = lower::lower(text, spots, parsed.syntax());
    resolve::resolve(&mut sketch);
    Ok(sketch)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn callees(text: &str) -> Vec<String> {
        read(text, &[]).unwrap().calls.into_iter().map(|call| call.callee.into()).collect()
    }

    #[test]
    fn names_resolve_to_what_they_import() {
        assert_eq!(callees("from openai import OpenAI as O\nO()\n"), ["openai.OpenAI"]);
        assert_eq!(callees("import numpy as np\nnp.load('x')\n"), ["numpy.load"]);
    }

    #[test]
    fn variables_resolve_to_the_constructor_that_made_them() {
        let text = "import openai\nclient = openai.OpenAI()\ndef f(q):\n    return client.chat.completions.create(model='m')\n";
        assert_eq!(callees(text), ["openai.OpenAI", "openai.OpenAI().chat.completions.create"]);
    }

    #[test]
    fn attributes_of_self_resolve_across_methods() {
        let text = "from openai import OpenAI\nclass A:\n    def __init__(self):\n        self.c = OpenAI()\n    def ask(self):\n        self.c.responses.create()\n";
        assert_eq!(callees(text)[1], "openai.OpenAI().responses.create");
    }

    #[test]
    fn a_function_that_returns_a_client_stands_for_it() {
        let text = "from openai import OpenAI\ndef make():\n    return OpenAI()\ndef f():\n    c = make()\n    c.chat.completions.create()\n";
        assert!(callees(text).contains(&"openai.OpenAI().chat.completions.create".to_owned()));
    }

    #[test]
    fn syntax_errors_do_not_hide_the_rest() {
        assert!(callees("import pickle\ndef broken(:\n    pass\npickle.load(f)\n").contains(&"pickle.load".to_owned()));
    }

    #[test]
    fn deep_sources_are_refused_not_overflowed() {
        for text in [
            "(".repeat(100_000),
            "-".repeat(100_000),
            format!("x{}", ".a".repeat(100_000)),
            format!("x = 1{}", " + 1".repeat(100_000)),
            "lambda: ".repeat(50_000),
            format!("f{}", "()".repeat(100_000)),
            "f'{".repeat(20_000),
            (0..2_000).fold(String::new(), |text, depth| text + &" ".repeat(depth) + "if x:\n"),
        ] {
            assert!(read(&text, &[]).is_err(), "{}", &text[..20]);
        }
    }

    #[test]
    fn deep_sources_short_enough_to_be_parsed_unseen_are_refused_too() {
        for unit in
            ["(", "[", "{", "-", "x.", "1 + ", "lambda: ", "f()(", "f'{", "not ", "await ", "x if y else ", "x["]
        {
            for levels in [400, 4_000, 30_000] {
                assert!(read(&unit.repeat(levels), &[]).is_err(), "{levels} times {unit}");
            }
        }
    }

    #[test]
    fn long_flat_sources_are_read() {
        assert!(read(&format!("x = [{}]\n", "1, ".repeat(50_000)), &[]).is_ok());
        assert!(read(&"a.b.c(1 + 2)\n".repeat(10_000), &[]).is_ok());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,300}") {
            let _ = read(&text, &[]);
        }

        #[test]
        fn python_like_text_is_read_or_refused(text in "(import |from |def |f'|\\{|\\}|\\(|\\)|:|\n|    |x|=|\\.|lambda|%|!|@|'|\"){0,60}") {
            let _ = read(&text, &[]);
        }
    }
}
