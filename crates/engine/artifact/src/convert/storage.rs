//! The storages of a file: where their bytes are, whose memory tensors share, whether the bytes are what was saved.

use super::view::View;

/// The bytes that tensors are views of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Storage {
    /// What refusals call it.
    pub(super) name: String,
    /// First byte in the file.
    pub(super) start: u64,
    /// How many bytes.
    pub(super) bytes: u64,
    /// What must agree before anything of it is copied.
    pub(super) checksum: Option<Checksum>,
    /// Whether elements lie the most significant byte first.
    pub(super) is_big_endian: bool,
}

/// What the file states about bytes of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checksum {
    /// First byte in the file.
    pub(super) start: u64,
    /// How many bytes.
    pub(super) bytes: u64,
    /// CRC-32 as zip has it.
    pub(super) crc32: u32,
}

/// Returns the groups of tensors that share bytes of a storage, names sorted.
pub(super) fn shared(tensors: &[(String, View)]) -> Vec<Vec<&str>> {
    let mut spans: Vec<(usize, u64, u64, &str)> = tensors
        .iter()
        .filter(|(_, view)| !view.is_empty())
        .map(|(name, view)| (view.storage, view.span().0, view.span().1, name.as_str()))
        .collect();
    spans.sort_unstable();
    let mut groups: Vec<Vec<&str>> = Vec::new();
    let mut reached = None;
    for (storage, start, end, name) in spans {
        match reached {
            Some((last, until)) if last == storage && start < until => {
                if let Some(group) = groups.last_mut() {
                    group.push(name);
                }
                reached = Some((storage, end.max(until)));
            }
            _ => {
                groups.push(vec![name]);
                reached = Some((storage, end));
            }
        }
    }
    groups.retain(|group| group.len() > 1);
    for group in &mut groups {
        group.sort_unstable();
    }
    groups.sort_unstable();
    groups
}

#[cfg(test)]
mod tests {
    use super::super::dtype::Dtype;
    use super::*;

    #[test]
    fn only_tensors_that_touch_the_same_bytes_share() {
        let view = |storage, offset, size| View::new(storage, Dtype::U8, offset, vec![size], vec![1], 100).unwrap();
        let tensors = [
            ("b".to_owned(), view(0, 0, 10)),
            ("next".to_owned(), view(0, 10, 10)),
            ("a".to_owned(), view(0, 9, 1)),
            ("other".to_owned(), view(1, 0, 10)),
            ("empty".to_owned(), view(0, 0, 0)),
        ];
        assert_eq!(shared(&tensors), [["a", "b"]]);
    }
}
