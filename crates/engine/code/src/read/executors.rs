//! Calls that run a text they are given, and which of their arguments is run.
//!
//! Arguments that are bound rather than run (parameters of a statement, words after a fixed command) are left out.

use std::sync::LazyLock;

use syndic_evidence::Confidence;

use crate::maps::HashSet;
use crate::python::{Call, Sketch, Value, last, split_last};

/// Functions that run code or a shell line given first.
const CODE: &[&str] = &[
    "eval",
    "exec",
    "builtins.eval",
    "builtins.exec",
    "os.system",
    "os.popen",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "asyncio.create_subprocess_shell",
    "asyncio.subprocess.create_subprocess_shell",
    "commands.getoutput",
    "pandas.eval",
    "pexpect.spawn",
    "pexpect.run",
    "code.InteractiveInterpreter().runcode",
    "code.InteractiveInterpreter().runsource",
];
/// Functions that start the program named first; the words after it are its arguments.
const PROGRAMS: &[&str] = &[
    "subprocess.run",
    "subprocess.call",
    "subprocess.Popen",
    "subprocess.check_output",
    "subprocess.check_call",
    "asyncio.create_subprocess_exec",
    "os.execv",
    "os.execvp",
    "os.spawnv",
];
/// Programs that run what they are given.
const INTERPRETERS: &[&str] = &[
    "sh",
    "bash",
    "zsh",
    "python",
    "python3",
    "node",
    "psql",
    "sqlite3",
    "mysql",
    "powershell",
    "cmd",
    "perl",
    "ruby",
];
/// Functions that load a module or a template by what it says.
const TEXTUAL: &[&str] = &[
    "importlib.import_module",
    "__import__",
    "jinja2.Template",
    "flask.render_template_string",
    "mako.template.Template",
];
/// Functions of data libraries that run SQL.
const SQL_FUNCTIONS: &[&str] = &[
    "pandas.read_sql",
    "pandas.read_sql_query",
    "polars.read_database",
    "polars.read_database_uri",
    "duckdb.sql",
    "duckdb.query",
    "duckdb.execute",
    "polars.SQLContext().execute",
    "google.cloud.bigquery.Client().query",
    "google.cloud.bigquery.Client().query_and_wait",
];
/// Names of objects whose `execute` runs SQL.
const DATABASES: &[&str] = &[
    "cursor",
    "cur",
    "conn",
    "connection",
    "db",
    "database",
    "session",
    "engine",
    "con",
    "cnx",
    "sqlite",
    "postgres",
    "pool",
    "tx",
    "transaction",
    "warehouse",
    "duckdb",
];
/// Methods that run the statement they are given first.
pub(super) const SQL_METHODS: &[&str] =
    &["execute", "executescript", "executemany", "execute_sql", "exec_driver_sql", "fetch", "fetchrow", "fetchval"];
/// Methods that make statements whose values are bound.
const BUILDERS: &[&str] = &[
    "select",
    "insert",
    "update",
    "delete",
    "values",
    "where",
    "filter",
    "filter_by",
    "order_by",
    "limit",
    "join",
    "returning",
    "on_conflict_do_update",
    "on_conflict_do_nothing",
    "set",
    "bindparams",
];
/// Keyword arguments that carry the statement.
const STATEMENTS: &[&str] = &["sql", "query", "statement", "operation", "stmt"];

/// Methods and functions that run what they are given only on certain objects.
const CONDITIONAL: &[&str] =
    &["from_string", "run", "invoke", "exec_command", "run_cell", "run_no_throw", "execute_query", "sql"];
/// Last parts of every path that can run something: one look-up turns away nearly every call.
static LAST_PARTS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let paths = [CODE, PROGRAMS, TEXTUAL, SQL_FUNCTIONS].into_iter().flatten().map(|path| last(path));
    paths.chain([CONDITIONAL, SQL_METHODS].into_iter().flatten().copied()).collect()
});

/// Says whether a variable, its name in small letters, is called after a database.
pub(super) fn is_called_after_database(variable: &str) -> bool {
    DATABASES.iter().any(|name| variable.split('_').any(|part| part == *name))
}

/// Last parts of the paths of everything that can run something.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    LAST_PARTS.iter().copied()
}

/// What a call runs.
#[derive(Debug)]
pub(super) struct Executed<'a> {
    /// The arguments that are run.
    pub values: Vec<&'a Value>,
    /// How sure it is that they are.
    pub confidence: Confidence,
}

