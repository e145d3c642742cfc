//! Believing a note: which trusted keys signed its text.
//!
//! Signatures of other keys are passed over. One by a trusted key that does not hold makes the whole note worthless,
//! as does a second one by the same key: which of the two would count, verifiers could disagree on.
//! Source: C2SP signed-note, "Signatures"; C2SP tlog-cosignature, "Ed25519 signed message".

use super::sign::{TIME_LIMIT_S, cosigned_message};
use super::{KeyUse, Note, NoteKey, NoteSignature};

/// Why a note must not be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteVerifyError {
    /// No trusted key signed it.
    #[error("the note is not signed by a trusted key: add the signer's key, or ask for a note it has signed")]
    NoTrustedSignature,
    /// A signature by a trusted key does not hold: text or signature was changed.
    #[error("the signature of {name} does not hold: the note was changed after signing")]
    BadSignature {
        /// The trusted key's name.
        name: String,
    },
    /// A trusted key has two signatures.
    #[error("the note has two signatures of {name}")]
    Duplicate {
        /// The trusted key's name.
        name: String,
    },
    /// Two trusted keys cannot be told apart by name and id.
    #[error("two trusted keys have the name {name} and one id: remove one")]
    AmbiguousKey {
        /// Their name.
        name: String,
    },
}

/// A trusted key that signed a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSigned {
    /// The key's name.
    pub name: String,
    /// The key's id.
    pub key_id: u32,
    /// What the key signs.
    pub key_use: KeyUse,
    /// For a cosignature, when the witness saw the checkpoint: seconds after 1970, by the witness's clock.
    pub time_s: Option<u64>,
}

impl Note {
    /// Returns the trusted keys that signed this text, in the order of their signatures: at least one.
    ///
    /// # Errors
    /// See [`NoteVerifyError`]; any of them means that the text must not be believed.
    pub fn verify(&self, trusted: &[NoteKey]) -> Result<Vec<NoteSigned>, NoteVerifyError> {
        let mut signers: Vec<NoteSigned> = Vec::new();
        for signature in self.signatures() {
            let Some(key) = only_key(signature, trusted)? else { continue };
            let name = || key.name().to_owned();
            if signers.iter().any(|signer| signer.name == key.name() && signer.key_id == key.id()) {
                return Err(NoteVerifyError::Duplicate { name: name() });
            }
            let signed = check(key, self.text(), signature.bytes());
            signers.push(signed.ok_or_else(|| NoteVerifyError::BadSignature { name: name() })?);
        }
        if signers.is_empty() { Err(NoteVerifyError::NoTrustedSignature) } else { Ok(signers) }
    }
}

/// Returns the trusted key a signature is by, if it is by one. The same key twice is one key.
fn only_key<'a>(signature: &NoteSignature, trusted: &'a [NoteKey]) -> Result<Option<&'a NoteKey>, NoteVerifyError> {
    let mut keys = trusted.iter().filter(|key| signature.is_by(key));
    let first = keys.next();
    match keys.find(|key| Some(*key) != first) {
        Some(other) => Err(NoteVerifyError::AmbiguousKey { name: other.name().to_owned() }),
        None => Ok(first),
    }
}

