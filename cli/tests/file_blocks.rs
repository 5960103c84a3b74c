//! Recordings that are read in blocks: the same samples and the same operators as from memory.

use crate::common::program::{Folder, dsa, err, noise, out};
use dsa::files::read::{FileBlocks, Opened, Reading, read_as};
use dynamical_similarity::{Dmd, Error, Rank, SampleBlocks};
use std::path::{Path, PathBuf};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/formats").join(name)
}

fn open(path: &Path, reading: &Reading<'_>) -> Result<FileBlocks, &'static str> {
    match FileBlocks::open(path, reading).unwrap() {
        Opened::Blocks(blocks) => Ok(blocks),
        Opened::Whole(why) => Err(why),
    }
}

/// All blocks, one behind another, bit by bit.
fn all(blocks: &mut FileBlocks) -> Vec<u64> {
    let mut values: Vec<u64> = Vec::new();
    let mut take = |block: &[f64]| -> Result<(), Error> {
        values.extend(block.iter().map(|x| x.to_bits()));
        Ok(())
    };
    blocks.read(&mut take).unwrap();
    values
}

fn assert_same(path: &Path, reading: &Reading<'_>) {
    let mut blocks = open(path, reading).unwrap();
    let whole = read_as(path, reading).unwrap();
    let bits = |x: &[f64]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    let name = path.display();
    assert_eq!(all(&mut blocks), bits(&whole.trials[0]), "{name}");
    // A second pass, and the beginning.
    assert_eq!(all(&mut blocks), bits(&whole.trials[0]), "{name}");
    let beginning = blocks.beginning(7 * whole.channels).unwrap();
    let seven = &whole.trials[0][..(7 * whole.channels).min(whole.trials[0].len())];
    assert_eq!(bits(&beginning.trials[0]), bits(seven), "{name}");
    assert_eq!((blocks.channels(), blocks.rate()), (whole.channels, whole.rate), "{name}");
    assert_eq!(blocks.notes(), whole.notes, "{name}");
}

/// The head of an array as NumPy writes it.
fn npy(kind: &str, shape: &str, fortran: &str, bytes: &[u8]) -> Vec<u8> {
    let mut head = format!("{{'descr': '{kind}', 'fortran_order': {fortran}, 'shape': {shape}, }}")
        .into_bytes();
    head.resize(117, b' ');
    head.push(b'\n');
    [b"\x93NUMPY\x01\x00", &(head.len() as u16).to_le_bytes()[..], &head, bytes].concat()
}

#[test]
fn blocks_are_the_samples_of_a_reader() {
    let folder = Folder::new();
    let mut noise = noise(3);
    let numbers: Vec<i16> = (0..150_000).map(|_| (noise() * 60_000.0) as i16).collect();
    let little: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
    let big: Vec<u8> = numbers.iter().flat_map(|x| x.to_be_bytes()).collect();
    let floats: Vec<u8> =
        numbers.iter().flat_map(|x| (f32::from(*x) / 3.0).to_le_bytes()).collect();
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path(name), bytes).unwrap();
        folder.path(name)
    };
    let plain = Reading::default();
    let raw = Reading { raw_channels: 3.try_into().ok(), rate: Some(100.0), ..plain };
    assert_same(&write("a.bin", &little), &raw);
    assert_same(&write("a.npy", &npy("<i2", "(50000, 3)", "False", &little)), &plain);
    assert_same(&write("b.npy", &npy(">i2", "(50000, 3)", "False", &big)), &plain);
    assert_same(&write("c.npy", &npy("<f4", "(75000, 2)", "False", &floats)), &plain);
    assert_same(&write("d.npy", &npy("<i2", "(150000,)", "False", &little)), &plain);
    assert_same(&data("lone.nwb"), &plain);
    // What is left to the reader of whole files.
    let whole = |name: &str, bytes: &[u8], reading: &Reading<'_>| {
        assert!(open(&write(name, bytes), reading).is_err(), "{name}");
    };
    whole("a.bin", &little[1..], &raw);
    whole("a.bin", &little, &plain);
    whole("e.npy", &npy("<i2", "(50000, 3)", "True", &little), &plain);
    whole("e.npy", &npy("<i2", "(50, 1000, 3)", "False", &little), &plain);
    whole("e.npy", &npy("<i2", "(3, 50000)", "False", &little), &plain);
    whole("e.npy", &npy("<i2", "(50000, 3)", "False", &little[2..]), &plain);
    whole("e.npy", b"no array", &plain);
    let by_channel = Reading { axes: "channels,time".parse().ok(), ..plain };
    whole("e.npy", &npy("<i2", "(3, 50000)", "False", &little), &by_channel);
}

#[test]
fn datasets_of_hdf5_are_read_in_blocks() {
    let mut found = 0;
    for name in ["latest.h5", "old.h5", "single.hdf5", "session.nwb", "lone.nwb"] {
        let path = data(name);
        // All arrays that the readers know, by the names in their refusals.
        let said = match read_as(&path, &Reading::default()) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        };
        let names: Vec<&str> = said.split('`').skip(1).step_by(2).collect();
        for dataset in names.iter().map(|name| Some(*name)).chain([None]) {
            let reading = Reading { dataset, ..Reading::default() };
            let Ok(Opened::Blocks(_)) = FileBlocks::open(&path, &reading) else { continue };
            if read_as(&path, &reading)
                .is_ok_and(|whole| whole.trials.len() == 1 && whole.axis.is_none())
            {
                println!("{name} {dataset:?}");
                assert_same(&path, &reading);
                found += 1;
            }
        }
    }
    assert!(found >= 5, "{found}");
}

/// The operator of a large file is that of its samples in memory, to the bit.
#[test]
fn a_large_file_is_fitted_in_blocks() {
    let folder = Folder::new();
    let mut noise = noise(5);
    let mut state = [0.0_f64; 3];
    let mut bytes = Vec::new();
    for _ in 0..2_700_000 {
        let [a, b, c] = state;
        state = [0.8 * a - 0.3 * b, 0.3 * a + 0.8 * b, 0.6 * c + 0.1 * a].map(|x| x + noise());
        bytes.extend(state.iter().flat_map(|x| ((2000.0 * x) as i16).to_le_bytes()));
    }
    let path = folder.path("long.raw");
    std::fs::write(&path, bytes).unwrap();
    let name = folder.at("long.raw");
    let model = folder.at("model.json");
    let read = ["--raw-channels", "3", "--rate", "1000", "--output", &model];
    let line = [&["fit", &name, "--delays", "3", "--rank", "4"], &read[..]].concat();
    let found = dsa(&line);
    assert!(found.status.success() && !err(&found).contains("as a whole"), "{}", err(&found));
    assert!(out(&found).contains("2699998 windows"), "{}", out(&found));
    let written: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&model).unwrap()).unwrap();
    let reading =
        Reading { raw_channels: 3.try_into().ok(), rate: Some(1000.0), ..Reading::default() };
    let samples = read_as(&path, &reading).unwrap();
    let dmd = Dmd::new().delays(3).rank(Rank::Fixed(4)).ridge(1e-8);
    let whole = dmd.fit(&samples.recordings().unwrap()).unwrap();
    for i in 0..4 {
        for j in 0..4 {
            assert_eq!(written["operator"][i][j], whole.operator().at(i, j), "{i} {j}");
        }
    }
    // What needs all samples is said.
    let rule =
        dsa(&[&["fit", &name, "--delays", "3", "--rank", "variance:0.5"], &read[..]].concat());
    assert!(rule.status.success(), "{}", err(&rule));
    assert!(err(&rule).contains("is read as a whole, because a rule"), "{}", err(&rule));
}
