//! Likelihood × impact with every factor in words.

use syndic_evidence::Severity;

/// A score in the making. Both numbers stay within 1 to 5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Score {
    /// 1 (rare) to 5 (expected).
    pub(crate) likelihood: u8,
    /// 1 (nuisance) to 5 (ruin).
    pub(crate) impact: u8,
    /// Why these numbers.
    pub(crate) factors: Vec<String>,
    /// Names along the way of the attack, when more than the two ends.
    pub(crate) path: Vec<String>,
}

impl Score {
    /// Starts from the usual case.
    pub(crate) fn new(likelihood: u8, impact: u8, why: &str) -> Self {
        let factors = vec![format!("likelihood {likelihood}, impact {impact} to start with: {why}")];
        Self { likelihood, impact, factors, path: Vec::new() }
    }

    /// Raises the likelihood by one if `applies`.
    pub(crate) fn likelier(mut self, applies: bool, why: &str) -> Self {
        if applies {
            self.likelihood = self.likelihood.saturating_add(1).min(5);
            self.factors.push(format!("+1 likelihood: {why}"));
        }
        self
    }

    /// Lowers the likelihood by one if `applies`.
    pub(crate) fn rarer(mut self, applies: bool, why: &str) -> Self {
        if applies {
            self.likelihood = self.likelihood.saturating_sub(1).max(1);
            self.factors.push(format!("−1 likelihood: {why}"));
        }
        self
    }

    /// Raises the impact by one if `applies`.
    pub(crate) fn worse(mut self, applies: bool, why: &str) -> Self {
        if applies {
            self.impact = self.impact.saturating_add(1).min(5);
            self.factors.push(format!("+1 impact: {why}"));
        }
        self
    }

    /// Lowers the impact by one if `applies`.
    pub(crate) fn milder(mut self, applies: bool, why: &str) -> Self {
        if applies {
            self.impact = self.impact.saturating_sub(1).max(1);
            self.factors.push(format!("−1 impact: {why}"));
        }
        self
    }

    /// Names the way of the attack.
    pub(crate) fn along(mut self, path: &[&str]) -> Self {
        self.path = path.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// Returns likelihood × impact.
    pub(crate) const fn total(&self) -> u8 {
        self.likelihood.saturating_mul(self.impact)
    }
}

/// Returns how a score ranks beside findings.
pub(crate) const fn severity(score: u8) -> Severity {
    match score {
        20.. => Severity::Critical,
        15..=19 => Severity::High,
        9..=14 => Severity::Medium,
        4..=8 => Severity::Low,
        0..=3 => Severity::Info,
    }
}
