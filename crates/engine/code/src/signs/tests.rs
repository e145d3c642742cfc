//! Laws of signs: a text that readers find something in bears one.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::Signs;
use crate::{Facts, Language, python, read};

fn bears_sign(path: &str, text: &str) -> bool {
    static SIGNS: LazyLock<Signs> = LazyLock::new(|| Signs::new().unwrap());
    SIGNS.stand_in(path, text)
}

/// The facts of a text without errors: what the parser makes of others is nobody's program.
fn facts(path: &str, text: &str) -> Option<Facts> {
    ruff_python_parser::parse_module(text).ok()?;
    python::read(text, &[]).ok().map(|sketch| read::python(path, Language::Python, &sketch))
}

#[test]
fn what_hands_values_on_bears_none() {
    for text in [
        "from .llm import helper\ndef f(q):\n    return helper(q)\n",
        "from app.services import search\nclass A:\n    def run(self, q):\n        return search.find(q)\n",
        "def f(d):\n    return d.get('url')\n",
        "PROMPT_TOKENS = 5\nprompt = build(1)\nprompt_id: str = 'x'\n",
        "role = 'system'\nif message['role'] == 'system':\n    pass\n",
        "x = {'model': 1}\nmessages = [1]\nlog('execute the request')\n",
        "df.to_json()\n",
    ] {
        assert!(!bears_sign("app/a.py", text), "{text}");
    }
}

#[test]
fn what_readers_find_bears_one_however_it_is_written() {
    for text in [
        "from google import genai\n",
        "try: import openai\nexcept ImportError: pass\n",
        "from app import my_llm as m\ndef f(q):\n    return m.invoke(q)\n",
        "from app.llm import (\n    chat,\n)\ndef f(q):\n    return chat(q)\n",
        "from x import create_chat_completion\ncreate_chat_completion(1)\n",
        "def f(c, m, x):\n    return c.complete(\n        model=m,\n        messages = x,\n    )\n",
        "SUPPORT_PROMPT = (\n    'You are a helpful assistant of the '\n    'Example Bank and answer briefly.'\n)\n",
        "class A:\n    system_prompt: str = f'''You are {x} and you answer every question there is.'''\n",
        "def f(c, q):\n    return c.post('https://api.openai.com/v1/chat/completions', json=q)\n",
        "import boto3 as b\nc = b.client('bedrock-runtime')\n",
        "import pickle as p\np.load(f)\n",
        "from pickle import loads\nloads(x)\n",
        "import requests\nrequests.get('https://x', verify = False)\n",
        "eval(input())\n",
        "@tool\ndef f(x):\n    pass\n",
        "@router.post(\n    '/chat',\n)\ndef f(x):\n    pass\n",
        "cursor.execute(f'select {x}')\n",
        "c = connect()\nc.execute(x)\n",
        "def f(m):\n    return m([{'role': 'system', 'content': 'You are a helpful assistant.'}])\n",
        "data = open('train.jsonl')\n",
        "model.save('m.h5')\n",
        "app.run(host='0.0.0.0')\n",
        "import torch; m = torch.load('a.pt', weights_only=False)\n",
        "import os, \\\n    anthropic\n",
        "import\tanthropic\n",
        "from\tanthropic\timport A\n",
        "from \\\n anthropic import A\n",
        "SYSTEM_PROMPT = (  # noqa: E501\n    'You are a helpful assistant of the bank and take notes.'\n)\n",
        "SYSTEM_PROMPT = \"You are \\\"Bob\\\", the support assistant of the bank\"\n",
        "SYSTEM_PROMPT = f\"{x[\"a\"]} You are the support assistant of the bank\"\n",
        "def f(bot, h):\n    return bot.complete(\n  # 1) the model\n  model='gpt-4o',\n  messages=h)\n",
        "def f(bot, h):\n    return bot.complete(model='m', stop=':)', messages=h)\n",
        "def f(c, q):\n    return c.post ('http://gpu1:8000/v1/chat/completions', json=q)\n",
        "from urllib.request import urlopen as u\ndef f(q):\n    u('http://gpu1:8000/v1/chat/completions')\n",
        "x = 'a'; SYSTEM_PROMPT = 'You are a helpful assistant of the bank and take notes.'\n",
        "B, SYSTEM_PROMPT = 'x', 'You are a helpful assistant of the bank and take notes.'\n",
        "SYSTEM_PROMPT = B = 'You are a helpful assistant of the bank and take notes.'\n",
        "if (SYSTEM_PROMPT := 'You are a helpful assistant of the bank and take notes.'):\n    pass\n",
        "SYSTEM_PROMPT: Annotated[str, Doc('a=b')] = 'You are a helpful assistant of the bank, take notes.'\n",
        "SYSTEM_PROMPT = (f(BASE)\n + '… (v2) …')\n",
        "SYSTEM_PROMPT \\\n = 'You are a helpful assistant of the bank and take notes.'\n",
        "x = SystemMessage\\\n(content='You are a helpful assistant of the bank.')\n",
        "m(x, trust_remote_code # yes\n = True)\n",
        "#\rimport pickle\rpickle.load(open(p, 'rb'))\r",
        "def f(p):\n    return f\"{\"#\".join(r)}-{pickle.load(open(p, \"rb\"))}\"\n",
        "x = g('a \\\r\n# b', pickle.load(open(p, 'rb')))\r\n",
    ] {
        assert!(bears_sign("app/a.py", text), "{text}");
    }
}

