//! The readers on files that NumPy wrote (tests/data/make.py), on tables and on damaged files.

use dsa::files::read::{
    Format, ReadErrorKind, Samples, read, read_bytes, read_matrix, read_matrix_bytes,
};
use dynamical_similarity::Error;
use std::path::{Path, PathBuf};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// Sample t of channel c of trial r, as in make.py.
fn trial(r: usize) -> Vec<f64> {
    (0..4).flat_map(|t| (0..3).map(move |c| (100 * r + 10 * t + c) as f64)).collect()
}

fn samples(trials: Vec<Vec<f64>>, channels: usize) -> Samples {
    Samples { trials, channels, ..Samples::default() }
}

/// A table; where its cells stand is compared elsewhere.
fn csv(text: &str) -> Samples {
    let read = read_bytes(Format::Csv, text.as_bytes(), None).unwrap();
    Samples { origin: None, ..read }
}

#[track_caller]
fn refused(name: &str, dataset: Option<&str>, kind: ReadErrorKind, message: &str) {
    let error = read(&data(name), dataset).unwrap_err();
    assert_eq!((error.to_string().as_str(), error.kind()), (message, kind));
}

#[track_caller]
fn refused_bytes(format: Format, bytes: &[u8], kind: ReadErrorKind, message: &str) {
    let error = read_bytes(format, bytes, None).unwrap_err();
    assert_eq!((error.to_string().as_str(), error.kind()), (message, kind));
}

#[track_caller]
fn refused_csv(text: &str, kind: ReadErrorKind, message: &str) {
    refused_bytes(Format::Csv, text.as_bytes(), kind, message);
}

/// A .npy file of version 1.0 with this header.
fn npy(header: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(body);
    bytes
}

mod arrays {
    use super::*;

    #[test]
    fn every_real_type_and_byte_order_reads_as_the_same_numbers() {
        let expected = samples(vec![trial(0)], 3);
        for kind in ["f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"] {
            let name = format!("little_{kind}.npy");
            assert_eq!(read(&data(&name), None).unwrap(), expected, "{name}");
        }
        for kind in ["f4", "f8", "i2", "i4", "i8", "u2", "u4", "u8"] {
            let name = format!("big_{kind}.npy");
            assert_eq!(read(&data(&name), None).unwrap(), expected, "{name}");
        }
        let even = trial(0).iter().map(|x| f64::from(u8::from(x % 2.0 == 0.0))).collect();
        assert_eq!(read(&data("bool.npy"), None).unwrap(), samples(vec![even], 3));
        assert_eq!(
            read(&data("extremes_i64.npy"), None).unwrap().trials,
            [[-9_223_372_036_854_775_808.0, 9_223_372_036_854_775_808.0]]
        );
    }

    #[test]
    fn both_orders_and_one_to_three_dimensions() {
        assert_eq!(
            read(&data("one.npy"), None).unwrap(),
            samples(vec![vec![1.0, 11.0, 21.0, 31.0]], 1)
        );
        assert_eq!(read(&data("fortran.npy"), None).unwrap(), samples(vec![trial(0)], 3));
        assert_eq!(read(&data("version3.npy"), None).unwrap(), samples(vec![trial(0)], 3));
        for name in ["three.npy", "three_fortran.npy"] {
            let read = read(&data(name), None).unwrap();
            assert_eq!(read, samples(vec![trial(0), trial(1)], 3), "{name}");
            let recordings = read.recordings().unwrap();
            assert_eq!(recordings.len(), 2);
            assert_eq!(recordings[1].sample(3), [130.0, 131.0, 132.0]);
        }
    }

    #[test]
    fn nan_is_found_with_its_trial() {
        assert_eq!(
            read(&data("nan.npy"), None).unwrap().recordings(),
            Err(Error::NonFinite { trial: 1, sample: 2, channel: 0 })
        );
    }

    #[test]
    fn operators() {
        for name in ["little_f8.npy", "fortran.npy", "big_i2.npy"] {
            assert_eq!(read_matrix(&data(name)).unwrap(), (4, 3, trial(0)), "{name}");
        }
        let error = read_matrix(&data("three.npy")).unwrap_err();
        assert_eq!(error.kind(), ReadErrorKind::UnsupportedShape);
        assert_eq!(
            error.to_string(),
            "the shape of the array is (2, 4, 3); an operator has two dimensions"
        );
        let error = read_matrix(&data("savetxt.csv")).unwrap_err();
        assert_eq!(error.to_string(), "an operator is a two-dimensional .npy array");
        assert_eq!(read_matrix_bytes(b"").unwrap_err().to_string(), "the file is empty");
    }

