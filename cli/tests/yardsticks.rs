//! What it takes to read a distance: resamples, Mantel tests, and reliability over a sweep.

use crate::common::program::{Folder, dsa, err, oscillations, out};
use serde_json::{Value, json};

/// Recordings of these speeds.
fn of_speeds(folder: &Folder, steps: &[f64], samples: usize) -> Vec<String> {
    let one = |(at, step): (usize, &f64)| {
        folder.table(&format!("r{at}.csv"), &oscillations(|_| *step, samples, at as u64 + 1))
    };
    steps.iter().enumerate().map(one).collect()
}

fn run(files: &[String], more: &[&str]) -> String {
    let mut arguments = vec!["compare"];
    arguments.extend(files.iter().map(String::as_str));
    arguments.extend(more);
    let output = dsa(&arguments);
    assert!(output.status.success(), "{}", err(&output));
    out(&output)
}

fn numbers(files: &[String], more: &[&str]) -> Value {
    serde_json::from_str(&run(files, &[more, &["--json"]].concat())).unwrap()
}

#[test]
fn resamples_tell_a_difference_from_noise() {
    let folder = Folder::new();
    let files = of_speeds(&folder, &[0.2, 0.2, 0.3], 1500);
    let target = folder.at("results");
    for options in [
        &["--delays", "6", "--rank", "6", "--metric", "wasserstein"][..],
        &["--quick", "--sensors", "shared"],
    ] {
        let all = [options, &["--resamples", "60", "--output", &target]].concat();
        let text = run(&files, &all);
        assert!(text.contains("Resamples (60 of each recording): "), "{text}");
        let result = numbers(&files, &all[..all.len() - 2]);
        let pairs = result["resamples"]["pairs"].as_array().unwrap();
        assert_eq!(pairs.len(), 3);
        for pair in pairs {
            let number = |key: &str| pair[key].as_f64().unwrap();
            let same = pair["row"] == "r1" && pair["column"] == "r0";
            // 120 draws give no p below 1 / 121.
            assert_eq!(number("p") > 0.01, same, "{pair}");
            assert_eq!(number("distance") < 1.5 * number("null_band_edge"), same, "{pair}");
            assert!(number("q") >= number("p") && number("lower") <= number("upper"), "{pair}");
            assert!(same || number("lower") > number("null_band_edge"), "{pair}");
        }
        // The same seed draws the same resamples with any number of threads, and another seed others.
        let again = numbers(&files, &[&all[..all.len() - 2], &["--threads", "1"]].concat());
        assert_eq!(again["resamples"], result["resamples"]);
        let other = numbers(&files, &[&all[..all.len() - 2], &["--seed", "5"]].concat());
        assert_ne!(other["resamples"], result["resamples"]);
        let table = std::fs::read_to_string(folder.path("results/pairs.csv")).unwrap();
        assert!(
            table.starts_with("row,column,distance,null_band_edge,p,q,z,lower,upper\nr1,r0,"),
            "{table}"
        );
    }
}

/// The log spectrum has null bands of its own, where recordings have blocks of a segment.
#[test]
fn the_plain_rival_is_resampled_too() {
    let folder = Folder::new();
    let files = of_speeds(&folder, &[0.2, 0.2, 0.3], 2600);
    let options =
        ["--delays", "4", "--rank", "6", "--baseline", "log-spectrum", "--resamples", "60"];
    let text = run(&files, &options);
    assert!(
        text.contains("log-spectrum: Resamples (60 of each recording): 2 of 3 pairs"),
        "{text}"
    );
    let result = numbers(&files, &options);
    for pair in result["log_spectrum_resamples"]["pairs"].as_array().unwrap() {
        let same = pair["row"] == "r1" && pair["column"] == "r0";
        assert_eq!(pair["p"].as_f64().unwrap() > 0.05, same, "{pair}");
    }
    let short = of_speeds(&folder, &[0.2, 0.3], 600);
    let text = run(&short, &options);
    assert!(
        text.contains("log-spectrum: Resamples: no pair of recordings has blocks enough."),
        "{text}"
    );
}

