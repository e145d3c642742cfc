//! State dicts as safetensors, without executing anything.
//!
//! A torch checkpoint (zip or the stream before 1.6) or NumPy arrays are read by an interpreter of its own that knows
//! the few opcodes and callables a state dict is made of and refuses everything else; it runs behind the scan, which
//! refuses what is malicious or suspicious. What it plans is written in one pass through bounded buffers.
//! Invariant: what is written has every tensor bit for bit as torch or NumPy would load it, or nothing is written.
//! Source: torch `serialization.py` and `_utils.py` of 0.4 to 2.9, NumPy `lib/format.py`, the safetensors format.

mod build;
mod dtype;
mod flatten;
mod globals;
mod header;
mod machine;
mod memo;
mod numpy;
mod refusal;
mod storage;
#[cfg(test)]
mod tests;
mod torch_legacy;
mod torch_zip;
mod value;
mod view;
mod write;

use syndic_detect::ReadAt;

pub use self::refusal::{ConvertError, Refusal, RefusalKind};
use self::storage::Storage;
use self::view::View;
use crate::{Format, Scanner, Verdict};

/// What comes out at most: so many times the size of what goes in …
const MAX_GROWTH: u64 = 8;
/// … and this much, so that a small file may hold an expanded tensor.
const FREE_GROWTH_BYTES: u64 = 64 * 1024 * 1024;

/// What may be chosen about a conversion.
#[derive(Debug, Clone, Default)]
pub struct ConvertOptions {
    /// The dictionary inside the file that is the state dict, by its key; the whole if absent.
    pub part: Option<String>,
    /// Take storages although the archive's checksums disagree: torch can be told to write none that are right.
    pub ignore_checksums: bool,
}

/// A conversion that is known to be possible.
///
/// ```
/// use syndic_artifact::{Conversion, ConvertOptions, Scanner};
/// let mut array = b"\x93NUMPY\x01\x00\x3c\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }".to_vec();
/// array.resize(69, b' ');
/// array.push(b'\n');
/// array.extend([1.0_f32, 2.0].iter().flat_map(|number| number.to_le_bytes()));
/// let scanner = Scanner::builtin().unwrap();
/// let planned = Conversion::plan(&scanner, "a.npy", &array, &ConvertOptions::default()).unwrap();
/// let mut written = Vec::new();
/// planned.write(&array, &mut written).unwrap();
/// assert_eq!(written[written.len() - 8..], array[70..]);
/// ```
#[derive(Debug)]
pub struct Conversion {
    header: Vec<u8>,
    /// In the order of the header.
    tensors: Vec<View>,
    storages: Vec<Storage>,
    data_bytes: u64,
    notes: Vec<String>,
}

/// What a reader of one format found: names, views and where the bytes are.
#[derive(Debug)]
struct Found {
    tensors: Vec<(String, View)>,
    storages: Vec<Storage>,
    /// What `__metadata__` says of the format: `pt` or `np`.
    origin: &'static str,
    notes: Vec<String>,
}

impl Conversion {
    /// Looks whether a file can be converted and how. `path` only breaks ties, as in a scan.
    ///
    /// # Errors
    /// What speaks against it, with its place and what to do; or the source's own error.
    pub fn plan(
        scanner: &Scanner,
        path: &str,
        source: &dyn ReadAt,
        options: &ConvertOptions,
    ) -> Result<Self, ConvertError> {
        let report = scanner.scan(path, source).map_err(ConvertError::Source)?;
        if report.verdict >= Verdict::Suspicious {
            return Err(Refusal::of_report(&report).into());
        }
        let found = match report.format {
            Format::TorchZip => torch_zip::read(source, options)?,
            Format::TorchLegacy => torch_legacy::read(source, options)?,
            Format::Npz => numpy::read_archive(source)?,
            Format::Npy => numpy::read(source)?,
            other => return Err(Refusal::of_format(other).into()),
        };
        let mut conversion = Self::laid_out(found, options)?;
        let limit = source.len().saturating_mul(MAX_GROWTH).saturating_add(FREE_GROWTH_BYTES);
        if conversion.data_bytes > limit {
            let reason = format!("{} bytes would come out of {}", conversion.data_bytes, source.len());
            return Err(Refusal::content(reason, "its views repeat the same bytes: save a contiguous copy").into());
        }
        conversion.notes.extend(report.not_inspected.iter().map(|what| format!("the scan did not inspect {what}")));
        Ok(conversion)
    }

    fn laid_out(found: Found, options: &ConvertOptions) -> Result<Self, Refusal> {
        let Found { mut tensors, mut storages, origin, mut notes } = found;
        if options.ignore_checksums {
            for storage in &mut storages {
                storage.checksum = None;
            }
        }
        header::sort(&mut tensors);
        let shared = storage::shared(&tensors);
        notes.extend(shared.iter().map(|names| {
            format!("{} share memory, which safetensors cannot say: each has a copy of its own", names.join(", "))
        }));
        let (header, data_bytes) = header::encode(&tensors, origin, &shared)?;
        let tensors = tensors.into_iter().map(|(_, view)| view).collect();
        Ok(Self { header, tensors, storages, data_bytes, notes })
    }

    /// Returns how many tensors there are.
    pub fn tensors(&self) -> usize {
        self.tensors.len()
    }

    /// Returns the size of what will be written, in bytes.
    pub fn output_bytes(&self) -> u64 {
        self.data_bytes.saturating_add(self.header.len() as u64)
    }

    /// Returns what a person should know of the result: what was copied twice, what was left out.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}
