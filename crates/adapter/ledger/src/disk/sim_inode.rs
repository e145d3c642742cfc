//! One file of the simulated disk: what programs see, what is on the platter, and the writes between the two.

use super::faults::SplitMix;

/// A disk writes sectors whole, as a rule; now and then the simulation breaks the rule.
const SECTOR_BYTES: usize = 512;
/// One sector in so many is torn within.
const TORN_SECTOR_ONE_IN: u64 = 50;

/// A file that has not forgotten what was never synced.
#[derive(Debug, Clone, Default)]
pub(super) struct SimInode {
    pub(super) visible: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<(usize, Vec<u8>)>,
}

impl SimInode {
    pub(super) fn write(&mut self, bytes: &[u8], offset: usize) {
        put(&mut self.visible, bytes, offset);
        self.pending.push((offset, bytes.to_vec()));
    }

    /// An honest sync.
    pub(super) fn settle(&mut self) {
        for (offset, bytes) in self.pending.drain(..) {
            put(&mut self.durable, &bytes, offset);
        }
    }

    /// A failed sync: the kernel wrote some pages, dropped the others and calls all of them clean.
    pub(super) fn settle_some(&mut self, random: &mut SplitMix) {
        for (offset, bytes) in self.pending.drain(..) {
            if random.happens(500) {
                put(&mut self.durable, &bytes, offset);
            }
        }
    }

    /// The power fails: each sector of each write since the last sync arrived, or did not, or is torn.
    pub(super) fn lose_power(&mut self, random: &mut SplitMix) {
        let arrives = [0, 100, 500, 900, 1000].get(usize::try_from(random.below(5)).unwrap_or(0)).copied();
        for (offset, bytes) in self.pending.drain(..) {
            for (number, sector) in sectors(&bytes, offset) {
                let kept = if !random.happens(arrives.unwrap_or(500)) {
                    0
                } else if random.below(TORN_SECTOR_ONE_IN) == 0 {
                    usize::try_from(random.below(sector.len() as u64)).unwrap_or(0)
                } else {
                    sector.len()
                };
                if kept > 0 {
                    put(&mut self.durable, sector.get(..kept).unwrap_or(sector), number);
                }
            }
        }
        self.visible = self.durable.clone();
    }
}

/// Cuts a write where the disk's sectors end; each part with its offset in the file.
fn sectors(mut bytes: &[u8], mut offset: usize) -> impl Iterator<Item = (usize, &[u8])> {
    std::iter::from_fn(move || {
        let (sector, rest) = bytes.split_at(bytes.len().min(SECTOR_BYTES - offset % SECTOR_BYTES));
        let at = offset;
        bytes = rest;
        offset += sector.len();
        (!sector.is_empty()).then_some((at, sector))
    })
}

fn put(into: &mut Vec<u8>, bytes: &[u8], offset: usize) {
    let end = offset + bytes.len();
    if into.len() < end {
        into.resize(end, 0);
    }
    if let Some(place) = into.get_mut(offset..end) {
        place.copy_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_synced_survives_every_loss_of_power() {
        for seed in 0..200 {
            let mut inode = SimInode::default();
            inode.write(&[7; 2000], 100);
            inode.settle();
            inode.write(&[9; 2000], 2100);
            inode.lose_power(&mut SplitMix(seed));
            assert_eq!(inode.visible[100..2100], [7; 2000]);
        }
    }

    #[test]
    fn what_was_not_synced_arrives_whole_torn_reordered_or_not_at_all() {
        let (mut whole, mut none, mut later_only) = (0, 0, 0);
        for seed in 0..300 {
            let mut inode = SimInode::default();
            inode.write(&[1; 600], 0);
            inode.write(&[2; 600], 600);
            inode.lose_power(&mut SplitMix(seed));
            let count = |byte| inode.visible.iter().filter(|found| **found == byte).fold(0, |count, _| count + 1);
            let (first, second) = (count(1), count(2));
            whole += usize::from(first == 600 && second == 600);
            none += usize::from(first + second == 0);
            later_only += usize::from(first == 0 && second > 0);
        }
        assert!(whole > 10 && none > 10 && later_only > 5, "{whole} {none} {later_only}");
    }

    #[test]
    fn cutting_into_sectors_loses_no_byte() {
        let bytes: Vec<u8> = (0..2000_u32).map(|n| (n % 251) as u8).collect();
        let parts: Vec<u8> = sectors(&bytes, 700).flat_map(|(_, part)| part.to_vec()).collect();
        assert_eq!(parts, bytes);
        assert!(sectors(&bytes, 700).skip(1).all(|(at, _)| at % SECTOR_BYTES == 0));
    }
}