#[test]
fn recordings_that_are_too_short_to_be_resampled_are_named() {
    let folder = Folder::new();
    let mut files = of_speeds(&folder, &[0.2, 0.2], 900);
    files.push(folder.recording("short.csv", 60, 2));
    let text = run(&files, &["--delays", "3", "--rank", "2", "--resamples", "20"]);
    assert!(text.contains("1 of the recordings cannot be resampled, such as"), "{text}");
    assert!(text.contains("short.csv") && text.contains("blocks"), "{text}");
    assert!(text.contains("of 1 pairs"), "{text}");
}

#[test]
fn other_distances_are_compared_by_a_mantel_test() {
    let folder = Folder::new();
    let steps = [0.1, 0.15, 0.25, 0.4, 0.6];
    let files = of_speeds(&folder, &steps, 400);
    let mut table = "name,r0,r1,r2,r3,r4\n".to_owned();
    for (at, step) in steps.iter().enumerate() {
        let cells: Vec<String> =
            steps.iter().map(|other| (step - other).abs().to_string()).collect();
        table += &format!("r{at},{}\n", cells.join(","));
    }
    let table = folder.table("behaviour.csv", &table);
    let options = ["--delays", "4", "--rank", "6", "--metric", "wasserstein", "--mantel", &table];
    let found = &numbers(&files, &options)["mantel"][0];
    assert!(found["rank_correlation"].as_f64().unwrap() > 0.7, "{found}");
    assert!(found["p"].as_f64().unwrap() <= 0.02, "{found}");
    let text = run(&files, &options);
    assert!(text.contains("behaviour.csv: rank correlation"), "{text}");
    // Without settings, the plain rivals are tested too.
    let rivals = numbers(&files, &[])["mantel"].clone();
    let names: Vec<&Value> = rivals.as_array().unwrap().iter().map(|one| &one["with"]).collect();
    assert_eq!(names, [&json!("euclidean"), &json!("log-spectrum")]);
    let few = folder.table("few.csv", "name,r0\nr0,0\n");
    let bad = folder.table("bad.csv", "name,r0\nr0,near\n");
    for (table, said) in
        [(few, "there is no distance between"), (bad, "line 2: `near` is not a distance")]
    {
        let output = dsa(&["compare", &files[0], &files[1], &files[2], "--mantel", &table]);
        assert_eq!(output.status.code(), Some(1));
        assert!(err(&output).contains(said), "{}", err(&output));
    }
}

#[test]
fn a_sweep_of_several_recordings_says_how_reliable_each_setting_is() {
    let folder = Folder::new();
    let files = of_speeds(&folder, &[0.2, 0.3, 0.45], 400);
    let target = folder.at("results");
    let sweep = |files: &[String], more: &[&str]| {
        let grid = ["--delays", "3..5", "--ranks", "4..6"];
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        dsa(&[&["sweep"], &files[..], &grid, more].concat())
    };
    let output = sweep(&files, &["--output", &target]);
    assert!(output.status.success(), "{}", err(&output));
    let text = out(&output);
    assert!(
        text.contains("reliability\n") && text.contains("It does not know your question"),
        "{text}"
    );
    assert!(folder.path("results/reliability.svg").exists());
    let report = std::fs::read_to_string(folder.path("results/sweep.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    let cells = report["reliability"].as_array().unwrap();
    assert_eq!(cells.len(), 9);
    let at = |delays: u64, rank: u64| {
        let found = cells.iter().find(|cell| cell["delays"] == delays && cell["rank"] == rank);
        found.unwrap()["reliability"].as_f64().unwrap()
    };
    assert!(at(4, 6) > 0.9);
    // One recording has nothing to be told from.
    let alone = out(&sweep(&files[..1], &[]));
    assert!(!alone.contains("reliability"), "{alone}");
}
