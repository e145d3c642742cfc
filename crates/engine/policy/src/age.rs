//! How old evidence may be: a number and a unit, such as `30d`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The greatest age of evidence that still counts.
///
/// ```
/// use syndic_policy::MaxAge;
/// assert_eq!("30d".parse::<MaxAge>().unwrap().seconds(), 30 * 86_400);
/// assert!("30".parse::<MaxAge>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaxAge {
    text: String,
    seconds: i64,
}

impl MaxAge {
    /// Returns the age in seconds.
    pub const fn seconds(&self) -> i64 {
        self.seconds
    }
}

impl FromStr for MaxAge {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let problem = || format!("`{text}` is no age: write a whole number and s, m, h or d, such as 30d");
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at_checked(digits).ok_or_else(problem)?;
        let scale = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return Err(problem()),
        };
        let number: i64 = number.parse().map_err(|_| problem())?;
        let seconds = number.checked_mul(scale).ok_or_else(problem)?;
        Ok(Self { text: text.to_owned(), seconds })
    }
}

impl fmt::Display for MaxAge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for MaxAge {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for MaxAge {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_without_unit_or_over_the_range_is_refused() {
        for text in ["", "d", "30", "30w", "-1d", "9223372036854775807d", "ä"] {
            assert!(text.parse::<MaxAge>().is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_an_age_or_refused(text: String) {
            let _ = text.parse::<MaxAge>();
        }
    }
}
