//! Finds credentials in text: keys of AI providers and clouds, tokens, passwords in code and configuration.
//!
//! One search for the keywords of all rules passes over the content once; near a keyword the rule's expression or
//! the assignment reader looks for a value; a value must then pass its validator (checksum, structure), an entropy
//! floor and the placeholder tests. What is left is a [`SecretHit`]: place, fingerprint, length, never the value.
//!
//! ```
//! use syndic_secrets::SecretsEngine;
//! let engine = SecretsEngine::builtin()?;
//! let line = ["HF_TOKEN=hf_", "pVxKqWmZtRbYcLdGsNfHjAeUoTiQwXrZ"].concat();
//! let facts = engine.scan(".env", line.as_bytes());
//! assert_eq!(facts.hits[0].rule, "secrets.huggingface-token");
//! assert!(!format!("{facts:?}").contains("pVxKqWmZ"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod assignment;
mod base64;
mod checksum;
mod classifier;
mod engine;
mod facts;
mod findings;
mod foreign;
mod form;
mod hits;
mod illustration;
mod judge;
mod matcher;
mod name;
mod overlap;
mod placeholder;
mod prompts;
mod proposal;
mod randomness;
mod test_code;
mod url;
mod validator;

pub use engine::{EngineError, Question, Reach, SecretsEngine};
pub use facts::{SecretHit, SecretsFacts, Weakness};
pub use foreign::{ForeignError, ForeignHit, ForeignRules};
