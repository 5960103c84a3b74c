//! Recordings that SciPy, h5py, pynwb, pyedflib, edfio and NumPy wrote (tests/data/formats/make.py): the same bits as
//! Python reads, and damaged ones.

mod damage;
mod edf;
mod hdf5;
mod matlab;
mod nwb;
mod raw;

use dsa::files::read::{Format, ReadErrorKind, Reading, Samples, read, read_as, read_bytes_as};
use std::path::{Path, PathBuf};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/formats").join(name)
}

/// What Python reads.
fn expected(name: &str) -> Samples {
    let file = ["npy", "npz"].map(|ending| data(&format!("expected/{name}.{ending}")));
    read(file.iter().find(|file| file.exists()).expect(name), None).unwrap()
}

#[track_caller]
fn read_with(file: &str, reading: &Reading<'_>) -> Samples {
    let found =
        read_as(&data(file), reading).unwrap_or_else(|error| panic!("{file} {reading:?}: {error}"));
    // The same from memory, as from a pipe.
    let bytes = std::fs::read(data(file)).unwrap();
    let format = Format::of(&data(file)).unwrap();
    assert_eq!(found, read_bytes_as(format, &bytes, reading).unwrap(), "{file}");
    found
}

fn dataset(name: &str) -> Reading<'_> {
    Reading { dataset: Some(name), ..Reading::default() }
}

fn with_axes<'a>(name: &'a str, axes: &str) -> Reading<'a> {
    Reading { axes: Some(axes.parse().unwrap()), ..dataset(name) }
}

#[track_caller]
fn same_bits(found: &Samples, expected: &Samples, what: &str) {
    assert_eq!(found.channels, expected.channels, "{what}");
    let bits = |samples: &Samples| -> Vec<Vec<u64>> {
        samples.trials.iter().map(|x| x.iter().map(|x| x.to_bits()).collect()).collect()
    };
    assert_eq!(bits(found), bits(expected), "{what}");
}

#[track_caller]
fn refused(file: &str, reading: &Reading<'_>, kind: ReadErrorKind, message: &str) {
    let error = read_as(&data(file), reading).expect_err(file);
    assert_eq!((error.to_string().as_str(), error.kind()), (message, kind), "{file}");
}
