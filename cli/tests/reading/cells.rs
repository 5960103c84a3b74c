//! Numbers in cells: missing ones, ones beyond all numbers, decimal commas, half precision.

use super::*;
use dsa::files::read::ReadErrorKind;

fn refused(text: &str) -> String {
    read_bytes(Format::Csv, text.as_bytes(), None).unwrap_err().to_string()
}

/// Before: refused by the reader, so that a monitor could not take it either.
#[test]
fn empty_cells_and_words_for_them_are_missing_numbers() {
    for word in
        ["", " ", "NA", "N/A", "#N/A", "<NA>", "nan", "NaN", "NAN", "null", "NULL", "None", "\"\""]
    {
        let read = csv(&format!("a,b\n1,2\n3,{word}\n5,6\n"));
        let missing: Vec<bool> = read.trials[0].iter().map(|x| x.is_nan()).collect();
        assert_eq!(missing, [false, false, false, true, false, false], "{word:?}");
        let said = read.check_finite().unwrap_err();
        assert_eq!(said.kind(), ReadErrorKind::NotFinite);
        assert_eq!(
            said.to_string(),
            "line 3, column 2 (`b`) holds no number (the only missing value); fill in what is missing, or cut the \
             recording there with --gaps cut"
        );
    }
    // The first line too, and a line of nothing; columns that were dropped are counted.
    assert!(csv("NA,2\n3,4\n").trials[0][0].is_nan());
    assert_eq!(csv("a\tb\n1\t2\n\t\n").trials[0].len(), 4);
    let read = csv("time,a\n0,1\n1,\n2,\n3,5\n");
    let said = read.check_finite().unwrap_err().to_string();
    assert!(
        said.starts_with(
            "line 3, column 2 (`a`) holds no number (the first of 2 missing values); "
        ),
        "{said}"
    );
}

#[test]
fn a_file_with_a_missing_number_is_named_and_the_rest_is_compared() {
    let folder = Folder::new();
    let rows = rows_of("plain_x.npy");
    let text = table("a,b,c", |_| String::new(), &rows);
    folder.write("a.csv", &text);
    folder.write("b.csv", table("a,b,c", |_| String::new(), &rows_of("plain_y.npy")));
    folder.write("gap.csv", text.replacen(&format!("{}", rows[500][0]), "NA", 1));
    for rank in ["2", "auto", "state-order"] {
        let words =
            format!("compare a.csv gap.csv b.csv --delays 10 --rank {rank} --centre=none --json");
        let output = folder.run(&words);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains("refused: gap.csv: line 502, column 1 (`a`) holds no number"),
            "{said}"
        );
        let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(result["distances"].as_array().unwrap().len(), 2);
    }
    let (found, said) =
        folder.json("compare a.csv gap.csv --delays 10 --rank 2 --centre=none --gaps cut");
    assert!(distance(&found) < 0.01, "{found}");
    assert!(
        said.contains(
            "gap.csv: the recording was cut at gaps into 2 trials of 500 to 999 samples; 1 sample with a missing channel was left \
             out\n"
        ),
        "{said}"
    );
}

/// Before: `trial 0, sample 1, channel 1 is not a finite number`, and of sums that overflow `the entry in row 0,
/// column 0 is not a finite number`.
#[test]
fn numbers_that_are_too_large_are_called_so() {
    assert_eq!(
        refused("1,2\n3,1.8e308\n"),
        "line 2, column 2 holds `1.8e308`, which is beyond the largest number, 1.7976931348623157e308"
    );
    assert_eq!(csv("1\n1.797e308\n").trials[0][1], 1.797e308);
    let infinite = csv("1\n2\n-inf\n").check_finite().unwrap_err().to_string();
    assert_eq!(infinite, "line 3, column 1 is infinite; a sample must be a finite number");
    let folder = Folder::new();
    let text: String = (0..300)
        .map(|t| {
            if t == 18 {
                "1.797e308,2\n".into()
            } else {
                format!("{}.5,{}\n", t * 37 % 101, t * 53 % 97)
            }
        })
        .collect();
    folder.write("a.csv", text);
    let output = folder.run("fit a.csv --delays 3 --rank 2 --centre=mean --output a.json");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains("not a finite number"), "{said}");
}

