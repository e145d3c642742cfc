//! How long records are kept.

use crate::admin::{Action, Admin, AdminError, Cause};

/// Days that records must be kept at least: six months. Source: Regulation (EU) 2024/1689, Articles 19 and 26(6).
pub const REQUIRED_DAYS: u32 = 183;
const DAY_US: i64 = 86_400_000_000;

/// How long records are kept; [`REQUIRED_DAYS`] unless set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { days: REQUIRED_DAYS }
    }
}

impl Retention {
    /// Keeps records for so many days.
    ///
    /// # Errors
    /// [`AdminError::TooShort`] below [`REQUIRED_DAYS`].
    pub fn of_days(days: u32) -> Result<Self, AdminError> {
        if days < REQUIRED_DAYS {
            return Err(AdminError::TooShort { days, minimum: REQUIRED_DAYS });
        }
        Ok(Self { days })
    }

    /// Keeps records for so many days, even fewer than required: for logs no such duty applies to. The log states it.
    pub fn overriding_minimum(days: u32) -> Self {
        Self { days }
    }

    /// What a record of the log states.
    pub(crate) fn recorded(days: u32) -> Self {
        Self { days }
    }

    /// Returns the days.
    pub fn days(&self) -> u32 {
        self.days
    }

    /// Tells whether records may go sooner than required.
    pub fn is_below_minimum(&self) -> bool {
        self.days < REQUIRED_DAYS
    }

    /// Tells whether a record of `time_us` may go at `now_us`; both in microseconds since 1970 UTC.
    pub(super) fn is_over(&self, time_us: i64, now_us: i64) -> bool {
        let kept_us = i64::from(self.days).saturating_mul(DAY_US);
        now_us.saturating_sub(time_us) > kept_us
    }
}

impl Admin {
    /// Sets how long records are kept from now on, and records it; returns the index of that record.
    ///
    /// # Errors
    /// [`AdminError::Ledger`] if it could not be recorded: the retention before then stays.
    pub fn set_retention(&self, retention: Retention, cause: &Cause) -> Result<u64, AdminError> {
        let mut inner = self.begin_for(cause)?;
        let Retention { days } = retention;
        let is_below_minimum = retention.is_below_minimum();
        self.record(&mut inner, Action::Retention { days, is_below_minimum }, cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_days_than_required_need_an_explicit_override() {
        assert_eq!(Retention::default().days(), 183);
        assert!(matches!(Retention::of_days(182), Err(AdminError::TooShort { days: 182, minimum: 183 })));
        assert!(!Retention::of_days(183).unwrap().is_below_minimum());
        assert!(Retention::overriding_minimum(182).is_below_minimum());
    }

    #[test]
    fn a_record_may_go_only_after_the_whole_time() {
        let retention = Retention::overriding_minimum(2);
        assert!(!retention.is_over(5, 5 + 2 * DAY_US));
        assert!(retention.is_over(5, 6 + 2 * DAY_US));
        assert!(!retention.is_over(10, 5), "a clock that went back retires nothing");
        assert!(!Retention::overriding_minimum(u32::MAX).is_over(0, i64::MAX / 1_000));
    }
}
