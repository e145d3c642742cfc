//! The words, each with what must stand around it.

use syndic_detect::AiCatalogue;

use crate::read::vocabulary;

/// What makes a word a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// Nothing more.
    Plain,
    /// It is called.
    Call,
    /// It is called, and on nothing.
    Bare,
    /// It begins the import of something readers know.
    Import,
    /// It is a method of a variable that is called after a model.
    Method,
    /// It is the option of a call that asks a model by its shape.
    Shape,
    /// It is in a name that a text is assigned to.
    Named,
    /// It is an option that tells the model what to do.
    Told,
    /// It is the role of a message.
    Role,
    /// It is an option that is set to this.
    Turned(&'static str),
    /// It begins a decorator that registers a function or offers it to a model.
    Decorator,
    /// It is a method that is given the name of a file.
    Filed,
    /// It is a method that runs a statement on what is called after a database, or stands beside what opens one.
    Statement,
    /// It is in an address, and stands beside one of [`SENDERS`].
    Address,
    /// It stands beside one of the other words of this entry of [`PARTS`].
    Part(usize),
}

/// Words for which nothing more is asked.
const PLAIN: &[&str] = &[
    // Routes, applications, and what is hung on them.
    "add_api_route",
    "add_route",
    "add_url_rule",
    "aiohttp import web",
    "aiohttp.web",
    "include_router",
    "register_blueprint",
    ".mount(",
    "FastAPI(",
    "APIRouter(",
    "Flask(",
    "Blueprint(",
    "Starlette(",
    "Quart(",
    "Sanic(",
    "Litestar(",
    // Models, data and what runs when they are read.
    "read_pickle",
    "shelve",
    "jsonpickle",
    "allow_pickle",
    "yaml.load",
    "unsafe_load",
    "full_load",
    "torch.load",
    "torch.save",
    "torch.jit.load",
    "InferenceSession",
    "onnx.",
    "safetensors",
    "read_csv",
    "read_parquet",
    "read_json",
    "read_excel",
    "read_feather",
    "scan_parquet",
    "scan_csv",
    "read_table",
    "loadtxt",
    "np.load",
    "numpy.load",
    "np.save",
    "numpy.save",
    // Switches.
    "_create_unverified_context",
    "allow_dangerous",
    "allow_code_execution",
    "use_docker",
    "allow_origins",
    "flask_cors",
    // Executors whose last part says little.
    "os.system",
    "pd.eval(",
    "pandas.eval(",
    "subprocess.run(",
    "subprocess.call(",
    "pexpect.",
    "runcode",
    "runsource",
    "SQLDatabase",
    "PythonREPL",
    "PythonAstREPL",
];
/// Libraries whose functions read or write objects that may be code.
const PICKLES: [&str; 5] = ["pickle.", "joblib.", "dill.", "cloudpickle.", "marshal."];
/// Names of options and their values that are dangerous switches.
const SWITCHES: &[(&str, &str)] = &[
    ("verify", "False"),
    ("verify_ssl", "False"),
    ("ssl", "False"),
    ("verify_certs", "False"),
    ("debug", "True"),
    ("reload", "True"),
    ("share", "True"),
    ("DEBUG", "True"),
];
/// Constructors and functions that are given a prompt, make a model, or register a route.
const CALLED: &[&str] = &[
    "SystemMessage",
    "from_template",
    "PromptTemplate",
    "from_messages",
    "create_react_agent",
    "create_agent",
    "Agent",
    "Router",
    "Route",
    "add_get",
    "add_post",
];
/// Methods that write or read a file that is named without an option.
const FILED: &[&str] = &[
    ".to_csv(",
    ".to_parquet(",
    ".to_json(",
    ".write_parquet(",
    ".write_csv(",
    ".save_pretrained(",
    ".save_model(",
    ".load_weights(",
    ".load_model(",
];
/// Methods that a database runs a statement with.
const STATEMENTS: &[&str] = &[
    "execute(",
    "executescript(",
    "executemany(",
    "execute_sql(",
    "exec_driver_sql(",
    "fetch(",
    "fetchrow(",
    "fetchval(",
];

