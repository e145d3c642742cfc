//! Arrow and Parquet: a column type that pyarrow before version 14.0.1 unpickles while the file is opened.
//!
//! The schema stands in the file's metadata, in Parquet as base64 under `ARROW:schema`. Source: CVE-2023-47248.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use syndic_detect::{ReadAt, read_vec_at};

use super::pickled::take_strays;
use crate::facts::{Facts, ObservationKind};

/// Bytes of the start and of the end of a file in which the schema is looked for.
const MAX_METADATA_BYTES: usize = 8 * 1024 * 1024;
/// The name of the type whose description is a pickle.
const TYPE: &[u8] = b"arrow.py_extension_type";
const SCHEMA_KEY: &[u8] = b"ARROW:schema";
/// Shortest run of base64 that can be a schema.
const FEWEST_CHARACTERS: usize = 64;

/// Looks for the type in what describes the columns.
pub(super) fn read(source: &dyn ReadAt, facts: &mut Facts) -> io::Result<()> {
    let tail = source.len().saturating_sub(MAX_METADATA_BYTES as u64);
    for start in if tail == 0 { vec![0] } else { vec![0, tail] } {
        let bytes = read_vec_at(source, start, MAX_METADATA_BYTES)?;
        look(&bytes, facts)?;
        for key in memchr::memmem::find_iter(&bytes, SCHEMA_KEY) {
            if let Some(schema) = encoded(bytes.get(key + SCHEMA_KEY.len()..).unwrap_or_default()) {
                look(&schema, facts)?;
            }
        }
    }
    Ok(())
}

fn look(bytes: &[u8], facts: &mut Facts) -> io::Result<()> {
    if memchr::memmem::find(bytes, TYPE).is_none() {
        return Ok(());
    }
    let detail = "a column is of a Python type, which pyarrow before version 14.0.1 unpickles".to_owned();
    facts.observe(ObservationKind::RemoteCode, "arrow.py_extension_type", detail);
    take_strays(&bytes.to_vec(), Some("schema"), facts)
}

/// Undoes the first long run of base64.
fn encoded(bytes: &[u8]) -> Option<Vec<u8>> {
    let is_of_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let mut runs = bytes.split(|byte| !is_of_base64(byte));
    let run = runs.by_ref().take(MAX_RUNS).find(|run| run.len() >= FEWEST_CHARACTERS)?;
    // The length that stands before a value may look like a character of it.
    (0..4).find_map(|skipped| STANDARD.decode(run.get(skipped..)?).ok())
}

/// Runs looked at behind a key.
const MAX_RUNS: usize = 16;

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use crate::{Scanner, Verdict};

    fn verdict(bytes: &[u8]) -> Verdict {
        Scanner::builtin().unwrap().scan("t.parquet", &bytes.to_vec()).unwrap().verdict
    }

    #[test]
    fn a_pickle_in_a_column_type_is_judged() {
        let schema = |pickle: &[u8]| [b"arrow.py_extension_type\0\0metadata\0".as_slice(), pickle, &[0; 64]].concat();
        let parquet = |schema: &[u8]| {
            let text = base64::engine::general_purpose::STANDARD.encode(schema);
            [b"PAR1\0\0\x0cARROW:schema\x18\x01".as_slice(), text.as_bytes(), b"\0PAR1"].concat()
        };
        let evil = schema(b"\x80\x02cposix\nsystem\nU\x04true\x85R.");
        assert_eq!(verdict(&parquet(&evil)), Verdict::Malicious);
        assert_eq!(verdict(&[b"PAR1".as_slice(), &evil, b"PAR1"].concat()), Verdict::Malicious);
        assert_eq!(verdict(&parquet(&schema(b"\x80\x02cacme.types\nMoney\n)\x81."))), Verdict::Unreviewed);
        assert_eq!(verdict(&parquet(&[b'x'; 90])), Verdict::Clean);
    }
}
