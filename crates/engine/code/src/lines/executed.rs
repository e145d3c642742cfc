//! Model output that a program executes: a variable that holds an answer, handed as it is to what runs it.
//!
//! Only the plainest form is read, the answer itself as an argument; what is taken apart or checked in between is not
//! followed ([`super::answers`]).

use syndic_evidence::Confidence;

use super::answers::Answers;
use super::tokens::{Kind, Token};
use crate::{Hazard, HazardKind, Language, Origin, Spot};

/// Functions of a script that run the text they are given first.
const SCRIPT_FUNCTIONS: [&str; 7] = ["eval", "exec", "execSync", "execAsync", "Function", "spawn", "spawnSync"];
/// The same as methods, of `child_process` and `vm`.
const SCRIPT_METHODS: [&str; 4] = ["execSync", "spawnSync", "runInNewContext", "runInThisContext"];
/// Methods of a script's databases that run the statement they are given first.
const SCRIPT_QUERIES: [&str; 6] = ["query", "execute", "raw", "unsafe", "$queryRawUnsafe", "$executeRawUnsafe"];
/// Names under which a script has `child_process`.
const CHILD_PROCESS: [&str; 4] = ["child_process", "node:child_process", "cp", "childProcess"];
const GO_METHODS: [&str; 6] = ["Command", "Query", "QueryRow", "Exec", "Raw", "Eval"];
const JAVA_METHODS: [&str; 7] =
    ["exec", "eval", "executeQuery", "executeUpdate", "execute", "createNativeQuery", "prepareStatement"];
const CSHARP_METHODS: [&str; 6] =
    ["Start", "EvaluateAsync", "RunAsync", "ExecuteSqlRaw", "ExecuteSqlRawAsync", "FromSqlRaw"];
const RUST_METHODS: [&str; 4] = ["query", "execute", "raw_sql", "sql_query"];
/// What starts a program with arguments: dangerous with a shell or an interpreter as the program.
const STARTERS: [&str; 11] = [
    "spawn",
    "spawnSync",
    "execFile",
    "execFileSync",
    "exec",
    "Command",
    "CommandContext",
    "Start",
    "ProcessBuilder",
    "ProcessStartInfo",
    "command",
];
/// Programs that run the text they are given.
const INTERPRETERS: [&str; 14] = [
    "sh",
    "bash",
    "zsh",
    "dash",
    "cmd",
    "cmd.exe",
    "powershell",
    "powershell.exe",
    "pwsh",
    "python",
    "python3",
    "node",
    "perl",
    "ruby",
];
/// Tokens of a call that are looked at.
const CALL: usize = 80;

/// Reads every call that runs an answer.
pub(super) fn read(language: Language, tokens: &[Token<'_>]) -> Vec<Hazard> {
    let mut answers = Answers::default();
    let mut found: Vec<Hazard> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        answers.pass(tokens, index);
        if token.kind != Kind::Word {
            continue;
        }
        let is_run = runs_first(language, tokens, index) && answers.is_answer(first(call(language, tokens, index)))
            || STARTERS.contains(&token.text) && interprets(call(language, tokens, index), &answers);
        if is_run && !found.iter().any(|known| known.at.line == token.line && known.what == token.text) {
            found.push(hazard(token));
        }
    }
    found
}

fn hazard(sink: &Token<'_>) -> Hazard {
    Hazard {
        kind: HazardKind::OutputExecuted,
        what: sink.text.to_owned(),
        detail: String::new(),
        function: String::new(),
        origin: Origin::Remote,
        confidence: Confidence::Medium,
        at: Spot { line: sink.line, cell: None },
    }
}