/// Returns every word with its check.
pub(super) fn all() -> Vec<(String, Check)> {
    let mut all: Vec<(String, Check)> = Vec::new();
    let mut add = |check: Check, words: &mut dyn Iterator<Item = String>| all.extend(words.map(|word| (word, check)));
    let owned = |words: &'static [&'static str]| words.iter().map(|word| (*word).to_owned());
    add(Check::Plain, &mut owned(PLAIN));
    let pickles = |library| ["load", "dump", "decode"].map(|function| format!("{library}{function}"));
    add(Check::Plain, &mut PICKLES.iter().flat_map(pickles));
    add(Check::Call, &mut vocabulary::questions().map(|path| two_last(path).to_owned()));
    add(Check::Call, &mut vocabulary::executors().map(str::to_owned));
    add(Check::Call, &mut owned(CALLED));
    add(Check::Bare, &mut owned(&["eval", "exec"]));
    add(Check::Filed, &mut owned(FILED));
    add(Check::Import, &mut owned(&["import ", "from ", "import\t", "from\t"]));
    add(Check::Decorator, &mut owned(&["@"]));
    add(Check::Method, &mut vocabulary::methods_of_models().map(|method| format!(".{method}(")));
    add(Check::Shape, &mut owned(&["messages"]));
    add(Check::Named, &mut ["prompt", "system_message", "instructions"].into_iter().flat_map(in_each_case));
    add(Check::Told, &mut owned(&["system", "instructions", "backstory"]));
    add(Check::Role, &mut owned(&["\"system\"", "'system'", "\"developer\"", "'developer'"]));
    add(Check::Turned(""), &mut owned(&["trust_remote_code"]));
    for (option, value) in SWITCHES {
        add(Check::Turned(value), &mut std::iter::once((*option).to_owned()));
    }
    add(Check::Address, &mut addresses());
    for (position, part) in PARTS.iter().enumerate() {
        add(Check::Part(position), &mut (part.words)());
    }
    add(Check::Statement, &mut owned(STATEMENTS));
    all
}

/// Words that are a sign only beside another word anywhere in the text.
pub(super) struct Part {
    words: fn() -> Box<dyn Iterator<Item = String>>,
    /// What must stand somewhere else; each of them is called.
    pub(super) others: &'static [&'static str],
}

/// Services of a cloud and what makes their clients; files and what opens them; addresses to listen on and servers.
pub(super) const PARTS: &[Part] = &[
    Part {
        words: || {
            let services = ["bedrock", "sagemaker-runtime", "runtime.sagemaker"];
            Box::new(services.into_iter().flat_map(|service| [format!("\"{service}"), format!("'{service}")]))
        },
        others: &["client", "resource"],
    },
    Part {
        words: || Box::new(vocabulary::file_endings().flat_map(|ending| [format!("{ending}\""), format!("{ending}'")])),
        others: &["open", "save"],
    },
    Part {
        words: || Box::new(["0.0.0.0", "\"::\"", "'::'"].into_iter().map(str::to_owned)),
        others: &["run", "launch", "serve", "run_app", "WSGIServer"],
    },
];
/// What sends a request to an address.
pub(super) const SENDERS: &[&str] = &["post", "request", "stream", "put", "urlopen", "Request", "get"];
/// What makes a connection on which statements run.
pub(super) const DATABASES: &[&str] =
    &["cursor", "connect", "connection", "create_engine", "begin", "sessionmaker", "create_pool"];

/// Hosts of providers and paths of inference servers.
fn addresses() -> impl Iterator<Item = String> {
    let hosts = AiCatalogue::builtin().hosts().iter();
    let hosts = hosts.filter(|host| matches!(host.class, "api" | "cloud" | "agg")).map(|host| host.host);
    hosts.chain(vocabulary::server_paths()).chain([".amazonaws.com"]).map(str::to_owned)
}

/// `.chat.completions.create` → `completions.create`: what stands before is often a variable, or an import.
fn two_last(path: &str) -> &str {
    let short = path.rmatch_indices('.').nth(1).and_then(|(at, _)| path.get(at + 1..)).unwrap_or(path);
    short.trim_start_matches('.')
}

fn in_each_case(word: &str) -> [String; 3] {
    let mut capital = word.to_owned();
    if let Some(first) = capital.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    [word.to_owned(), word.to_ascii_uppercase(), capital]
}
