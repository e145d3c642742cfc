//! Archives made here, looked into: every kind, every cut, too deep in each other.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};

use super::super::scanner::tests::scanner;
use super::*;

fn secret_line() -> String {
    format!("T = '{}'\n", ["hf_", "pVxKqWmZtRbYcLdG", "sNfHjAeUoTiQwXrZ"].concat())
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, content) in members {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        header[156] = b'0';
        header[257..263].copy_from_slice(b"ustar\0");
        out.extend_from_slice(&header);
        out.extend_from_slice(content);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.extend_from_slice(&[0; 1024]);
    out
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A ZIP of one Deflate member.
fn zip(name: &str, content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    let packed = encoder.finish().unwrap();
    let narrow = |length: usize| u32::try_from(length).unwrap();
    let sizes = [narrow(packed.len()), narrow(content.len())].map(u32::to_le_bytes).concat();
    let name_length = u16::try_from(name.len()).unwrap().to_le_bytes();
    let mut out = b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0".to_vec();
    out.extend([sizes.as_slice(), &name_length, &[0, 0], name.as_bytes(), &packed].concat());
    let start = narrow(out.len());
    out.extend(b"PK\x01\x02\x14\0\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0");
    out.extend([sizes.as_slice(), &name_length, &[0; 16], name.as_bytes()].concat());
    let length = narrow(out.len()) - start;
    out.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    out.extend([length.to_le_bytes(), start.to_le_bytes()].concat());
    out.extend([0, 0]);
    out
}

fn look(path: &str, bytes: &[u8]) -> Seen {
    let mut seen = Seen::default();
    look_file(&scanner(), path, Path::new(path), &Held(bytes), &mut seen);
    seen
}

fn paths(seen: &Seen) -> Vec<&str> {
    assert!(seen.gaps.is_empty(), "{:?}", seen.gaps);
    seen.secrets.iter().map(|secret| secret.path.as_str()).collect()
}

#[test]
fn a_secret_in_a_layer_of_a_container_image_is_found() {
    let layer = gzip(&tar(&[("app/config.py", secret_line().as_bytes())]));
    let image = tar(&[("manifest.json", b"[]"), ("blobs/sha256/aa", &layer)]);
    assert_eq!(paths(&look("image.tar", &image)), ["image.tar!blobs/sha256/aa!app/config.py"]);
}

#[test]
fn a_secret_in_a_wheel_is_found_also_inside_of_another_archive() {
    let wheel = zip("pkg/settings.py", secret_line().as_bytes());
    assert_eq!(paths(&look("a.whl", &wheel)), ["a.whl!pkg/settings.py"]);
    let outer = tar(&[("a.whl", &wheel)]);
    assert_eq!(paths(&look("all.tar.gz", &gzip(&outer))), ["all.tar!a.whl!pkg/settings.py"]);
}

#[test]
fn long_names_of_both_kinds_are_read() {
    for (kind, content) in [(b'L', b"deep/long.py\0".to_vec()), (b'x', b"21 path=deep/long.py\n".to_vec())] {
        let mut archive = tar(&[("longname", &content)]);
        archive[156] = kind;
        archive.truncate(1024);
        archive.extend(tar(&[("short.py", secret_line().as_bytes())]));
        assert_eq!(paths(&look("x.tar", &archive)), ["x.tar!deep/long.py"]);
    }
}

#[test]
fn every_cut_of_an_archive_is_read_without_panic_and_never_clean_in_silence() {
    let line = secret_line();
    for archive in [zip("a.py", line.as_bytes()), gzip(&tar(&[("a.py", line.as_bytes())]))] {
        assert_eq!(look("x", &archive).secrets.len(), 1);
        for end in 20..archive.len() - 30 {
            let seen = look("x", &archive[..end]);
            assert!(!seen.gaps.is_empty() || !seen.secrets.is_empty(), "cut at {end}");
        }
    }
}

#[test]
fn archives_too_deep_in_each_other_are_a_gap() {
    let mut nested = secret_line().into_bytes();
    for _ in 0..8 {
        nested = gzip(&nested);
    }
    assert_eq!(look("x.gz", &nested).gaps.len(), 1);
}

/// Packed by every compression that is undone.
fn packed(content: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut xz = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    xz.write_all(content).unwrap();
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(content).unwrap();
    let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
    lz4.write_all(content).unwrap();
    vec![
        ("gz", gzip(content)),
        ("zst", zstd::stream::encode_all(content, 3).unwrap()),
        ("xz", xz.finish().unwrap()),
        ("bz2", bzip2.finish().unwrap()),
        ("lz4", lz4.finish().unwrap()),
    ]
}

#[test]
fn every_compression_is_undone_or_its_fault_is_told() {
    let archive = tar(&[("app/config.py", secret_line().as_bytes())]);
    for (ending, bytes) in packed(&archive) {
        let name = format!("layer.tar.{ending}");
        assert_eq!(paths(&look(&name, &bytes)), ["layer.tar!app/config.py"], "{ending}");
        for end in 20..bytes.len() - 1 {
            let seen = look(&name, &bytes[..end]);
            assert!(!seen.gaps.is_empty() || !seen.secrets.is_empty(), "{ending} cut at {end}");
        }
    }
}

#[test]
fn a_debian_package_is_looked_into() {
    let data = packed(&tar(&[("./etc/app.env", secret_line().as_bytes())])).swap_remove(2).1;
    let mut package = b"!<arch>\n".to_vec();
    for (name, content) in [("debian-binary", b"2.0\n".as_slice()), ("data.tar.xz/", &data)] {
        package.extend(format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 100_644, content.len()).bytes());
        package.extend_from_slice(content);
        package.resize(package.len().next_multiple_of(2), b'\n');
    }
    assert_eq!(paths(&look("a.deb", &package)), ["a.deb!data.tar!./etc/app.env"]);
    assert_eq!(look("a.deb", &package[..package.len() - 40]).gaps.len(), 1);
}