/// Says whether a name is that of a call which runs its first argument.
fn runs_first(language: Language, tokens: &[Token<'_>], index: usize) -> bool {
    let Some(name) = tokens.get(index).map(|token| token.text) else { return false };
    let before = |back: usize| index.checked_sub(back).and_then(|at| tokens.get(at));
    let is_method = before(1).is_some_and(|token| token.is_mark("."));
    match language {
        Language::JavaScript | Language::TypeScript if is_method => {
            let of_process = || (2..7).any(|back| before(back).is_some_and(|part| CHILD_PROCESS.contains(&part.text)));
            SCRIPT_QUERIES.contains(&name)
                || SCRIPT_METHODS.contains(&name)
                || matches!(name, "exec" | "spawn") && of_process()
        }
        Language::JavaScript | Language::TypeScript => {
            !before(1).is_some_and(|token| token.is_word("function")) && SCRIPT_FUNCTIONS.contains(&name)
        }
        Language::Go => is_method && GO_METHODS.contains(&name),
        Language::Java => is_method && JAVA_METHODS.contains(&name) || name == "ProcessBuilder",
        Language::CSharp => {
            let of_process = || before(2).is_some_and(|part| part.is_word("Process"));
            is_method && CSHARP_METHODS.contains(&name) && (name != "Start" || of_process())
        }
        Language::Rust => RUST_METHODS.contains(&name),
        _ => false,
    }
}

/// The arguments of the call of the name at `index`; in Rust with those that the rest of the statement adds.
fn call<'a, 't>(language: Language, tokens: &'a [Token<'t>], index: usize) -> &'a [Token<'t>] {
    let rest = tokens.get(index + 1..tokens.len().min(index.saturating_add(CALL))).unwrap_or_default();
    if language == Language::Rust && rest.first().is_some_and(|token| token.is_mark(":")) {
        let end = rest.iter().position(|token| token.is_mark(";")).unwrap_or(rest.len());
        return rest.get(..end).unwrap_or_default();
    }
    let Some((_, inside)) = rest.split_first().filter(|(open, _)| open.is_mark("(")) else { return &[] };
    let mut depth = 1_usize;
    for (at, token) in inside.iter().enumerate() {
        if token.is_mark("(") {
            depth += 1;
        } else if token.is_mark(")") {
            depth -= 1;
            if depth == 0 {
                return inside.get(..at).unwrap_or_default();
            }
        }
    }
    inside
}

/// The first argument of a call.
fn first<'a, 't>(arguments: &'a [Token<'t>]) -> &'a [Token<'t>] {
    argument(arguments).0
}

/// Splits arguments after the first, at a comma that no bracket encloses.
fn argument<'a, 't>(arguments: &'a [Token<'t>]) -> (&'a [Token<'t>], &'a [Token<'t>]) {
    let mut depth = 0_usize;
    for (at, token) in arguments.iter().enumerate().filter(|(_, token)| token.kind == Kind::Mark) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            "," if depth == 0 => {
                return (arguments.get(..at).unwrap_or_default(), arguments.get(at + 1..).unwrap_or_default());
            }
            _ => {}
        }
    }
    (arguments, &[])
}

/// `"sh", "-c", answer` in any wrapping: an interpreter by name, and an answer among what follows.
fn interprets(arguments: &[Token<'_>], answers: &Answers<'_>) -> bool {
    let is_interpreter = |token: &Token<'_>| {
        let program = token.text.rsplit(['/', '\\']).next().unwrap_or(token.text);
        token.kind == Kind::Text && INTERPRETERS.contains(&program)
    };
    let Some(program) = arguments.iter().position(is_interpreter) else { return false };
    let after = arguments.get(program + 1..).unwrap_or_default();
    (0..after.len()).any(|at| {
        let is_start =
            at == 0 || after.get(at - 1).is_some_and(|mark| mark.kind == Kind::Mark && ",([{&".contains(mark.text));
        let rest = after.get(at..).unwrap_or_default();
        let part = argument(rest).0;
        // A list or a chained call around the arguments ends the last of them.
        let end = closing(part);
        is_start
            && rest.first().is_some_and(|token| token.kind == Kind::Word)
            && answers.is_answer(part.get(..end).unwrap_or(part))
    })
}