    #[test]
    fn no_dimensions() {
        refused(
            "zero.npy",
            None,
            ReadErrorKind::UnsupportedShape,
            "the shape of the array is (); a recording is (time), (time, channels) or \
             (trials, time, channels)",
        );
    }

    #[test]
    fn four_dimensions() {
        refused(
            "four.npy",
            None,
            ReadErrorKind::UnsupportedShape,
            "the shape of the array is (1, 2, 4, 3); a recording is (time), (time, channels) or \
             (trials, time, channels)",
        );
    }

    #[test]
    fn no_samples_or_channels() {
        use ReadErrorKind::Empty;
        refused("empty_time.npy", None, Empty, "the array is empty: its shape is (0, 3)");
        refused("empty_channels.npy", None, Empty, "the array is empty: its shape is (4, 0)");
        refused_bytes(Format::Npy, b"", Empty, "the file is empty");
    }

    #[test]
    fn complex_numbers() {
        refused(
            "complex.npy",
            None,
            ReadErrorKind::UnsupportedType,
            "the elements of the array are complex and must be real; save real and imaginary parts \
             as two channels (`<c16`)",
        );
    }

    #[test]
    fn half_precision() {
        assert_eq!(read(&data("half.npy"), None).unwrap(), samples(vec![trial(0)], 3));
    }

    #[test]
    fn text_objects_dates_and_fields() {
        use ReadErrorKind::UnsupportedType;
        let text = "the elements of the array are text and must be numbers";
        refused("text.npy", None, UnsupportedType, &format!("{text} (`<U2`)"));
        refused("bytes.npy", None, UnsupportedType, &format!("{text} (`|S2`)"));
        refused(
            "object.npy",
            None,
            UnsupportedType,
            "the elements of the array are Python objects, which only Python can read; save trials of \
             unequal length as arrays of their own with np.savez(\"trials.npz\", *trials), and numbers with \
             astype(float) (`|O`)",
        );
        refused(
            "date.npy",
            None,
            UnsupportedType,
            "the elements of the array are dates or times; save them as numbers",
        );
        refused(
            "structured.npy",
            None,
            UnsupportedType,
            "the array is a structured one, with named fields; save one field as an array of numbers",
        );
    }

    #[test]
    fn cut_off() {
        refused(
            "truncated.npy",
            None,
            ReadErrorKind::Damaged,
            "the array is cut off: its shape (4, 3) needs 96 bytes and at most 91 are there",
        );
        refused(
            "truncated_header.npy",
            None,
            ReadErrorKind::Damaged,
            "the header of the array is cut off",
        );
    }

    #[test]
    fn two_arrays_in_one_file() {
        refused(
            "twice.npy",
            None,
            ReadErrorKind::Damaged,
            "there is more in the file than one array of shape (4, 3); save every array to a file \
             of its own",
        );
    }

    #[test]
    fn something_else() {
        let message = "this is not a NumPy array: it does not begin as np.save begins a file";
        for bytes in [&b"1,2,3"[..], b"\x93NUMPY", b"PK\x03\x04 and more"] {
            refused_bytes(Format::Npy, bytes, ReadErrorKind::Damaged, message);
        }
        refused_bytes(
            Format::Npy,
            b"\x93NUMPY\x04\x00\x10\x00",
            ReadErrorKind::Damaged,
            "the file has version 4.0 of the NumPy format; known are 1.0, 2.0 and 3.0",
        );
    }

    #[test]
    fn a_dataset_of_a_file_without_names() {
        let message =
            "a file of this format holds a single array without a name; leave out --dataset";
        refused("one.npy", Some("x"), ReadErrorKind::Dataset, message);
        refused("savetxt.csv", Some("x"), ReadErrorKind::Dataset, message);
    }

