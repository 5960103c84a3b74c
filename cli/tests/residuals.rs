//! Residuals of eigenvalues in `dsa fit`, `dsa compare`, `dsa distance` and `dsa sweep`, and short-time Fourier frames.

use crate::common::program::{Folder, dsa, err, noise, oscillations, out, rows};
use serde_json::Value;

fn json(arguments: &[&str]) -> Value {
    let output = dsa(&[arguments, &["--json"]].concat());
    assert!(output.status.success(), "{}", err(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn numbers(values: &Value) -> Vec<f64> {
    values.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

/// One oscillation of `step` rad a sample in white noise.
fn wave(folder: &Folder, name: &str, step: f64, seed: u64) -> String {
    let mut noise = noise(seed);
    let values: Vec<f64> = (0..1200).map(|_| noise()).collect();
    let phase = 7.0 * values[0];
    folder.table(name, &rows(1200, 1, |t, _| (step * t as f64 + phase).sin() + 0.2 * values[t]))
}

#[test]
fn a_fit_says_which_eigenvalues_to_trust() {
    let folder = Folder::new();
    let file = folder.table("a.csv", &oscillations(|_| 0.2, 1500, 1));
    let model = folder.at("a.json");
    let output = dsa(&["fit", &file, "--delays", "8", "--rank", "9", "--output", &model]);
    assert!(output.status.success(), "{}", err(&output));
    assert!(out(&output).starts_with("eigenvalue  "), "{}", out(&output));
    assert!(out(&output).contains("residual on held-out halves"), "{}", out(&output));
    let found: Value = serde_json::from_slice(&std::fs::read(&model).unwrap()).unwrap();
    let residuals = numbers(&found["residuals"]);
    assert_eq!(residuals.len(), found["eigenvalues"].as_array().unwrap().len());
    // The three oscillations are six eigenvalues near the circle; the others are far from being eigenvalues.
    let mut sorted = residuals.clone();
    sorted.sort_by(f64::total_cmp);
    assert!(sorted[5] < 0.3 && sorted[6] > 0.5, "{sorted:?}");
    for (value, residual) in found["eigenvalues"].as_array().unwrap().iter().zip(&residuals) {
        let value = numbers(value);
        assert!(*residual > 0.3 || value[0].hypot(value[1]) > 0.95, "{value:?} {residual}");
    }
    // A recording without halves has a model, and no residuals.
    let short = folder.table("short.csv", &oscillations(|_| 0.2, 20, 1));
    let output = dsa(&["fit", &short, "--delays", "8", "--rank", "2", "--output", &model]);
    assert!(output.status.success(), "{}", err(&output));
    assert!(out(&output).starts_with("no residuals of eigenvalues: "), "{}", out(&output));
    let found: Value = serde_json::from_slice(&std::fs::read(&model).unwrap()).unwrap();
    assert!(found["residuals"].is_null());
}

#[test]
fn cleaned_distances_compare_what_recordings_have_in_common() {
    let folder = Folder::new();
    let steps = [("a", 0.3), ("b", 0.3), ("c", 0.35)];
    let named = steps.iter().zip(1..);
    let files: Vec<String> = named
        .map(|((name, step), seed)| wave(&folder, &format!("{name}.csv"), *step, seed))
        .collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let settings = ["--delays", "10", "--rank", "7", "--metric", "wasserstein"];
    let compare = |more: &[&str]| json(&[&["compare"], &files[..], &settings, more].concat());
    let at = |found: &Value, i: usize, j: usize| found["distances"][i][j].as_f64().unwrap();
    let (plain, two, small) =
        (compare(&[]), compare(&["--cleaned", "2"]), compare(&["--cleaned", "0.1"]));
    // The two eigenvalues of the oscillation are those of small residuals, whichever way they are asked for.
    assert_eq!(two["distances"], small["distances"]);
    assert!(10.0 * at(&two, 1, 0) < at(&plain, 1, 0), "{two} {plain}");
    assert!((at(&two, 2, 0) - 2.0 * (0.025_f64).sin()).abs() < 2e-3, "{two}");
    assert!(two["measure"].as_str().unwrap().contains("the 2 smallest residuals"), "{two}");
    assert_eq!(numbers(&plain["models"][0]["residuals"]).len(), 7);
    assert!(two["halves"]["discriminability"].as_f64().unwrap() > 0.5, "{}", two["halves"]);
    // The same from the files of models.
    let models: Vec<String> = (0..2).map(|k| folder.at(&format!("{k}.json"))).collect();
    for (file, model) in files.iter().zip(&models) {
        let fit = ["fit", file, "--delays", "10", "--rank", "7", "--output", model];
        assert!(dsa(&fit).status.success());
    }
    let distance = json(&["distance", &models[0], &models[1], "--cleaned", "2"]);
    assert_eq!(distance["metric"], "wasserstein");
    assert!((distance["distance"].as_f64().unwrap() - at(&two, 1, 0)).abs() < 1e-12);
    // Residuals are marked in the picture of the page.
    let folder_out = folder.at("results");
    let output = dsa(&[&["compare"], &files[..], &settings, &["--output", &folder_out]].concat());
    assert!(output.status.success(), "{}", err(&output));
    let page = std::fs::read_to_string(folder.path("results/report.html")).unwrap();
    assert!(page.contains("Full marks: a residual of at most 0.1 on held-out halves"));
}

#[test]
fn what_cannot_be_cleaned_is_refused() {
    let folder = Folder::new();
    let (a, b) = (wave(&folder, "a.csv", 0.3, 1), wave(&folder, "b.csv", 0.3, 2));
    let settings = ["--delays", "10", "--rank", "4"];
    for (more, word) in [
        (&["--cleaned", "2", "--metric", "angular"][..], "compares whole operators"),
        (&["--cleaned", "2", "--resamples", "20"], "exclude each other"),
        (&["--cleaned", "0.0"], "no eigenvalue is left by --cleaned"),
        (&["--cleaned", "0"], "expected a number of eigenvalues"),
        (&["--cleaned", "x"], "expected a number of eigenvalues"),
    ] {
        let output = dsa(&[&["compare", &a, &b][..], &settings, more].concat());
        assert!(!output.status.success() && err(&output).contains(word), "{}", err(&output));
    }
    let output = dsa(&["compare", &a, &b, "--cleaned", "2"]);
    assert!(err(&output).contains("one window and one rank"), "{}", err(&output));
    let model = folder.at("a.npy");
    assert!(dsa(&[&["fit", &a, "--output", &model][..], &settings].concat()).status.success());
    let output = dsa(&["distance", &model, &model, "--cleaned", "2"]);
    assert!(err(&output).contains("has no residuals"), "{}", err(&output));
}

#[test]
fn a_sweep_has_the_mean_residual_of_every_setting() {
    let folder = Folder::new();
    let file = wave(&folder, "a.csv", 0.3, 1);
    let target = folder.at("sweep");
    let grid = ["--delays", "6..7", "--ranks", "1..5"];
    let output = dsa(&[&["sweep", &file][..], &grid, &["--output", &target]].concat());
    assert!(output.status.success(), "{}", err(&output));
    assert!(out(&output).contains("residual"), "{}", out(&output));
    let found: Value =
        serde_json::from_slice(&std::fs::read(folder.path("sweep/sweep.json")).unwrap()).unwrap();
    let of_rank = |rank: u64| {
        let cells = found["grid"][0]["mean_residuals"].as_array().unwrap();
        let cell = cells.iter().find(|cell| cell["rank"] == rank).unwrap();
        cell["mean_residual"].as_f64().unwrap()
    };
    // The oscillation is at rank 2; further directions are noise.
    assert!(of_rank(2) < 0.15 && of_rank(5) > 2.0 * of_rank(2), "{found}");
    let table = std::fs::read_to_string(folder.path("sweep/sweep.csv")).unwrap();
    assert!(table.lines().next().unwrap().ends_with(",mean_residual"), "{table}");
    let cell: f64 = table.lines().nth(2).unwrap().rsplit(',').next().unwrap().parse().unwrap();
    assert_eq!(cell, of_rank(2));
}

#[test]
fn frames_are_an_embedding_in_the_place_of_delays() {
    let folder = Folder::new();
    let (a, b) = (wave(&folder, "a.csv", 0.3, 1), wave(&folder, "b.csv", 0.35, 2));
    let settings = ["--stft", "32:8", "--rank", "6", "--metric", "wasserstein1", "--cleaned", "2"];
    let found = json(&[&["compare", &a, &b, "--no-halves"][..], &settings].concat());
    // Frames are 8 samples apart, so that the eigenvalues are at 2.4 and 2.8 rad.
    let distance = found["distances"][1][0].as_f64().unwrap();
    assert!((distance - 2.0 * (0.2_f64).sin()).abs() < 0.02, "{distance}");
    assert!(found["measure"].as_str().unwrap().contains("1 delay"), "{found}");
    for (wrong, word) in [("32", "a colon"), ("1:1", "a colon"), ("5000:1", "longer than")] {
        let output = dsa(&["compare", &a, &b, "--stft", wrong, "--rank", "2"]);
        assert!(err(&output).contains(word), "{}", err(&output));
    }
}