#[test]
fn a_package_is_no_sign_in_its_own_files_unless_it_makes_clients() {
    assert!(!bears_sign("gradio/blocks.py", "from gradio import utils\n"));
    assert!(bears_sign("demo/app.py", "from gradio import Blocks\n"));
    assert!(bears_sign("x/openai/client.py", "import openai\n"));
}

/// Pieces of programs around which texts and comments begin and end.
const LINES: &[&str] = &[
    "\"\"\"It's.\"\"\"\n",
    "'''a \"quoted\" word'''\n",
    "# don't\n",
    "x = \"it's\"  # '\n",
    "x = 'say \"\"\"hi\"\"\"'\n",
    "x = f\"{d[\"k\"]}\" + str(requests.get(q, verify=False))\n",
    "x = f'{d['#']}' + str(requests.get(q, verify=False))\n",
    "x = f\"{d[\"k\"] + str(requests.get(q, verify=False)) + \"\"}\"\n",
    "x = f\"{a}\"; requests.get(q, verify=False)\n",
    "x = f\"{{\"; requests.get(q, verify=False)\n",
    "x = rb'\\''\n",
    "x = '\\\\'; requests.get(q, verify=False)\n",
    "x = \"\"\"a\n# b\n\"\"\"; requests.get(q, verify=False)\n",
    "x = {'a':\n\"\"\"b\"\"\", 'c': requests.get(q, verify=False)}\n",
    "def f(q):\n    \"\"\"Runs it.\"\"\"; requests.get(q, verify=False)\n",
    "def f(q):\n    r'''Runs it\\' so.'''\n    requests.get(q, verify=False)\n",
    "def f(q) -> None:  # it's\n    requests.get(q, verify=False)\n",
    "class A:\n    '''One.'''\n    '''Two.'''\n    x = requests.get(q, verify=False)\n",
    "x = ''\nrequests.get(q, verify=False)\n",
    "x = \"\" \"\" ''\nrequests.get(q, verify=False)\n",
    "x = ''''''\nrequests.get(q, verify=False)\n",
    "x = 'a\\\n# b'; requests.get(q, verify=False)\n",
    "import openai\n",
    "requests.get(q, verify=False)\n",
    "x = 1\n",
    "\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_text_readers_find_something_in_bears_a_sign(text in "(import |from |openai|litellm|google|genai|langchain|pickle|app|llm|chain|agent| as |chat|invoke|complete|\\(|\\)|\\[|\\]|\\{|\\}|model=|messages=|system=|instructions=|prompt|PROMPT|: str|=| = |\\+|%|\"role\": \"system\", |\"content\": |\"You are a helpful assistant of a bank, answer briefly.\"|'short'|f'\\{x\\} is what you have to answer to the customer'|x|q|\n|\n    |def |class A:|return |@|\\.get|\\.post|\\.create|\\.run|\\.load|'/chat'|'https://api.openai.com/v1'|requests|cursor|execute|eval|exec|verify|False|True|debug|host|'0.0.0.0'|uvicorn|Agent|SystemMessage|tool|,|:|;|#|\\\\|\"\"\"){0,40}") {
        if let Some(facts) = facts("app/a.py", &text)
            && (!facts.is_empty() || !facts.links.executed.is_empty() || !facts.links.mounts.is_empty())
        {
            prop_assert!(bears_sign("app/a.py", &text), "{text}\n{facts:#?}");
        }
    }

    /// What stands between does not hide a sign, however texts and comments begin and end there.
    #[test]
    fn texts_and_comments_hide_no_code(lines in prop::collection::vec(prop::sample::select(LINES), 1..12)) {
        let text = lines.concat();
        if let Some(facts) = facts("app/a.py", &text)
            && (!facts.is_empty() || !facts.links.executed.is_empty() || !facts.links.mounts.is_empty())
        {
            prop_assert!(bears_sign("app/a.py", &text), "{text}\n{facts:#?}");
        }
    }

    #[test]
    fn any_text_is_looked_at(text in "\\PC{0,200}", path in "[a-z/.]{0,20}") {
        let _ = bears_sign(&path, &text);
    }
}