/// Checks one signature by a trusted key.
fn check(key: &NoteKey, text: &str, bytes: &[u8]) -> Option<NoteSigned> {
    let time_s = match key.key_use() {
        KeyUse::Note => {
            key.public().has_signed(text.as_bytes(), bytes.try_into().ok()?).then_some(())?;
            None
        }
        KeyUse::Cosignature => {
            let (time, bytes) = bytes.split_first_chunk()?;
            let time_s = u64::from_be_bytes(*time);
            let message = cosigned_message(text, time_s);
            let holds = time_s <= TIME_LIMIT_S && key.public().has_signed(message.as_bytes(), bytes.try_into().ok()?);
            Some(holds.then_some(time_s)?)
        }
    };
    Some(NoteSigned { name: key.name().to_owned(), key_id: key.id(), key_use: key.key_use(), time_s })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SigningKey;
    use crate::note::NoteSigner;

    const TEXT: &str = "log.example\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    fn signer(name: &str, key_use: KeyUse, seed: u8) -> NoteSigner {
        NoteSigner::new(name, key_use, SigningKey::from_seed([seed; 32])).unwrap()
    }

    fn log() -> NoteSigner {
        signer("log.example", KeyUse::Note, 1)
    }

    fn witness() -> NoteSigner {
        signer("witness.example", KeyUse::Cosignature, 2)
    }

    fn signed(signatures: &[NoteSignature]) -> Note {
        let lines: String = signatures.iter().map(|signature| format!("{signature}\n")).collect();
        Note::parse(&format!("{TEXT}\n{lines}")).unwrap()
    }

    #[test]
    fn the_example_of_the_specification_holds() {
        let note = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
        let key: NoteKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k".parse().unwrap();
        let signers = Note::parse(note).unwrap().verify(&[key]).unwrap();
        assert_eq!((signers.len(), signers[0].name.as_str()), (1, "example.com/foo"));
    }

    #[test]
    fn signatures_of_unknown_keys_are_passed_over_even_twice() {
        let unknown = NoteSignature::parse("— other.example AAAAAWE=").unwrap();
        let same_name = signer("log.example", KeyUse::Note, 9).sign(TEXT).unwrap();
        let note = signed(&[unknown.clone(), same_name, log().sign(TEXT).unwrap(), unknown]);
        assert_eq!(note.verify(&[log().key().clone()]).unwrap().len(), 1);
        assert_eq!(note.verify(&[witness().key().clone()]), Err(NoteVerifyError::NoTrustedSignature));
        assert_eq!(note.verify(&[]), Err(NoteVerifyError::NoTrustedSignature));
    }

    #[test]
    fn one_broken_signature_of_a_trusted_key_spoils_the_note() {
        let note = signed(&[log().sign(TEXT).unwrap(), witness().cosign("other\n", 5).unwrap()]);
        let trusted = [log().key().clone(), witness().key().clone()];
        assert_eq!(note.verify(&trusted), Err(NoteVerifyError::BadSignature { name: "witness.example".into() }));
    }

    #[test]
    fn a_second_signature_of_a_trusted_key_is_refused() {
        let note = signed(&[witness().cosign(TEXT, 5).unwrap(), witness().cosign(TEXT, 6).unwrap()]);
        let error = note.verify(&[witness().key().clone()]);
        assert_eq!(error, Err(NoteVerifyError::Duplicate { name: "witness.example".into() }));
    }

    #[test]
    fn a_cosignature_with_another_time_does_not_hold() {
        let line = witness().cosign(TEXT, 5).unwrap();
        let later = [6_u64.to_be_bytes().as_slice(), &line.bytes()[8..]].concat();
        let note = signed(&[NoteSignature::new(witness().key(), later)]);
        let error = note.verify(&[witness().key().clone()]);
        assert_eq!(error, Err(NoteVerifyError::BadSignature { name: "witness.example".into() }));
    }

    #[test]
    fn a_signature_of_one_use_does_not_hold_for_the_other() {
        let keys = [KeyUse::Note, KeyUse::Cosignature].map(|key_use| signer("a", key_use, 3));
        let plain = keys[0].sign(TEXT).unwrap();
        let as_cosignature = [0_u64.to_be_bytes().as_slice(), plain.bytes()].concat();
        let note = signed(&[NoteSignature::new(keys[1].key(), as_cosignature)]);
        assert!(note.verify(&[keys[1].key().clone()]).is_err());
        let cosigned = keys[1].cosign(TEXT, 0).unwrap();
        let note = signed(&[NoteSignature::new(keys[0].key(), cosigned.bytes()[8..].to_vec())]);
        assert!(note.verify(&[keys[0].key().clone()]).is_err());
    }

    #[test]
    fn a_cut_signature_does_not_hold() {
        for (key, line) in [(log(), log().sign(TEXT).unwrap()), (witness(), witness().cosign(TEXT, 1).unwrap())] {
            for length in 1..line.bytes().len() {
                let note = signed(&[NoteSignature::new(key.key(), line.bytes()[..length].to_vec())]);
                assert!(note.verify(&[key.key().clone()]).is_err(), "{length}");
            }
        }
    }

    #[test]
    fn the_same_trusted_key_given_twice_is_one_key() {
        let note = signed(&[log().sign(TEXT).unwrap()]);
        assert_eq!(note.verify(&[log().key().clone(), log().key().clone()]).unwrap().len(), 1);
    }
}
