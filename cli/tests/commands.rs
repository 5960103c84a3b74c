//! The program as its user meets it: what it prints, writes, refuses and returns.

use crate::common::program::{Folder, dsa, err, example, out, rows, wave};
use std::path::Path;
use std::process::{Command, Output};

const SETTINGS: [&str; 4] = ["--delays", "5", "--rank", "3"];

fn compare(files: &[&str], more: &[&str]) -> Output {
    dsa(&[&["compare"], files, &SETTINGS, more].concat())
}

#[test]
fn the_examples_separate_into_their_classes() {
    let names = [
        "fig3/bistable",
        "fig3/line",
        "fig3/point",
        "lorenz/lorenz-75",
        "lorenz/lorenz-152",
        "lorenz/lorenz-220",
    ];
    let mut files: Vec<String> =
        names.iter().flat_map(|name| [1, 2].map(|k| example(&format!("{name}-{k}.npy")))).collect();
    files.extend(
        ["left-1", "left-2", "right-1", "right-2"].map(|n| example(&format!("fmri/{n}.csv"))),
    );
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let labels = example("labels.csv");
    let settings = ["--labels", &labels, "--delays", "10", "--rank", "12", "--json"];
    let output = dsa(&[&["compare"], &files[..], &settings].concat());
    assert!(output.status.success(), "{}", err(&output));
    let result: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    let separation = &result["separation"];
    assert_eq!(separation["with_company"], 16);
    assert_eq!(separation["nearest_in_class"], 16, "{separation}");
    assert_eq!(separation["separated"], 16, "{separation}");
    let mean = |name: &str| separation[name].as_f64().unwrap();
    assert!(mean("within_mean") < 0.5 * mean("between_mean"), "{separation}");
}

#[test]
fn the_simulated_examples_are_what_their_seeds_give() {
    let folder = Folder::new();
    for (system, options, file) in [
        ("line", &["--seed", "2", "--trials", "100", "--samples", "400"][..], "fig3/line-2.npy"),
        (
            "bistable",
            &["--seed", "1", "--trials", "100", "--samples", "400"],
            "fig3/bistable-1.npy",
        ),
        ("lorenz", &["--seed", "1", "--rho", "152"], "lorenz/lorenz-152-1.npy"),
    ] {
        let made = folder.at("made.npy");
        let output =
            dsa(&[&["simulate", system, "--float32", "--output", &made], options].concat());
        assert!(output.status.success(), "{}", err(&output));
        // Not assert_eq: it would print all the bytes.
        let same = std::fs::read(&made).unwrap() == std::fs::read(example(file)).unwrap();
        assert!(same, "{file} is not what `dsa simulate` makes");
    }
}

#[test]
fn a_motor_cortex_is_recorded_with_a_change_and_with_missing_samples() {
    let folder = Folder::new();
    let (plain, dropped) = (folder.at("plain.csv"), folder.at("dropped.csv"));
    let record = |file: &str, options: &[&str]| {
        let common = ["simulate", "motor-cortex", "--seconds", "8", "--channels", "3", "--output"];
        dsa(&[&common[..], &[file, "--seed", "5"], options].concat())
    };
    let output = record(&plain, &[]);
    assert!(output.status.success() && err(&output).is_empty(), "{}", err(&output));
    assert!(out(&output).contains("1 trials x 400 samples x 3 channels"), "{}", out(&output));
    let output = record(&dropped, &["--scenario", "dropped:0.2", "--at", "4"]);
    assert!(output.status.success(), "{}", err(&output));
    let lines = |file: &str| -> Vec<String> {
        std::fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect()
    };
    let (plain, dropped) = (lines(&plain), lines(&dropped));
    assert_eq!(plain[..200], dropped[..200]);
    let missing = dropped.iter().filter(|line| *line == "NaN,NaN,NaN").count();
    assert!((12..70).contains(&missing), "{missing}");
    let stated = format!("{missing} of 400 samples are missing and written as rows of NaN");
    assert!(err(&output).contains(&stated), "{}", err(&output));
    let other = folder.at("other.csv");
    assert!(record(&other, &["--session", "1"]).status.success());
    assert_ne!(lines(&other), plain);
    for (options, answer) in [
        (&["--scenario", "earthquake"][..], "there is no scenario `earthquake`; there are none,"),
        (&["--scenario", "rates:99"], "the value of rates must be from 0.01 to 10, not 99"),
        (&["--at", "8"], "changes before its end"),
        (&["--samples", "9"], "--samples does not concern this system"),
    ] {
        let output = record(&other, options);
        assert_eq!(output.status.code(), Some(1));
        assert!(err(&output).contains(answer), "{}", err(&output));
    }
}

