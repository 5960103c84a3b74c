//! Plain arrays of HDF5.

use super::*;

#[test]
fn types_orders_filters_and_layouts_of_old_and_new_files() {
    for version in ["old", "latest"] {
        for name in [
            "f8",
            "f8_big",
            "f4",
            "f2",
            "i2_big",
            "i8",
            "u1",
            "bool",
            "three",
            "one",
            "chunked",
            "gzip",
            "gzip_shuffle",
            "gzip_big",
            "lzf",
            "scale_offset",
            "growing",
            "both_growing",
            "holes",
        ] {
            let file = format!("{version}.h5");
            let read = read_with(&file, &dataset(name));
            same_bits(&read, &expected(&format!("h5_{name}")), &format!("{file} {name}"));
        }
        let file = format!("{version}.h5");
        for name in ["group/nested/deep", "/group/nested/deep", "/group/soft"] {
            same_bits(&read_with(&file, &dataset(name)), &expected("h5_f8"), name);
        }
        let growing = read_with(&file, &dataset("growing"));
        assert_eq!(growing.rate, Some(250.0));
        assert_eq!(
            growing.notes,
            ["the sampling rate is 250 Hz by `growing/sampling_rate` of the file"]
        );
    }
}

#[test]
fn the_only_array_is_the_recording_and_axes_are_named() {
    let by_name = Reading { axes: Some("channels,time".parse().unwrap()), ..Reading::default() };
    let read = read_with("single.hdf5", &by_name);
    same_bits(&read, &expected("single_hdf5"), "single.hdf5");
    assert_eq!(read.rate, Some(500.0));
    let many = read_with("old.h5", &dataset("many"));
    assert_eq!((many.trials.len(), many.channels), (40, 1));
    assert_eq!(
        many.notes,
        [
            "the 40 arrays of the file were read as trials of 24 samples each, in the order of their numbers; --dataset chooses \
          one"
        ]
    );
}

#[test]
fn what_cannot_be_read_is_said_with_what_would_be() {
    for version in ["old.h5", "latest.h5"] {
        let unsupported = ReadErrorKind::UnsupportedType;
        for (name, message) in [
            (
                "blosc",
                "array `blosc`: it is compressed by the filter Blosc, which is not built in; save it with gzip, for example \
                 with h5repack -f GZIP=4 IN OUT",
            ),
            (
                "complex",
                "`complex` is complex or a table and must be an array of real numbers; save real and imaginary parts as two \
                 channels",
            ),
            ("text", "`text` is text or lists, not an array of numbers"),
            ("objects", "`objects` holds references to other objects, not numbers"),
            ("scalar", "`scalar` is a single number, not a recording"),
            ("empty", "`empty` is empty or too large: its shape is (0, 3)"),
        ] {
            refused(version, &dataset(name), unsupported, message);
        }
        let error = read_as(&data(version), &Reading::default()).unwrap_err();
        assert_eq!(error.kind(), ReadErrorKind::Dataset);
        let said = error.to_string();
        assert!(
            said.starts_with(
                "there are several arrays in the file; choose one with --dataset, or read all as trials with --trials: \
                 `blosc` (24, 3), `bool` (24, 3), "
            ),
            "{said}"
        );
        assert!(said.ends_with(" more"), "{said}");
        let error = read_as(&data(version), &dataset("nothing")).unwrap_err();
        assert!(
            error.to_string().starts_with(
                "there is no array `nothing` in the file, which holds `blosc` (24, 3)"
            )
        );
    }
    let error = read_as(&data("single.hdf5"), &dataset("fs")).unwrap_err();
    assert_eq!(error.to_string(), "`fs` is the single number 500, not a recording");
}

#[test]
fn an_array_in_other_files_is_said_and_hides_none_whose_name_is_known() {
    refused(
        "virtual.h5",
        &Reading::default(),
        ReadErrorKind::UnsupportedType,
        "an array is virtual, that is, kept in other files, which are not read; name another array with --dataset, or copy it \
         into an ordinary one with h5py",
    );
    let read = read_with("virtual.h5", &dataset("/rates"));
    same_bits(&read, &expected("h5_f8"), "virtual.h5");
    assert_eq!(read.rate, Some(30.0));
}
