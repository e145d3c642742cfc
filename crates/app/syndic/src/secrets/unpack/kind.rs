//! What a content is by its first bytes: something to look into, something that cannot be, or plain.

/// Bytes that tell the format.
pub(super) const HEAD: usize = 512;

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Looked at as it is.
    Plain,
    /// One stream, undone on the way.
    Packed(Packing),
    Tar,
    Zip,
    /// The archive of Debian packages and static libraries.
    Ar,
    /// Rows in columns, packed: read as a dataset.
    Table(Table),
    /// Packed in a way that is not undone here; its name.
    Closed(&'static str),
}

/// A compression of one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Zstandard,
    Xz,
    Bzip2,
    Lz4,
}

/// A dataset in a binary form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::secrets) enum Table {
    Parquet,
    Arrow,
}

/// Formats whose content is packed and not undone, by their first bytes.
const CLOSED: [(&[u8], &str); 13] = [
    (b"7z\xbc\xaf\x27\x1c", "7z archive"),
    (b"Rar!\x1a\x07", "RAR archive"),
    (b"MSCF\0\0\0\0", "cabinet archive"),
    (b"LZIP", "lzip stream"),
    (b"\x1f\x9d", "compress stream"),
    (b"hsqs", "squashfs image"),
    (b"\xed\xab\xee\xdb", "RPM package"),
    (b"\xff\x06\0\0sNaPpY", "snappy stream"),
    (b"\x89LZO\0", "lzop stream"),
    (b"ORC", "ORC dataset"),
    (b"Obj\x01", "Avro dataset"),
    (b"PK\x07\x08", "ZIP archive in several parts"),
    (b"070701", "cpio archive"),
];
/// Formats without first bytes of their own, by the ending of the name.
const CLOSED_ENDINGS: [(&str, &str); 2] = [(".lzma", "lzma stream"), (".br", "brotli stream")];

impl Kind {
    /// Reads the format off the first bytes.
    pub(super) fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, 8, ..] => Self::Packed(Packing::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Packed(Packing::Zstandard),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Packed(Packing::Xz),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..] => Self::Packed(Packing::Bzip2),
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Packed(Packing::Lz4),
            [b'P', b'K', 3, 4, ..] => Self::Zip,
            [b'P', b'A', b'R', b'1', ..] => Self::Table(Table::Parquet),
            [b'A', b'R', b'R', b'O', b'W', b'1', ..] => Self::Table(Table::Arrow),
            head if head.starts_with(b"!<arch>\n") => Self::Ar,
            head if head.get(257..262) == Some(b"ustar") => Self::Tar,
            head => {
                // An ORC file or a cpio archive is told from text that begins so by the bytes of a binary behind.
                let is_text = head.iter().take(64).all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
                let closed = CLOSED.iter().find(|(magic, _)| head.starts_with(magic) && (!is_text || magic.len() > 4));
                closed.map_or(Self::Plain, |(_, name)| Self::Closed(name))
            }
        }
    }

    /// Reads the format off the first bytes, then off the name.
    pub(super) fn of_named(path: &str, head: &[u8]) -> Self {
        let by_name = || CLOSED_ENDINGS.iter().find(|(ending, _)| path.ends_with(ending));
        match Self::of(head) {
            Self::Plain => by_name().map_or(Self::Plain, |(_, name)| Self::Closed(name)),
            kind => kind,
        }
    }
}

impl Packing {
    /// Takes off a name what says that it is packed.
    pub(super) fn unpacked_name(self, path: &str) -> &str {
        let endings: &[&str] = match self {
            Self::Gzip => &[".gz", ".tgz"],
            Self::Zstandard => &[".zst", ".tzst"],
            Self::Xz => &[".xz", ".txz"],
            Self::Bzip2 => &[".bz2", ".tbz2"],
            Self::Lz4 => &[".lz4"],
        };
        endings.iter().find_map(|ending| path.strip_suffix(ending)).unwrap_or(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_begins_like_a_packed_format_is_plain() {
        for text in ["ORC = 1\n", "LZIP the file\n", "BZh is no archive here", "hsqs\n", "!<archive>"] {
            assert_eq!(Kind::of(text.as_bytes()), Kind::Plain, "{text}");
        }
        assert_eq!(Kind::of(b"ORC\x08\x01\x02"), Kind::Closed("ORC dataset"));
        assert_eq!(Kind::of_named("a.js.br", b"\x1b\x05"), Kind::Closed("brotli stream"));
    }
}