#[test]
fn compare_prints_a_table_and_writes_every_file() {
    let folder = Folder::new();
    let (a, b) = (folder.recording("a.csv", 200, 2), folder.recording("b.csv", 150, 3));
    let target = folder.at("results");
    let output = compare(&[&a, &b], &["--output", &target]);
    assert!(output.status.success(), "{}", err(&output));
    assert!(out(&output).contains("angular distance between operators of rank 3 with 5 delays"));
    let mut names: Vec<String> = std::fs::read_dir(&target)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "distances.csv",
            "distances.npy",
            "heatmap.svg",
            "lower_bounds.npy",
            "pictures",
            "report.html",
            "report.json"
        ]
    );
    let read = |name: &str| std::fs::read_to_string(Path::new(&target).join(name)).unwrap();
    let distances = read("distances.csv");
    let lines: Vec<&str> = distances.lines().collect();
    assert_eq!((lines.len(), lines[0]), (3, ",a,b"));
    assert!(lines[1].starts_with("a,0,") && lines[2].ends_with(",0"));
    assert!(read("heatmap.svg").contains("<svg"));
    let report: serde_json::Value = serde_json::from_str(&read("report.json")).unwrap();
    assert_eq!(report["labels"], serde_json::json!(["a", "b"]));
    assert_eq!(report["settings"]["delays"], 5);
    assert_eq!(report["refused"], serde_json::json!([]));
    assert_eq!(report["models"][0]["rank"], 3);
    let (low, high) = (&report["lower_bounds"][0][1], &report["distances"][0][1]);
    assert!(low.as_f64().unwrap() <= high.as_f64().unwrap());
}

#[test]
fn distances_are_proved_where_that_is_asked_and_counted() {
    let folder = Folder::new();
    let recording = |name: &str, step: f64| {
        // Two rotations, and numbers without a pattern from a quadratic phase.
        let value = |t: usize, c: usize| {
            let (t, c) = (t as f64, c as f64);
            (step * t + c).sin()
                + 0.5 * (2.3 * step * t + 2.0 * c).cos()
                + 0.3 * (1.7 * t * t + c).sin()
        };
        folder.table(name, &rows(300, 2, value))
    };
    let files = [recording("a.csv", 0.2), recording("b.csv", 0.33), recording("c.csv", 0.5)];
    let with = |more: &[&str]| {
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        dsa(&[&["compare"], &files[..], &["--delays", "10"], more].concat())
    };
    let report = |more: &[&str]| -> serde_json::Value {
        let output = with(&[&["--rank", "4", "--json"], more].concat());
        assert!(output.status.success(), "{}", err(&output));
        serde_json::from_str(&out(&output)).unwrap()
    };
    let (plain, proved) = (report(&[]), report(&["--certify"]));
    assert_eq!((&plain["pairs"], &proved["pairs"]), (&3.into(), &3.into()));
    assert!(plain["certified"].as_u64() < proved["certified"].as_u64(), "{plain} {proved}");
    for (i, j) in [(0, 1), (0, 2), (1, 2)] {
        let at = |report: &serde_json::Value, what: &str| report[what][i][j].as_f64().unwrap();
        assert!(at(&proved, "lower_bounds") >= at(&plain, "lower_bounds"));
        assert!(at(&proved, "distances") <= at(&plain, "distances"));
    }
    // The hint is there where something is left to be proved, and can be.
    let hint = "--certify proves";
    let said = |more: &[&str]| out(&with(more));
    assert!(said(&["--rank", "4"]).contains(hint));
    assert!(!said(&["--rank", "4", "--certify"]).contains(hint));
    assert!(!said(&["--rank", "4", "--metric", "wasserstein"]).contains(hint));
    // A rank that is too large is refused before the search.
    let large = with(&["--rank", "17", "--certify"]);
    assert_eq!(large.status.code(), Some(1));
    assert!(err(&large).contains("--certify proves distances up to rank 16"), "{}", err(&large));
    assert!(!said(&["--rank", "17", "--effort", "fast"]).contains(hint));
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let folder = Folder::new();
    let files: Vec<String> =
        (1..6).map(|k| folder.recording(&format!("{k}.csv"), 100 + 20 * k, 2)).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let printed: Vec<String> = ["1", "2", "7"]
        .iter()
        .map(|threads| out(&compare(&files, &["--threads", threads, "--json"])))
        .collect();
    assert!(printed[0].contains("distances"));
    assert!(printed.iter().all(|text| *text == printed[0]));
}

