//! Deserialisers that run code, and where what they read comes from.

use syndic_evidence::Confidence;

use super::{Reader, short};
use crate::python::{Call, Seeds, Sketch, Taint, Value};
use crate::{HazardKind, Origin};

/// Deserialisers that run code from what they read: path, what makes a call of it safe.
const DESERIALISERS: &[&str] = &[
    "pickle.load",
    "pickle.loads",
    "joblib.load",
    "dill.load",
    "dill.loads",
    "cloudpickle.load",
    "cloudpickle.loads",
    "pandas.read_pickle",
    "shelve.open",
    "jsonpickle.decode",
    "_pickle.load",
    "_pickle.loads",
    "torch.load",
    "numpy.load",
    "yaml.load",
    "yaml.unsafe_load",
    "yaml.full_load",
    "marshal.loads",
];
/// Calls that fetch bytes from elsewhere.
const FETCHERS: &[&str] = &[
    "requests.get",
    "requests.post",
    "httpx.get",
    "httpx.post",
    "urllib.request.urlopen",
    "urllib.request.urlretrieve",
    "huggingface_hub.hf_hub_download",
    "wget.download",
    "gdown.download",
    "request.get_data",
    "request.files.get",
    "urlopen",
    "tensorflow.keras.utils.get_file",
    "s3.get_object",
];

impl Reader<'_> {
    /// Reads every deserialiser that is not safe as written.
    pub(super) fn deserialisers(&mut self) {
        let is_remote = |call: &Call| {
            FETCHERS.contains(&call.callee.as_str())
                || call.callee.starts_with("requests.")
                || call.written.starts_with("request.")
                || call.written.starts_with("flask.request.")
        };
        let seeds = Seeds::from_iter([(None, "flask.request".into())]);
        let sketch = self.sketch;
        let mut taint = None;
        for call in &sketch.calls {
            let Some(safe) = is_safe_deserialiser(sketch, call) else { continue };
            if safe {
                continue;
            }
            let taint = taint.get_or_insert_with(|| Taint::spread(sketch, &is_remote, seeds.clone()));
            let argument = call.args.first().or_else(|| call.named.first().map(|(_, value)| value));
            let origin = argument.map_or(Origin::Unknown, |value| {
                if taint.carries(value, call.function)
                    || sketch.literal(value, call.function).is_some_and(|text| text.starts_with("http"))
                {
                    Origin::Remote
                } else if sketch.literal(value, call.function).is_some() || opened_locally(sketch, value, call) {
                    Origin::Local
                } else {
                    Origin::Unknown
                }
            });
            let name = short(&call.callee);
            self.push(HazardKind::Deserialise, call, name, option(call), Confidence::High);
            if let Some(hazard) = self.found.last_mut() {
                hazard.origin = origin;
            }
        }
    }
}

/// The option that makes an otherwise harmless loader run code.
fn option(call: &Call) -> &'static str {
    match call.last() {
        _ if call.is_true("allow_dangerous_deserialization") => "allow_dangerous_deserialization=True",
        "load" if call.root() == "numpy" => "allow_pickle=True",
        "load" if call.root() == "torch" => "weights_only is not True",
        _ => "",
    }
}

/// Whether a call that deserialises is safe as written; nothing for a call that does not.
fn is_safe_deserialiser(sketch: &Sketch, call: &Call) -> Option<bool> {
    let callee = call.callee.as_str();
    if call.is_true("allow_dangerous_deserialization") {
        return Some(false);
    }
    if !DESERIALISERS.contains(&callee) {
        return None;
    }
    Some(match callee {
        // Since 2.6 the default is safe; what says nothing depends on the version that is installed.
        "torch.load" => call.arg("weights_only").is_some_and(|value| *value != Value::Bool(false)),
        "numpy.load" => !call.is_true("allow_pickle"),
        "yaml.load" => match call.arg_or(&["Loader"], 1) {
            Some(Value::Name(name)) => name.contains("Safe") || name.contains("BaseLoader"),
            Some(_) => true,
            None => false,
        },
        // A round trip through memory of what this process itself pickled.
        "pickle.loads" | "dill.loads" | "cloudpickle.loads" => {
            matches!(call.args.first(), Some(Value::Call(index)) if sketch.calls.get(*index).is_some_and(|inner| inner.last() == "dumps"))
        }
        _ => false,
    })
}

/// `pickle.load(open("x"))`, `with open("x") as f: pickle.load(f)`.
fn opened_locally(sketch: &Sketch, value: &Value, call: &Call) -> bool {
    let opened = match value {
        Value::Name(name) => sketch.binding(name, call.function).and_then(|bind| sketch.call(&bind.value)),
        other => sketch.call(other),
    };
    opened.is_some_and(|call| call.last() == "open" || call.last() == "Path" || call.last() == "join")
        || matches!(value, Value::Mixed(..))
}
