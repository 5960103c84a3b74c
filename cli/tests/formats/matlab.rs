//! Variables of MATLAB, of versions 4 to 7.3.

use super::*;

const NUMBERS: [&str; 10] =
    ["X", "single_X", "counts", "small", "i1", "i4", "u4", "i8", "whole", "flags"];

#[test]
fn every_type_is_the_matrix_that_matlab_shows() {
    for file in ["v7.mat", "v6.mat"] {
        for name in NUMBERS {
            let read = read_with(file, &dataset(name));
            same_bits(&read, &expected(&format!("mat_{name}")), &format!("{file} {name}"));
            assert_eq!(read.rate, Some(1000.0), "{file} {name}");
        }
    }
    for (file, names) in [
        ("v4.mat", &["X", "whole"][..]),
        ("v73.mat", &["X", "single_X", "counts", "flags", "packed"]),
    ] {
        for name in names {
            same_bits(
                &read_with(file, &dataset(name)),
                &expected(&format!("mat_{name}")),
                &format!("{file} {name}"),
            );
        }
    }
    let only = read_with("one.mat", &Reading::default());
    same_bits(&only, &expected("mat_X"), "one.mat");
    assert_eq!(only.notes, ["the sampling rate is 1000 Hz by `Fs` of the file"]);
}

#[test]
fn three_dimensions_with_their_axes() {
    for file in ["v7.mat", "v6.mat", "v73.mat"] {
        let read = read_with(file, &with_axes("cube", "time,channels,trials"));
        same_bits(&read, &expected("mat_cube"), file);
    }
}

#[test]
fn cells_and_elements_are_trials_of_unequal_length() {
    for (file, name) in [
        ("v7.mat", "spikes"),
        ("v6.mat", "spikes"),
        ("v73.mat", "spikes"),
        ("v7.mat", "runs.data"),
        ("v73.mat", "runs.data"),
    ] {
        let read = read_with(file, &dataset(name));
        same_bits(&read, &expected("mat_spikes"), &format!("{file} {name}"));
        let note = &read.notes[0];
        assert!(note.contains("were read as trials of 7 to 12 samples"), "{note}");
    }
    let read = read_with("v7.mat", &with_axes("session.trial", "channels,time"));
    same_bits(&read, &expected("mat_spikes"), "session.trial");
}

#[test]
fn fields_have_paths_and_the_rate_beside_them() {
    for file in ["v7.mat", "v6.mat", "v73.mat"] {
        for name in ["session.rates", "session/rates"] {
            let read = read_with(file, &dataset(name));
            same_bits(&read, &expected("mat_X"), file);
            assert_eq!(read.rate, Some(200.0), "{file}");
        }
    }
}

#[test]
fn what_cannot_be_read_is_said_with_what_would_be() {
    let cells = "`mixed` does not hold a matrix of real numbers in each of its cells or elements; save the trials as a cell \
                 array of matrices, time x channels";
    let unsupported = ReadErrorKind::UnsupportedType;
    for (name, message) in [
        (
            "wave",
            "`wave` is complex and must be real; save real and imaginary parts as two channels",
        ),
        ("sparse", "`sparse` is a sparse matrix; save full(...) of it"),
        ("name", "`name` is text"),
        ("nothing", "`nothing` is empty"),
        ("mixed", cells),
        ("runs.cue", &cells.replace("mixed", "runs.cue")),
    ] {
        refused("v7.mat", &dataset(name), unsupported, message);
        refused("v6.mat", &dataset(name), unsupported, message);
    }
    for (name, message) in [
        ("name", "`name` is text"),
        ("nothing", "`nothing` is empty"),
        ("mixed", cells),
        ("sparse", "`sparse` is a sparse matrix; save full(...) of it"),
        (
            "wave",
            "`wave` is complex or a table and must be an array of real numbers; save real and imaginary parts as two channels",
        ),
    ] {
        refused("v73.mat", &dataset(name), unsupported, message);
    }
    refused(
        "v4.mat",
        &Reading::default(),
        ReadErrorKind::Dataset,
        "there are several arrays in the file; choose one with --dataset, or read all as trials with --trials: `X` (24, 3), \
         `whole` (24, 3)",
    );
    let error = read_as(&data("v73.mat"), &Reading::default()).unwrap_err().to_string();
    for part in ["`X` (24, 3)", "`cube` (12, 3, 2)", "`spikes` 3 cells", "`session.rates` (24, 3)"]
    {
        assert!(error.contains(part), "{error}");
    }
}

/// A matrix of version 5 in the order of bytes of a workstation.
#[test]
fn big_endian_files_and_row_vectors() {
    let word = |x: u32| x.to_be_bytes();
    let mut matrix = Vec::new();
    for x in [6, 8, 6, 0, 5, 8, 1, 3] {
        matrix.extend(word(x));
    }
    // The name in its tag; three numbers that fit into a byte each.
    matrix.extend([0, 1, 0, 1, b'x', 0, 0, 0]);
    matrix.extend([0, 3, 0, 2, 7, 8, 9, 0]);
    let mut file = [b' '; 124].to_vec();
    file.extend([1, 0, b'M', b'I']);
    file.extend(word(14));
    file.extend(word(matrix.len() as u32));
    file.extend(matrix);
    let read = read_bytes_as(Format::Mat, &file, &Reading::default()).unwrap();
    assert_eq!((read.trials, read.channels), (vec![vec![7.0, 8.0, 9.0]], 1));
}