#[test]
fn a_refused_file_is_named_and_the_rest_is_written() {
    let folder = Folder::new();
    let (a, b) = (folder.recording("a.csv", 200, 2), folder.recording("b.csv", 150, 2));
    let short = folder.recording("short.csv", 4, 2);
    let target = folder.at("results");
    let output = compare(&[&a, &short, &b], &["--output", &target]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).contains(&format!(
            "refused: {short}: trial 0 has 4 samples in time and needs at least 6"
        )),
        "{}",
        err(&output)
    );
    let report = std::fs::read_to_string(Path::new(&target).join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["labels"], serde_json::json!(["a", "b"]));
    assert_eq!(report["refused"][0]["file"], short);
}

#[test]
fn every_bad_recording_is_refused_with_a_sentence() {
    let folder = Folder::new();
    let good = folder.recording("good.csv", 200, 2);
    let also = folder.recording("also.csv", 150, 2);
    let with = |name: &str, at: usize, cell: &str| {
        let mut lines: Vec<String> = rows(60, 2, wave).lines().map(str::to_owned).collect();
        lines[at] = format!("0.5,{cell}");
        folder.table(name, &(lines.join("\n") + "\n"))
    };
    std::fs::create_dir(folder.path("folder.npy")).unwrap();
    let cases = [
        (folder.table("empty.csv", ""), "the file is empty"),
        (folder.recording("one.csv", 1, 2), "trial 0 has 1 sample in time and needs at least 6"),
        (folder.recording("few.csv", 5, 2), "trial 0 has 5 samples in time and needs at least 6"),
        (with("nan.csv", 7, "nan"), "line 8, column 2 holds no number (the only missing value)"),
        (with("inf.csv", 9, "-inf"), "line 10, column 2 is infinite"),
        (with("text.csv", 3, "fast"), "line 4, column 2"),
        (with("ragged.csv", 3, "1,2"), "line 4"),
        (
            folder.table("constant.csv", &rows(100, 2, |_, c| 0.1 + c as f64)),
            "the recording is constant",
        ),
        (
            folder.table("twins.csv", &rows(100, 1, |t, _| if t % 2 == 0 { 1.0 } else { -1.0 })),
            "rank 3 was asked for, but the data have only 1 direction",
        ),
        (folder.at("nowhere.csv"), "no such file"),
        (folder.at("folder.npy"), "directory"),
        (folder.table("what.xyz", "1,2\n"), "ending"),
    ];
    for (bad, sentence) in &cases {
        let output = compare(&[&good, bad, &also], &[]);
        assert_eq!(output.status.code(), Some(1), "{bad}");
        let told = err(&output).to_lowercase();
        assert!(
            told.contains(&format!("refused: {bad}: ").to_lowercase())
                && told.contains(&sentence.to_lowercase()),
            "{bad}: {told}"
        );
        assert!(out(&output).contains("good"), "the rest was not compared: {bad}");
    }
}

