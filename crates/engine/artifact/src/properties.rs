//! Properties of the whole engine: no bytes of any kind make it panic, and what is cut short is never called clean.

use proptest::prelude::*;
use syndic_evidence::{AssetKind, Input, Inspection, Urn};

use crate::{ArtifactEngine, Format, Identified, identify};

fn inspect(path: &str, content: &[u8], format: Option<Format>) -> (Identified, Inspection) {
    let content = content.to_vec();
    let mut identified = identify(path, &content).unwrap();
    identified.format = format.unwrap_or(identified.format);
    let subject = Urn::local("t", AssetKind::Model, path);
    let input = Input { system: "t", path, subject: &subject, owner: &subject };
    let inspection = ArtifactEngine::builtin().unwrap().inspect(input, &identified, &content).unwrap();
    (identified, inspection)
}

fn verdict(inspection: &Inspection) -> String {
    inspection.facts["verdict"].as_str().unwrap().to_owned()
}

const PREFIXES: [&[u8]; 11] = [
    b"",
    b"\x80\x04",
    b"\x80\x02",
    b"PK\x03\x04",
    b"GGUF\x03\0\0\0",
    b"\x89HDF\r\n\x1a\n",
    b"\x93NUMPY\x01\0",
    b"\x10\0\0\0\0\0\0\0{\"",
    b"\x08\x07",
    b"\x78\x9c",
    b"c__main__\nX\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_bytes_are_identified_and_inspected_without_panic(
        prefix in prop::sample::select(PREFIXES.to_vec()),
        rest in prop::collection::vec(any::<u8>(), 0..600),
        format in prop::sample::select(Format::ALL.to_vec()),
    ) {
        let content = [prefix, &rest].concat();
        inspect("x.bin", &content, None);
        inspect("x.bin", &content, Some(format));
    }

    #[test]
    fn opcode_soup_is_walked_without_panic(
        opcodes in prop::collection::vec(prop::sample::select(
            b"(.012NRabcdeghijloqrstu}]) \x80\x81\x85\x86\x87\x8c\x90\x91\x92\x93\x94\x95\x97\x98\x02os\nsystem\n0K\x01".to_vec()), 0..400),
    ) {
        inspect("x.pkl", &opcodes, Some(Format::Pickle));
    }
}

#[test]
fn every_truncation_of_a_pickle_is_malformed_and_never_clean() {
    let whole = b"\x80\x04\x95\x1c\0\0\0\0\0\0\0\x8c\x0bcollections\x8c\x0bOrderedDict\x93)R.";
    assert_eq!(verdict(&inspect("x.pkl", whole, Some(Format::Pickle)).1), "clean");
    for length in 1..whole.len() {
        let inspection = inspect("x.pkl", &whole[..length], Some(Format::Pickle)).1;
        assert_ne!(verdict(&inspection), "clean", "cut at {length}");
    }
}

#[test]
fn prose_and_rows_and_code_are_not_pickles() {
    let texts: [(&str, &str, Format); 7] = [
        ("a", "import os\nfrom x import y\nclass Foo:\n    pass\n", Format::Text),
        ("b.txt", "cat\nis\na word.\n", Format::Text),
        ("c.csv", "id,name,age\n1,a,3\n2,b,4\n3,c,5\n", Format::Csv),
        ("d.py", "a, b = 1, 2\nc, d = 3, 4\ne, f = 5, 6\ng, h = 7, 8\n", Format::Text),
        ("e.jsonl", "{\"a\": 1}\n{\"a\": 2}\n", Format::Jsonl),
        ("f.ipynb", "{\"cells\": [], \"nbformat\": 4, \"metadata\": {}}", Format::Notebook),
        ("g", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", Format::LfsPointer),
    ];
    for (path, text, format) in texts {
        assert_eq!(identify(path, &text.as_bytes().to_vec()).unwrap().format, format, "{path}");
    }
}