/// Where a bracket closes that was not opened in these tokens.
fn closing(tokens: &[Token<'_>]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().filter(|(_, token)| token.kind == Kind::Mark) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" if depth == 0 => return at,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::tokens::tokens;

    fn runs(language: Language, text: &str) -> Vec<String> {
        read(language, &tokens(language, text)).into_iter().map(|hazard| hazard.what).collect()
    }

    #[test]
    fn an_answer_that_is_run_is_found_in_every_language() {
        let cases = [
            (
                Language::TypeScript,
                "const r = await client.chat.completions.create({ model: 'm' });\neval(r.choices[0].message.content!);\n",
                "eval",
            ),
            (
                Language::TypeScript,
                "const r = await openai.responses.create({});\nrequire('child_process').execSync(r.output_text);\n",
                "execSync",
            ),
            (Language::JavaScript, "const { text } = await generateText({});\nspawn('bash', ['-c', text]);\n", "spawn"),
            (
                Language::Go,
                "func f() {\n resp, _ := c.CreateChatCompletion(ctx, req)\n exec.Command(\"sh\", \"-c\", resp.Choices[0].Message.Content).Run()\n}\n",
                "Command",
            ),
            (
                Language::Go,
                "func f() {\n resp, err := c.Chat.Completions.New(ctx, p)\n sql := resp.Choices[0].Message.Content\n db.Query(sql)\n}\n",
                "Query",
            ),
            (
                Language::Java,
                "class A { OpenAiChatModel m = make(); void f(String q) { String r = m.generate(q); Runtime.getRuntime().exec(r); } }",
                "exec",
            ),
            (
                Language::Java,
                "class A { void f() { String r = chatModel.chat(q); new ProcessBuilder(\"bash\", \"-c\", r).start(); } }",
                "ProcessBuilder",
            ),
            (
                Language::CSharp,
                "var r = await c.GetChatCompletionsAsync(o);\nSystem.Diagnostics.Process.Start(\"sh\", r.Value.Choices[0].Message.Content);\n",
                "Start",
            ),
            (
                Language::Rust,
                "let r = client.completions().create(q).await?;\nlet code = r.choices[0].message.content.clone();\nCommand::new(\"sh\").arg(\"-c\").arg(&code).output();\n",
                "Command",
            ),
        ];
        for (language, text, sink) in cases {
            assert_eq!(runs(language, text), [sink], "{text}");
        }
    }

    #[test]
    fn an_answer_that_is_data_is_not_run() {
        let cases = [
            (
                Language::TypeScript,
                "const r = await client.chat.completions.create({});\nawait pool.query('insert into a values ($1)', [r.choices[0].message.content]);\nspawn('git', ['commit', '-m', r.choices[0].message.content]);\n",
            ),
            (
                Language::TypeScript,
                "const { text } = await generateText({});\nconst m = pattern.exec(text);\nJSON.parse(text);\n",
            ),
            (
                Language::Go,
                "func f() {\n r, _ := c.CreateChatCompletion(ctx, req)\n use(r)\n}\nfunc g(r string) {\n exec.Command(\"sh\", \"-c\", r).Run()\n}\n",
            ),
            (
                Language::Go,
                "resp, _ := c.CreateChatCompletion(ctx, req)\nexec.Command(\"git\", \"commit\", \"-m\", resp.Choices[0].Message.Content).Run()\n",
            ),
            (
                Language::Java,
                "class A { void f(String r) { String q = store.call(r); Runtime.getRuntime().exec(r); } }",
            ),
            (
                Language::Rust,
                "let r = model.prompt(q).await?;\nsqlx::query(\"insert into a values (?)\").bind(r);\nlet r = \"select 1\";\nsqlx::query(r);\n",
            ),
        ];
        for (language, text) in cases {
            assert_eq!(runs(language, text), Vec::<String>::new(), "{text}");
        }
    }
}
