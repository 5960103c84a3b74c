//! One file with a fault among good ones: it is named, and the rest is computed, whatever rule is applied.

use crate::common::program::{Folder, dsa, err, out, rows, turning, wave};

/// Every rule for the rank and the delays.
const RULES: [[&str; 4]; 11] = [
    ["--delays", "8", "--rank", "auto"],
    ["--delays", "8", "--rank", "latent"],
    ["--delays", "8", "--rank", "state-order"],
    ["--delays", "8", "--rank", "predictive"],
    ["--delays", "8", "--rank", "hard-threshold"],
    ["--delays", "8", "--rank", "threshold:2"],
    ["--delays", "8", "--rank", "variance:0.9"],
    ["--delays", "8", "--rank", "4"],
    ["--delays", "auto", "--rank", "4"],
    ["--delays", "autocorrelation", "--rank", "4"],
    ["--delays", "auto", "--rank", "auto"],
];

/// Two good recordings and one file with each fault.
fn files(folder: &Folder) -> ([String; 2], Vec<String>) {
    let good = [1, 2].map(|seed| {
        let name = ["", "first.csv", "second.csv"][seed];
        folder.table(name, &turning(500, 3, 0.95, seed as u64))
    });
    let with = |name: &str, cell: &str| {
        let mut lines: Vec<String> = turning(500, 3, 0.95, 3).lines().map(str::to_owned).collect();
        lines[250] = format!("0.5,{cell},0.25");
        folder.table(name, &(lines.join("\n") + "\n"))
    };
    let bad = vec![
        with("nan.csv", "nan"),
        with("infinite.csv", "-inf"),
        with("text.csv", "fast"),
        folder.table("short.csv", &rows(4, 3, wave)),
        folder.table("constant.csv", &rows(500, 3, |_, c| c as f64)),
        folder.table("empty.csv", ""),
        folder.at("missing.csv"),
    ];
    (good, bad)
}

#[test]
fn a_bad_file_is_named_and_the_rest_is_compared_under_every_rule() {
    let folder = Folder::new();
    let ([first, second], bad_files) = files(&folder);
    for (at, rule) in RULES.into_iter().enumerate() {
        for (number, bad) in bad_files.iter().enumerate() {
            // A page takes longer than a comparison: each rule writes that of one bad file, another one each time.
            let target = folder.at("results");
            let is_written = number == at % bad_files.len();
            let shown = if is_written { &["--output", &target][..] } else { &["--json"] };
            let files = ["compare", &first, bad, &second, "--effort", "fast"];
            let output = dsa(&[&files[..], shown, &rule].concat());
            let said = err(&output);
            assert_eq!(output.status.code(), Some(1), "{rule:?} {bad}: {said}");
            assert!(said.contains(&format!("refused: {bad}: ")), "{rule:?} {bad}: {said}");
            assert!(
                said.ends_with("1 of 3 files were refused; the others were compared\n"),
                "{said}"
            );
            let shown = out(&output);
            assert!(shown.contains("first") && shown.contains("second"), "{rule:?} {bad}: {shown}");
            let report = if is_written {
                std::fs::read_to_string(folder.path("results/report.json")).unwrap()
            } else {
                shown
            };
            let report: serde_json::Value = serde_json::from_str(&report).unwrap();
            assert_eq!(report["labels"], serde_json::json!(["first", "second"]));
            if is_written {
                assert_eq!(report["refused"][0]["file"], bad.as_str());
            }
        }
    }
}

#[test]
fn one_channel_more_is_compared_under_every_rule() {
    let folder = Folder::new();
    let ([first, second], _) = files(&folder);
    let wide = folder.table("wide.csv", &turning(500, 4, 0.95, 3));
    for rule in RULES {
        let files = ["compare", &first, &wide, &second, "--effort", "fast"];
        let output = dsa(&[&files[..], &rule].concat());
        assert!(output.status.success(), "{rule:?}: {}", err(&output));
    }
}

#[test]
fn a_bad_file_is_named_and_the_rest_is_swept() {
    let folder = Folder::new();
    let ([first, second], bad) = files(&folder);
    for bad in &bad {
        let files = ["sweep", &first, bad, &second];
        let output = dsa(&[&files[..], &["--delays", "2..6:2", "--ranks", "1..4"]].concat());
        let said = err(&output);
        assert_eq!(output.status.code(), Some(1), "{bad}: {said}");
        let refusal = format!("refused: {bad}: ");
        assert_eq!(said.matches(&refusal).count(), 1, "refused more or less than once: {said}");
        assert!(said.ends_with("1 of 3 files were refused; the others were used\n"), "{said}");
        assert!(out(&output).contains("chosen: "), "{bad}: {}", out(&output));
    }
}

#[test]
fn where_no_file_has_an_answer_each_is_named() {
    let folder = Folder::new();
    let [short, flat, nan] = [
        folder.table("short.csv", &rows(30, 3, wave)),
        folder.table("flat.csv", &rows(500, 3, |_, c| c as f64)),
        folder.table("nan.csv", &rows(500, 3, |t, _| if t == 9 { f64::NAN } else { t as f64 })),
    ];
    for rule in RULES {
        let output = dsa(&[&["compare", &short, &flat, &nan][..], &rule].concat());
        let said = err(&output);
        assert_eq!(output.status.code(), Some(1), "{rule:?}: {said}");
        for file in [&flat, &nan] {
            assert!(said.contains(file.as_str()), "{rule:?}: {file} is not named: {said}");
        }
    }
}

#[test]
fn an_operator_without_a_distance_is_refused_and_the_rest_is_compared() {
    let folder = Folder::new();
    let [first, second] = ["first.csv", "second.csv"].map(|name| folder.recording(name, 300, 1));
    // Each value is followed by itself and by its negative equally often: the operator is exactly zero.
    let zero = folder.table("zero.csv", &rows(401, 1, |t, _| [1.0, 1.0, -1.0, -1.0][t % 4]));
    let settings = ["--delays", "1", "--rank", "1", "--centre=none"];
    for files in [
        &["compare", &first, &zero, &second][..],
        &["compare", &first, "--against", &zero, &second],
    ] {
        let output = dsa(&[files, &settings].concat());
        let said = err(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(&format!("refused: {zero}: a zero operator has no angle")), "{said}");
        assert!(out(&output).contains("second"), "{}", out(&output));
    }
    let frobenius = ["--metric", "frobenius"];
    let output = dsa(&[&["compare", &first, &zero, &second][..], &settings, &frobenius].concat());
    assert!(output.status.success(), "{}", err(&output));
}