    #[test]
    fn headers_that_declare_more_than_is_there() {
        use ReadErrorKind::Damaged;
        let with_shape =
            |shape: &str| format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}");
        refused_bytes(
            Format::Npy,
            &npy(&with_shape("(1000000, 1000000)"), &[0; 16]),
            Damaged,
            "the array is cut off: its shape (1000000, 1000000) needs 8000000000000 bytes and at \
             most 16 are there",
        );
        let any_memory = "the header declares an array that is larger than any memory";
        for shape in [
            "(4294967296, 4294967296, 2)",
            "(18446744073709551615,)",
            "(18446744073709551616,)",
            "(0, 18446744073709551615, 3)",
        ] {
            refused_bytes(Format::Npy, &npy(&with_shape(shape), &[]), Damaged, any_memory);
        }
        let mut long = b"\x93NUMPY\x02\x00".to_vec();
        long.extend(u32::MAX.to_le_bytes());
        refused_bytes(
            Format::Npy,
            &long,
            Damaged,
            "the header of the array declares 4294967295 bytes; NumPy reads at most 10000",
        );
    }

    #[test]
    fn headers_that_numpy_does_not_write() {
        let message =
            "the header of the array is not one that np.save writes for an array of numbers";
        for header in [
            String::new(),
            "{}".into(),
            "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}".into(),
            "{'descr': '<f8', 'fortran_order': False, 'shape': (0xFF,)}".into(),
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1e3,)}".into(),
            "{'descr': '<f8', 'fortran_order': False, 'shape': 4}".into(),
            "{'descr': '<f8', 'fortran_order': 0, 'shape': (4,)}".into(),
            "{'descr': '<z8', 'fortran_order': False, 'shape': (4,)}".into(),
            "{'descr': '<f8', 'shape': (4,)}".into(),
            "{".repeat(9_000),
            "(".repeat(9_000),
        ] {
            let bytes = npy(&header, &[0; 64]);
            refused_bytes(Format::Npy, &bytes, ReadErrorKind::Damaged, message);
        }
    }

    /// No panic, and no number that is not in the file.
    #[test]
    fn every_cut_and_every_changed_byte_is_read_or_refused() {
        for name in ["fortran.npy", "three.npy", "structured.npy", "compressed.npz", "several.npz"]
        {
            let whole = std::fs::read(data(name)).unwrap();
            let format = Format::of(&data(name)).unwrap();
            for length in 0..whole.len() {
                assert!(read_bytes(format, &whole[..length], Some("neurons")).is_err());
                assert!(read_bytes(format, &whole[..length], None).is_err());
            }
            for place in 0..whole.len() {
                let mut changed = whole.clone();
                // Every bit is changed in some value; all 256 of them take ten seconds.
                for byte in (0..=255).step_by(17) {
                    changed[place] = byte;
                    let dataset = (format == Format::Npz).then_some("neurons");
                    if let Ok(samples) = read_bytes(format, &changed, dataset) {
                        let count: usize = samples.trials.iter().map(Vec::len).sum();
                        assert!(count <= 192, "{name} byte {place}");
                    }
                    let _ = read_matrix_bytes(&changed);
                }
            }
        }
    }
}

/// No panic on anything that is put together from what headers and tables are made of.
#[test]
fn scrambled_headers_and_tables_are_read_or_refused() {
    const TOKENS: [&str; 28] = [
        "{'descr': '<f8', 'fortran_order': False, 'shape': ",
        "{'descr': '|O', ",
        "'fortran_order':",
        "True",
        "False",
        "None",
        "'shape': ",
        "(2, 1)",
        "(1,)",
        "(",
        ")",
        "{",
        "}",
        ", ",
        ":",
        "'",
        "\"",
        "1",
        "0",
        "9007199254740993",
        "time",
        "b'",
        "_",
        "\n",
        ";",
        "\t",
        "<U9",
        ">i2",
    ];
    // xorshift64
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 20) as usize
    };
    for _ in 0..20_000 {
        let text: String = (0..next() % 12).map(|_| TOKENS[next() % TOKENS.len()]).collect();
        let body = [next() as u8; 16];
        let _ = read_bytes(Format::Npy, &npy(&text, &body), None);
        let mut table = text.into_bytes();
        let _ = read_bytes(Format::Csv, &table, None);
        table.push(next() as u8);
        let _ = read_bytes(Format::Tsv, &table, None);
        let _ = read_bytes(Format::Npz, &table, None);
    }
}

mod archives {
    use super::*;