#[test]
fn a_constant_or_duplicated_channel_is_warned_of_and_works_at_a_rank_that_there_is() {
    let folder = Folder::new();
    let good = folder.recording("good.csv", 200, 2);
    let flat =
        folder.table("flat.csv", &rows(200, 3, |t, c| if c == 1 { 4.0 } else { wave(t, c) }));
    let twin = folder.table("twin.csv", &rows(200, 3, |t, c| wave(t, if c == 2 { 0 } else { c })));
    let output = compare(&[&good, &flat, &twin], &[]);
    assert!(output.status.success(), "{}", err(&output));
    assert!(err(&output).contains(&format!("{flat}: channel 1 is constant")), "{}", err(&output));
    assert!(
        err(&output).contains(&format!("{twin}: channel 2 is equal to an earlier channel")),
        "{}",
        err(&output)
    );
    // 2 varying channels x 5 delays, and one direction of the constant where nothing is subtracted; 2 x 5 of the
    // duplicated.
    let ask = ["compare", &good, &good, &flat, &twin, "--delays", "5", "--rank", "12"];
    for (more, directions) in [(&[][..], "10"), (&["--centre", "none"], "11")] {
        let output = dsa(&[&ask[..], more].concat());
        assert_eq!(output.status.code(), Some(1));
        let said = |file: &str, count: &str| {
            let words =
                format!("{file}: rank 12 was asked for, but the data have only {count} directions");
            assert!(err(&output).contains(&words), "{}", err(&output));
        };
        said(&flat, directions);
        said(&twin, "10");
    }
}

/// Before: an offset of 100 turned 0.698 into 0.218 without a word.
#[test]
fn an_offset_is_no_dynamics_and_one_that_stays_is_named() {
    let folder = Folder::new();
    let pair = |offset: f64| {
        ["a", "b"].map(|name| {
            let speed = if name == "a" { 1.0 } else { 1.7 };
            let cell = move |t: usize, c: usize| {
                let noise = ((t * 7919 + c * 104_729 + 13) % 997) as f64 / 997.0 - 0.5;
                offset + (0.3 * speed * t as f64 + c as f64).sin() + 0.3 * noise
            };
            folder.table(&format!("{name}{offset}.csv"), &rows(600, 2, cell))
        })
    };
    let table = |[a, b]: &[String; 2], more: &[&str]| {
        let ask = ["compare", a, b, "--delays", "6", "--rank", "2"];
        // What is said beside a table stands in the JSON otherwise.
        let said = err(&dsa(&[&ask[..], more].concat()));
        let output = dsa(&[&ask[..], &["--json"], more].concat());
        assert!(output.status.success(), "{}", err(&output));
        let result: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
        (result["distances"][0][1].as_f64().unwrap(), said)
    };
    let (plain, moved) = (pair(0.0), pair(100.0));
    let ((near, words), (far, _)) = (table(&plain, &[]), table(&moved, &[]));
    assert!(near > 0.1 && (near - far).abs() < 1e-6, "{near} {far}");
    assert!(!words.contains("mean"), "{words}");
    let (hidden, words) = table(&moved, &["--centre", "none"]);
    assert!(hidden < 0.3 * near, "{hidden} {near}");
    for file in &moved {
        assert!(
            words.contains(&format!("{file}: channels 0, 1 have a mean that is large")),
            "{words}"
        );
    }
    // The conventions of dsa-metric subtract nothing, and say so of a mean that is large.
    let (_, words) = table(&moved, &["--parity"]);
    assert!(words.contains("a mean that is large"), "{words}");
}

