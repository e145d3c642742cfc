//! Walks the messages of an Arrow stream before the library decodes them: what compressed buffers claim to become is
//! reserved unasked, so that a claim beyond the bound must not reach it.
//!
//! Source: Apache Arrow columnar format, "Encapsulated message format" and "Buffer compression".

use std::io::{self, Read, Seek, SeekFrom};

use arrow_ipc::{Message, RecordBatch, root_as_message};

/// Most bytes the buffers of one message may become.
const MOST_UNPACKED: u64 = 128 << 20;
/// Longest description of one message.
const LONGEST_DESCRIPTION: u32 = 16 << 20;
/// Most messages walked.
const MOST_MESSAGES: usize = 100_000;
/// Announces the length of a message; before Arrow 0.15 the length stood alone.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// What the walk found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Walked {
    /// Bytes from the start that may be decoded.
    pub(crate) sound: u64,
    /// Whether those are the whole stream.
    pub(crate) is_whole: bool,
    /// Why not more, if a message went beyond the bound.
    pub(crate) beyond: Option<String>,
}

/// Walks the messages from `start` on, up to `limit` bytes.
pub(crate) fn walk(file: &mut (impl Read + Seek), start: u64, size: u64, limit: u64) -> io::Result<Walked> {
    let mut position = start;
    for _ in 0..MOST_MESSAGES {
        if position.saturating_sub(start) >= limit {
            break;
        }
        file.seek(SeekFrom::Start(position))?;
        let Some((description, prefix)) = description(file)? else { break };
        let Ok(message) = root_as_message(&description) else { break };
        let body = position + prefix + description.len() as u64;
        let unpacked = unpacked(file, &message, body)?;
        if unpacked > MOST_UNPACKED {
            let problem = format!("a message becomes {unpacked} bytes, over the bound of {MOST_UNPACKED}");
            return Ok(Walked { sound: position.saturating_sub(start), is_whole: false, beyond: Some(problem) });
        }
        let Some(next) = u64::try_from(message.bodyLength()).ok().and_then(|length| body.checked_add(length)) else {
            break;
        };
        position = next;
    }
    let sound = position.saturating_sub(start).min(limit);
    let is_whole = position <= size && position.saturating_sub(start) <= limit && is_end(file, position)?;
    Ok(Walked { sound, is_whole, beyond: None })
}

/// Says whether the stream ends here: with a length of zero, or with the file.
fn is_end(file: &mut (impl Read + Seek), position: u64) -> io::Result<bool> {
    file.seek(SeekFrom::Start(position))?;
    let mut bytes = Vec::new();
    file.take(8).read_to_end(&mut bytes)?;
    Ok(matches!(bytes.as_slice(), [] | [0, 0, 0, 0, ..] | [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]))
}

/// Reads a message's description and says how many bytes stand before it; nothing at the end of the stream.
fn description(file: &mut impl Read) -> io::Result<Option<(Vec<u8>, u64)>> {
    let mut word = [0_u8; 4];
    let mut prefix = 4;
    if !fills(file, &mut word)? {
        return Ok(None);
    }
    if word == CONTINUATION {
        prefix = 8;
        if !fills(file, &mut word)? {
            return Ok(None);
        }
    }
    let length = u32::from_le_bytes(word);
    if length == 0 || length > LONGEST_DESCRIPTION {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(u64::from(length)).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 == u64::from(length)).then_some((bytes, prefix)))
}

fn fills(file: &mut impl Read, bytes: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Adds up what the compressed buffers of a message claim to become.
fn unpacked(file: &mut (impl Read + Seek), message: &Message<'_>, body: u64) -> io::Result<u64> {
    let of_dictionary = message.header_as_dictionary_batch().and_then(|dictionary| dictionary.data());
    let batches: [Option<RecordBatch<'_>>; 2] = [message.header_as_record_batch(), of_dictionary];
    let mut total = 0_u64;
    for batch in batches.into_iter().flatten().filter(|batch| batch.compression().is_some()) {
        for buffer in batch.buffers().into_iter().flatten() {
            let offset = u64::try_from(buffer.offset()).unwrap_or(u64::MAX);
            let Some(at) = body.checked_add(offset).filter(|_| buffer.length() >= 8) else { continue };
            file.seek(SeekFrom::Start(at))?;
            let mut claim = [0_u8; 8];
            if fills(file, &mut claim)? {
                // Minus one stands for a buffer that was left as it is.
                total = total.saturating_add(u64::try_from(i64::from_le_bytes(claim)).unwrap_or(0));
            }
        }
    }
    Ok(total)
}