/// Returns what a call runs; nothing when it runs nothing.
pub(super) fn executed<'a>(sketch: &'a Sketch, call: &'a Call) -> Option<Executed<'a>> {
    let can_run =
        || LAST_PARTS.contains(call.last()) || call.written != call.callee && LAST_PARTS.contains(last(&call.written));
    if *call.known.runs_nothing.get_or_init(|| !can_run()) {
        return None;
    }
    let callee = call.callee.as_str();
    let (values, confidence): (Vec<&Value>, _) = if CODE.contains(&callee) {
        (call.args.first().or(call.arg("cmd")).into_iter().collect(), Confidence::High)
    } else if PROGRAMS.contains(&callee) {
        (program(sketch, call), Confidence::High)
    } else if TEXTUAL.contains(&callee) || call.last() == "from_string" && call.root() == "jinja2" {
        (call.args.first().into_iter().collect(), Confidence::Medium)
    } else if runs_code(call) {
        (call.arg_or(&["query", "code", "input"], 0).into_iter().collect(), Confidence::High)
    } else if runs_sql(call) {
        (
            call.arg_or(STATEMENTS, 0).filter(|value| !is_built(sketch, value, call)).into_iter().collect(),
            Confidence::High,
        )
    } else {
        return None;
    };
    (!values.is_empty()).then_some(Executed { values, confidence })
}

/// Tools that are made to run code or commands on other machines.
fn runs_code(call: &Call) -> bool {
    let is_repl = call.callee.contains("PythonREPL") || call.callee.contains("PythonAstREPL");
    is_repl && matches!(call.last(), "run" | "invoke")
        || call.last() == "exec_command" && call.args.len() == 1
        || call.last() == "run_cell"
}

/// `["psql", "-c", text]` runs the text, `["git", "commit", "-m", text]` does not.
fn program<'a>(sketch: &'a Sketch, call: &'a Call) -> Vec<&'a Value> {
    let Some(first) = call.args.first().or(call.arg("args")) else { return Vec::new() };
    let listed = match first {
        Value::Name(name) => sketch.binding(name, call.function).map_or(first, |bind| &bind.value),
        other => other,
    };
    let words: Vec<&Value> = match listed {
        Value::List(words) => words.iter().collect(),
        _ if call.args.len() > 1 && !call.is_true("shell") && call.callee.ends_with("_exec") => {
            call.args.iter().collect()
        }
        _ => return vec![first],
    };
    let is_interpreter = words.first().is_some_and(|word| match word {
        Value::Name(name) => name == "sys.executable",
        Value::Text(text) => INTERPRETERS.contains(&text.rsplit('/').next().unwrap_or(text)),
        _ => false,
    });
    let takes_text = words.iter().any(|word| matches!(word.text(), Some("-c" | "-e" | "-Command" | "/c" | "-lc")));
    if call.is_true("shell") || is_interpreter && takes_text { words } else { words.into_iter().take(1).collect() }
}

fn runs_sql(call: &Call) -> bool {
    let callee = call.callee.as_str();
    if SQL_FUNCTIONS.contains(&callee)
        || callee.contains("SQLDatabase") && matches!(call.last(), "run" | "run_no_throw")
    {
        return true;
    }
    let Some((object, method)) = split_last(&call.written) else { return false };
    if call.root() == "neo4j" && matches!(method, "run" | "execute_query") {
        return true;
    }
    let last = object.trim_end_matches("()").rsplit('.').next().unwrap_or(object).to_ascii_lowercase();
    if method == "sql" {
        return last == "spark" || callee.contains("SparkSession") || callee.starts_with("duckdb.");
    }
    if !SQL_METHODS.contains(&method) {
        return false;
    }
    // `fetch` is a word of the web too: there it takes a connection by name or by maker.
    let is_made =
        ["connect()", "cursor()", "connection()", "create_engine()", "begin()", "sessionmaker()", "create_pool()"]
            .iter()
            .any(|maker| object.ends_with(maker) || callee.contains(maker));
    is_made || is_called_after_database(&last)
}

/// Whether a statement is put together by a query builder, which binds its values.
fn is_built(sketch: &Sketch, value: &Value, call: &Call) -> bool {
    let value = match value {
        Value::Name(name) => sketch.binding(name, call.function).map_or(value, |bind| &bind.value),
        other => other,
    };
    // `"".join(parts)` builds nothing but text.
    let is_text = |made: &Call| made.receiver.as_ref().is_some_and(|receiver| receiver.text().is_some());
    sketch.call(value).is_some_and(|made| BUILDERS.contains(&made.last()) && !is_text(made))
}
