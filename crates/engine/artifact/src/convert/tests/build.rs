//! Checkpoints put together byte by byte.

/// A pickle in the making, protocol 2.
pub(super) struct Pickle(Vec<u8>);

impl Pickle {
    pub(super) fn new() -> Self {
        Self(vec![0x80, 2])
    }

    pub(super) fn op(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(super) fn text(self, text: &str) -> Self {
        let length = u32::try_from(text.len()).unwrap().to_le_bytes();
        self.op(b"X").op(&length).op(text.as_bytes())
    }

    pub(super) fn int(self, value: i64) -> Self {
        self.op(b"\x8a\x08").op(&value.to_le_bytes())
    }

    pub(super) fn global(self, module: &str, name: &str) -> Self {
        self.op(format!("c{module}\n{name}\n").as_bytes())
    }

    pub(super) fn ints(self, values: &[i64]) -> Self {
        values.iter().fold(self.op(b"("), |pickle, value| pickle.int(*value)).op(b"t")
    }

    pub(super) fn storage(self, class: &str, key: &str, elements: i64) -> Self {
        self.op(b"(").text("storage").global("torch", class).text(key).text("cpu").int(elements).op(b"tQ")
    }

    /// A `_rebuild_tensor_v2` over a storage of its own call.
    pub(super) fn tensor(self, storage: (&str, &str, i64), offset: i64, sizes: &[i64], strides: &[i64]) -> Self {
        let started =
            self.global("torch._utils", "_rebuild_tensor_v2").op(b"(").storage(storage.0, storage.1, storage.2);
        started.int(offset).ints(sizes).ints(strides).op(b"\x89").global("collections", "OrderedDict").op(b")RtR")
    }

    pub(super) fn end(self) -> Vec<u8> {
        self.op(b".").0
    }
}

/// A zip of stored members, their checksums right.
pub(super) fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in members {
        let mut sum = flate2::Crc::new();
        sum.update(content);
        let size = u32::try_from(content.len()).unwrap().to_le_bytes();
        let name_length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let common = [&[0; 8][..], &sum.sum().to_le_bytes(), &size, &size, &name_length, &[0, 0]].concat();
        let offset = u32::try_from(bytes.len()).unwrap().to_le_bytes();
        directory.extend([b"PK\x01\x02\0\0\0\0".as_slice(), &common, &[0; 10], &offset, name.as_bytes()].concat());
        bytes.extend([b"PK\x03\x04\0\0".as_slice(), &common, name.as_bytes(), content].concat());
    }
    let count = u16::try_from(members.len()).unwrap().to_le_bytes();
    let (size, start) = (u32::try_from(directory.len()).unwrap(), u32::try_from(bytes.len()).unwrap());
    bytes.extend(directory);
    let end = [&count[..], &count, &size.to_le_bytes(), &start.to_le_bytes(), &[0, 0]].concat();
    bytes.extend([b"PK\x05\x06\0\0\0\0".as_slice(), &end].concat());
    bytes
}

pub(super) fn checkpoint(pickle: &[u8], more: &[(&str, &[u8])]) -> Vec<u8> {
    let names: Vec<(String, &[u8])> = more.iter().map(|(name, bytes)| (format!("m/{name}"), *bytes)).collect();
    let mut members: Vec<(&str, &[u8])> = vec![("m/data.pkl", pickle)];
    members.extend(names.iter().map(|(name, bytes)| (name.as_str(), *bytes)));
    members.push(("m/version", b"3\n"));
    zip_of(&members)
}

pub(super) fn bytes_of(count: u8) -> Vec<u8> {
    (0..count).collect()
}

pub(super) fn one(storage: (&str, &str, i64), offset: i64, sizes: &[i64], strides: &[i64]) -> Vec<u8> {
    Pickle::new().op(b"}").text("w").tensor(storage, offset, sizes, strides).op(b"s").end()
}