#[test]
fn an_archive_behind_a_program_is_looked_into() {
    let mut zipapp = b"#!/usr/bin/env python3\n".to_vec();
    let start = u32::try_from(zipapp.len()).unwrap();
    let mut archive = zip("__main__.py", secret_line().as_bytes());
    // Offsets count from the beginning of the file.
    let directory = archive.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    archive[directory + 42..directory + 46].copy_from_slice(&start.to_le_bytes());
    let end = archive.len() - 22;
    let moved = u32::try_from(directory).unwrap() + start;
    archive[end + 16..end + 20].copy_from_slice(&moved.to_le_bytes());
    zipapp.extend(archive);
    assert_eq!(paths(&look("app.pyz", &zipapp)), ["app.pyz!__main__.py"]);

    // A directory that points nowhere hides nothing.
    let lost = zipapp.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap() + 42;
    zipapp[lost..lost + 4].copy_from_slice(&0_u32.to_le_bytes());
    let seen = look("app.pyz", &zipapp);
    assert_eq!(seen.secrets.iter().map(|found| found.path.as_str()).collect::<Vec<_>>(), ["app.pyz"]);
    assert_eq!(seen.gaps.len(), 1);
}

#[test]
fn the_program_before_an_archive_is_looked_at() {
    let program = format!("#!/bin/sh\n{}\n", secret_line());
    let start = u32::try_from(program.len()).unwrap();
    let mut archive = zip("a.txt", b"nothing");
    let directory = archive.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    let end = archive.len() - 22;
    archive[directory + 42..directory + 46].copy_from_slice(&start.to_le_bytes());
    archive[end + 16..end + 20].copy_from_slice(&(u32::try_from(directory).unwrap() + start).to_le_bytes());
    let seen = look("app.pyz", &[program.as_bytes(), &archive].concat());
    assert_eq!(paths(&seen), ["app.pyz"]);
    assert!(seen.gaps.is_empty());
}

#[test]
fn what_cannot_be_unpacked_is_a_gap() {
    for head in [b"7z\xbc\xaf\x27\x1c\0\x04".as_slice(), b"Rar!\x1a\x07\x01\0", b"ORC\x08\x03", b"Obj\x01\x04\x14"] {
        assert_eq!(look("x", head).gaps.len(), 1, "{head:?}");
    }
    let table = tar(&[("a.parquet", b"PAR1\x15\0PAR1")]);
    assert_eq!(look("x.tar", &table).gaps.len(), 1);
}
