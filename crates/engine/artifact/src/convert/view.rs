//! A tensor as a view of a storage: where its elements lie, and how they are copied in the order of their indices.
//!
//! A view that is one run of bytes is streamed. Any other is put together a chunk at a time: within a chunk the source
//! is read in the order it lies in, so that a transposed matrix is not read element by element.

use std::io;

use super::dtype::Dtype;
use super::refusal::Refusal;

/// Dimensions of one tensor; torch and NumPy have at most 64.
pub(super) const MAX_DIMENSIONS: usize = 64;

/// A view that lies inside of its storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct View {
    /// Index of the storage.
    pub(super) storage: usize,
    pub(super) dtype: Dtype,
    /// First element, counted in elements.
    pub(super) offset: u64,
    /// `[d]`: elements in each dimension.
    pub(super) sizes: Vec<u64>,
    /// `[d]`: elements from one index to the next.
    strides: Vec<u64>,
    /// Product of the sizes.
    elements: u64,
    /// Elements from the first to after the last that it touches.
    extent: u64,
}

/// One dimension that matters for copying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dimension {
    pub(super) size: u64,
    pub(super) stride: u64,
}

impl View {
    /// Makes a view of a storage of `storage_bytes`.
    ///
    /// # Errors
    /// It reaches out of the storage, or its numbers overflow.
    pub(super) fn new(
        storage: usize,
        dtype: Dtype,
        offset: u64,
        sizes: Vec<u64>,
        strides: Vec<u64>,
        storage_bytes: u64,
    ) -> Result<Self, Refusal> {
        if sizes.len() != strides.len() {
            return Err(Refusal::damaged("a tensor has another number of strides than of sizes"));
        }
        let elements = sizes.iter().try_fold(1_u64, |product, size| product.checked_mul(*size));
        let elements = elements.filter(|count| count.checked_mul(dtype.bytes() as u64).is_some());
        let elements = elements.ok_or_else(|| Refusal::damaged("the size of a tensor overflows"))?;
        let extent = if elements == 0 {
            Some(0)
        } else {
            sizes.iter().zip(&strides).try_fold(1_u64, |extent, (size, stride)| {
                extent.checked_add(size.saturating_sub(1).checked_mul(*stride)?)
            })
        };
        let end = extent.and_then(|extent| extent.checked_add(offset)?.checked_mul(dtype.bytes() as u64));
        let (Some(extent), Some(end)) = (extent, end) else {
            return Err(Refusal::damaged("the strides of a tensor overflow"));
        };
        if elements > 0 && end > storage_bytes {
            return Err(Refusal::damaged(format!("a tensor reaches to byte {end} of a storage of {storage_bytes}")));
        }
        Ok(Self { storage, dtype, offset, sizes, strides, elements, extent })
    }

    /// Returns the size of the tensor written out, in bytes.
    pub(super) fn output_bytes(&self) -> u64 {
        self.elements * self.dtype.bytes() as u64
    }

    /// Returns the first byte in the storage and the one after the last.
    pub(super) fn span(&self) -> (u64, u64) {
        let item = self.dtype.bytes() as u64;
        let start = self.offset.saturating_mul(item);
        (start, start.saturating_add(self.extent * item))
    }

    /// Returns the dimensions that matter: those of one index are dropped, and those that follow on joined.
    pub(super) fn dimensions(&self) -> Vec<Dimension> {
        let mut joined: Vec<Dimension> = Vec::new();
        for (size, stride) in self.sizes.iter().zip(&self.strides).filter(|(size, _)| **size != 1) {
            match joined.last_mut() {
                Some(outer) if stride.checked_mul(*size) == Some(outer.stride) => {
                    *outer = Dimension { size: outer.size * size, stride: *stride };
                }
                _ => joined.push(Dimension { size: *size, stride: *stride }),
            }
        }
        if joined.is_empty() {
            joined.push(Dimension { size: 1, stride: 1 });
        }
        joined
    }

    /// Says whether there is nothing to copy.
    pub(super) fn is_empty(&self) -> bool {
        self.elements == 0
    }
}

/// Counts through the indices of some dimensions, the last one fastest. Returns `false` after the last index.
pub(super) fn advance(indices: &mut [u64], dimensions: &[Dimension]) -> bool {
    for (index, dimension) in indices.iter_mut().zip(dimensions).rev() {
        *index += 1;
        if *index < dimension.size {
            return true;
        }
        *index = 0;
    }
    false
}

/// What a source says that has become shorter since it was planned.
pub(super) fn cut_short() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "it became shorter while it was read")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(sizes: &[u64], strides: &[u64]) -> Result<View, Refusal> {
        View::new(0, Dtype::F32, 1, sizes.to_vec(), strides.to_vec(), 100)
    }

    #[test]
    fn a_view_must_lie_in_its_storage() {
        assert!(view(&[2, 3], &[3, 1]).is_ok());
        assert!(view(&[24], &[1]).is_ok());
        assert!(view(&[25], &[1]).unwrap_err().reason.contains("byte 104"));
        assert!(view(&[2], &[24]).is_err());
        assert!(view(&[u64::MAX, 2], &[0, 0]).unwrap_err().reason.contains("overflow"));
        assert!(view(&[2], &[u64::MAX]).unwrap_err().reason.contains("overflow"));
        assert!(view(&[2], &[]).is_err());
        assert!(view(&[0, 7], &[1_000, 1]).is_ok());
    }

    #[test]
    fn dimensions_that_follow_on_are_joined() {
        let joined = |sizes: &[u64], strides: &[u64]| {
            View::new(0, Dtype::U8, 0, sizes.to_vec(), strides.to_vec(), u64::MAX).unwrap().dimensions()
        };
        assert_eq!(joined(&[2, 1, 3, 4], &[12, 99, 4, 1]), [Dimension { size: 24, stride: 1 }]);
        assert_eq!(joined(&[3, 2], &[1, 3]), [Dimension { size: 3, stride: 1 }, Dimension { size: 2, stride: 3 }]);
        assert_eq!(joined(&[2, 3], &[0, 0]), [Dimension { size: 6, stride: 0 }]);
        assert_eq!(joined(&[], &[]), [Dimension { size: 1, stride: 1 }]);
    }
}
