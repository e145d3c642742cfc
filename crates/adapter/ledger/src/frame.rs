//! The unit of a segment: a length, a type and a checksum before the payload, zeros up to the next multiple of eight.
//!
//! `u32 LE payload length | u8 type | 3 zero bytes | u32 LE CRC-32C | payload | zeros to 8`. The checksum covers the
//! eight bytes before it and the payload. Length 0 is the end of the written part: the rest of a segment is zeros.
//! The checksum finds accidents only; intruders are found by the tree.

use crate::MAX_FRAME_BYTES;

/// Bytes before the payload.
pub const HEADER_BYTES: usize = 12;
/// Frames start at multiples of this.
pub const ALIGN_BYTES: usize = 8;

/// What a frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// A record: `u16 LE` leaf length, leaf, stored content.
    Record,
    /// A signed checkpoint over records that were durable before this frame was written.
    Checkpoint,
}

impl FrameKind {
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Record => 1,
            Self::Checkpoint => 2,
        }
    }

    const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Record),
            2 => Some(Self::Checkpoint),
            _ => None,
        }
    }
}

/// What stands at a place of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parsed<'a> {
    /// A whole frame; the next one starts `total_bytes` further.
    Frame {
        /// What it holds.
        kind: FrameKind,
        /// Its payload.
        payload: &'a [u8],
        /// Its length with header and padding.
        total_bytes: usize,
    },
    /// The written part ends here.
    End,
    /// Bytes that are no frame.
    Bad(BadFrame),
}

/// Why bytes are no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadFrame {
    /// The header breaks the layout.
    #[error("the frame header is not one")]
    Header,
    /// The segment ends before the frame does.
    #[error("the frame is longer than what is left of the segment")]
    Cut,
    /// The checksum does not fit.
    #[error("the frame's checksum does not fit its bytes")]
    Checksum,
    /// The padding is not zero.
    #[error("the padding after the frame is not zero")]
    Padding,
    /// The frame is whole, its payload is not a record or not the record due here.
    #[error("the frame does not hold the record due here")]
    Content,
}

/// Returns the length of a frame with `payload_bytes` of payload, header and padding included.
pub const fn total_bytes(payload_bytes: usize) -> usize {
    (HEADER_BYTES + payload_bytes).next_multiple_of(ALIGN_BYTES)
}

/// Appends a frame whose payload is `parts` one after another.
///
/// Returns false and appends nothing if the payload is empty or larger than [`MAX_FRAME_BYTES`].
pub fn encode(kind: FrameKind, parts: &[&[u8]], into: &mut Vec<u8>) -> bool {
    let payload_bytes: usize = parts.iter().map(|part| part.len()).sum();
    let Some(length) = u32::try_from(payload_bytes).ok().filter(|_| (1..=MAX_FRAME_BYTES).contains(&payload_bytes))
    else {
        return false;
    };
    let end = into.len() + total_bytes(payload_bytes);
    into.reserve(total_bytes(payload_bytes));
    let mut head = [0; 8];
    for (place, byte) in head.iter_mut().zip(length.to_le_bytes().into_iter().chain([kind.code()])) {
        *place = byte;
    }
    let crc = parts.iter().fold(crc32c::crc32c(&head), |crc, part| crc32c::crc32c_append(crc, part));
    into.extend_from_slice(&head);
    into.extend_from_slice(&crc.to_le_bytes());
    for part in parts {
        into.extend_from_slice(part);
    }
    into.resize(end, 0);
    true
}