/// Before: rank 5 and a condition of 6e13 by the hard threshold; 3 by the state order, which the fit then refused.
#[test]
fn a_sine_without_noise_has_rank_two_by_every_rule() {
    let folder = Folder::new();
    let sine = folder.table("sine.csv", &rows(1500, 1, |t, _| (0.7 * t as f64).sin()));
    for rule in ["hard-threshold", "state-order", "full", "variance:1", "2"] {
        let model = folder.at("model.json");
        let output = dsa(&["fit", &sine, "--delays", "10", "--rank", rule, "--output", &model]);
        assert!(output.status.success(), "{rule}: {}", err(&output));
        let text = std::fs::read_to_string(&model).unwrap();
        let model: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(model["rank"], 2, "{rule}");
        for (part, expected) in [0.7_f64.cos(), 0.7_f64.sin()].into_iter().enumerate() {
            let value = model["eigenvalues"][0][part].as_f64().unwrap();
            assert!((value - expected).abs() < 1e-8, "{rule}: {value} {expected}");
        }
    }
    let ask = ["fit", &sine, "--delays", "10", "--rank", "3", "--output", &folder.at("no.json")];
    let output = dsa(&ask);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("only 2 directions"), "{}", err(&output));
}

#[test]
fn recordings_of_different_channels_compare_at_a_rank_that_all_have() {
    let folder = Folder::new();
    let (one, four) = (folder.recording("one.csv", 200, 1), folder.recording("four.csv", 200, 4));
    assert!(compare(&[&one, &four], &[]).status.success());
    let output = dsa(&["compare", &one, &four, &four, "--delays", "2", "--rank", "3"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).contains(&format!(
            "refused: {one}: rank 3 was asked for, but the data have only 2 directions"
        )),
        "{}",
        err(&output)
    );
}

#[test]
fn an_unwritable_output_is_named_and_nothing_is_left_half_written() {
    let folder = Folder::new();
    let a = folder.recording("a.csv", 200, 2);
    let file = folder.table("file", "in the way");
    let output = compare(&[&a, &a], &["--output", &file]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).contains(&format!("{file}: the folder cannot be created")),
        "{}",
        err(&output)
    );
    let nowhere = folder.at("missing/model.npy");
    let output = dsa(&[&["fit", &a, "--output", &nowhere], &SETTINGS[..]].concat());
    assert_eq!(output.status.code(), Some(1));
    let missing = folder.at("missing");
    let said = format!("dsa: {nowhere}: cannot be written: there is no folder {missing}\n");
    assert_eq!(err(&output), said);
    assert_eq!(std::fs::read_dir(folder.0.path()).unwrap().count(), 2);
}

