//! What a person is told of the log's end and of the keys when a ledger is opened.

use syndic_ledger::Recovery;
use syndic_ledger::admin::{Admin, Revived};
use syndic_ledger::keys::LostKey;

use crate::printer;

/// Says that bytes behind the last whole record were cut: a crash leaves such, and so does who writes there, and they
/// are gone now.
pub(super) fn tell_cut(found: &Recovery) {
    if let Some((path, offset)) = &found.cut_at {
        printer::say(&format!(
            "WARNING: a torn tail was cut: {} byte(s) of {path} from byte {offset} on, behind the {} records of the ledger, \
             were no whole record and under no checkpoint, as after a crash",
            found.cut_bytes, found.records
        ));
    }
}

/// Says that keys were there although they had been destroyed: it happened, and a copy of them is in somebody's hands.
pub(super) fn tell_revived(revived: &[Revived]) {
    for Revived { subject, slots, index } in revived {
        let name: String = subject.0.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        printer::say(&format!(
            "WARNING: an older keys/slots was put back: {} key(s) of the erased subject {name}… opened again. They are \
             destroyed again, record {index} says so; whoever has that older copy and its master key can still read what \
             was erased: run `syndic ledger rotate`, and destroy the copy and every copy of the old master key",
            slots.len()
        ));
    }
}

/// Says which contents cannot be read because their key is gone without an erasure: the command goes on all the same.
pub(super) fn tell_lost(admin: &Admin) {
    const MOST_NAMED: usize = 8;
    let lost = match admin.lost_keys() {
        Ok(lost) => lost,
        Err(problem) => return printer::say(&format!("WARNING: whether keys are lost cannot be told: {problem}")),
    };
    if lost.is_empty() {
        return;
    }
    let records: u64 = lost.iter().map(|LostKey { records, .. }| records).sum();
    let named: Vec<String> = lost.iter().take(MOST_NAMED).map(|key| key.slot.to_string()).collect();
    let rest = lost.len().saturating_sub(MOST_NAMED);
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    printer::say(&format!(
        "WARNING: {records} content(s) cannot be read: the key in slot {}{more} of keys/slots is lost; bring it back \
         from a backup with `syndic ledger merge-keys FILE`, which keeps the keys made since",
        named.join(", ")
    ));
}
