//! CRC-32 in six base-62 digits, the last six characters of GitHub and npm tokens.
//!
//! Source: GitHub engineering blog, "Behind GitHub's new authentication token formats" (2021); ISO-HDLC polynomial.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Characters the checksum takes.
const DIGITS: usize = 6;

/// Says whether the last six characters of `body` (the token after its prefix) are the checksum of the rest.
pub(crate) fn is_valid(body: &[u8]) -> bool {
    let Some((random, written)) = body.split_at_checked(body.len().saturating_sub(DIGITS)) else { return false };
    written == checksum(random)
}

/// Returns the six checksum characters of `random`.
pub(crate) fn checksum(random: &[u8]) -> [u8; DIGITS] {
    let mut rest = crc32(random);
    let mut digits = [b'0'; DIGITS];
    for digit in digits.iter_mut().rev() {
        let index = usize::try_from(rest % 62).unwrap_or_default();
        *digit = ALPHABET.get(index).copied().unwrap_or(b'0');
        rest /= 62;
    }
    digits
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc32_agrees_with_the_check_value_of_its_catalogue() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn a_changed_character_breaks_the_checksum() {
        let random = b"zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ";
        let mut body = [random.as_slice(), &checksum(random)].concat();
        assert!(is_valid(&body));
        body[3] ^= 1;
        assert!(!is_valid(&body));
    }

    #[test]
    fn the_checksum_is_the_one_published_tokens_carry() {
        assert_eq!(&checksum(b"zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ"), b"0mLq17");
    }
}