#[test]
fn a_reader_that_stops_early_needs_no_words_and_a_full_disk_does() {
    let folder = Folder::new();
    let (a, b) = (folder.recording("a.csv", 200, 2), folder.recording("b.csv", 150, 2));
    let target = folder.at("results");
    let run = |out: std::process::Stdio| {
        Command::new(env!("CARGO_BIN_EXE_dsa"))
            .args([&["compare", &a, &b, "--output", &target], &SETTINGS[..]].concat())
            .stdout(out)
            .output()
            .unwrap()
    };
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = run(writer.into());
    assert_eq!((output.status.code(), err(&output).as_str()), (Some(141), ""));
    assert!(folder.path("results/report.json").is_file());
    if cfg!(target_os = "linux") {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = run(full.into());
        assert_eq!(output.status.code(), Some(1));
        let said = err(&output);
        assert!(said.starts_with("dsa: standard output cannot be written"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[cfg(unix)]
#[test]
fn results_are_as_private_as_the_umask_says() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    for (umask, mode) in [("022", 0o644), ("077", 0o600), ("002", 0o664)] {
        let file = folder.at("made.npy");
        let status = Command::new("sh")
            .args(["-c", "umask $1 && exec $2 simulate linear --samples 9 --output $3", "sh"])
            .args([umask, env!("CARGO_BIN_EXE_dsa"), &file])
            .output()
            .unwrap()
            .status;
        assert!(status.success());
        let found = std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{umask}: {found:o}");
    }
}

#[test]
fn fitted_operators_are_kept_and_compared() {
    let folder = Folder::new();
    let (a, b) = (folder.recording("a.csv", 300, 2), folder.recording("b.csv", 200, 1));
    let fit = |file: &str, model: &str| {
        let output = dsa(&[&["fit", file, "--output", model], &SETTINGS[..]].concat());
        assert!(output.status.success(), "{}", err(&output));
    };
    let names = ["a.json", "a.npy", "b.npy"].map(|name| folder.at(name));
    fit(&a, &names[0]);
    fit(&a, &names[1]);
    fit(&b, &names[2]);
    let model: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&names[0]).unwrap()).unwrap();
    for key in ["settings", "operator", "eigenvalues", "singular_values", "condition", "warnings"] {
        assert!(!model[key].is_null(), "{key}");
    }
    assert_eq!((&model["format"], &model["rank"]), (&1.into(), &3.into()));
    let distance = |x: &str, y: &str, more: &[&str]| -> serde_json::Value {
        let output = dsa(&[&["distance", x, y, "--json"], more].concat());
        assert!(output.status.success(), "{}", err(&output));
        serde_json::from_str(&out(&output)).unwrap()
    };
    assert_eq!(distance(&names[0], &names[1], &[])["distance"], 0.0);
    let compared: serde_json::Value =
        serde_json::from_str(&out(&compare(&[&a, &b], &["--json"]))).unwrap();
    let found = distance(&names[1], &names[2], &[]);
    assert_eq!(found["distance"], compared["distances"][0][1]);
    assert_eq!(found["lower_bound"], compared["lower_bounds"][0][1]);
    let found = distance(&names[1], &names[2], &["--metric", "wasserstein"]);
    assert_eq!((&found["certified"], &found["lower_bound"]), (&true.into(), &found["distance"]));
}

#[test]
fn a_rule_gives_one_rank_to_all_and_says_so() {
    let folder = Folder::new();
    let (a, b) = (folder.recording("a.csv", 300, 3), folder.recording("b.csv", 300, 1));
    let output = dsa(&["compare", &a, &b, "--delays", "5", "--rank", "variance:0.95"]);
    assert!(output.status.success(), "{}", err(&output));
    assert!(err(&output).contains("variance:0.95 gives ranks from"), "{}", err(&output));
    assert!(out(&output).contains("of rank "), "{}", out(&output));
    let unequal = ["--metric", "wasserstein", "--unequal-ranks", "transport"];
    let output =
        dsa(&[&["compare", &a, &b, "--delays", "5", "--rank", "variance:0.95"], &unequal[..]]
            .concat());
    assert!(out(&output).contains("of ranks "), "{}", out(&output));
}

#[test]
fn one_side_can_be_compared_against_another() {
    let folder = Folder::new();
    let files = [1, 2, 3].map(|k| folder.recording(&format!("{k}.csv"), 100 + 40 * k, 2));
    let output =
        dsa(&[&["compare", &files[0], "--against", &files[1], &files[2], "--json"], &SETTINGS[..]]
            .concat());
    assert!(output.status.success(), "{}", err(&output));
    let result: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(result["against"], serde_json::json!(["2", "3"]));
    assert_eq!(result["distances"].as_array().unwrap().len(), 1);
    assert_eq!(result["distances"][0].as_array().unwrap().len(), 2);
}

#[test]
fn dsa_metric_means_the_squared_pad_of_the_reference_and_its_chord() {
    let folder = Folder::new();
    let (three, two) = (folder.at("three.npy"), folder.at("two.npy"));
    let identity = |n: usize| -> Vec<f64> {
        (0..n * n).map(|at| if at % (n + 1) == 0 { 1.0 } else { 0.0 }).collect()
    };
    for (file, n) in [(&three, 3), (&two, 2)] {
        let bytes = dsa::output::npy(&[n as u64, n as u64], &identity(n), false).unwrap();
        std::fs::write(file, bytes).unwrap();
    }
    let value = |more: &[&str]| -> f64 {
        let output = dsa(&[&["distance", &three, &two, "--dsa-metric", "--json"], more].concat());
        let result: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
        result["distance"].as_f64().unwrap()
    };
    assert!((value(&["--metric", "wasserstein-squared"]) - 1.0 / 3.0).abs() < 1e-12);
    let angle = (2.0 / 6.0_f64.sqrt()).acos();
    assert!((value(&[]) - 2.0 * (angle / 2.0).sin()).abs() < 1e-7);
}

#[test]
fn opposite_operators_are_at_the_angle_pi() {
    let folder = Folder::new();
    for n in [3, 5, 10] {
        let scalar = |name: &str, factor: f64| {
            let entries: Vec<f64> =
                (0..n * n).map(|at| if at % (n + 1) == 0 { factor } else { 0.0 }).collect();
            let bytes = dsa::output::npy(&[n as u64, n as u64], &entries, false).unwrap();
            std::fs::write(folder.path(name), bytes).unwrap();
            folder.at(name)
        };
        let (plus, minus) = (scalar("plus.npy", 1.0), scalar("minus.npy", -1.0));
        let distance = |more: &[&str]| {
            let output = dsa(&[&["distance", &plus, &minus], more].concat());
            assert!(output.status.success(), "{}", err(&output));
            out(&output)
        };
        assert!(distance(&[]).contains("distance 3.14159"), "{}", distance(&[]));
        assert!(distance(&[]).contains("certified"), "{}", distance(&[]));
        let raw: serde_json::Value =
            serde_json::from_str(&distance(&["--metric", "frobenius", "--json"])).unwrap();
        let expected = 2.0 * (n as f64).sqrt();
        assert!((raw["distance"].as_f64().unwrap() - expected).abs() < 1e-12, "{n}: {raw}");
    }
}

#[test]
fn a_wrong_command_line_returns_2() {
    for arguments in [
        &["compare"][..],
        &["compare", "a.npy", "--rank", "sometimes"],
        &["distance", "a.npy"],
        &["fly"],
        &["compare", "a.npy", "b.npy", "--threads", "0"],
        &["compare", "a.npy", "b.npy", "--threads", "100000000"],
    ] {
        assert_eq!(dsa(arguments).status.code(), Some(2), "{arguments:?}");
    }
    let output = dsa(&["simulate", "pendulum", "--output", "x.npy"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("there is no system `pendulum`"));
}

/// Scripts for shells and pages for `man` name every command, and options that they have.
#[test]
fn completions_and_pages_know_the_commands() {
    let script = out(&dsa(&["completions", "bash"]));
    let folder = Folder::new();
    let made = dsa(&["manual", &folder.at("man1")]);
    assert!(made.status.success(), "{}", err(&made));
    for command in [
        "compare",
        "merge",
        "neighbours",
        "fit",
        "distance",
        "doctor",
        "sweep",
        "calibrate",
        "monitor",
        "simulate",
    ] {
        assert!(script.contains(&format!("dsa,{command})")), "{command}");
        let page = std::fs::read_to_string(folder.path(&format!("man1/dsa-{command}.1"))).unwrap();
        assert!(page.contains(".SH OPTIONS") && page.contains("help"), "{command}");
    }
    assert!(script.contains("--unequal-ranks"));
    let refused = dsa(&["manual", &folder.table("file", "x")]);
    assert!(!refused.status.success() && err(&refused).contains("file"), "{}", err(&refused));
}
