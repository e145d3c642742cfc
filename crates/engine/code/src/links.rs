//! What one file says that only another file can make use of: the material of [`crate::CodeEngine::join`].
//!
//! Joining takes it out of the facts again; what came of it (a route that reaches a model, an executed answer) stays in
//! the facts of the file it is about, with the paths it was joined from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Spot;

/// What a file offers to and expects from other files.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Links {
    /// Functions that ask a model, execute a parameter, or call functions of other files.
    pub functions: Vec<FunctionLinks>,
    /// Objects made at module level: name → path of the constructor and `()`.
    pub objects: BTreeMap<String, String>,
    /// Names a package passes on: name → path they are imported from.
    pub reexports: BTreeMap<String, String>,
    /// Applications and routers made at module level.
    pub routers: BTreeMap<String, RouterSeen>,
    /// Routers hung on others.
    pub mounts: Vec<MountSeen>,
    /// Whether the application made here checks who is calling, for every route.
    pub app_has_auth: bool,
    /// Whether the application made here limits rates, for every route.
    pub app_has_limit: bool,
    /// Executed texts that functions of other files gave.
    pub executed: Vec<Executed>,
    /// Texts handed to functions of other files that may execute them.
    pub passed: Vec<Passed>,
}

impl Links {
    /// Says whether there is nothing another file could make use of.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A function as other files see it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FunctionLinks {
    /// `name`, or `Class.name` of a method.
    pub name: String,
    /// Whether it runs a model itself.
    pub asks_model: bool,
    /// Whether it returns what a model said.
    pub returns_output: bool,
    /// Whether it checks who is calling.
    pub checks_caller: bool,
    /// Functions of other files that it hands something of its parameters.
    pub calls: Vec<String>,
    /// Functions of this file that it calls.
    pub local_calls: Vec<String>,
    /// Functions of other files whose result it returns.
    pub returns_of: Vec<String>,
    /// Parameters that it executes.
    pub executes: Vec<ExecutedParam>,
}

/// A parameter that is executed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExecutedParam {
    /// Its name.
    pub name: String,
    /// Its position, `self` not counted.
    pub position: usize,
    /// What executes it.
    pub what: String,
}

/// An application or router object.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RouterSeen {
    /// Beginning of the paths of its routes.
    pub prefix: String,
    /// Whether its own options ask who is calling.
    pub has_auth: bool,
    /// Whether it is an application, on which everything ends.
    pub is_app: bool,
}

/// A router hung on an application or on another router.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MountSeen {
    /// Path of the router, or its name in this file.
    pub target: String,
    /// Name of the object it is hung on.
    pub into: String,
    /// Beginning added to its paths.
    pub prefix: String,
    /// Whether authentication is added.
    pub has_auth: bool,
}

/// A text from other files that is executed here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Executed {
    /// Functions of other files it comes from.
    pub calls: Vec<String>,
    /// What executes it.
    pub what: String,
    /// Function it stands in; empty at module level.
    pub function: String,
    /// Where.
    pub at: Spot,
}

/// A text handed to a function of another file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Passed {
    /// The function.
    pub callee: String,
    /// Position of the argument.
    pub position: usize,
    /// Keyword of the argument; empty when it is given by position.
    pub keyword: String,
    /// Whether the text is what a model of this file said.
    pub is_output: bool,
    /// Functions of other files it comes from.
    pub calls: Vec<String>,
    /// Function it stands in; empty at module level.
    pub function: String,
    /// Where.
    pub at: Spot,
}
