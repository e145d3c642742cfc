//! The one pass that writes: the header, then each tensor in the header's order, through bounded buffers.

use std::io::{self, Write};

use syndic_detect::{ReadAt, fill_at};

use super::Conversion;
use super::refusal::{ConvertError, Refusal};
use super::storage::{Checksum, Storage};
use super::view::{Dimension, View, advance, cut_short};

/// Bytes of a view that is one run, copied at a time.
const STREAM_BYTES: usize = 1 << 20;
/// Bytes of any other view that are put together at a time.
const CHUNK_BYTES: usize = 16 << 20;
/// Bytes of the source that are read for one run of a chunk at most.
const SPAN_BYTES: usize = 1 << 20;
/// Short reads that follow on one another are read together.
const AHEAD_BYTES: usize = 256 << 10;
/// Elements that stand further apart than this are read one by one.
const FAR_BYTES: u64 = 64 << 10;

impl Conversion {
    /// Writes the result. Everything that can be known beforehand was looked at while planning.
    ///
    /// # Errors
    /// The source cannot be read or has changed, a storage is not what was saved, the result cannot be written.
    pub fn write(&self, source: &dyn ReadAt, sink: &mut dyn Write) -> Result<(), ConvertError> {
        sink.write_all(&self.header).map_err(ConvertError::Sink)?;
        let mut unchecked: Vec<Option<&Checksum>> =
            self.storages.iter().map(|storage| storage.checksum.as_ref()).collect();
        for view in self.tensors.iter().filter(|view| !view.is_empty()) {
            let Some(storage) = self.storages.get(view.storage) else { continue };
            if let Some(checksum) = unchecked.get_mut(view.storage).and_then(Option::take) {
                check(storage, checksum, source)?;
            }
            match view.dimensions().as_slice() {
                [Dimension { stride: 1, .. }] => stream(view, storage, source, sink)?,
                dimensions => gather(view, dimensions, storage, source, sink)?,
            }
        }
        sink.flush().map_err(ConvertError::Sink)
    }
}

/// Reads what a checksum is of, and compares.
fn check(storage: &Storage, checksum: &Checksum, source: &dyn ReadAt) -> Result<(), ConvertError> {
    let mut sum = flate2::Crc::new();
    each_piece(source, checksum.start, checksum.bytes, &mut |piece| {
        sum.update(piece);
        Ok(())
    })?;
    if sum.sum() == checksum.crc32 {
        return Ok(());
    }
    let next_step =
        "the file is damaged, or torch was told to write no checksums: --ignore-checksums takes it as it is";
    let refusal = Refusal::content("the storage is not what its checksum says", next_step);
    Err(refusal.in_member(&storage.name).into())
}

fn each_piece(
    source: &dyn ReadAt,
    start: u64,
    length: u64,
    take: &mut dyn FnMut(&mut [u8]) -> Result<(), ConvertError>,
) -> Result<(), ConvertError> {
    let mut buffer = vec![0; usize::try_from(length).unwrap_or(usize::MAX).min(STREAM_BYTES)];
    let mut done = 0;
    while done < length {
        let wanted = usize::try_from(length - done).unwrap_or(usize::MAX).min(buffer.len());
        let piece = buffer.get_mut(..wanted).unwrap_or_default();
        let filled = fill_at(source, start + done, piece).map_err(ConvertError::Source)?;
        if filled < wanted {
            return Err(ConvertError::Source(cut_short()));
        }
        take(piece)?;
        done += wanted as u64;
    }
    Ok(())
}

/// Copies a view that is one run of bytes.
fn stream(view: &View, storage: &Storage, source: &dyn ReadAt, sink: &mut dyn Write) -> Result<(), ConvertError> {
    let start = storage.start + view.span().0;
    each_piece(source, start, view.output_bytes(), &mut |piece| {
        put_in_order(piece, view, storage);
        sink.write_all(piece).map_err(ConvertError::Sink)
    })
}

/// The least significant byte comes first in safetensors.
fn put_in_order(bytes: &mut [u8], view: &View, storage: &Storage) {
    if storage.is_big_endian && view.dtype.bytes() > 1 {
        bytes.chunks_exact_mut(view.dtype.bytes()).for_each(<[u8]>::reverse);
    }
}

/// Copies any other view, a chunk at a time.
fn gather(
    view: &View,
    dimensions: &[Dimension],
    storage: &Storage,
    source: &dyn ReadAt,
    sink: &mut dyn Write,
) -> Result<(), ConvertError> {
    let item = view.dtype.bytes();
    let (outer, split, inner) = split(dimensions, item);
    let row_bytes = inner.iter().fold(item, |bytes, dimension| bytes * usize::try_from(dimension.size).unwrap_or(1));
    let most_rows = (CHUNK_BYTES / row_bytes).max(1) as u64;
    let mut window = Window { source, start: 0, bytes: Vec::new() };
    let mut chunk = Vec::new();
    let mut indices = vec![0; outer.len()];
    loop {
        let base: u64 = indices.iter().zip(outer).map(|(index, dimension)| index * dimension.stride).sum();
        let mut row = 0;
        while row < split.size {
            let rows = most_rows.min(split.size - row);
            let first = view.offset + base + row * split.stride;
            let shape = [&[Dimension { size: rows, stride: split.stride }], inner].concat();
            chunk.resize(row_bytes * usize::try_from(rows).unwrap_or(0), 0);
            let mut filling = Filling { item, start: storage.start + first * item as u64, chunk: &mut chunk };
            filling.fill(&shape, &mut window).map_err(ConvertError::Source)?;
            put_in_order(&mut chunk, view, storage);
            sink.write_all(&chunk).map_err(ConvertError::Sink)?;
            row += rows;
        }
        if !advance(&mut indices, outer) {
            return Ok(());
        }
    }
}

