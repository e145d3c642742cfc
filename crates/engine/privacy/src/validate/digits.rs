//! Digits of a number and the checksums over them.

/// The ASCII digits of a text, each 0–9.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Digits(Vec<u8>);

impl Digits {
    /// Takes the digits and leaves everything else out.
    pub(super) fn of(text: &str) -> Self {
        Self(text.bytes().filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the digit at `index`; 0 beyond the end.
    pub(super) fn at(&self, index: usize) -> u32 {
        self.0.get(index).copied().map_or(0, u32::from)
    }

    /// Returns the last digit.
    pub(super) fn last(&self) -> u32 {
        self.0.last().copied().map_or(0, u32::from)
    }

    /// Returns the number that digits `from..to` write; 0 where there are none.
    pub(super) fn number(&self, from: usize, to: usize) -> u64 {
        self.0
            .iter()
            .take(to)
            .skip(from)
            .fold(0, |sum: u64, digit| sum.saturating_mul(10).saturating_add(u64::from(*digit)))
    }

    /// Returns Σ digit·weight, from the first digit on.
    pub(super) fn weighted(&self, weights: &[u32]) -> u32 {
        self.0.iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum()
    }

    /// Returns how many different digits there are.
    pub(super) fn variety(&self) -> usize {
        (0..10).filter(|digit| self.0.contains(digit)).count()
    }

    /// Says whether the Luhn sum (ISO/IEC 7812-1 annex B) is 0 modulo 10.
    pub(super) fn passes_luhn(&self) -> bool {
        self.passes_luhn_with(0)
    }

    /// The Luhn test with `extra` added to the sum, for numbers with an implied prefix.
    pub(super) fn passes_luhn_with(&self, extra: u32) -> bool {
        let sum: u32 = self
            .0
            .iter()
            .rev()
            .enumerate()
            .map(|(place, digit)| match (place % 2, u32::from(*digit)) {
                (0, digit) => digit,
                (_, digit) if digit > 4 => 2 * digit - 9,
                (_, digit) => 2 * digit,
            })
            .sum();
        self.len() > 1 && (sum + extra).is_multiple_of(10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luhn_refuses_a_changed_digit() {
        assert!(Digits::of("4539 1488 0343 6467").passes_luhn());
        assert!(!Digits::of("4539 1488 0343 6468").passes_luhn());
    }

    #[test]
    fn a_number_longer_than_sixty_four_bits_saturates() {
        assert_eq!(Digits::of(&"9".repeat(40)).number(0, 40), u64::MAX);
    }
}