    #[test]
    fn the_only_array_and_one_by_name() {
        let expected = samples(vec![trial(0)], 3);
        assert_eq!(read(&data("single.npz"), None).unwrap(), expected);
        assert_eq!(read(&data("compressed.npz"), None).unwrap(), expected);
        assert_eq!(read(&data("several.npz"), Some("neurons")).unwrap(), expected);
        assert_eq!(
            read(&data("several.npz"), Some("lfp")).unwrap(),
            samples(vec![trial(0), trial(1)], 3)
        );
    }

    #[test]
    fn several_arrays_without_a_choice() {
        refused(
            "several.npz",
            None,
            ReadErrorKind::Dataset,
            "there are several arrays in the archive; choose one of `lfp`, `neurons` with --dataset, or, \
             if they are the trials of one recording, read them all with --trials",
        );
    }

    #[test]
    fn an_unknown_name() {
        refused(
            "several.npz",
            Some("neuron"),
            ReadErrorKind::Dataset,
            "there is no array `neuron` in the archive, which holds `lfp`, `neurons`",
        );
    }

    #[test]
    fn no_array() {
        for name in ["none.npz", "no_array.npz"] {
            refused(name, None, ReadErrorKind::Empty, "there is no array in the archive");
        }
    }

    #[test]
    fn an_array_that_is_refused_is_named() {
        refused(
            "bad_inside.npz",
            Some("odd"),
            ReadErrorKind::UnsupportedType,
            "array `odd`: the elements of the array are complex and must be real; save real and \
             imaginary parts as two channels (`<c16`)",
        );
    }

    #[test]
    fn not_an_archive_or_cut_off() {
        let error = read_bytes(Format::Npz, b"1,2,3", None).unwrap_err();
        assert_eq!(error.kind(), ReadErrorKind::Damaged);
        assert!(error.to_string().starts_with("this is not an archive as np.savez writes it: "));
    }
}

mod tables {
    use super::*;
    use ReadErrorKind::{Cell, Damaged, Empty};

    #[test]
    fn comma_semicolon_and_tab_with_and_without_names() {
        let numbers = samples(vec![vec![1.0, -2.5, 3e-3, 4.0]], 2);
        for text in ["1,-2.5\n3e-3,4\n", "1;-2.5\n3e-3;4", "1\t-2.5\r\n3e-3\t4\r\n\r\n\n"] {
            assert_eq!(csv(text), numbers, "{text:?}");
            let read = read_bytes(Format::Tsv, text.as_bytes(), None).unwrap();
            assert_eq!((read.trials, read.channels), (numbers.trials.clone(), 2));
        }
        let named = Samples { channel_names: vec!["a".into(), "b c".into()], ..numbers };
        for text in ["a,b c\n1,-2.5\n3e-3,4\n", "\u{FEFF}a;\"b c\"\r\n 1; -2.5\r\n\"3e-3\";4\r\n"] {
            assert_eq!(csv(text), named, "{text:?}");
        }
        assert_eq!(csv("1\n2\n3"), samples(vec![vec![1.0, 2.0, 3.0]], 1));
        assert_eq!(csv("\"a,b;c\"\n2").channel_names, ["a,b;c"]);
    }

    #[test]
    fn time_is_dropped_and_said_so() {
        for name in ["time", "T", " Time ", "\"t\""] {
            let read = csv(&format!("x,{name},y\n1,0,2\n3,1,4\n"));
            assert_eq!(read.trials, [[1.0, 2.0, 3.0, 4.0]]);
            assert_eq!((read.channels, read.channel_names.join(" ")), (2, "x y".to_string()));
            let name = name.trim_matches(['"', ' ']);
            let note = "was dropped: it is the axis of time and rises evenly by 1";
            assert_eq!(read.notes, [format!("column `{name}` {note}")]);
        }
        let written = read(&data("savetxt.csv"), None).unwrap();
        assert_eq!(written.channel_names, ["x", "z"]);
        assert_eq!(written.trials, [[0.0, 2.0, 10.0, 12.0, 20.0, 22.0, 30.0, 32.0]]);
        assert_eq!(csv("time_of_day,temperature\n1,2").channels, 2);
    }

