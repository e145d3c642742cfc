//! Pages on which people use the application: Gradio, Streamlit, Chainlit.

use crate::facts::InterfaceSeen;
use crate::python::{Call, Sketch, Value};
use crate::{Facts, Language};

/// Functions of Streamlit that take something from a person.
const STREAMLIT_INPUTS: &[&str] =
    &["text_input", "text_area", "file_uploader", "audio_input", "camera_input", "chat_input", "data_editor", "form"];
/// Decorators of Chainlit that answer a person, and those that ask for a login.
const CHAINLIT_EVENTS: &[&str] = &["on_message", "on_chat_start", "on_audio_chunk"];
const CHAINLIT_LOGINS: &[&str] = &["password_auth_callback", "oauth_callback", "header_auth_callback"];

/// Reads the interfaces of a file; a notebook's is its writer's own.
pub(super) fn read(sketch: &Sketch, facts: &Facts) -> Vec<InterfaceSeen> {
    if facts.language == Language::Notebook {
        return Vec::new();
    }
    let imports = |package: &str| facts.imports.iter().any(|seen| seen.package == package);
    let mut found = Vec::new();
    if imports("gradio") {
        found.extend(gradio(sketch));
    }
    if imports("streamlit") {
        found.extend(streamlit(sketch, facts));
    }
    if imports("chainlit") {
        found.extend(chainlit(sketch));
    }
    found
}

fn is_given(call: &Call, names: &[&str]) -> bool {
    let nothing = Value::Name("None".into());
    names.iter().filter_map(|name| call.arg(name)).any(|value| *value != nothing)
}

/// `demo.launch()`, `gr.mount_gradio_app(app, demo, "/")`.
fn gradio(sketch: &Sketch) -> Option<InterfaceSeen> {
    let is_shown = |call: &&Call| {
        call.last() == "mount_gradio_app"
            || (call.last() == "launch"
                && (call.root() == "gradio" || call.callee.contains("gradio.") || is_demo(call)))
    };
    let call = sketch.calls.iter().find(is_shown)?;
    let has_auth = is_given(call, &["auth", "auth_dependency"]);
    Some(InterfaceSeen { framework: "Gradio".to_owned(), has_auth, at: call.at })
}

/// A variable of the name every example gives to an interface.
fn is_demo(call: &Call) -> bool {
    let object = call.written.rsplit_once('.').map_or("", |(object, _)| object);
    ["demo", "app", "ui", "interface", "iface", "blocks"].contains(&object.rsplit('.').next().unwrap_or(object))
}

fn streamlit(sketch: &Sketch, facts: &Facts) -> Option<InterfaceSeen> {
    let is_input = |call: &&Call| call.root() == "streamlit" && STREAMLIT_INPUTS.contains(&call.last());
    let call = sketch.calls.iter().find(is_input)?;
    // Forms are for all sorts of data: only beside a model, or as a chat, is one the way to a model.
    let is_chat = sketch.calls.iter().any(|call| call.root() == "streamlit" && call.last().starts_with("chat_"));
    let has_model = facts.imports.iter().any(|seen| !matches!(seen.class.as_str(), "ui" | "observability"));
    let has_auth = sketch.calls.iter().any(|call| call.callee == "streamlit.login")
        || sketch.imports_module("streamlit_authenticator");
    (is_chat || has_model).then(|| InterfaceSeen { framework: "Streamlit".to_owned(), has_auth, at: call.at })
}

fn chainlit(sketch: &Sketch) -> Option<InterfaceSeen> {
    let is_decorated = |names: &[&str]| {
        sketch.functions.iter().find(|function| {
            function.decorators.iter().any(|decorator| {
                let path = match decorator {
                    Value::Name(name) => name.as_str(),
                    Value::Call(index) => sketch.calls.get(*index).map_or("", |call| call.callee.as_str()),
                    _ => "",
                };
                path.strip_prefix("chainlit.").is_some_and(|name| names.contains(&name))
            })
        })
    };
    let event = is_decorated(CHAINLIT_EVENTS)?;
    let has_auth = is_decorated(CHAINLIT_LOGINS).is_some();
    Some(InterfaceSeen { framework: "Chainlit".to_owned(), has_auth, at: event.at })
}