/// Before: two channels without a word, or a refusal.
#[test]
fn decimal_commas_are_read_as_points_and_said_so() {
    let note = "commas in numbers were read as decimal points";
    let value = |t: u32| (0.37 * f64::from(t)).sin() * 2.0;
    let values: Vec<f64> = (0..200).map(|t| (value(t) * 1e3).round() / 1e3).collect();
    let lines = |between: &str, head: &str| {
        let line = |x: &f64| format!("{0}{between}{0}\n", format!("{x:.3}").replace('.', ","));
        head.to_owned() + &values.iter().map(line).collect::<String>()
    };
    let one = |head: &str| {
        let line = |x: &f64| format!("{x:.3}\n").replace('.', ",");
        head.to_owned() + &values.iter().map(line).collect::<String>()
    };
    for text in [one(""), one("signal\n"), one("\u{FEFF}signal\r\n")] {
        let read = csv(&text);
        assert_eq!((read.trials, read.channels), (vec![values.clone()], 1));
        assert_eq!(read.notes, [note]);
    }
    let twice: Vec<f64> = values.iter().flat_map(|x| [*x, *x]).collect();
    for text in [lines(";", ""), lines(";", "a;b\n"), lines("\t", ""), lines("; ", "a,x;b\n")] {
        let read = csv(&text);
        assert_eq!((read.trials, read.channels), (vec![twice.clone()], 2));
        assert_eq!(read.notes, [note]);
    }
    // With an axis, and with missing numbers.
    let text: String = (0..50)
        .map(|t| {
            format!("{};{},5\n", format!("{:.2}", f64::from(t) * 0.02).replace('.', ","), t % 7)
        })
        .collect();
    let read = csv(&format!("time;x\n{text}"));
    assert_eq!((read.channels, read.axis.unwrap().step), (1, 0.02));
    assert!(csv("a;b\n1,5;NA\n2,5;3\n").trials[0][1].is_nan());
}

#[test]
fn whole_numbers_with_commas_between_them_are_two_columns_and_said_so() {
    let counts: String =
        (0..300).map(|t| format!("{},{}\n", t * 37 % 101, 500 + t * 53 % 97)).collect();
    let read = csv(&counts);
    assert_eq!((read.channels, read.trials[0].len()), (2, 600));
    assert!(
        read.notes[0].starts_with("commas were read as separators of two columns of whole numbers")
    );
    assert!(csv(&format!("a,b\n{counts}")).notes.is_empty());
    assert!(
        refused("12,345\n67,891\n11,111\n")
            .contains("one channel with decimal commas or two channels")
    );
    // Both in one table: the cell is named.
    assert!(
        refused("1,5;2\n1.5;2\n")
            .starts_with("line 1, column 1 holds `1,5`, which is not a number")
    );
}

#[test]
fn a_separator_at_the_end_of_each_line_is_no_channel() {
    let read = csv("1,2.5,\n3,4,\n5,7,\n");
    assert_eq!((read.trials, read.channels), (vec![vec![1.0, 2.5, 3.0, 4.0, 5.0, 7.0]], 2));
    assert_eq!(read.notes, ["the last column, which is empty in every line, was dropped"]);
    assert_eq!(csv("a,b\n1,\n2,\n").channels, 2);
}

/// Before: `of a type that is not read`. All 65 536 of them, against what IEEE 754 says.
#[test]
fn half_precision_is_exact() {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    let header = "{'descr': '>f2', 'fortran_order': False, 'shape': (65536,), }";
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    (0..=u16::MAX).for_each(|bits| bytes.extend(bits.to_be_bytes()));
    let read = read_bytes(Format::Npy, &bytes, None).unwrap();
    for (bits, value) in read.trials[0].iter().enumerate() {
        let (sign, power, fraction) =
            (bits >> 15, (bits >> 10) & 31, (bits & 1023) as f64 / 1024.0);
        let size = match power {
            0 => fraction / 16384.0,
            31 if fraction == 0.0 => f64::INFINITY,
            31 => {
                assert!(value.is_nan());
                continue;
            }
            _ => (1.0 + fraction) * 2_f64.powi(power as i32 - 15),
        };
        let expected = if sign == 1 { -size } else { size };
        assert_eq!(value.to_bits(), expected.to_bits(), "{bits:x}");
    }
}

/// Before: escape sequences of an archive's and a table's names reached the terminal in notes.
#[test]
fn names_out_of_files_say_nothing_to_a_terminal() {
    let read = csv("time \u{1b}[31m,tri\u{7}al,a\n0,1,2\n1,2,4\n2,3,1\n3,4,1\n4,5,9\n");
    assert!(!read.notes.is_empty());
    let unit = csv("time (\u{1b}[31m),a\n0,2\n1,4\n2,1\n");
    let refused = refused("a\n\u{9b}31m\n");
    let all = read.notes.iter().chain(&unit.notes).chain([&refused]);
    for text in all {
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
}
