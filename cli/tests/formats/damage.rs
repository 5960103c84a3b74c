//! Files that are cut off or changed: a sentence each, in little memory.

use super::*;
use std::num::NonZeroUsize;

const FILES: [&str; 12] = [
    "old.h5",
    "latest.h5",
    "single.hdf5",
    "v73.mat",
    "v7.mat",
    "v6.mat",
    "v4.mat",
    "session.nwb",
    "lone.nwb",
    "plain.edf",
    "plus.edf",
    "plus.bdf",
];

fn ways() -> Vec<Reading<'static>> {
    let usual = Reading {
        bin: Some("20ms".parse().unwrap()),
        raw_channels: NonZeroUsize::new(3),
        rate: Some(1.0),
        ..Reading::default()
    };
    let names = [
        "gzip",
        "lzf",
        "both_growing",
        "many",
        "X",
        "spikes",
        "session.rates",
        "acquisition/lfp",
        "processing/behavior/gaps",
        "units",
    ];
    let mut all: Vec<Reading<'_>> =
        names.iter().map(|name| Reading { dataset: Some(name), ..usual }).collect();
    all.push(usual);
    all
}

fn check(format: Format, bytes: &[u8], what: &str) {
    for reading in ways() {
        match read_bytes_as(format, bytes, &reading) {
            Ok(samples) => assert!(samples.lengths().0 > 0 && samples.channels > 0, "{what}"),
            Err(error) => {
                let said = error.to_string();
                assert!(said.len() > 10 && !said.contains('\n'), "{what}: {said}");
            }
        }
    }
}

#[test]
fn no_place_at_which_a_file_is_cut_off_does_harm() {
    for file in FILES {
        let bytes = std::fs::read(data(file)).unwrap();
        let format = Format::of(&data(file)).unwrap();
        let step = (bytes.len() / 60).max(1);
        for length in (1..200.min(bytes.len())).step_by(9).chain((200..bytes.len()).step_by(step)) {
            check(format, &bytes[..length], &format!("{file} cut off at {length}"));
        }
    }
    for (file, message) in [
        ("v6.mat", "the file is cut off or damaged; save it again"),
        (
            "plus.edf",
            "the file is cut off or damaged: 2 records of 1314 bytes are stated, and 2114 bytes are there",
        ),
    ] {
        let bytes = std::fs::read(data(file)).unwrap();
        let format = Format::of(&data(file)).unwrap();
        let cut = &bytes[..bytes.len().saturating_sub(if file == "v6.mat" { 40 } else { 514 })];
        let error = read_bytes_as(format, cut, &Reading::default()).unwrap_err();
        assert_eq!((error.to_string().as_str(), error.kind()), (message, ReadErrorKind::Damaged));
    }
}

/// A size of 1e12 or of all ones in every place that could hold one.
#[test]
fn no_size_that_a_file_declares_is_believed() {
    for file in FILES {
        let bytes = std::fs::read(data(file)).unwrap();
        let format = Format::of(&data(file)).unwrap();
        let places = (0..bytes.len().saturating_sub(8))
            .step_by((bytes.len() / 100).next_multiple_of(4).max(4));
        for at in places {
            for size in [1_000_000_000_000_u64, u64::MAX, 0x7fff_ffff] {
                let mut changed = bytes.clone();
                changed[at..at + 8].copy_from_slice(&size.to_le_bytes());
                check(format, &changed, &format!("{file} with {size} at {at}"));
            }
        }
    }
}

#[test]
fn another_format_than_the_ending_says_is_refused() {
    let table = b"a,b\n1,2\n3,4\n".repeat(40);
    for (format, message) in [
        (Format::Hdf5, "this is not a file of HDF5: it does not begin as one"),
        (
            Format::Mat,
            "this is not a file of MATLAB: its head does not end with the order of its bytes; save the variables with \
             save(\"file.mat\", \"-v7\")",
        ),
        (
            Format::Edf,
            "this is not a file of the European Data Format: it begins neither with 0 nor with BIOSEMI",
        ),
    ] {
        let error = read_bytes_as(format, &table, &Reading::default()).unwrap_err();
        assert_eq!((error.to_string().as_str(), error.kind()), (message, ReadErrorKind::Damaged));
    }
}

#[test]
fn a_file_of_hdf5_is_as_long_as_it_says() {
    for file in ["old.h5", "latest.h5", "v73.mat", "session.nwb"] {
        let bytes = std::fs::read(data(file)).unwrap();
        let cut = &bytes[..bytes.len() - 1];
        let error =
            read_bytes_as(Format::of(&data(file)).unwrap(), cut, &dataset("X")).unwrap_err();
        let (length, now) = (bytes.len(), cut.len());
        assert_eq!(
            error.to_string(),
            format!("the file is cut off: it was {length} bytes long and has {now}; copy it again")
        );
    }
}

/// Little is in the files, and nothing is reserved for what they declare.
#[test]
fn what_would_unpack_to_more_than_the_memory_is_refused() {
    for file in ["old.h5", "latest.h5"] {
        refused(
            file,
            &dataset("huge"),
            ReadErrorKind::TooLarge,
            "array `huge`: the array of shape (1000000000000, 3) is larger than the limit, 1 GiB or 32 times the length of the \
             file; save it without compression",
        );
    }
    refused(
        "trials.h5",
        &Reading::default(),
        ReadErrorKind::TooLarge,
        "the trials together are larger than the limit, 1 GiB or 32 times the length of the file; save them \
         without compression",
    );
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(
        &mut packed,
        &[14_u32.to_le_bytes(), 2_000_000_000_u32.to_le_bytes()].concat(),
    )
    .unwrap();
    let packed = packed.finish().unwrap();
    let mut file = [b' '; 124].to_vec();
    file.extend([0, 1, b'I', b'M']);
    file.extend([15, packed.len() as u32].map(u32::to_le_bytes).concat());
    file.extend(packed);
    let error = read_bytes_as(Format::Mat, &file, &Reading::default()).unwrap_err();
    assert_eq!(error.kind(), ReadErrorKind::TooLarge);
    assert_eq!(
        error.to_string(),
        "a variable of 2000000000 bytes is larger than the limit, 1 GiB or 32 times the length of the file; save it without \
         compression, with -v6"
    );
}