    #[test]
    fn the_row_index_of_pandas_is_dropped_and_said_so() {
        let note =
            "column 1, which has no name, was dropped: it counts the samples and rises evenly by 1";
        for text in [",a,b\n0,5,6\n1,7,8\n", "\"\",0,1\n1,5,6\n2,7,8\n"] {
            let read = csv(text);
            assert_eq!(read.trials, [[5.0, 6.0, 7.0, 8.0]]);
            assert_eq!(read.notes, [note]);
        }
        let kept = csv(",a\n0.5,5\n0.7,6\n");
        assert_eq!((kept.channels, kept.channel_names.join("|")), (2, "|a".to_string()));
    }

    #[test]
    fn names_with_numbers_among_them_are_said_so() {
        assert_eq!(
            csv("x,2\n3,4\n").notes,
            ["line 1 was taken for the names of the columns, although it has numbers, too"]
        );
    }

    #[test]
    fn nan_and_infinity_are_found_with_their_place() {
        for text in ["nan", "NaN", "inf", "-Infinity", "", " ", "NA"] {
            assert_eq!(
                csv(&format!("1,2\n3,{text}\n")).recordings(),
                Err(Error::NonFinite { trial: 0, sample: 1, channel: 1 })
            );
        }
    }

    #[test]
    fn a_row_of_another_length() {
        let message = "line 3 has 3 columns and the lines before have 2";
        refused_csv("a,b\n1,2\n3,4,5\n", Cell, message);
        refused_csv("1,2\n3\n", Cell, "line 2 has 1 column and the lines before have 2");
    }

    #[test]
    fn text_in_a_cell() {
        refused_csv(
            "a,b\n1,2\n3,four\n",
            Cell,
            "line 3, column 2 holds `four`, which is not a number such as 1.5; columns are \
             separated by comma, semicolon or tab",
        );
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        refused_csv(
            "1\n\u{1b}[31m\0 and so on and on and on until the end\n",
            Cell,
            "line 2, column 1 holds `\\u001b[31m\\u0000 and so on and on and on until the...`, which is not \
             a number such as 1.5; columns are separated by comma, semicolon or tab",
        );
    }

    #[test]
    fn a_blank_line_among_the_rows() {
        let message = "line 2 is blank; a table has a sample in every line";
        refused_csv("1\n\n3\n", Cell, message);
        refused_csv("1,2\r\n  \r\n3,4\r\n", Cell, message);
    }

    #[test]
    fn nothing_or_only_names() {
        refused_csv("", Empty, "the file is empty");
        refused_csv("\r\n \n", Empty, "the table is empty");
        refused_csv("\u{FEFF}", Empty, "the table is empty");
        refused_csv("a,b\n", Empty, "the table has names of columns and no row of numbers");
        refused_csv("time\n1\n", Empty, "the table has a column of time and no channel");
    }

    #[test]
    fn other_encodings() {
        refused_bytes(
            Format::Csv,
            b"a,b\n1,2\n\xE4,4",
            Damaged,
            "line 3 is not UTF-8 text; save the table as UTF-8",
        );
        refused_bytes(
            Format::Csv,
            b"\xFF\xFE1\0",
            Damaged,
            "the table is in UTF-16; save it as UTF-8",
        );
    }
}

mod files {
    use super::*;

    #[test]
    fn a_missing_file() {
        refused("missing.npy", None, ReadErrorKind::Missing, "there is no such file");
    }

    #[test]
    fn a_directory() {
        refused(
            "",
            None,
            ReadErrorKind::Unreadable,
            "this is a directory; give a file with one of the endings .npy, .npz, .mat, .h5, .hdf5, .nwb, .edf, .bdf, .csv, .tsv, .bin, .dat, .raw",
        );
    }

    #[test]
    fn an_unknown_ending() {
        refused(
            "make.py",
            None,
            ReadErrorKind::UnknownFormat,
            "the ending `.py` is not that of a known format; known endings are .npy, .npz, .mat, .h5, .hdf5, .nwb, .edf, .bdf, .csv, .tsv, .bin, .dat, .raw",
        );
        assert_eq!(
            Format::of(Path::new("dir.npy/recording")).unwrap_err().to_string(),
            "the file name has no ending that tells its format; known endings are .npy, .npz, .mat, .h5, .hdf5, .nwb, .edf, .bdf, .csv, .tsv, .bin, .dat, .raw"
        );
        assert_eq!(Format::of(Path::new("A.NPY")), Ok(Format::Npy));
    }
}