/// Parts the dimensions: those counted through one by one, the one taken some rows at a time, those that fit a chunk whole.
fn split(dimensions: &[Dimension], item: usize) -> (&[Dimension], Dimension, &[Dimension]) {
    let mut bytes = item as u64;
    let mut at = dimensions.len().saturating_sub(1);
    while at > 0 {
        let wider = dimensions.get(at).and_then(|dimension| bytes.checked_mul(dimension.size));
        match wider {
            Some(wider) if wider <= CHUNK_BYTES as u64 => bytes = wider,
            _ => break,
        }
        at -= 1;
    }
    let split = dimensions.get(at).copied().unwrap_or(Dimension { size: 1, stride: 1 });
    (dimensions.get(..at).unwrap_or_default(), split, dimensions.get(at + 1..).unwrap_or_default())
}

/// A chunk that is put together.
struct Filling<'c> {
    item: usize,
    /// Byte of its first element in the file.
    start: u64,
    chunk: &'c mut [u8],
}

/// Elements at equal distances: in the source and in the chunk.
#[derive(Debug, Clone, Copy)]
struct Run {
    count: u64,
    from: u64,
    stride: u64,
    to: usize,
    step: usize,
}

impl Filling<'_> {
    /// Fills the chunk from elements of `shape`, in the order in which they lie in the source.
    fn fill(&mut self, shape: &[Dimension], window: &mut Window<'_>) -> io::Result<()> {
        let mut steps = vec![1_usize; shape.len()];
        let mut next = 1_usize;
        for (step, dimension) in steps.iter_mut().zip(shape).rev() {
            *step = next;
            next = next.saturating_mul(usize::try_from(dimension.size).unwrap_or(usize::MAX));
        }
        let mut order: Vec<(Dimension, usize)> = shape.iter().copied().zip(steps).collect();
        order.sort_by_key(|(dimension, _)| std::cmp::Reverse(dimension.stride));
        let Some((fastest, step)) = order.pop() else { return Ok(()) };
        let slower: Vec<Dimension> = order.iter().map(|(dimension, _)| *dimension).collect();
        let mut indices = vec![0; slower.len()];
        loop {
            let (mut from, mut to) = (0, 0);
            for (index, (dimension, step)) in indices.iter().zip(&order) {
                from += index * dimension.stride;
                to += usize::try_from(*index).unwrap_or(0) * step;
            }
            self.copy(Run { count: fastest.size, from, stride: fastest.stride, to, step }, window)?;
            if !advance(&mut indices, &slower) {
                return Ok(());
            }
        }
    }

    fn copy(&mut self, run: Run, window: &mut Window<'_>) -> io::Result<()> {
        let distance = run.stride * self.item as u64;
        let at_once = if distance >= FAR_BYTES { 1 } else { (SPAN_BYTES as u64 / distance.max(1)).max(1) };
        let mut done = 0;
        while done < run.count {
            let count = at_once.min(run.count - done);
            let span = usize::try_from((count - 1) * distance).unwrap_or(usize::MAX).saturating_add(self.item);
            let bytes = window.at(self.start + run.from * self.item as u64 + done * distance, span)?;
            let to = run.to + usize::try_from(done).unwrap_or(0) * run.step;
            self.scatter(bytes, usize::try_from(distance).unwrap_or(usize::MAX), count, to, run.step);
            done += count;
        }
        Ok(())
    }

    fn scatter(&mut self, bytes: &[u8], distance: usize, count: u64, to: usize, step: usize) {
        let item = self.item;
        let count = usize::try_from(count).unwrap_or(0);
        if distance == item && step == 1 {
            if let Some(slot) = self.chunk.get_mut(to * item..to * item + bytes.len()) {
                slot.copy_from_slice(bytes);
            }
            return;
        }
        for index in 0..count {
            let (from, to) = (index * distance, (to + index * step) * item);
            if let (Some(slot), Some(bytes)) = (self.chunk.get_mut(to..to + item), bytes.get(from..from + item)) {
                slot.copy_from_slice(bytes);
            }
        }
    }
}

/// A buffered piece of the source that moves along with what is read.
struct Window<'s> {
    source: &'s dyn ReadAt,
    start: u64,
    bytes: Vec<u8>,
}

impl Window<'_> {
    /// Returns `length` bytes from `at`.
    fn at(&mut self, at: u64, length: usize) -> io::Result<&[u8]> {
        let end = self.start + self.bytes.len() as u64;
        if at < self.start || at + length as u64 > end {
            // Reads that go on where the last one ended are likely to go on further.
            let is_onward = at >= self.start && at < end + AHEAD_BYTES as u64;
            let wanted = if is_onward { length.max(AHEAD_BYTES) } else { length };
            let available = usize::try_from(self.source.len().saturating_sub(at)).unwrap_or(usize::MAX);
            self.bytes.resize(wanted.min(available), 0);
            let filled = fill_at(self.source, at, &mut self.bytes)?;
            self.bytes.truncate(filled);
            self.start = at;
        }
        let from = usize::try_from(at - self.start).unwrap_or(usize::MAX);
        self.bytes.get(from..from.saturating_add(length)).ok_or_else(cut_short)
    }
}
