//! Trials of unequal length in each of the forms that people keep them in.

use super::*;
use dsa::files::read::ReadErrorKind;
use std::io::Write;

const LENGTHS: [usize; 4] = [60, 45, 80, 52];

/// Trials of a recording in tests/data, one after the other.
fn trials() -> Vec<Vec<Vec<f64>>> {
    let rows = rows_of("plain_x.npy");
    let starts = LENGTHS.iter().scan(0, |sum, length| {
        *sum += length;
        Some(*sum - length)
    });
    starts.zip(LENGTHS).map(|(start, length)| rows[start..start + length].to_vec()).collect()
}

fn flat() -> Vec<Vec<f64>> {
    trials().iter().map(|rows| rows.concat()).collect()
}

/// An archive of stored or deflated arrays.
fn npz(arrays: &[(&str, Vec<u8>)], method: zip::CompressionMethod) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        archive.start_file(format!("{name}.npy"), options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn array(rows: &[Vec<f64>]) -> Vec<u8> {
    let shape = [rows.len() as u64, rows[0].len() as u64];
    dsa::output::npy(&shape, &rows.concat(), false).unwrap()
}

fn padded() -> Vec<u8> {
    let longest = 80 * 3;
    let values = flat().into_iter().flat_map(|mut trial| {
        trial.resize(longest, f64::NAN);
        trial
    });
    let values: Vec<f64> = values.collect();
    dsa::output::npy(&[4, 80, 3], &values, false).unwrap()
}

fn long_table(head: &str, first: impl Fn(usize, usize) -> String) -> String {
    let mut text = format!("{head}\n");
    for (k, rows) in trials().iter().enumerate() {
        text += &table("", |t| first(k, t), rows);
    }
    text
}

/// Before: NaN refused, an archive refused, a column of trials read as a channel.
#[test]
fn padding_an_array_a_trial_and_a_column_of_trials_are_the_same_recording() {
    let folder = Folder::new();
    let names = ["arr_0", "arr_1", "arr_2", "arr_3"];
    let arrays: Vec<_> =
        names.iter().zip(trials()).map(|(name, rows)| (*name, array(&rows))).collect();
    folder.write("padded.npy", padded());
    folder.write("arrays.npz", npz(&arrays, zip::CompressionMethod::Stored));
    folder.write("long.csv", long_table("trial,a,b,c", |k, _| format!("{k},")));
    let files = "padded.npy arrays.npz long.csv";
    let (found, said) = folder
        .json(&format!("compare {files} --delays 5 --rank 3 --centre=mean --metric frobenius"));
    for row in found["distances"].as_array().unwrap() {
        assert!(row.as_array().unwrap().iter().all(|x| x.as_f64().unwrap() < 1e-12), "{found}");
    }
    for line in [
        "padded.npy: NaN at the end of 3 of 4 trials was taken for padding: trials of 45 to 80 samples are left",
        "arrays.npz: the 4 arrays of the archive were read as trials of 45 to 80 samples, in the order of their \
         numbers; --dataset chooses one",
        "long.csv: column 1 with the number of the trial cuts the recording into 4 trials of 45 to 80 samples",
    ] {
        assert!(said.lines().any(|found| found == line), "{line}\n{said}");
    }
    for file in files.split(' ') {
        let read = dsa::files::read::read(&folder.0.path().join(file), None).unwrap();
        assert_eq!(read.trials, flat(), "{file}");
    }
}

/// Before: `convert it with astype(float)`, which NumPy refuses for such an array.
#[test]
fn an_array_of_objects_is_refused_with_a_way_that_works() {
    let refused = dsa::files::read::read(&data("ragged_objects.npy"), None).unwrap_err();
    assert_eq!(refused.kind(), ReadErrorKind::UnsupportedType);
    assert!(refused.to_string().contains("np.savez(\"trials.npz\", *trials)"), "{refused}");
}

/// Before: each of these columns was a channel.
#[test]
fn columns_of_trials_by_any_name_and_time_that_restarts() {
    let restarts = |k: usize, t: usize| format!("{},{},", k + 1, t as f64 * 0.02);
    for head in ["trial", "Trial", "trial_id", "Trial Number", "epoch"] {
        let read = csv(&long_table(&format!("{head},time (s),a,b,c"), restarts));
        assert_eq!((read.trials, read.channels), (flat(), 3), "{head}");
        let axis = read.axis.unwrap();
        assert!((axis.step - 0.02).abs() < 1e-9 && axis.gaps.is_empty());
        assert_eq!(
            read.notes,
            [
                "column `time (s)` was dropped: it is the axis of time and rises evenly by 0.02 s",
                "column 1 with the number of the trial cuts the recording into 4 trials of 45 to 80 samples"
            ]
        );
    }
    let runs_on = |k: usize, t: usize| {
        let before: usize = LENGTHS[..k].iter().sum();
        format!("{},left-{k},", before + t)
    };
    assert_eq!(csv(&long_table(",trial,a,b,c", runs_on)).trials, flat());
    let behind = csv("a,epoch\n1,0\n2,0\n5,1\n7,1\n7,1\n");
    assert_eq!(behind.trials, [vec![1.0, 2.0], vec![5.0, 7.0, 7.0]]);
    assert_eq!(behind.place(1, 1, 0), "line 5, column 1 (`a`)");
}

#[test]
fn a_table_that_goes_back_to_a_trial_is_refused() {
    let refused =
        |text: &str| read_bytes(Format::Csv, text.as_bytes(), None).unwrap_err().to_string();
    assert_eq!(
        refused("trial,a\n1,5\n2,6\n1,7\n"),
        "line 4 goes back to trial `1`, which ended before; sort the rows by trial"
    );
    assert_eq!(refused("trial,a\n1,5\n,6\n"), "line 3 does not say which trial it belongs to");
}

#[test]
fn arrays_of_an_archive_are_trials_only_if_they_are_numbered_and_alike() {
    let trials = trials();
    let (a, b) = (array(&trials[0]), array(&trials[1]));
    let stored = zip::CompressionMethod::Stored;
    let read = |arrays: &[(&str, Vec<u8>)], dataset| {
        read_bytes(Format::Npz, &npz(arrays, stored), dataset)
    };
    // Ten comes behind nine.
    let order = read(&[("t10", a.clone()), ("t9", b.clone())], None).unwrap();
    assert_eq!(order.trials, [trials[1].concat(), trials[0].concat()]);
    let chosen = read(&[("t10", a.clone()), ("t9", b.clone())], Some("t10")).unwrap();
    assert_eq!((chosen.trials, chosen.notes), (vec![trials[0].concat()], vec![]));
    let wide = array(&[vec![1.0, 2.0], vec![3.0, 4.0]]);
    for (arrays, message) in [
        (
            vec![("left", a.clone()), ("right", b.clone())],
            "there are several arrays in the archive",
        ),
        (vec![("x1", a.clone()), ("y2", b)], "there are several arrays in the archive"),
        (
            vec![("arr_0", a.clone()), ("arr_1", wide)],
            "`arr_1` has 2 channels and those before have 3",
        ),
        (vec![("arr_0", padded()), ("arr_1", a)], "`arr_0` has 3 dimensions"),
    ] {
        let refused = read(&arrays, None).unwrap_err();
        assert_eq!(refused.kind(), ReadErrorKind::Dataset);
        assert!(refused.to_string().contains(message), "{refused}");
    }
}

/// Before: the last of two files of one name was read, without a word.
#[test]
fn one_name_twice_in_an_archive_is_refused() {
    let trials = trials();
    let mut bytes =
        npz(&[("a", array(&trials[0])), ("b", array(&trials[1]))], zip::CompressionMethod::Stored);
    for at in 0..bytes.len() - 5 {
        if &bytes[at..at + 5] == b"b.npy" {
            bytes[at] = b'a';
        }
    }
    for dataset in [None, Some("a")] {
        let refused = read_bytes(Format::Npz, &bytes, dataset).unwrap_err();
        assert_eq!(refused.to_string(), "the archive holds `a.npy` twice; write every array once");
    }
}

#[test]
fn padding_inside_a_trial_is_a_missing_sample_and_an_empty_trial_is_left_out() {
    let nan = f64::NAN;
    let values = [1.0, nan, 3.0, nan, nan, nan, 7.0, 8.0, nan];
    let bytes = dsa::output::npy(&[3, 3, 1], &values, false).unwrap();
    let read = read_bytes(Format::Npy, &bytes, None).unwrap();
    assert_eq!(read.trials.iter().map(Vec::len).collect::<Vec<_>>(), [3, 2]);
    assert_eq!(
        read.notes,
        [
            "NaN at the end of 2 of 3 trials was taken for padding: trials of 2 to 3 samples are left",
            "trials that hold nothing but NaN were left out: 1 (counted from 0)"
        ]
    );
    let refused = read.check_finite().unwrap_err().to_string();
    assert!(
        refused
            .starts_with("trial 0, sample 1, channel 0 holds no number (the only missing value); "),
        "{refused}"
    );
    // A single trial that ends with missing samples is a stream.
    let bytes = dsa::output::npy(&[3, 1], &values[1..4], false).unwrap();
    assert_eq!(read_bytes(Format::Npy, &bytes, None).unwrap().trials[0].len(), 3);
}
