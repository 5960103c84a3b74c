//! Raw samples, archives whose arrays are trials, and channels by name.

use super::*;
use std::num::NonZeroUsize;

#[test]
fn raw_integers_need_channels_and_a_rate() {
    let stated =
        Reading { raw_channels: NonZeroUsize::new(3), rate: Some(30_000.0), ..Reading::default() };
    let read = read_with("counts.bin", &stated);
    same_bits(&read, &expected("counts_bin"), "counts.bin");
    assert_eq!(read.rate, Some(30_000.0));
    let missing = "a file of raw 16-bit integers says nothing about itself; state the number of channels with --raw-channels N \
                   and the sampling rate with --rate HZ";
    for reading in [
        Reading::default(),
        Reading { rate: None, ..stated },
        Reading { raw_channels: None, ..stated },
    ] {
        refused("counts.bin", &reading, ReadErrorKind::UnsupportedShape, missing);
    }
    refused(
        "counts.bin",
        &Reading { raw_channels: NonZeroUsize::new(7), ..stated },
        ReadErrorKind::Damaged,
        "144 bytes are no whole number of samples of 7 channels of 16-bit integers, 14 bytes each; state the right number of \
         channels with --raw-channels, or save other types as .npy",
    );
    let planar = Reading { axes: Some("channels,time".parse().unwrap()), ..stated };
    let turned = read_with("counts.bin", &planar);
    let flat = expected("counts_bin");
    assert_eq!((turned.channels, turned.trials[0][1]), (3, flat.trials[0][24]));
}

#[test]
fn a_number_in_an_archive_states_its_rate() {
    let read = read_with("rate.npz", &Reading::default());
    let rest = read_with("named.npz", &Reading { dataset: Some("rest"), ..Reading::default() });
    assert_eq!((read.trials, read.rate), (rest.trials, Some(250.0)));
    assert_eq!(read.notes, ["the sampling rate is 250 Hz by `fs` in the archive"]);
}

#[test]
fn arrays_of_an_archive_are_trials_when_they_are_called_so() {
    let read = read_with("named.npz", &Reading { trials: true, ..Reading::default() });
    same_bits(&read, &expected("named_npz"), "named.npz");
    assert_eq!(
        read.notes,
        [
            "the 3 arrays of the archive were read as trials of 7 to 12 samples, in the order of their names; --dataset chooses \
          one"
        ]
    );
    refused(
        "named.npz",
        &Reading::default(),
        ReadErrorKind::Dataset,
        "there are several arrays in the archive; choose one of `grasp`, `reach`, `rest` with --dataset, or, if they are the \
         trials of one recording, read them all with --trials",
    );
}

#[test]
fn channels_of_a_table_are_selected_by_name_and_number() {
    let table = b"time (ms),a,b,c\n0,1,2,3\n2,4,5,7\n4,7,8,8\n";
    let names = ["c", "0"].map(|name| name.parse().unwrap());
    let read =
        read_bytes_as(Format::Csv, table, &Reading { select: Some(&names), ..Reading::default() })
            .unwrap();
    assert_eq!(
        (read.trials, read.channel_names),
        (vec![vec![3.0, 1.0, 7.0, 4.0, 8.0, 7.0]], vec!["c".to_owned(), "a".to_owned()])
    );
    assert_eq!(read.rate, Some(500.0));
    let names = ["d".parse().unwrap()];
    let refused =
        read_bytes_as(Format::Csv, table, &Reading { select: Some(&names), ..Reading::default() });
    assert_eq!(
        refused.unwrap_err().to_string(),
        "there is no channel `d` in the file, which holds `a`, `b`, `c`"
    );
}
