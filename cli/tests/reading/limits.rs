//! Files that are larger than they look, or never end: little memory is asked for, and a sentence says why.

use super::*;
use dsa::files::read::ReadErrorKind;
use std::io::Write;

/// A .npy file of zeros of this shape, packed.
fn bomb(shape: &str, descr: &str, bytes: usize) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    archive.start_file("x.npy", options).unwrap();
    archive.write_all(b"\x93NUMPY\x01\x00").unwrap();
    archive.write_all(&(header.len() as u16).to_le_bytes()).unwrap();
    archive.write_all(header.as_bytes()).unwrap();
    let zeros = vec![0; 1 << 20];
    let mut left = bytes;
    while left > 0 {
        let now = left.min(zeros.len());
        archive.write_all(&zeros[..now]).unwrap();
        left -= now;
    }
    archive.finish().unwrap().into_inner()
}

/// Before: 200 kB asked for 1.6 GB, and would have asked for any amount.
#[test]
fn an_archive_that_unpacks_to_too_much_is_refused_before_memory_is_asked_for() {
    let bytes = bomb("(200000000,)", "|i1", 200_000_000);
    assert!(bytes.len() < 1 << 20);
    let refused = read_bytes(Format::Npz, &bytes, None).unwrap_err();
    assert_eq!(refused.kind(), ReadErrorKind::TooLarge);
    assert_eq!(
        refused.to_string(),
        "array `x`: the array of shape (200000000,) is larger than the limit for an array of an archive, 1 GiB or 32 times the \
         length of the archive; save it without compression"
    );
    let few = bomb("(1000000,)", "|i1", 1_000_000);
    assert_eq!(read_bytes(Format::Npz, &few, None).unwrap().trials[0].len(), 1_000_000);
}

/// Runs the program with so many KiB of address space.
#[cfg(target_os = "linux")]
fn within(kib: u64, folder: &Folder, words: &str) -> Output {
    let script = format!("ulimit -v {kib}; exec \"$0\" {words}");
    Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_dsa")])
        .current_dir(folder.0.path())
        .output()
        .unwrap()
}

/// Before: memory was taken until none was left.
#[cfg(target_os = "linux")]
#[test]
fn what_never_ends_is_refused_within_little_memory() {
    let folder = Folder::new();
    let text: String = (0..100).map(|t| format!("{},{}\n", t * 37 % 101, t * t % 13)).collect();
    folder.write("a.csv", format!("x,y\n{text}"));
    folder.write("b.csv", format!("x,y\n{text}"));
    for name in ["endless.csv", "endless.npy", "endless.npz", "endless.json"] {
        std::os::unix::fs::symlink("/dev/zero", folder.0.path().join(name)).unwrap();
    }
    for words in [
        "compare a.csv b.csv --delays 3 --rank 2 --threads 1 --labels /dev/zero",
        "compare a.csv b.csv --delays 3 --rank 2 --threads 1 --conditions /dev/zero",
        "fit endless.csv --delays 3 --rank 2 --output m.json",
        "fit endless.npy --delays 3 --rank 2 --output m.json",
        "fit endless.npz --delays 3 --rank 2 --output m.json",
        "calibrate endless.csv --output c.dsac",
        "monitor --calibration /dev/zero --stream a.csv",
        "distance endless.json endless.json",
        "distance endless.npy endless.npy",
    ] {
        let output = within(3_000_000, &folder, words);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{words}: {said}");
        assert!(said.contains(" MiB") || said.contains("free memory"), "{words}: {said}");
    }
}

/// An array whose header declares more than is there asks for nothing.
#[cfg(target_os = "linux")]
#[test]
fn a_header_is_not_believed() {
    let folder = Folder::new();
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 100000), }";
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend([0; 64]);
    folder.write("a.npy", &bytes);
    for words in ["fit a.npy --delays 3 --rank 2 --output m.json", "distance a.npy a.npy"] {
        let output = within(500_000, &folder, words);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{words}: {said}");
        assert!(said.contains("the array is cut off"), "{said}");
    }
}
