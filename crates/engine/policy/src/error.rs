//! Why a policy pack could not be loaded or a decision not be made.

/// A pack is at fault, the input is, or the evaluation ran over its bound.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The pack has no `catalogue.yaml`.
    #[error("policy pack has no catalogue.yaml: add one, see policies/baseline/catalogue.yaml for the form")]
    NoCatalogue,
    /// The catalogue is not of the form.
    #[error("catalogue.yaml: {problem}")]
    Catalogue {
        /// What the reader said, with line and column, or the rule that was broken.
        problem: String,
    },
    /// A control names a Rego package that no file of the pack declares.
    #[error("control {control} is judged by `{rego}`, which no file of the pack declares")]
    NoCheck {
        /// The control.
        control: String,
        /// The package it names.
        rego: String,
    },
    /// A Rego file does not parse or is over the bounds on policy text.
    #[error("policy file {file}: {problem}")]
    Rego {
        /// The file.
        file: String,
        /// What the parser said.
        problem: String,
    },
    /// The pack is over a bound.
    #[error("policy pack is too large: {problem}")]
    TooLarge {
        /// Which bound, and by how much.
        problem: String,
    },
    /// The input could not be laid out as JSON.
    #[error("policy input: {problem}")]
    Input {
        /// What the writer said.
        problem: String,
    },
    /// Evaluation failed or ran over its time limit.
    #[error("policy evaluation of {path} failed: {problem}")]
    Evaluation {
        /// The entry point.
        path: &'static str,
        /// What the interpreter said.
        problem: String,
    },
    /// The policy answered in another form than the pack's contract.
    #[error("policy answer of {path} is not of the form: {problem}")]
    Answer {
        /// The entry point.
        path: &'static str,
        /// What does not fit.
        problem: String,
    },
}
