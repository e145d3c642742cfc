//! Any text: a note or key that is read is written back byte for byte, and only the text we signed is believed.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use syndic_attest::SigningKey;
use syndic_attest::note::{KeyUse, Note, NoteKey, NoteSigner};

/// The text that the key of the seeds has signed; its private half is used for nothing else.
const SIGNED: &str = "log.example\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

static KEYS: LazyLock<Vec<NoteKey>> = LazyLock::new(|| {
    let signer = |name, key_use, seed| NoteSigner::new(name, key_use, SigningKey::from_seed([seed; 32])).ok();
    let signers = [signer("log.example", KeyUse::Note, 1), signer("witness.example", KeyUse::Cosignature, 2)];
    signers.into_iter().flatten().map(|signer| signer.key().clone()).collect()
});

fuzz_target!(|text: &str| {
    if let Ok(key) = text.parse::<NoteKey>() {
        assert_eq!(key.to_string(), text);
    }
    let Ok(note) = Note::parse(text) else { return };
    assert_eq!(note.to_string(), text);
    if note.verify(&KEYS).is_ok() {
        assert_eq!(note.text(), SIGNED);
    }
});