/// Reads the frame at the start of `bytes`, which reach to the end of the segment or further than the frame.
pub fn parse(bytes: &[u8]) -> Parsed<'_> {
    let Some((head, rest)) = bytes.split_first_chunk::<8>() else {
        return if bytes.iter().all(|byte| *byte == 0) { Parsed::End } else { Parsed::Bad(BadFrame::Cut) };
    };
    let [a, b, c, d, code, zeros @ ..] = *head;
    let length = u32::from_le_bytes([a, b, c, d]);
    let Some((crc, body)) = rest.split_first_chunk::<4>() else {
        return if bytes.iter().all(|byte| *byte == 0) { Parsed::End } else { Parsed::Bad(BadFrame::Cut) };
    };
    if length == 0 {
        let is_zero = code == 0 && zeros == [0; 3] && *crc == [0; 4];
        return if is_zero { Parsed::End } else { Parsed::Bad(BadFrame::Header) };
    }
    let Some(length) = usize::try_from(length).ok().filter(|length| *length <= MAX_FRAME_BYTES) else {
        return Parsed::Bad(BadFrame::Header);
    };
    let (Some(kind), [0, 0, 0]) = (FrameKind::from_code(code), zeros) else { return Parsed::Bad(BadFrame::Header) };
    let padded = total_bytes(length) - HEADER_BYTES;
    let (Some(payload), Some(padding)) = (body.get(..length), body.get(length..padded)) else {
        return Parsed::Bad(BadFrame::Cut);
    };
    if crc32c::crc32c_append(crc32c::crc32c(head), payload) != u32::from_le_bytes(*crc) {
        return Parsed::Bad(BadFrame::Checksum);
    }
    if padding.iter().any(|byte| *byte != 0) {
        return Parsed::Bad(BadFrame::Padding);
    }
    Parsed::Frame { kind, payload, total_bytes: HEADER_BYTES + padded }
}

/// Returns kind and payload of a frame that [`parse`] found whole, without checking it again.
pub(crate) fn parse_payload(frame: &[u8]) -> Option<(FrameKind, &[u8])> {
    let (head, body) = frame.split_first_chunk::<HEADER_BYTES>()?;
    let [a, b, c, d, code, ..] = *head;
    let length = usize::try_from(u32::from_le_bytes([a, b, c, d])).ok()?;
    Some((FrameKind::from_code(code)?, body.get(..length)?))
}

/// Splits a record's payload into leaf and stored content.
pub fn split_record(payload: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = payload.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))
}

/// Appends a record's frame; false and nothing appended if the leaf or the whole is too long.
pub fn encode_record(leaf: &[u8], content: &[u8], into: &mut Vec<u8>) -> bool {
    let Ok(length) = u16::try_from(leaf.len()) else { return false };
    encode(FrameKind::Record, &[&length.to_le_bytes(), leaf, content], into)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn framed(payload: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        assert!(encode(FrameKind::Record, &[payload], &mut bytes));
        bytes
    }

    #[test]
    fn every_flipped_bit_of_a_frame_is_found() {
        let bytes = framed(b"what happened");
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(parse(&flipped), Parsed::Bad(_)), "bit {bit}");
        }
    }

    #[test]
    fn every_cut_of_a_frame_is_found() {
        let bytes = framed(b"what happened");
        for end in 1..bytes.len() {
            assert!(matches!(parse(&bytes[..end]), Parsed::Bad(_)), "cut at {end}");
        }
    }

    #[test]
    fn zeros_are_the_end_however_few() {
        for count in 0..40 {
            assert_eq!(parse(&vec![0; count]), Parsed::End);
        }
    }

    #[test]
    fn an_empty_or_too_long_payload_is_not_framed() {
        let mut bytes = Vec::new();
        assert!(!encode(FrameKind::Record, &[], &mut bytes));
        assert!(!encode(FrameKind::Record, &[&vec![0; MAX_FRAME_BYTES + 1]], &mut bytes));
        assert!(!encode_record(&vec![0; 65_536], b"", &mut bytes));
        assert!(bytes.is_empty());
    }

    proptest! {
        #[test]
        fn a_frame_survives_encoding(leaf in prop::collection::vec(any::<u8>(), 0..300), content in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut bytes = vec![9; 8];
            prop_assert!(encode_record(&leaf, &content, &mut bytes));
            let Parsed::Frame { kind, payload, total_bytes } = parse(&bytes[8..]) else { panic!("no frame") };
            prop_assert_eq!(kind, FrameKind::Record);
            prop_assert_eq!(total_bytes, bytes.len() - 8);
            prop_assert_eq!(total_bytes % ALIGN_BYTES, 0);
            prop_assert_eq!(split_record(payload), Some((leaf.as_slice(), content.as_slice())));
        }

        #[test]
        fn any_bytes_are_parsed_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
            let _ = split_record(&bytes);
        }
    }
}
