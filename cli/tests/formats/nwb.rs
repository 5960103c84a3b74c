//! Series and spike times of NWB.

use super::*;
use dsa::files::read::Gap;

#[test]
fn series_are_in_their_units_with_their_rate() {
    for (name, file, rate) in [
        ("acquisition/lfp", "nwb_lfp", 1250.0),
        ("acquisition/lfp/data", "nwb_lfp", 1250.0),
        ("/acquisition/pupil", "nwb_pupil", 50.0),
        ("processing/behavior/Position/wheel", "nwb_wheel", 60.0),
        ("processing/behavior/gaps", "nwb_gaps", 100.0),
    ] {
        let read = read_with("session.nwb", &dataset(name));
        same_bits(&read, &expected(file), name);
        assert_eq!(read.rate, Some(rate), "{name}");
    }
    let read = read_with("lone.nwb", &Reading::default());
    assert_eq!((read.channels, read.rate), (3, Some(50.0)));
    let gaps = read_with("session.nwb", &dataset("processing/behavior/gaps"));
    assert_eq!(gaps.axis.unwrap().gaps, [Gap { trial: 0, sample: 14, missing: 5 }]);
    assert_eq!(
        gaps.notes,
        [
            "the sampling rate is 100 Hz by the median step of its times",
            "the times of the samples jump at 1 place, first before sample 14"
        ]
    );
}

#[test]
fn spikes_are_counted_in_bins_of_a_width_that_is_stated() {
    let binned = Reading { bin: Some("20ms".parse().unwrap()), ..dataset("units") };
    let read = read_with("session.nwb", &binned);
    same_bits(&read, &expected("nwb_units"), "units");
    assert_eq!(read.rate, Some(50.0));
    refused(
        "session.nwb",
        &dataset("units"),
        ReadErrorKind::UnsupportedShape,
        "array `units`: these are times of spikes, which become samples when they are counted in bins; state the width of a \
         bin with --bin, such as --bin 20ms",
    );
}

#[test]
fn candidates_are_listed_with_their_shapes() {
    refused(
        "session.nwb",
        &Reading::default(),
        ReadErrorKind::Dataset,
        "there are several arrays in the file; choose one with --dataset: \
         `acquisition/lfp` (24, 3), `acquisition/pupil` (24,), `processing/behavior/Position/wheel` (24, 3), \
         `processing/behavior/gaps` (24, 3), `units` (85 spikes of 3 units, with --bin)",
    );
}
