//! An independent implementation (`signed_note`) agrees on keys, ids, signatures and the form of notes, both ways.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use proptest::prelude::*;
use signed_note::{Note as TheirNote, Signer as _, StandardSigner, StandardVerifier, Verifier as _, VerifierList};
use syndic_attest::SigningKey;
use syndic_attest::note::{KeyUse, Note, NoteKey, NoteSigner};

/// Our signer and theirs for one key.
fn both(name: &str, seed: [u8; 32]) -> (NoteSigner, StandardSigner) {
    use base64::Engine as _;
    let ours = NoteSigner::new(name, KeyUse::Note, SigningKey::from_seed(seed)).unwrap();
    let material = base64::engine::general_purpose::STANDARD.encode([[1].as_slice(), &seed].concat());
    let theirs = StandardSigner::new(&format!("PRIVATE+KEY+{name}+{:08x}+{material}", ours.key().id())).unwrap();
    (ours, theirs)
}

fn their_verdict(note: &str, key: &NoteKey) -> bool {
    let Ok(verifier) = StandardVerifier::new(&key.to_string()) else { return false };
    let Ok(note) = TheirNote::from_bytes(note.as_bytes()) else { return false };
    note.verify(&VerifierList::new(vec![Box::new(verifier)])).is_ok()
}

fn our_verdict(note: &str, key: &NoteKey) -> bool {
    Note::parse(note).is_ok_and(|note| note.verify(std::slice::from_ref(key)).is_ok())
}

proptest! {
    #[test]
    fn keys_and_signatures_are_the_same(name in "[a-zé./—-]{1,20}", seed in any::<[u8; 32]>(), text in "([ -~é\u{2028}]{0,20}\n){1,4}") {
        let (ours, theirs) = both(&name, seed);
        prop_assert_eq!(ours.key().id(), theirs.key_id());
        let vkey = ours.key().to_string();
        prop_assert_eq!(StandardVerifier::new(&vkey).unwrap().key_id(), ours.key().id());
        prop_assert_eq!(&vkey.parse::<NoteKey>().unwrap(), ours.key());

        let mut note = Note::new(&text).unwrap();
        note.add(ours.sign(&text).unwrap()).unwrap();
        let mut their_note = TheirNote::new(text.as_bytes(), &[]).unwrap();
        their_note.add_sigs(&[&theirs]).unwrap();
        prop_assert_eq!(note.to_string().into_bytes(), their_note.to_bytes());
        prop_assert!(our_verdict(&note.to_string(), ours.key()) && their_verdict(&note.to_string(), ours.key()));
    }

    /// Any change of a character: both believe the note or neither, and nobody believes another text.
    #[test]
    fn verdicts_on_a_changed_note_agree(at in any::<prop::sample::Index>(), new in "[ -~\n\t—é]{0,2}", cut in 0_usize..3) {
        let (ours, _) = both("log.example", [7; 32]);
        let text = "log.example\n1\n\nroot\n";
        let mut note = Note::new(text).unwrap();
        note.add(ours.sign(text).unwrap()).unwrap();
        note.add(both("other.example", [8; 32]).0.sign(text).unwrap()).unwrap();
        let mut characters: Vec<char> = note.to_string().chars().collect();
        let start = at.index(characters.len());
        let end = (start + cut).min(characters.len());
        characters.splice(start..end, new.chars());
        let changed: String = characters.into_iter().collect();
        let believed = our_verdict(&changed, ours.key());
        prop_assert_eq!(believed, their_verdict(&changed, ours.key()), "{:?}", changed);
        if believed {
            let read = Note::parse(&changed).unwrap();
            prop_assert_eq!(read.text(), text);
        }
    }

    /// The form alone: what is read is what would be written, and the oracle reads it too.
    #[test]
    fn verdicts_on_any_form_agree(note in "(a|\n|\t|— a AAAAAWE=|— a AAAAAQ==|— |é){0,9}\n?") {
        let ours = Note::parse(&note);
        prop_assert_eq!(ours.is_ok(), TheirNote::from_bytes(note.as_bytes()).is_ok(), "{:?}", note);
        if let Ok(ours) = ours {
            prop_assert_eq!(ours.to_string(), note);
        }
    }

    /// We refuse more (upper-case ids, weak keys), never less; the unchanged key both read.
    #[test]
    fn a_changed_key_text_that_is_read_the_oracle_reads_too(seed in any::<[u8; 32]>(), at in any::<prop::sample::Index>(), new in "[A-Za-z0-9+/=é ]?", cut in 0_usize..2) {
        let vkey = both("a.example", seed).0.key().to_string();
        let start = at.index(vkey.len());
        let changed = format!("{}{new}{}", &vkey[..start], &vkey[(start + cut).min(vkey.len())..]);
        let theirs = StandardVerifier::new(&changed);
        match changed.parse::<NoteKey>() {
            Ok(key) => {
                prop_assert_eq!(key.to_string(), &*changed);
                prop_assert_eq!(theirs.unwrap().key_id(), key.id());
            }
            Err(_) => prop_assert!(changed != vkey && (theirs.is_err() || changed.to_lowercase() == vkey.to_lowercase())),
        }
    }
}

/// The cosignature in the example of C2SP tlog-cosignature has the layout we read; its key is not published.
#[test]
fn a_cosignature_as_published_has_our_layout() {
    let line = "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==";
    let signature = syndic_attest::note::NoteSignature::parse(line).unwrap();
    assert_eq!(signature.bytes().len(), 72);
    let time_s = u64::from_be_bytes(*signature.bytes().first_chunk().unwrap());
    assert_eq!(time_s, 1_679_315_147, "the time of the specification's signed message");
}
